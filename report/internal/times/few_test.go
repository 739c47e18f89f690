package times

import (
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// A course of one round, of none, of values that are no numbers or all the same.
func TestDriftFew(t *testing.T) {
	nan := math.NaN()
	for name, tt := range map[string]struct {
		rounds []judge.Round
		drawn  bool
	}{
		"none":       {nil, false},
		"one":        {[]judge.Round{{N: 3, Lo: 0.9, Mid: 1, Hi: 1.1}}, false},
		"no numbers": {[]judge.Round{{N: 3, Lo: nan, Mid: nan, Hi: nan}, {N: 3, Lo: nan, Mid: nan, Hi: nan}}, false},
		"equal":      {[]judge.Round{{N: 3, Lo: 1, Mid: 1, Hi: 1, Lost: []float64{1, 1}}, {N: 3, Lo: 1, Mid: 1, Hi: 1}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := driftFigure(judge.Drift{Rounds: tt.rounds}, "heading")
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}

// Calls of which no quantile is known, or one, or all take the same time.
func TestCallsFew(t *testing.T) {
	for name, tt := range map[string]struct {
		values string
		drawn  bool
	}{
		"one":        {"50 p50-ns", false},
		"no numbers": {"NaN p50-ns NaN p90-ns 50 p10-ns", false},
		"equal":      {"50 p10-ns 50 p50-ns 50 p90-ns 50 max-ns", true},
	} {
		t.Run(name, func(t *testing.T) {
			text := ""
			for _, s := range []string{"buddy", "rangemgr"} {
				text += "BenchmarkCallTimes/strategy=" + s + "/workload=wa/op=alloc-2 1000 " + tt.values + "\n"
			}
			r := testrun.WithCurves(t, fixture.Planted(2, fixture.Workload{Ns: []float64{400, 200}}), text)
			f, err := callsFigure(r.Strategies, r.Times, r.Workloads[0], 0)
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
			if f, err = smallCalls(r.Strategies, r.Times, r.Workloads[0], 0, "small"); err != nil {
				t.Fatal(err)
			}
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}

// Samples of a run with one round, or of which all are alike.
func TestEvidenceFew(t *testing.T) {
	for name, tt := range map[string]struct {
		samples []float64
		drawn   bool
	}{
		"none":       {nil, false},
		"one":        {[]float64{1e-7}, false},
		"no numbers": {[]float64{math.NaN(), math.NaN(), 1e-7}, false},
		"equal":      {[]float64{1e-7, 1e-7, 1e-7}, true},
		"far apart":  {[]float64{1e-9, 1, 1e-7}, true},
	} {
		t.Run(name, func(t *testing.T) {
			e := evidence{in: judge.Run{Run: &rundir.Run{Strategies: []string{"buddy"}}}, v: judge.Verdict{Workload: rundir.NewWorkload("wa")},
				lanes: []lane{{0, false, tt.samples, nil}, {0, true, tt.samples, make([]bool, len(tt.samples))}}}
			f, err := e.figure("samples", "verdict")
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}

// Every verdict on times has its samples: those of the run, in its order, with what was
// interrupted, and the differences that are printed elsewhere. What is called comes first.
func TestEvidence(t *testing.T) {
	f := fixture.Planted(3, fixture.Workload{Ns: []float64{400, 200, 201}}, fixture.Workload{Ns: []float64{400, 200, 300}, Served: []float64{100, 98, 97}})
	f.Cores, f.Lost = true, 0.2
	r := testrun.Load(t, f.Write(t))
	p, err := makeEvidence(r)
	fixture.Must(t, err)
	if len(p.Called) != 1 || len(p.Others) != 1 {
		t.Fatalf("%d called, %d others", len(p.Called), len(p.Others))
	}
	page, err := p.Called[0].Figure.HTML()
	fixture.Must(t, err)
	for _, want := range []string{`"n":"rangemgr, again"`, "var(--broken)", "rangemgr to buddy \u221250.", "tlsf to itself"} {
		if !strings.Contains(string(page), want) {
			t.Errorf("no %q in the figure", want)
		}
	}
	e := evidenceOf(r, r.Verdicts[0])
	if len(e.lanes) != 6 || len(e.self) != 3 || len(e.found) != 2 || len(e.lanes[0].samples) != 10 {
		t.Errorf("%d lanes of %d samples, %d comparisons with itself, %d found", len(e.lanes), len(e.lanes[0].samples), len(e.self), len(e.found))
	}
	for _, h := range append(p.Called, p.Others...) {
		testrun.CheckFigure(t, h.Figure)
		for _, d := range fixture.Drawings(t, string(h.Figure.Wide)) {
			for _, touching := range d.Touching() {
				t.Error(touching)
			}
		}
	}
	alone := testrun.Load(t, fixture.Planted(1, fixture.Workload{Ns: []float64{400}}).Write(t))
	if p, err = makeEvidence(alone); err != nil || len(p.Others) != 1 || p.Others[0].Figure.Wide == "" {
		t.Errorf("of one strategy: %d figures, error %v", len(p.Others), err)
	}
}

// Long names leave room for themselves only.
func TestEvidenceNames(t *testing.T) {
	w := rundir.NewWorkload("wa")
	long := strings.Repeat("a_long_name", 3)
	e := evidence{in: judge.Run{Run: &rundir.Run{Strategies: []string{long}}}, v: judge.Verdict{Workload: w}, lanes: []lane{{0, false, []float64{1, 2}, nil}},
		self: []compared{{long + " to itself", 0, judge.Pair{Delta: 0.01, Lo: -0.2, Hi: 0.5}}}, floor: 0.02}
	f, err := e.figure("samples", "")
	fixture.Must(t, err)
	for _, d := range fixture.Drawings(t, string(f.Wide)) {
		for _, bad := range d.Touching() {
			t.Error(bad)
		}
	}
}
