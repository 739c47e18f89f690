package times

import (
	"fmt"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// A strategy that did less work has its times in the table and no difference, and is
// the base of none.
func TestDifferencesOfSameWork(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{20, 100, 100}},
		fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{100, 20, 30}}, fixture.Workload{Ns: []float64{400, 200, 100}, Ops: 2})
	f.Noise = 0
	r := testrun.Load(t, f.Write(t))
	table, err := mainTimes(r.Strategies, r.Times, r.Verdicts)
	fixture.Must(t, err)
	var got []string
	for _, row := range table.Rows[:3] {
		for _, c := range row.Cells {
			got = append(got, c.Value)
		}
		for _, d := range row.Deltas {
			got = append(got, d.Text+" "+d.Note)
		}
	}
	const want = "[(400) 200 100 −50.0\u00a0% p=0.000 n=10, to rangemgr 400 (200) (100) – – –]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %s", got, want)
	}
	if got := string(table.Rows[2].Verdict); got != "too short to time" {
		t.Errorf("the verdict on two operations is %q", got)
	}
}
