package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// SelfTest is the A/A lane: every strategy compared with itself, measured a
// second time in the same schedule. What differs there is noise, so it says
// what a difference between two strategies is worth.
type SelfTest struct {
	Lanes   []Lane
	Differ  int     // lanes with p < 0.05, which chance alone makes of one in twenty
	Typical float64 // median relative difference of those
	Median  float64 // median relative difference of all lanes
	Largest float64 // and the largest
	Excess  bool    // more lanes differ than chance explains
	Failed  bool    // and by enough to silence the run
}

// Lane is one strategy on one workload against itself.
type Lane struct {
	Workload string
	Strategy int
	Pair     Pair
}

// When the lanes silence a whole run. Memory layout alone gives two instances
// of one allocator a percent or two, and a neighbour on the machine may spoil
// one lane by much: neither says anything of the other workloads. Those
// differences are floors instead, below which nothing is called. Silencing a run
// whenever lanes differ more often than chance would silence every run.
const (
	chance = 0.01 // a number of lanes that chance reaches more rarely is an excess
	loud   = 0.03 // only lanes that differ by this much count
	usual  = 0.10 // half of the lanes off by this much silence it whatever the tests say
)

// testSelf compares every strategy with its own second lane.
func testSelf(workloads []*rundir.Workload, strategies int) *SelfTest {
	t := new(SelfTest)
	for _, w := range workloads {
		for s := range strategies {
			if p, ok := ComparePair(w.Cell(schema.AllocFree, schema.NsPerOp, s), w.Cell(schema.AA, schema.NsPerOp, s)); ok {
				t.Lanes = append(t.Lanes, Lane{w.Name, s, p})
			}
		}
	}
	t.judge()
	return t
}

// judge sums the lanes up.
func (t *SelfTest) judge() {
	var all, differing []float64
	tooLoud := 0
	for _, l := range t.Lanes {
		d := math.Abs(l.Pair.Delta)
		all = append(all, d)
		t.Largest = max(t.Largest, d)
		if l.Pair.Cmp.P >= rundir.Alpha {
			continue
		}
		differing = append(differing, d)
		if d >= loud {
			tooLoud++
		}
	}
	t.Differ = len(differing)
	t.Typical, t.Median = stat.OrZero(stat.Median(differing)), stat.OrZero(stat.Median(all))
	t.Excess = chanceOf(t.Differ, len(t.Lanes)) < chance
	t.Failed = chanceOf(tooLoud, len(t.Lanes)) < chance || t.Median >= usual
}

// chanceOf is the probability that k or more of n comparisons of equals
// differ at the level alpha.
func chanceOf(k, n int) float64 {
	below := 0.0
	p := math.Pow(1-rundir.Alpha, float64(n)) // of exactly none
	for i := range k {
		below += p
		p *= float64(n-i) / float64(i+1) * rundir.Alpha / (1 - rundir.Alpha)
	}
	return max(0, 1-below)
}

// Floor is the difference up to which none is called on the workload: the
// largest that a strategy had against itself there, and where lanes differ
// more often than chance allows, at least what they typically differ by.
func (t *SelfTest) Floor(workload string) float64 {
	f := 0.0
	if t.Excess {
		f = t.Typical
	}
	for _, l := range t.Lanes {
		if l.Workload == workload {
			f = max(f, math.Abs(l.Pair.Delta))
		}
	}
	return f
}

// Unseen is the difference that a tie leaves open: what the run would have
// called between the tied strategies, and never less than
// what it measured and did not call.
func (t *Times) Unseen(v Verdict) float64 {
	a, b := v.Picks[0], v.Picks[1]
	d := t.Detects(v.Workload, a, b)
	if p, ok := t.Pair(v.Workload, a, b); ok {
		d = max(d, math.Abs(p.Delta))
	}
	return d
}

// Detects is the smallest difference in time that the run would have called
// on the workload between strategies a and b: from the spread of both A/A
// lanes and the number of samples, never below what a lane differed by.
func (t *Times) Detects(w *rundir.Workload, a, b int) float64 {
	var square float64
	n := math.MaxInt
	for _, s := range []int{a, b} {
		c := w.Cell(schema.AllocFree, schema.NsPerOp, s)
		if c == nil {
			return math.Inf(1)
		}
		values := slices.Clone(c.Sample.Values)
		n = min(n, len(values))
		if again := w.Cell(schema.AA, schema.NsPerOp, s); again != nil {
			values = append(values, again.Sample.Values...)
		}
		sp := spread(values)
		square += sp * sp / 2
	}
	const least = 0.001 // what the clock can tell apart
	return max(detectable(math.Sqrt(square), n, t.Tests), t.Self.Floor(w.Name), least)
}
