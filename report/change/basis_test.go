package change_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/change"
)

// lanes are the lines of a strategy and its second lane: ten samples each of a wall time
// and, if cpu is not 0, of a processor time, of which so many of the first lane were
// interrupted.
func lanes(wall, cpu float64, lost int) string {
	var b strings.Builder
	b.WriteString("Unit cpu-ns better=lower\nUnit away-pct\n")
	for i, v := range ten(wall) {
		for _, bench := range []string{"AllocFree", "AA"} {
			fmt.Fprintf(&b, "Benchmark%s/strategy=a/workload=w-2 100 %v ns/op", bench, v)
			if bench == "AllocFree" {
				fmt.Fprintf(&b, " %v ns/free", v)
			}
			if away := 1; cpu != 0 {
				if i < lost && bench == "AllocFree" {
					away = 50
				}
				fmt.Fprintf(&b, " %v cpu-ns %d away-pct", cpu*v/wall, away)
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

// TestBasis: wall time became longer and processor time shorter. On a quiet machine the
// former is compared, on a busy one the latter, if both runs have it; each busy one says so.
// A rule on either is held to what is compared.
func TestBasis(t *testing.T) {
	const a = "AllocFree/strategy=a/workload=w"
	const wall = a + " ns/op worse \n" + a + " ns/free worse \n"
	for _, c := range []struct {
		name, older, newer string
		rows, note, gate   string
		code               int
	}{
		{"old runs", lanes(100, 0, 0), lanes(110, 0, 0), wall, "",
			"VIOLATED ns/op +5%: " + a + " ns/op worse by 10 %\nNOT JUDGED cpu-ns +5%: no row has this unit\n", 1},
		{"quiet", lanes(100, 90, 2), lanes(110, 80, 2), wall, "",
			"cpu-ns +5% is held to ns/op: wall time, since the machine was quiet\nVIOLATED cpu-ns +5%: " + a + " ns/op worse by 10 %\n", 1},
		{"one busy", lanes(100, 90, 2), lanes(125, 70, 7), a + " ns/free worse \n" + a + " cpu-ns better \n",
			"times of operations and tables are processor time (cpu-ns), since 7 of 20 samples of the new run were interrupted\n",
			"ns/op +5% is held to cpu-ns: processor time, since 7 of 20 samples of the new run were interrupted\ngate: all rules hold (1 rows)\n", 0},
		{"both busy", lanes(100, 90, 3), lanes(125, 70, 7), a + " ns/free worse \n" + a + " cpu-ns better \n",
			"times of operations and tables are processor time (cpu-ns), since 3 of 20 samples of the old run and 7 of 20 samples of the new run were interrupted\n",
			"ns/op +5% is held to cpu-ns: processor time, since 3 of 20 samples of the old run and 7 of 20 samples of the new run were interrupted\ngate: all rules hold (1 rows)\n", 0},
		{"one lacks it", lanes(100, 0, 0), lanes(110, 80, 7), wall,
			"times are wall time, though 7 of 20 samples of the new run were interrupted, since the old run does not have the processor time of every sample\n",
			"VIOLATED ns/op +5%: " + a + " ns/op worse by 10 %\nNOT JUDGED cpu-ns +5%: no row has this unit\n", 1},
	} {
		older, newer := read(t, c.older), read(t, c.newer)
		if got := verdicts(older, newer); got != c.rows {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.rows)
		}
		text := "ns/op +5%, cpu-ns +5%" // the last that fits counts
		if strings.Contains(c.gate, "ns/op +5% is held") {
			text = "ns/op +5%"
		}
		rules, err := change.ParseRules(text)
		if err != nil {
			t.Fatal(err)
		}
		table := change.Compare(older, newer)
		o := table.Gate(rules)
		if o.Code() != c.code {
			t.Errorf("%s: code %d, want %d", c.name, o.Code(), c.code)
		}
		for _, f := range change.Formats() {
			var b bytes.Buffer
			if err := table.Write(&b, f, o, change.Look{All: true}); err != nil {
				t.Fatal(err)
			}
			switch out := b.String(); f.Name {
			case "text":
				if !strings.HasPrefix(out, c.note+"benchmark ") || !strings.Contains(out, c.gate) {
					t.Errorf("%s: printed\n%s", c.name, out)
				}
				if strings.Contains(out, " of pairs, by wall time") != strings.Contains(c.note, "cpu-ns") {
					t.Errorf("%s: a wall time is not told from processor time:\n%s", c.name, out)
				}
			case "markdown", "json":
				if !strings.Contains(out, strings.TrimSuffix(c.note, "\n")) {
					t.Errorf("%s as %s: printed\n%s", c.name, f.Name, out)
				}
			}
		}
	}
}

// TestBasisLanes: each time is held to the lanes by its own clock. Those of the wall time
// fail here, and say nothing of processor time.
func TestBasisLanes(t *testing.T) {
	off := strings.NewReplacer("BenchmarkAA/strategy=a/workload=w-2 100 1", "BenchmarkAA/strategy=a/workload=w-2 100 2")
	older, newer := read(t, lanes(100, 90, 7)), read(t, off.Replace(lanes(125, 100, 7)))
	const a = "AllocFree/strategy=a/workload=w"
	want := a + " ns/free not judged the A/A lanes of the new run failed in ns/op\n" + a + " cpu-ns worse \n"
	if got := verdicts(older, newer); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
