package times

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// The table of counts has a line for every strategy, with dashes for what was
// not counted, and is left out of a run without counts.
func TestWork(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{1, 1, 1}}, fixture.Workload{Ns: []float64{1, 1, 1}})
	if r := testrun.Load(t, f.Write(t)); len(makeWork(r.Strategies, r.Workloads).Rows) > 0 {
		t.Error("a run without counts has a table of them")
	}
	r := testrun.WithCurves(t, f, fixture.CountersText)
	rows := makeWork(r.Strategies, r.Workloads).Rows
	var got []string
	for _, row := range rows {
		for _, l := range row.Lines {
			got = append(got, fmt.Sprint(row.Title, " ", l.Name, " ", l.Class, " ", l.Values))
		}
	}
	want := "wa buddy s0 [0.207 0.0272 1,234.5]|wa rangemgr s1 [– – –]|wa tlsf s2 [0 – 2]"
	if s := strings.Join(got, "|"); s != want {
		t.Errorf("got %s\nwant %s", s, want)
	}
}
