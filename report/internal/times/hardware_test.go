package times

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// What the processor counted stands in a table, medians over the samples, with dashes for
// what it did not count; a run in which nothing was counted has none.
func TestHardware(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{1, 1, 1}, Served: []float64{100, 100, 50}}, fixture.Workload{Ns: []float64{1, 1, 1}})
	f.Meta = "# hardware: 3 of 4 read (branch misses: none)\n"
	if r := testrun.WithCurves(t, f, ""); len(makeHardware(r.Strategies, r.Workloads, r.Facts).Rows) > 0 {
		t.Error("a run without counts has a table of them")
	}
	line := func(strategy, values string) string {
		return "BenchmarkHardware/strategy=" + strategy + "/workload=wa-2 1000 " + values + "\n"
	}
	r := testrun.WithCurves(t, f, line("buddy", "300 insns/op 100 cycles/op 0 cachemiss/op")+
		line("buddy", "310 insns/op 155 cycles/op 0.25 cachemiss/op")+line("buddy", "290 insns/op 400 cycles/op 0.5 cachemiss/op")+
		line("tlsf", "50 cycles/op"))
	table := makeHardware(r.Strategies, r.Workloads, r.Facts)
	var got []string
	for _, row := range table.Rows {
		for _, l := range row.Lines {
			got = append(got, fmt.Sprint(row.Title, " ", l.Name, " ", l.Values))
		}
	}
	const want = "wa buddy [300 155 1.94 0.250 –]|wa tlsf [– (50.0) – – –]"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
	if !strings.Contains(table.Note, "Counters: 3 of 4 read (branch misses: none).") {
		t.Errorf("the note does not say what is missing: %s", table.Note)
	}
}
