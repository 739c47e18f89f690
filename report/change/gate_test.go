package change_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/change"
)

// whole is a run directory that has each benchmark and unit there is, with ten samples; the
// first sample alone of what a busy machine cannot measure.
func whole(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, file := range schema.Files() {
		text := "# vramlab run 1\n# seed: 1\n"
		for _, b := range schema.In(file) {
			labels := make(schema.Labels)
			for _, k := range b.Keys {
				labels[k] = "x"
			}
			samples := ten(100)
			if b == schema.Ref {
				labels[schema.Mode] = schema.ModeContended
				samples = samples[:1]
			}
			for i, v := range samples {
				line := ""
				for _, u := range b.Units {
					switch {
					case u.Exact && i == 0:
						line += " 100 " + u.Name
					case u == schema.AwayPct:
						line += " 0 " + u.Name
					case !u.Exact:
						line += fmt.Sprintf(" %v %s", v, u.Name)
					}
				}
				if line != "" {
					text += "Benchmark" + b.FullName(labels) + "-2 1" + line + "\n"
				}
			}
		}
		if err := os.WriteFile(filepath.Join(dir, string(file)), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// gate is the outcome of rules for two runs.
func gate(t *testing.T, older, newer *change.Side, text string) (*change.Table, *change.Outcome) {
	t.Helper()
	rules, err := change.ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	table := change.Compare(older, newer)
	return table, table.Gate(rules)
}

// printed is a table in a format.
func printed(t *testing.T, table *change.Table, o *change.Outcome, format string) string {
	t.Helper()
	at := slices.IndexFunc(change.Formats(), func(f change.Format) bool { return f.Name == format })
	var b strings.Builder
	if err := table.Write(&b, change.Formats()[at], o, change.Look{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGateSame: a run holds against itself, whatever it has that is never judged; a rule
// that is about nothing else says why it cannot be judged.
func TestGateSame(t *testing.T) {
	dir := whole(t)
	for _, c := range []struct {
		dir, rules string
		code       int
		said       string
	}{
		{dir, "ns/op +5%, segs/table exact, served-pct exact", 0, "gate: all rules hold"},
		{dir, "AllocFree/* ns/op +5%, segs/table exact, served-pct exact", 0, "gate: all rules hold"},
		{"../testdata/three-strategies-tie", "ns/op +5%, segs/table exact, served-pct exact", 0, "gate: all rules hold"},
		{dir, "max-ns +5%", 2, "NOT JUDGED max-ns +5%: a maximum, which one call decides (AllocFree/strategy=x/workload=x max-ns)"},
		{dir, "ns/op +5%, Harness/* ns/op +5%", 2, "NOT JUDGED Harness/* ns/op +5%: the lab's own loop"},
	} {
		s, err := change.Read(c.dir)
		if err != nil {
			t.Fatal(err)
		}
		table, o := gate(t, s, s, c.rules)
		if out := printed(t, table, o, "text"); o.Code() != c.code || !strings.Contains(out, c.said) {
			t.Errorf("%s: code %d, want %d and %q in\n%s", c.rules, o.Code(), c.code, c.said, out)
		}
	}
}

// TestGateNoise: a rule holds where all of the interval is within it, is violated by what
// counts as worse, and is not judged where noise or the floor hides which it is.
func TestGateNoise(t *testing.T) {
	const name = "BenchmarkAllocFree/strategy=a/workload=w-2"
	run := func(unit string, v, noise float64) *change.Side {
		rng := rand.New(rand.NewPCG(7, uint64(v)))
		text := "Unit per-s better=higher\n"
		for _, again := range []string{name, strings.Replace(name, "AllocFree", "AA", 1)} {
			for range 10 {
				text += times(again, unit, v*math.Exp(noise*rng.NormFloat64()))
			}
		}
		return read(t, text)
	}
	for _, c := range []struct {
		what, rule   string
		older, newer *change.Side
		code         int
		said         string
	}{
		{"quiet", "ns/op +5%", run("ns/op", 100, 0.01), run("ns/op", 101, 0.01), 0, "gate: all rules hold"},
		{"below what counts, and within", "ns/op +1.5%", run("ns/op", 100, 0.001), run("ns/op", 101, 0.001), 0, "gate: all rules hold"},
		{"below what counts, and beyond", "ns/op +1%", run("ns/op", 1000, 0.001), run("ns/op", 1015, 0.001), 2, "NOT JUDGED ns/op +1%: noise hides it: AllocFree/strategy=a/workload=w ns/op: it may be worse by up to 1."},
		{"noise", "ns/op +5%", run("ns/op", 1000, 0.06), run("ns/op", 1040, 0.06), 2, "NOT JUDGED ns/op +5%: noise hides it"},
		{"worse, and about the limit", "ns/op +10%", run("ns/op", 1000, 0.03), run("ns/op", 1090, 0.03), 2, "NOT JUDGED ns/op +10%: noise hides it"},
		{"worse beyond it", "ns/op +10%", run("ns/op", 1000, 0.01), run("ns/op", 1200, 0.01), 1, "VIOLATED"},
		{"better", "ns/op +0%", run("ns/op", 1000, 0.01), run("ns/op", 900, 0.01), 0, "gate: all rules hold"},
		{"less, where more is better", "per-s +5%", run("per-s", 100, 0.3), run("per-s", 101, 0.3), 2, "NOT JUDGED per-s +5%: noise hides it"},
		{"as much, where more is better", "per-s +5%", run("per-s", 100, 0.01), run("per-s", 101, 0.01), 0, "gate: all rules hold"},
	} {
		table, o := gate(t, c.older, c.newer, c.rule)
		if out := printed(t, table, o, "text"); o.Code() != c.code || !strings.Contains(out, c.said) {
			t.Errorf("%s: code %d, want %d and %q in\n%s", c.what, o.Code(), c.code, c.said, out)
		}
	}
}

// TestGateQuiet: of runs of a quiet machine with nothing changed, 28 times hold to 5 %.
func TestGateQuiet(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 9))
	for range 3 {
		table, o := gate(t, read(t, drawn(rng, 0)), read(t, drawn(rng, 0)), "ns/op +5%")
		if o.Code() != 0 || o.Held != 28 {
			t.Errorf("code %d of %d rows:\n%s", o.Code(), o.Held, printed(t, table, o, "text"))
		}
	}
}
