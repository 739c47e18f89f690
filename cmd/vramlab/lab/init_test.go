package lab

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/cmd/vramlab/recipe"
	"github.com/vramlab/vramlab/strategies/all"
)

// experimentOf is the experiment that a command line of run measures, as a run keeps it.
func experimentOf(t *testing.T, args ...string) string {
	t.Helper()
	env := newEnvironment(all.List(), []string{"vramlab"}, io.Discard, io.Discard)
	fs := flag.NewFlagSet("run", flag.ContinueOnError)
	o := runOptions{most: usualMost}
	o.bind(fs, env)
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	if err := o.read(fs, env); err != nil {
		t.Fatal(err)
	}
	o.note(fs)
	c, list, err := o.config(fs.Args(), env)
	if err != nil {
		t.Fatal(err)
	}
	f, err := o.experiment(env, fs.Args(), c, list)
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := f.Write(&text); err != nil {
		t.Fatal(err)
	}
	return text.String()
}

// TestInit wants a file that is the default run, and that is not written over.
func TestInit(t *testing.T) {
	t.Chdir(t.TempDir())
	if code, _, stderr := vramlab("init"); code != exitOK || !exists(schema.Experiment) {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	if got, want := experimentOf(t, "-config", schema.Experiment), experimentOf(t); got != want {
		t.Errorf("the file is\n%s, and the run without flags\n%s", got, want)
	}
	code, _, stderr := vramlab("init")
	if code != exitFailed || !strings.HasPrefix(stderr, "vramlab init: "+schema.Experiment+" is there already") {
		t.Errorf("init again: exit code %d, %q", code, stderr)
	}
	text, _ := os.ReadFile(schema.Experiment)
	if code, stdout, _ := vramlab("init", "-"); code != exitOK || stdout != string(text) {
		t.Errorf("exit code %d, and to standard output it is\n%s", code, stdout)
	}
	for _, k := range recipe.Keys() {
		if !regexp.MustCompile(`(?m)^(# )?` + regexp.QuoteMeta(k.Name+" = ")).Match(text) {
			t.Errorf("%s is not in the file", k)
		}
	}
}

// TestKeysAreFlags holds that every flag of run is a key of the file, or none for a reason.
func TestKeysAreFlags(t *testing.T) {
	none := []string{
		"config", "o", // where the file is, and what comes of it
		"json",                         // how it is told
		"resume",                       // a run, whose file is in it
		"shard",                        // a part of the same experiment
		"keep-going", "watch", "limit", // how libraries are loaded, not what is measured
		"strategies", // tables of their own
	}
	for _, k := range recipe.Keys() {
		none = append(none, k.Flag)
	}
	fs, _ := runCommand.flags(newEnvironment(all.List(), []string{"vramlab"}, io.Discard, io.Discard))
	fs.VisitAll(func(f *flag.Flag) {
		if !slices.Contains(none, f.Name) {
			t.Errorf("-%s is neither in recipe.Keys, nor above with a reason", f.Name)
		}
	})
	for _, k := range recipe.Keys() {
		if fs.Lookup(k.Flag) == nil {
			t.Errorf("%s stands for -%s, which is no flag of run", k, k.Flag)
		}
	}
}

const example = `
[[strategies]]
name = "tlsf"
bins = 8
as = "coarse"

[[strategies]]
name = "buddy"

[workloads]
names = ["pages", "gfx"]
traces = ["game.trace"]
most = 1e3

[tables]
policies = ["amdgpu"]

[run]
quick = true
seed = "9223372036854775808"
skip = ["sharing"]
cpu = []
`

// TestConfig reads files, and lets flags count instead.
func TestConfig(t *testing.T) {
	trace, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	os.Mkdir("sub", 0o777)
	os.WriteFile("sub/game.trace", trace, 0o666)
	os.WriteFile("other.trace", trace, 0o666)
	os.WriteFile("sub/e.toml", []byte(example), 0o666)
	for _, tt := range []struct {
		args          []string
		with, without string
	}{
		{nil, "[[strategies]]\nname = \"tlsf\"\nas = \"coarse\"\nbins = 8\n\n[[strategies]]\nname = \"buddy\"\n\n[workloads]\nnames = [\"pages\", \"gfx\"]\ntraces = [\"" + dir + "/sub/game.trace\"]\nmost = 1000\n", "rangemgr"},
		{nil, "policies = [\"amdgpu\"]\n\n[run]\ncount = 6\nseed = \"9223372036854775808\"\nquick = true\nops = 50000\nsample-time = \"10ms\"\nbudget = \"1m0s\"\nskip = [\"sharing\"]\nall = false\ncpu = []\n", ""},
		{[]string{"-trace", "other.trace"}, "traces = [\"" + dir + "/other.trace\"]\n", "game.trace"},
		{[]string{"-strategies", "buddy:locks=2"}, "name = \"buddy\"\nlocks = 2\n", "tlsf"},
		{[]string{"-workloads", "steady", "-quick=false"}, "names = [\"steady\"]\n", "ops = "},
		{[]string{"-profile"}, "profile = true\nprofile-time = \"1.5s\"\n", ""},
		{[]string{"-profile", "-profile-time", "7s"}, "profile-time = \"7s\"\n", ""},
		{[]string{"-count", "3", "-cpu", "1"}, "cpu = [1]\n", "count = 6"},
	} {
		text := experimentOf(t, append([]string{"-config", "sub/e.toml"}, tt.args...)...)
		if !strings.Contains(text, filepath.ToSlash(tt.with)) || tt.without != "" && strings.Contains(text, tt.without) {
			t.Errorf("%q: want %q, not %q, got\n%s", tt.args, tt.with, tt.without, text)
		}
		// What is kept is read as what was measured.
		os.Mkdir("kept", 0o777)
		os.WriteFile("kept/experiment.toml", []byte(text), 0o666)
		if again := experimentOf(t, "-config", "kept/experiment.toml"); again != text {
			t.Errorf("%q: again it is\n%s, before\n%s", tt.args, again, text)
		}
	}
	// A run about a trace leaves out the same the second time.
	text := experimentOf(t, "-trace", "other.trace")
	os.WriteFile("kept/experiment.toml", []byte(text), 0o666)
	if again := experimentOf(t, "-config", "kept/experiment.toml"); again != text || strings.Contains(text, "cpu") {
		t.Errorf("again it is\n%s, before\n%s", again, text)
	}
}

// TestConfigOverridden: a key is checked also where a flag counts instead of it.
func TestConfigOverridden(t *testing.T) {
	path := write(t, "e.toml", "[run]\nskip = [\"hole\"]\n")
	if code, _, stderr := vramlab("run", "-config", path, "-skip", "all", "-o", filepath.Join(t.TempDir(), "run")); code != exitUsage || !strings.Contains(stderr, `:2: skip: no "hole"`) {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestConfigMistakes wants one line with the place, and exit code 2.
func TestConfigMistakes(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"[run]\ncuont = 3", `:2: [run] has no key "cuont"`},
		{"[run]\ncount = 0", `:2: count: "0": not a number of samples`},
		{"[run]\nseed = -1", `:2: seed: "-1": parse error`},
		{"[run]\nsample-time = \"0s\"", `:2: sample-time: "0s": not a time above 0`},
		{"[run]\ncpu = [1, 0]", `:2: cpu: -cpu 0: "0" is not a number from 1 to 64`},
		{"[run]\ncpu = [1,\n1]", `:3: cpu: "1" is named twice`},
		{"[run]\nsweep = \"region=big\"", ":2: sweep: "},
		{"[run]\nmanager = \"drm\"", `:2: manager: no "drm" (have: brief, ttm, none)`},
		{"[run]\nplacements = \"vrm\"", `:2: placements: placements: rule 1, "vrm": "vrm" is no place`},
		{"[run]\nplacements = \"gtt=50%:budy; vram\"", `:2: placements: placements: the gtt: no strategy "budy"`},
		{"[run]\npressure = [\"80%\",\n\"0%\"]", `:3: pressure: pressure "0%" is not a share of the peak`},
		{"[run]\nskip = [\n\"holes\",\n\"holse\"]", `:4: skip: no "holse" (have: holes,`},
		{"[workloads]\nnames = [\"gfx\", \"all\"]", ":2: names: all stands alone"},
		{"[workloads]\ntraces = [\"none.trace\"]", "none.trace: no such file"},
		{"[workloads]\nmodels = [\"-\"]", ":2: models: - is standard input"},
		{"[tables]\nbuilders = []", ":2: builders: the list is empty"},
		{"[tables]\npolicies = [\"tegra\"]", `:2: policies: `},
		{"[gate]\nrules = [\"ns/op exact\"]", ":2: rules: a baseline is needed"},
		{"[gate]\nrules = [\"rules.txt\"]\nbaseline = \".\"", `:2: rules: "rules.txt" is no rule`},
		{"[gate]\nrules = [\"ns/op exact\",\n\"ns/op 5\"]\nbaseline = \".\"", `:3: rules: rule "ns/op 5":`},
		{"[gate]\nbaseline = \"run-9\"", "run-9: no such file"},
		{"[[strategies]]\nname = \"best\"", `:1: no strategy "best" (have: buddy,`},
		{"[[strategies]]\nname = \"all\"", ":1: each strategy has a table of its own"},
		{"[[strategies]]\nname = \"buddy\"\n[[strategies]]\nname = \"buddy\"", `:3: strategy "buddy" is named twice`},
		{"[[strategies]]\nname = \"tlsf\"\nbins = 7", `:1: bins of strategy tlsf is one of 32, 8, 16, 64, not "7"`},
		{"[[strategies]]\nname = \"tlsf\"\norder = 7", `:1: strategy tlsf has no parameter "order" (it has: bins = 32, 8, 16, 64; locks = 0, 1,`},
		{"[[strategies]]\nname = \"buddy_lifo\"\nlocks = 4", `:1: locks of strategy buddy_lifo is one of 0, 1, not "4"`},
		{"[[strategies]]\nname = \"tlsf\"\nbins = 8\nas = \"buddy\"", `:1: strategy "tlsf:bins=8:as=buddy": as=buddy is the name of another strategy`},
		{"[[strategies]]\nlibrary = \"none.so\"", "none.so: no such file"},
	} {
		path := write(t, "e.toml", tt.text)
		code, stdout, stderr := vramlab("run", "-config", path)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "vramlab run: "+path+":") || !strings.Contains(stderr, tt.want) {
			t.Errorf("%q: exit code %d, %q, want %s", tt.text, code, stderr, tt.want)
		}
	}
	for _, args := range [][]string{{"-config", "-"}, {"-config", "none.toml"}, {"-gate", "ns/op exact"}, {"-baseline", "run-9"}, {"-policies", "tegra"}, {"-strategies", "tlsf:bins=7"}, {"-manager", "drm"}, {"-manager", "ttm", "-skip", "all"}, {"-placements", "a:b"}, {"-placements", "gtt=50%:none; vram"}, {"-placements", "gtt=50%:all; vram"}, {"-placements", "gtt=50%:so:./x.so; vram"}, {"-pressure", "80%,80%"}, {"-ops", "x"}} {
		if code, _, stderr := vramlab(append([]string{"run"}, args...)...); code != exitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: exit code %d, %q", args, code, stderr)
		}
	}
}

// TestConfigAgain runs an experiment, runs what was kept again, and holds it to the first.
func TestConfigAgain(t *testing.T) {
	withoutRace(t)
	t.Chdir(t.TempDir())
	os.WriteFile("e.toml", []byte("[[strategies]]\nname = \"buddy\"\n[[strategies]]\nname = \"tlsf\"\nbins = 8\n"+
		"[workloads]\nnames = [\"pages\"]\n[tables]\npolicies = [\"i915\"]\n[run]\nquick = true\ncount = 1\nops = 300\nskip = [\"all\"]\n"), 0o666)
	if code, _, stderr := vramlab("run", "-config", "e.toml"); code != exitOK {
		t.Fatalf("exit code %d, %s", code, stderr)
	}
	kept, err := os.ReadFile(filepath.Join("run-1", schema.Experiment))
	if err != nil || !regexp.MustCompile(`(?m)^# Written by vramlab \(devel\)`).Match(kept) {
		t.Errorf("%v, %s", err, kept)
	}
	curves, _ := os.ReadFile(filepath.Join("run-1", "curves.bench"))
	if !bytes.Contains(curves, []byte("strategy=tlsf_bins8/workload=pages/policy=i915")) || bytes.Contains(curves, []byte("policy=amdgpu")) {
		t.Error("curves.bench has not the lines of tlsf_bins8 under i915 alone")
	}
	page, _ := os.ReadFile(filepath.Join("run-1", "report.html"))
	if !bytes.Contains(page, []byte("vramlab run -config DIR/experiment.toml")) {
		t.Error("the report does not name the file")
	}
	old, _ := os.ReadFile(filepath.Join("run-1", "run.bench"))
	worse := regexp.MustCompile(`[0-9.]+ segs/table`).ReplaceAll(old, []byte("1 segs/table"))
	os.WriteFile("older.bench", worse, 0o666)
	for i, tt := range []struct {
		rules, baseline string
		code            int
		want            string
	}{
		{"segs/table exact", "run-1", exitOK, "gate: all rules hold"},
		{"segs/table exact", "older.bench", exitFailed, "changed from"},
		{"apples exact", "run-1", exitUsage, "apples"},
	} {
		code, stdout, stderr := vramlab("run", "-config", "run-1/experiment.toml", "-gate", tt.rules, "-baseline", tt.baseline)
		if code != tt.code || !strings.Contains(stdout, tt.want) || (strings.Contains(stderr, "vramlab run: the gate does not hold\n")) != (tt.code != exitOK) {
			t.Errorf("%s against %s: exit code %d, %s, of\n%s", tt.rules, tt.baseline, code, stderr, stdout)
		}
		again, _ := os.ReadFile(fmt.Sprintf("run-%d/experiment.toml", i+2))
		if !bytes.HasPrefix(again, kept) || !bytes.Contains(again, []byte("rules = [\""+tt.rules+"\"]")) {
			t.Errorf("the second run keeps\n%s, the first\n%s", again, kept)
		}
	}
	own, _ := os.ReadFile("e.toml")
	// What a run keeps never takes the place of a file that says less, or something else.
	for name, text := range map[string]string{"mine": string(own), "other": "[run]\ncount = 3\n"} {
		os.Mkdir(name, 0o777)
		path := filepath.Join(name, schema.Experiment)
		os.WriteFile(path, []byte(text), 0o666)
		code, _, stderr := vramlab("run", "-config", "e.toml", "-o", name)
		if want := path + " is there already, and does not say all of this run: -o takes another directory\n"; code != exitFailed || !strings.HasSuffix(stderr, want) {
			t.Errorf("beside a file in %s: exit code %d, %q", name, code, stderr)
		}
	}
}
