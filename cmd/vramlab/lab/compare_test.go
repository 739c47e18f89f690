package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// results are six samples of a strategy, of so many nanoseconds and segments.
func results(ns, segs float64) string {
	var b strings.Builder
	for i := range 6 {
		fmt.Fprintf(&b, "BenchmarkAllocFree/strategy=a/workload=w-2 100 %v ns/op 100 served-pct\n", ns+float64(i)/100)
		fmt.Fprintf(&b, "BenchmarkSGTable/strategy=a/workload=w/builder=b-2 100 %v segs/table\n", segs)
	}
	return b.String()
}

// TestCompare has the exit codes, which a gate in somebody's CI goes by.
func TestCompare(t *testing.T) {
	old, slow, more := write(t, "old.bench", results(100, 2)), write(t, "slow.bench", results(120, 2)), write(t, "more.bench", results(100, 3))
	for _, c := range []struct {
		code int
		want string
		args []string
	}{
		{exitOK, "0 worse, 0 better, 3 without a change", []string{old, old}},
		{exitOK, "AllocFree/strategy=a/workload=w  ns/op  100.025  120.025   +20 %", []string{old, slow}},
		{exitOK, "gate: all rules hold (1 rows)", []string{"-gate", "ns/op +30%", old, slow}},
		{1, "VIOLATED ns/op +5%", []string{"-gate", "ns/op +5%", old, slow}},
		{1, "VIOLATED segs/table exact: SGTable/strategy=a/workload=w/builder=b segs/table changed from 2 to 3", []string{"-gate", "segs/table exact", old, more}},
		{2, "NOT JUDGED p99-ns +5%: no row has this unit", []string{"-gate", "p99-ns +5%", old, slow}},
		{exitOK, `"verdict": "worse"`, []string{"-format", "json", old, slow}},
		{exitOK, "Times are left out", []string{"-format", "cover-letter", old, slow}},
		{exitUsage, `no format "xml"`, []string{"-format", "xml", old, slow}},
		{exitUsage, `rule "ns/op": a rule is`, []string{"-gate", "ns/op,", old, slow}},
		{exitUsage, "no rule", []string{"-gate", "", old, slow}},
		{exitUsage, "no rule", []string{"-gate", " ", old, slow}},
		{exitUsage, "two runs are needed, got 1 arguments", []string{old}},
		{exitFailed, "holds no benchmark line", []string{old, write(t, "prose", "hello\n")}},
	} {
		code, stdout, stderr := vramlab(append([]string{"compare"}, c.args...)...)
		if code != c.code || !strings.Contains(stdout+stderr, c.want) {
			t.Errorf("%q: exit code %d, %s%s; want %d, %s", c.args, code, stdout, stderr, c.code, c.want)
		}
	}
}

// TestCompareHostileGate: whatever a file of rules holds, what is printed is one short line.
func TestCompareHostileGate(t *testing.T) {
	old := write(t, "old.bench", results(100, 2))
	for _, rules := range []string{strings.Repeat("\x00\x1b[31m\xff", 1<<10), strings.Repeat("x", 2<<20), strings.Repeat("y", 1<<19)} {
		code, stdout, stderr := vramlab("compare", "-gate", write(t, "rules", rules), old, old)
		if code != exitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || len(stderr) > 300 || strings.ContainsAny(stderr, "\x00\x1b") {
			t.Errorf("exit code %d, %d bytes: %.400q", code, len(stderr), stdout+stderr)
		}
	}
}

// TestHistory has three runs, of which the last has more segments.
func TestHistory(t *testing.T) {
	old, more := write(t, "old.bench", results(100, 2)), write(t, "more.bench", results(100, 3))
	plot := filepath.Join(t.TempDir(), "h.svg")
	code, stdout, stderr := vramlab("history", "-plot", plot, old, old, more)
	if want := "the first run with something worse is more.bench, after old.bench\n"; code != exitOK || !strings.HasSuffix(stdout, want) {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	if b, err := os.ReadFile(plot); err != nil || !strings.Contains(string(b), "segs/table") {
		t.Errorf("plot: %v", err)
	}
	if code, _, stderr := vramlab("history", old); code != exitUsage || !strings.Contains(stderr, "two runs or more are needed, got 1") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// TestHistoryNames: runs whose files have one name are told apart, by no more than that takes.
func TestHistoryNames(t *testing.T) {
	for _, c := range []struct{ paths, want string }{
		{"a/run.bench d/run.bench", "a/run.bench d/run.bench"},
		{"x/a/run.bench x/d/run.bench other", "a/run.bench d/run.bench other"},
		{"nightly/1 nightly/2/", "1 2"},
		{"run a/run", "run a/run"},
		{"run ./run", "run run"},
		{"/q/a/r /p/a/r", "q/a/r p/a/r"},
	} {
		if got := strings.Join(shortest(strings.Fields(c.paths)), " "); got != c.want {
			t.Errorf("%s: got %s, want %s", c.paths, got, c.want)
		}
	}
	dir := t.TempDir()
	var args []string
	for i, at := range []string{"a", "d"} {
		path := filepath.Join(dir, at, "run.bench")
		if err := os.Mkdir(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(results(100, float64(2+i))), 0o666); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if code, stdout, stderr := vramlab("history", args[0], args[1]); code != exitOK || !strings.HasSuffix(stdout, "worse is d/run.bench, after a/run.bench\n") {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
}

// TestHistoryPlotFormat: a file of another format is refused before anything is printed.
func TestHistoryPlotFormat(t *testing.T) {
	old, more := write(t, "old.bench", results(100, 2)), write(t, "more.bench", results(100, 3))
	for _, name := range []string{"h.txt", "h"} {
		code, stdout, stderr := vramlab("history", "-plot", filepath.Join(t.TempDir(), name), old, more)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, "have: svg, png, pdf") {
			t.Errorf("%s: exit code %d, %s%s", name, code, stdout, stderr)
		}
	}
	for _, name := range []string{"h.png", "h.pdf"} {
		if code, _, stderr := vramlab("history", "-plot", filepath.Join(t.TempDir(), name), old, more); code != exitOK {
			t.Errorf("%s: exit code %d, %s", name, code, stderr)
		}
	}
}

// TestRunGateEmpty: a gate without rules would hold whatever is measured.
func TestRunGateEmpty(t *testing.T) {
	old := write(t, "old.bench", results(100, 2))
	for _, args := range [][]string{{"-gate", "", "-baseline", old}, {"-gate", " ", "-baseline", old}, {"-gate", ""}} {
		code, stdout, stderr := vramlab(append([]string{"run", "-quick", "-o", filepath.Join(t.TempDir(), "run")}, args...)...)
		if code != exitUsage || stdout != "" || !strings.Contains(stderr, "-gate is empty") {
			t.Errorf("%q: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
}
