package report

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
)

// oddSeries are series that break naive drawings.
func oddSeries() map[string][]moment {
	nan, inf := math.NaN(), math.Inf(1)
	line := func(broken, largest, refused float64) []moment {
		var out []moment
		for op := range 20 {
			out = append(out, moment{op: 10 * op, broken: broken, largest: largest, refused: refused})
		}
		return out
	}
	return map[string][]moment{
		"one point":       {{op: 5, broken: 3, largest: 1 << 20, refused: 1}},
		"operation zero":  {{}},
		"all zero":        line(0, 0, 0),
		"all equal":       line(50, 1<<30, 7),
		"not a number":    line(nan, nan, nan),
		"infinite":        line(inf, inf, inf),
		"negative":        line(-1, -1, -1),
		"one byte":        line(100, 1, 1e-9),
		"larger than all": line(1e9, math.MaxFloat64, 1e15),
		"gaps": {{op: 1, broken: 1, largest: 1}, {op: 2, broken: nan, largest: nan, refused: nan},
			{op: 3, broken: 2, largest: 4096, refused: 2}},
		"same operation twice": {{op: 1, broken: 1}, {op: 1, broken: 2}},
	}
}

func TestOddSeries(t *testing.T) {
	for name, moments := range oddSeries() {
		t.Run(name, func(t *testing.T) {
			w := newWorkload("w")
			r := In{Run: &Run{strategies: []string{"a", "b"}, workloads: []*workload{w}}, times: &Times{Self: &SelfTest{}}}
			w.moments = map[int][]moment{0: moments, 1: oddSeries()["all equal"]}
			f, err := seriesFigure(r.strategies, w, "series")
			must(t, err)
			checkFigure(t, f)
			delete(w.moments, 1)
			f, err = seriesFigure(r.strategies, w, "series")
			must(t, err)
			checkFigure(t, f)
		})
	}
}

func checkFigure(t *testing.T, f figure) {
	t.Helper()
	for _, svg := range []string{string(f.Wide), string(f.Narrow)} {
		if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
			t.Errorf("a coordinate is no number: %.200s", svg)
		}
		if len(svg) > 120<<10 {
			t.Errorf("the drawing has %d bytes", len(svg))
		}
	}
}

func TestOddSweep(t *testing.T) {
	cell := func(table ...float64) *sweepCell { return &sweepCell{table: table, segs: 1} }
	key := func(strategy string, size, hole uint64) sweepKey { return sweepKey{strategy, "grow", size, hole} }
	for name, sweep := range map[string]map[sweepKey]*sweepCell{
		"one point":     {key("a", 4096, 4096): cell(1e-9)},
		"only refusals": {key("a", 4096, 4096): {refused: true}},
		"no time":       {key("a", 4096, 4096): cell()},
		"all equal": {key("a", 4096, 4096): cell(1e-9), key("a", 4096, 8192): cell(1e-9),
			key("b", 4096, 4096): cell(1e-9), key("b", 4096, 8192): cell(1e-9)},
		"no floor": {key("a", 64<<20, 4096): cell(1e-6), key("a", 64<<20, 8192): cell(2e-6)},
		"a gap":    {key("a", 64<<20, 1<<30): cell(1e-6), key("a", 64<<20, 4096): cell(1e-3)},
		"below p99": {key("a", 4096, 8192): {table: []float64{2e-9}, p99: []float64{1e-9}},
			key("a", 4096, 4096): {table: []float64{2e-9}, p99: []float64{5}}},
		"served again": {key("a", 1<<20, 1<<20): cell(1e-9), key("a", 1<<20, 1<<19): {refused: true}, key("a", 1<<20, 1<<18): cell(1e-9)},
		"unknown":      {key("x", 4096, 4096): cell(1e-9)},
	} {
		t.Run(name, func(t *testing.T) {
			r := In{Run: &Run{strategies: []string{"a", "b"}}, times: &Times{Self: &SelfTest{}}}
			r.curves.sweep = sweep
			lines := sweepLines(r.strategies, r.curves.sweep)
			if len(lines) == 0 {
				return
			}
			f, err := sweepFigure(r.strategies, r.workloads, lines)
			must(t, err)
			checkFigure(t, f)
		})
	}
}

func TestOddSizes(t *testing.T) {
	var one, both placement
	one.reqHist[0], one.blkHist[63], one.requests = 1, 1, 1
	both.requests = 3
	for _, placed := range [][]*placement{{{}}, {&one}, {nil, &both}, {&one, &both}} {
		w := &workload{name: "w", title: "W", placed: placed}
		r := In{Run: &Run{strategies: []string{"a", "b"}, workloads: []*workload{w}}, times: &Times{Self: &SelfTest{}}}
		f, err := sizesFigure(r.strategies, w)
		must(t, err)
		checkFigure(t, f)
	}
}

func TestOddForest(t *testing.T) {
	p := func(delta, lo, hi float64) *Pair { return &Pair{Delta: delta, Lo: lo, Hi: hi} }
	inf := math.Inf(1)
	for _, pairs := range [][]*Pair{
		{nil, nil}, {nil, p(0, 0, 0)}, {nil, p(-1, -1, -1)}, {nil, p(1e9, -inf, inf)}, {nil, p(-0.999, -0.9999, 5)},
		{nil, p(1, 0.5, 2), p(-0.5, -inf, inf), p(0.1, 0.1, 0.1)},
	} {
		row := pairRow{pairs: pairs, compare: make([]bool, len(pairs))}
		axis := ratioAxisOf([]pairRow{row})
		svg, err := axis.row(row, make([]strategyHead, len(pairs)), false)
		must(t, err)
		checkFigure(t, figure{svg, svg})
		if axis.lo > -1 || axis.lo < -octavesMost || axis.hi < 1 || axis.hi > octavesMost {
			t.Errorf("axis %+v leaves its limits", axis)
		}
	}
}

// A colour that is no token must not reach the page.
func TestForeignColour(t *testing.T) {
	_, err := themed(`<svg width="1"><path style="fill:#123456"/></svg>`, "f", "", "", 1, 1)
	if err == nil || !strings.Contains(err.Error(), "#123456") {
		t.Errorf("got %v, want an error that names the colour", err)
	}
	_, err = makeSVG("f", "", "", 10, 10, func(drawing) { panic("log of zero") })
	if err == nil || !strings.Contains(err.Error(), "figure f: log of zero") {
		t.Errorf("got %v, want the panic as an error", err)
	}
}

func TestSpreadOut(t *testing.T) {
	for _, want := range [][]vg.Length{{}, {5}, {5, 5, 5}, {100, 99, 98, 97}, {-50, 300, 10}} {
		tall := make([]vg.Length, len(want))
		for i := range tall {
			tall[i] = 14
		}
		got := spreadOut(want, tall, 0, 112)
		for i := range got {
			for j := range got[:i] {
				if d := math.Abs(float64(got[i] - got[j])); d < 14 {
					t.Errorf("%v: labels %d and %d are %.1f apart in %v", want, j, i, d, got)
				}
			}
		}
	}
	if got := fmt.Sprint(spreadOut([]vg.Length{20, 80}, []vg.Length{14, 14}, 0, 100)); got != "[20 80]" {
		t.Errorf("labels that do not touch moved to %s", got)
	}
}

func TestAxes(t *testing.T) {
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1), 1e-12, 3, 1e300} {
		a, ticks := linearAxis(v, headRoom, 2, short3)
		if !(a.Max > a.Min) || len(ticks) < 2 {
			t.Errorf("linear axis to %v: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
		a, ticks = decades(v, v)
		if !(a.Max > a.Min) || a.Min <= 0 || len(ticks) < 2 {
			t.Errorf("decades around %v: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
	}
	for _, v := range []uint64{0, 1, 4096, math.MaxUint64} {
		a, ticks := powers(v, v, 2, headRoom)
		if !(a.Max > a.Min) || a.Min <= 0 || len(ticks) < 2 {
			t.Errorf("powers around %d: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
	}
}
