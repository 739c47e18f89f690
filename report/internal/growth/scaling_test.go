package growth

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// Costs that no sweep has make a figure all the same.
func TestOddScaling(t *testing.T) {
	nan := math.NaN()
	at := func(op string, region uint64, live int) rundir.ScalingKey {
		return rundir.ScalingKey{Strategy: "a", Op: op, Region: region, Live: live}
	}
	for name, cells := range map[string]map[rundir.ScalingKey]*rundir.ScalingCell{
		"one point":    {at("alloc", 4096, 1): {Time: []float64{1e-9}, Visits: nan, Served: nan}},
		"free alone":   {at("free", 4096, 1): {Time: []float64{1e-9}, Visits: 0, Served: 100}, at("free", 4096, 2): {Time: []float64{1e-9}, Visits: 1, Served: 0}},
		"huge":         {at("alloc", 1<<63, math.MaxInt): {Time: []float64{1e29}, Visits: 1e29, Served: 100}, at("alloc", 1<<63, 1): {Time: []float64{1e-300}, Visits: 1e-300, Served: 1e-300}},
		"a diagonal":   {at("alloc", 1<<30, 1000): {Time: []float64{1}, Visits: nan, Served: nan}, at("alloc", 1<<32, 10000): {Time: []float64{2}, Visits: nan, Served: nan}},
		"large region": {at("alloc", math.MaxUint64, 5): {Time: []float64{1}, Visits: 1, Served: 1}, at("alloc", 1, 5): {Time: []float64{1}, Visits: 1, Served: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			r := judge.Run{Run: &rundir.Run{Strategies: []string{"a"}}, Times: &judge.Times{Self: &judge.SelfTest{}}}
			r.Curves.Scaling = cells
			p, err := makeScaling(r)
			fixture.Must(t, err)
			if p.Heading == "" || len(p.Parts) == 0 || len(said(r)) == 0 {
				t.Fatalf("heading %q, %d parts", p.Heading, len(p.Parts))
			}
			for _, part := range p.Parts {
				testrun.CheckFigure(t, part.Figure)
			}
		})
	}
}

func TestShortCount(t *testing.T) {
	for v, want := range map[float64]string{1: "1", 999: "999", 1e3: "1k", 999e3: "999k", 1e6: "1M", 2.5e6: "2.5M"} {
		if got := shortCount(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}
