package times

import (
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// Half of all calls are at 0, and each nine is as far from the one before.
func TestOdds(t *testing.T) {
	for share, want := range map[float64]float64{0.5: 0, 0.99: 2, 0.999: 3, 0.9999: 4, 0.01: -2} {
		if got := odds(share); math.Abs(got-want) > 0.005 {
			t.Errorf("%v at %v, want %v", share, got, want)
		}
	}
}

// The figure has the strategies that did the same work, with the quantiles that they have;
// it is left out where one of two is left, and where no calls were timed.
func TestCalls(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{20, 100, 100}},
		fixture.Workload{Ns: []float64{400, 200, 100}, Served: []float64{100, 20, 30}}, fixture.Workload{Ns: []float64{400, 200, 100}})
	if p, err := makeCalls(testrun.WithCurves(t, f, "")); err != nil || p.How != "" {
		t.Errorf("of no calls: %+v, %v", p, err)
	}
	r := testrun.WithCurves(t, f, fixture.CallText("buddy", "wa", "alloc", 100, 40)+fixture.CallText("rangemgr", "wa", "alloc", 20_000, 30)+
		fixture.CallText("tlsf", "wa", "alloc", 20, 20)+fixture.CallText("rangemgr", "wa", "free", 1, 30)+
		fixture.CallText("buddy", "wb", "alloc", 100, 40)+fixture.CallText("rangemgr", "wb", "alloc", 100, 40))
	lines := callLines(r.Strategies, r.Times, r.Workload("wa"), "alloc")
	if len(lines) != 2 || lines[0].strategy != 1 || lines[1].strategy != 2 || len(lines[0].points) != 11 || len(lines[1].points) != 7 || math.Abs(lines[0].longest-9e-6) > 1e-12 {
		t.Fatalf("lines %+v", lines)
	}
	if got := lines[0].points[10]; math.Abs(got.X-6e-6) > 1e-12 || math.Abs(got.Y-4) > 0.001 {
		t.Errorf("99.99 %% at %v", got)
	}
	for _, none := range []struct{ workload, op string }{{"wa", "free"}, {"wb", "alloc"}, {"wc", "alloc"}} {
		if got := callLines(r.Strategies, r.Times, r.Workload(none.workload), none.op); got != nil {
			t.Errorf("%s of %s: %+v", none.op, none.workload, got)
		}
	}
	p, err := makeCalls(r)
	fixture.Must(t, err)
	if len(p.Others) != 0 || !strings.Contains(string(p.Figure.Wide), "requests, rangemgr: p50 30") {
		t.Errorf("%d other workloads, %.300s", len(p.Others), p.Figure.Wide)
	}
	testrun.CheckFigure(t, p.Figure)
}

// No label touches another, at any length of a run, and the clock's own cost is said and drawn.
func TestCallsDrawn(t *testing.T) {
	for _, calls := range []int{1, 2, 10, 100, 1000, 100_000} {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{400, 200}}, fixture.Workload{Ns: []float64{400, 200}})
		f.Meta = "# clock: 10ns\n# clock-cost: 26.8ns\n"
		text := ""
		for _, s := range f.Strategies {
			for _, w := range f.Loads {
				text += fixture.CallText(s, w.Name, "alloc", calls, 60) + fixture.CallText(s, w.Name, "free", calls, 30)
			}
		}
		p, err := makeCalls(testrun.WithCurves(t, f, text))
		fixture.Must(t, err)
		if calls == 1 {
			if p.How != "" {
				t.Errorf("of one call: %+v", p)
			}
			continue
		}
		if len(p.Others) != 1 || !strings.Contains(p.Note, "takes 26.8\u00a0ns") || !strings.Contains(p.Note, "steps of 10\u00a0ns") {
			t.Errorf("%d other workloads; %s", len(p.Others), p.Note)
		}
		if calls == 2 {
			if p.Figure.Wide != "" || !strings.Contains(p.Figure.Few, "buddy (one point)") {
				t.Errorf("of two calls, of which one quantile is known: %q", p.Figure.Few)
			}
			continue
		}
		if got := strings.Count(string(p.Figure.Wide), "stroke-dasharray"); got < 2 {
			t.Errorf("the clock's cost is drawn %d times, want 2", got)
		}
		for _, d := range fixture.Drawings(t, string(p.Figure.Wide)+string(p.Figure.Narrow)+string(p.Others[0].Figure.Wide)) {
			for _, touching := range d.Touching() {
				t.Errorf("%d calls: %s", calls, touching)
			}
		}
	}
}
