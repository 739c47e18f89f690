package lab

import (
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/all"
)

// A run about a trace leaves out the experiments that have nothing to do with it, unless
// the command line asks for them.
func TestRunAboutTrace(t *testing.T) {
	const synthetic = "holes objects lookups migrations references worst age"
	model := filepath.Join(t.TempDir(), "m.model")
	if code, _, stderr := vramlab("model", "-o", model, golden); code != exitOK {
		t.Fatal(stderr)
	}
	for _, tt := range []struct{ args, want string }{
		{"", ""},
		{"-workloads gfx", ""},
		{"-trace " + golden, "holes objects lookups sharing migrations references worst age"},
		{"-trace " + golden + " " + golden, "holes objects lookups sharing migrations references worst age"},
		{"-workload " + model, "holes objects lookups sharing migrations references worst age"},
		{"-cpu 1 -trace " + golden, synthetic},
		{"-sweep live=1e3 -cpu 1 -trace " + golden, synthetic},
		{"-all -trace " + golden, ""},
		{"-workloads gfx -trace " + golden, ""},
		{"-skip holes -trace " + golden, "holes"},
		{"-only trace -workloads gfx", "holes objects lookups sharing migrations references worst age"},
		{"-only trace -cpu 1 -workloads gfx -trace " + golden, synthetic},
		{"-only trace -skip objects -trace " + golden, "objects holes lookups sharing migrations references worst age"},
	} {
		o := runOptions{most: usualMost}
		env := &environment{strategies: all.List(), stderr: io.Discard}
		fs := flag.NewFlagSet("run", flag.ContinueOnError)
		o.bind(fs, env)
		if err := fs.Parse(strings.Fields(tt.args)); err != nil {
			t.Fatal(err)
		}
		o.note(fs)
		c, err := o.plan(fs.Args(), env)
		if got := strings.Join(c.Skip, " "); err != nil || got != tt.want {
			t.Errorf("run %s leaves out %q (%v), want %q", tt.args, got, err, tt.want)
		}
	}
}

// The terminal and the sections of the report say what was left out, and why.
func TestRunAboutTraceSaysSo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	code, stdout, stderr := vramlab("run", "-quick", "-count", "1", "-trace", golden, "-o", dir)
	if code != exitOK {
		t.Fatal(stderr)
	}
	const names = "holes, objects, lookups, sharing, migrations, references, worst, age"
	if want := "left out, since they have nothing to do with what was given: " + names + " (-all measures them too)\n"; !strings.Contains(stdout, want) {
		t.Errorf("the terminal says %q, not %q", stdout, want)
	}
	curves, _ := os.ReadFile(filepath.Join(dir, "curves.bench"))
	for _, bench := range []string{"Sweep", "Builders", "Cursor", "Migrate", "Ref", "Concurrent", "WorstCase", "Ageing"} {
		if strings.Contains(string(curves), "\nBenchmark"+bench+"/") {
			t.Errorf("curves.bench has lines of %s", bench)
		}
	}
	if !strings.Contains(string(curves), "\nBenchmarkSmallestRegion/") {
		t.Error("curves.bench has no lines of SmallestRegion, which is about the trace")
	}
	page, _ := os.ReadFile(filepath.Join(dir, "report.html"))
	if n := strings.Count(string(page), "it is about what it was given, and left out "+names+" (run -all measures them too)."); n != 4 {
		t.Errorf("%d sections of the report say what was left out, want those of holes, builders, lifetimes and goroutines", n)
	}
}

// TestRunDrivers: the name of the group stands for its workloads, which no other list has.
func TestRunDrivers(t *testing.T) {
	for _, tt := range []struct{ list, want, wrong string }{
		{"drivers", "clear oddsizes vulkan svm", ""},
		{"gfx, drivers", "gfx clear oddsizes vulkan svm", ""},
		{"svm", "svm", ""},
		{"drivers,svm", "", `workload "svm" is named twice`},
		{"driver", "", `no workload "driver" (have: steady, `},
	} {
		o := runOptions{most: usualMost}
		env := &environment{strategies: all.List(), stderr: io.Discard}
		fs := flag.NewFlagSet("run", flag.ContinueOnError)
		o.bind(fs, env)
		if err := fs.Parse([]string{"-workloads", tt.list}); err != nil {
			t.Fatal(err)
		}
		c, err := o.plan(fs.Args(), env)
		if got := strings.Join(namesOf(c.Workloads, workloadName), " "); tt.wrong == "" && (err != nil || got != tt.want) || tt.wrong != "" && (err == nil || !strings.HasPrefix(err.Error(), tt.wrong)) {
			t.Errorf("-workloads %s: %q, error %v; want %q, %q", tt.list, got, err, tt.want, tt.wrong)
		}
	}
	_, text, _ := vramlab("list")
	_, group, _ := strings.Cut(text, "\ndrivers (")
	if group, _, _ = strings.Cut(group, "\n\n"); strings.Count(group, "\n") != 4 || !strings.Contains(group, "\n  oddsizes ") {
		t.Errorf("list has the group\n%s", group)
	}
}
