package change_test

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
)

// TestLetter: a cover letter says that nothing changed only where all was compared, else what
// was not, and why.
func TestLetter(t *testing.T) {
	run := func(seed string, served, segs float64, more string) *change.Side {
		const name = "BenchmarkAllocFree/strategy=a/workload=w-2"
		return read(t, "# seed: "+seed+"\n"+units+times(name, "served-pct", served)+times(name, "segs/table", segs)+more)
	}
	const nothing = "No exact figure changed.\n"
	base := run("1", 90, 2, "")
	for _, c := range []struct {
		name        string
		newer       *change.Side
		said, never string
	}{
		{"the same", run("1", 90, 2, ""), nothing, "not judged"},
		{"unequal work", run("1", 80, 2, ""), "1 exact figures were not judged:\nunequal work: served 90 % and 80 % (AllocFree/strategy=a/workload=w segs/table)\n", nothing},
		{"one more", run("1", 90, 2, times("BenchmarkB-2", "segs/table", 5)), "Of the exact figures that were compared none changed.\n\n2 other exact figures are the same.\n\n1 exact figures were not judged:\nonly the new run has it (B segs/table)\n", nothing},
		{"other work", run("2", 90, 3, ""), "No exact figure was compared.\n\n2 exact figures were not judged:\nseed is 1 in the old run and 2 in the new one (AllocFree/strategy=a/workload=w served-pct, and 1 more)\n", nothing},
		{"a note", run("2", 90, 3, ""), "seed is 1 in the old run and 2 in the new one: exact figures and times are those of other work\n\n", nothing},
	} {
		table := change.Compare(base, c.newer)
		if out := printed(t, table, nil, "cover-letter"); !strings.Contains(out, c.said) || strings.Contains(out, c.never) {
			t.Errorf("%s: no %q, or %q, in\n%s", c.name, c.said, c.never, out)
		}
	}
}

// TestGateEverywhere: every format says what a gate said.
func TestGateEverywhere(t *testing.T) {
	older, newer := read(t, units+times("BenchmarkB", "segs/table", 1)), read(t, units+times("BenchmarkB", "segs/table", 2))
	table, o := gate(t, older, newer, "segs/table exact, none +5%")
	for _, f := range change.Formats() {
		out := printed(t, table, o, f.Name)
		for _, want := range []string{"VIOLATED segs/table exact: B segs/table changed from 1 to 2", "NOT JUDGED none +5%: no row has this unit", "gate: a rule is violated"} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", f.Name, want, out)
			}
		}
		if f.Name == "csv" {
			r := csv.NewReader(strings.NewReader(out))
			r.Comment = '#'
			if rows, err := r.ReadAll(); err != nil || len(rows) != 2 {
				t.Errorf("%d lines of csv, %v; want 2", len(rows), err)
			}
		}
	}
}
