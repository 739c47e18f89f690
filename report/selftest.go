package report

import (
	"fmt"
	"math"
	"slices"
)

// selfTest is the A/A lane: every strategy compared with itself, measured a
// second time in the same schedule. What differs there is noise, so it says
// what a difference between two strategies is worth.
type selfTest struct {
	lanes   []lane
	differ  int     // lanes with p < 0.05, which chance alone makes of one in twenty
	typical float64 // median relative difference of those
	median  float64 // median relative difference of all lanes
	largest float64 // and the largest
	excess  bool    // more lanes differ than chance explains
	failed  bool    // and by enough to silence the run
}

// lane is one strategy on one workload against itself.
type lane struct {
	workload string
	strategy int
	pair     pair
}

// When the lanes silence a whole run. Memory layout alone gives two instances
// of one allocator a percent or two, and a neighbour on the machine may spoil
// one lane by much: neither says anything of the other workloads. Those
// differences are floors instead, below which nothing is called.
const (
	chance = 0.01 // a number of lanes that chance reaches more rarely is an excess
	loud   = 0.03 // only lanes that differ by this much count
	usual  = 0.10 // half of the lanes off by this much silence it whatever the tests say
)

// testSelf compares every strategy with its own second lane.
func (r *Run) testSelf() selfTest {
	var t selfTest
	for _, w := range r.workloads {
		for s := range r.strategies {
			if p, ok := comparePair(r.cell(benchTime, unitOp, w, s), r.cell(benchSelf, unitOp, w, s)); ok {
				t.lanes = append(t.lanes, lane{w.name, s, p})
			}
		}
	}
	t.judge()
	return t
}

// judge sums the lanes up.
func (t *selfTest) judge() {
	var all, differing []float64
	tooLoud := 0
	for _, l := range t.lanes {
		d := math.Abs(l.pair.delta)
		all = append(all, d)
		t.largest = max(t.largest, d)
		if l.pair.cmp.P >= alpha {
			continue
		}
		differing = append(differing, d)
		if d >= loud {
			tooLoud++
		}
	}
	t.differ = len(differing)
	t.typical, t.median = orZero(median(differing)), orZero(median(all))
	t.excess = chanceOf(t.differ, len(t.lanes)) < chance
	t.failed = chanceOf(tooLoud, len(t.lanes)) < chance || t.median >= usual
}

// chanceOf is the probability that k or more of n comparisons of equals
// differ at the level alpha.
func chanceOf(k, n int) float64 {
	below := 0.0
	p := math.Pow(1-alpha, float64(n)) // of exactly none
	for i := range k {
		below += p
		p *= float64(n-i) / float64(i+1) * alpha / (1 - alpha)
	}
	return max(0, 1-below)
}

// floor is the difference up to which none is called on the workload: the
// largest that a strategy had against itself there, and where lanes differ
// more often than chance allows, at least what they typically differ by.
func (t selfTest) floor(workload string) float64 {
	f := 0.0
	if t.excess {
		f = t.typical
	}
	for _, l := range t.lanes {
		if l.workload == workload {
			f = max(f, math.Abs(l.pair.delta))
		}
	}
	return f
}

// sentence is the noise part of the trust line.
func (t selfTest) sentence() string {
	n := len(t.lanes)
	if n == 0 {
		return "not measured: this run has no lane of a strategy against itself"
	}
	text := fmt.Sprintf("each strategy against itself, %s of %s differed", count(t.differ), plural(float64(n), "comparison", "comparisons"))
	if t.excess {
		text += fmt.Sprintf(" where chance gives %s, typically by %s", short3(math.Round(alpha*float64(n)*10)/10), percent(100*t.typical))
	}
	if t.failed {
		text = "failed: " + text + ", half of all are off by " + percent(100*t.median) + " and more"
	}
	return text + ", largest " + percent(100*t.largest)
}

// unseen is the difference that a tie leaves open: what the run would have
// called between the strategies that cannot be told apart, and never less than
// what it measured and did not call.
func (r *Run) unseen(v verdict) float64 {
	a, b := v.picks[0], v.picks[1]
	d := r.detects(v.w, a, b)
	if p, ok := r.pair(v.w, a, b); ok {
		d = max(d, math.Abs(p.delta))
	}
	return d
}

// detects is the smallest difference in time that the run would have called
// on the workload between strategies a and b: from the spread of both A/A
// lanes and the number of samples, never below what a lane differed by.
func (r *Run) detects(w *workload, a, b int) float64 {
	var square float64
	n := math.MaxInt
	for _, s := range []int{a, b} {
		c := r.cell(benchTime, unitOp, w, s)
		if c == nil {
			return math.Inf(1)
		}
		values := slices.Clone(c.sample.Values)
		n = min(n, len(values))
		if again := r.cell(benchSelf, unitOp, w, s); again != nil {
			values = append(values, again.sample.Values...)
		}
		sp := spread(values)
		square += sp * sp / 2
	}
	const least = 0.001 // what the clock can tell apart
	return max(detectable(math.Sqrt(square), n, r.tests), r.self.floor(w.name), least)
}
