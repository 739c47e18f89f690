package judge

import (
	"math"
	"testing"

	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Of five lanes two differ: the typical difference is of those, the median of all.
func TestLanesByHand(t *testing.T) {
	self := new(SelfTest)
	for _, l := range []struct{ delta, p float64 }{{0.01, 0.5}, {0.02, 0.3}, {0.04, 0.01}, {0.03, 0.9}, {0.08, 0.02}} {
		self.Lanes = append(self.Lanes, Lane{Workload: "w", Pair: Pair{Delta: l.delta, Cmp: benchmath.Comparison{P: l.p, N1: 8, N2: 8}}})
	}
	self.judge()
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }
	if self.Differ != 2 || self.Able != 5 || !near(self.Typical, 0.06) || !near(self.Median, 0.03) || !near(self.Largest, 0.08) {
		t.Errorf("got %+v", self)
	}
}

// An interval reaches as far as its farther end, whichever that is.
func TestHalfWidthByHand(t *testing.T) {
	for _, tt := range []struct{ lo, hi, want float64 }{
		{50, 110, math.Log(2)},
		{90, 400, math.Log(4)},
		{100, 100, 0},
		{0, 110, math.Inf(1)},
		{math.NaN(), 110, math.Inf(1)},
	} {
		c := &rundir.Cell{Sum: benchmath.Summary{Center: 100, Lo: tt.lo, Hi: tt.hi}}
		if got := halfWidth(c); got != tt.want && !(math.Abs(got-tt.want) < 1e-12) {
			t.Errorf("100 in [%v, %v] reaches %v, want %v", tt.lo, tt.hi, got, tt.want)
		}
	}
}

// One entry of 2 MiB maps as much as 32 of 64 KiB and 512 of 4 KiB.
func TestSharesByHand(t *testing.T) {
	if got, want := Shares(rundir.PolicyCell{PTE: [3]float64{2, 32, 512}}), ([3]float64{50, 25, 25}); got != want {
		t.Errorf("shares %v, want %v", got, want)
	}
	if got := Shares(rundir.PolicyCell{}); got != [3]float64{} {
		t.Errorf("shares %v of nothing", got)
	}
}
