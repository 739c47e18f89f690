package times

import (
	"fmt"
	"strings"
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

// The lane that differs most is drawn, and told, as that of its own strategy.
func TestSelfRow(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 100}}, fixture.Workload{Ns: []float64{400, 200, 100}})
	r := testrun.Load(t, f.Write(t))
	worst := 2
	for i := range r.Times.Self.Lanes {
		l := &r.Times.Self.Lanes[i]
		l.Pair.Delta = 0.01
		if l.Strategy == worst {
			l.Pair.Delta = -0.5
		}
	}
	table, err := mainTimes(r.Strategies, r.Times, r.Verdicts)
	fixture.Must(t, err)
	row := table.Rows[len(table.Rows)-1]
	if !strings.Contains(string(row.Forest), "tlsf a second time: ") || strings.Contains(string(row.Forest), "rangemgr") {
		t.Errorf("the drawing is of %.200s", row.Forest)
	}
	if got := row.Deltas[0].Text; got != "a factor of 2" { // in either direction, as in the line of trust
		t.Errorf("off by %q", got)
	}
}

// Tails are of those that did the same work, and a quantile of few calls is not shown.
func TestTails(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{20, 100, 100}, Ops: 50},
		fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{100, 20, 30}})
	r := testrun.Load(t, f.Write(t))
	tails := makeTails(r)
	if len(tails.Rows) != 1 || len(tails.Rows[0].Lines) != 2 || tails.Rows[0].Lines[0].Name != "rangemgr" {
		t.Fatalf("%+v", tails.Rows)
	}
	if v := tails.Rows[0].Lines[0].Values; v[0] == "–" || v[1] != "–" || v[2] != "–" || v[3] == "–" {
		t.Errorf("of 50 calls: %q", v)
	}
}
