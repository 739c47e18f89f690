package judge

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A rule says what a run can say about a workload, and which strategies to
// take there.
type rule struct {
	kind  Kind
	holds func(t *Times, v *Verdict) (picks []int, holds bool)
}

// rules are all of them. The first that holds decides; the last always does.
// A new one is a function in a file of its own and a line here, and its
// sentence a line in the words of verdicts.
var rules = []rule{
	{Missing, missingTimes},
	{Alone, alone},
	{Nothing, nothingServed},
	{Unequal, unequal},
	{Noisy, noisy},
	{Few, few},
	{Tie, tie},
	{Win, win},
}

// missingTimes: there are no times of two strategies.
func missingTimes(t *Times, v *Verdict) ([]int, bool) {
	n := len(v.Present)
	return v.Present, n == 0 || n == 1 && t.strategies > 1
}

// alone: the run has one strategy.
func alone(_ *Times, v *Verdict) ([]int, bool) { return v.Present, len(v.Present) == 1 }

// nothingServed: every one of the strategies refused all.
func nothingServed(_ *Times, v *Verdict) ([]int, bool) {
	for _, s := range v.Present {
		if v.Workload.Served(s) != 0 { // NaN is not
			return nil, false
		}
	}
	return nil, true
}

// unequal: less than two strategies did the most work. The one that did is to
// be taken, unless a refusal may be worth the time it saves.
func unequal(t *Times, v *Verdict) ([]int, bool) {
	if len(v.Same) > 1 {
		return nil, false
	}
	v.Weight = servedSpread(v.Workload, v.Present)
	if len(v.Same) == 1 && t.dear(v.Workload, v.Same[0], v.Present) {
		return nil, true
	}
	return v.Same, true
}

// dear reports whether the one strategy that serves most still refuses some
// and takes more than ten times as long as one of the others: whether a
// refusal is worth that much is not for a rule to say.
func (t *Times) dear(w *rundir.Workload, one int, present []int) bool {
	if t.Self.Failed || w.Served(one) >= 100 {
		return false
	}
	for _, s := range present {
		if p, ok := t.Pair(w, s, one); ok && p.Delta > 9 {
			return true
		}
	}
	return false
}

// servedSpread is the largest difference in served requests, in percent.
func servedSpread(w *rundir.Workload, present []int) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range present {
		lo, hi = min(lo, w.Served(s)), max(hi, w.Served(s))
	}
	return hi - lo
}

// noisy: the strategies differ too much from themselves.
func noisy(t *Times, v *Verdict) ([]int, bool) { return v.Same, t.Self.Failed }

// few: there are too few samples to call the first difference of the run.
func few(t *Times, v *Verdict) ([]int, bool) {
	return v.Same, Fewest(v.Workload, v.Same) < SamplesFor(t.Tests)
}

// Fewest is the smallest number of samples of any of the strategies.
func Fewest(w *rundir.Workload, of []int) int {
	n := math.MaxInt
	for _, s := range of {
		n = min(n, len(w.Cell(schema.AllocFree, schema.NsPerOp, s).Sample.Values))
	}
	return n
}

// tie: some other shows no detectable difference to the best.
func tie(_ *Times, v *Verdict) ([]int, bool) { return v.Tied, len(v.Tied) > 1 }

// win: the best is detectably faster than all others.
func win(_ *Times, v *Verdict) ([]int, bool) { return v.Tied, true }
