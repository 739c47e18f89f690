package judge

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// A rule says what a run can say about a workload.
type rule struct {
	kind  Kind
	holds func(t *Times, v *Verdict) bool
}

// rules are all of them. The first that holds decides; the last always does.
// A new one is a function in a file of its own and a line here, and its
// sentence a line in the words of verdicts.
var rules = []rule{
	{Missing, missing},
	{Contradicted, contradicted},
	{Alone, alone},
	{Unclear, unclear},
	{Nothing, nothingServed},
	{Unequal, unequal},
	{Untimed, untimed},
	{Short, short},
	{Few, few},
	{Noisy, noisy},
	{Tie, tie},
	{Win, win},
}

// missing: there are not two strategies to compare.
func missing(t *Times, v *Verdict) bool {
	n := len(v.Present)
	return n == 0 || n == 1 && t.strategies > 1
}

// contradicted: files of the run say different things of what was served.
func contradicted(t *Times, v *Verdict) bool {
	return len(Contradictions(v.Workload, t.strategies)) > 0
}

// alone: the run has one strategy.
func alone(_ *Times, v *Verdict) bool { return len(v.Present) == 1 }

// unclear: one of the strategies does not say how much it served, or those that served
// most do not say what.
func unclear(_ *Times, v *Verdict) bool {
	most, traces := math.Inf(-1), true
	var same []int
	for _, s := range v.Present {
		switch served := v.Workload.Served(s); {
		case math.IsNaN(served):
			return true
		case served > most:
			most, same = served, []int{s}
		case served == most:
			same = append(same, s)
		}
	}
	for _, s := range same {
		traces = traces && v.Workload.Placement(s) != nil
	}
	return len(same) > 1 && most > 0 && most < 100 && !traces
}

// nothingServed: every one of the strategies refused all.
func nothingServed(_ *Times, v *Verdict) bool {
	for _, s := range v.Present {
		if v.Workload.Served(s) != 0 {
			return false
		}
	}
	return true
}

// unequal: less than two strategies did the most work.
func unequal(_ *Times, v *Verdict) bool { return len(v.Same) < 2 }

// untimed: less than two of those that did the same work have times.
func untimed(_ *Times, v *Verdict) bool { return len(v.Timed) < 2 }

// servedSpread is the largest difference in served requests, in percent.
func servedSpread(w *rundir.Workload, present []int) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range present {
		lo, hi = min(lo, w.Served(s)), max(hi, w.Served(s))
	}
	return hi - lo
}

// short: a replay takes too few ticks of the clock.
func short(t *Times, v *Verdict) bool { return t.Clock.tooShort(v.Workload, v.Timed) }

// few: there are too few samples to call the first difference of the run.
func few(t *Times, v *Verdict) bool { return Fewest(v.Workload, v.Timed) < stat.SamplesFor(t.Tests) }

// Fewest is the smallest number of samples of any of the strategies.
func Fewest(w *rundir.Workload, of []int) int {
	n := math.MaxInt
	for _, s := range of {
		n = min(n, len(w.OpTime(schema.AllocFree, s).Sample.Values))
	}
	return n
}

// noisy: the strategies differ too much from themselves, or of one nobody knows by how much.
func noisy(t *Times, v *Verdict) bool {
	return t.Self.Silent() || len(t.Self.Lacking(v.Workload, v.Timed)) > 0
}

// tie: some other shows no detectable difference to the best.
func tie(_ *Times, v *Verdict) bool { return len(v.Tied) > 1 }

// win: the best is detectably faster than all others.
func win(*Times, *Verdict) bool { return true }
