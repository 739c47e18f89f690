package judge

import (
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Times are the times of a run, judged: every two strategies compared on every
// workload, and every strategy with itself.
type Times struct {
	Self       *SelfTest
	Clock      Clock
	Tests      int    // comparisons that the multiple-test correction counts
	Libraries  []bool // by strategy: its times are those of a C library, not of a Go model
	strategies int
	policies   []string // that the run counted page-table entries under
	prices     cost.Prices
	pairs      map[pairKey]Pair
}

// pairKey names the comparison of two strategies, a < b, on a workload.
type pairKey struct {
	workload string
	a, b     int
}

// compare compares the times of every two of so many strategies that did the most
// work of a workload, where it can be timed, and corrects all probabilities
// together. One that did less work is in no comparison.
func compare(clock Clock, workloads []*rundir.Workload, strategies int) *Times {
	t := &Times{Clock: clock, strategies: strategies, policies: rundir.Policies(workloads...), pairs: make(map[pairKey]Pair)}
	t.Self = testSelf(workloads, strategies, t.Clock)
	var keys []pairKey
	var ps []float64
	for _, w := range workloads {
		same := t.Comparable(w)
		for i, b := range same {
			for _, a := range same[:i] {
				p, ok := ComparePair(w.OpTime(schema.AllocFree, a), w.OpTime(schema.AllocFree, b))
				if !ok {
					continue
				}
				k := pairKey{w.Name, a, b}
				t.pairs[k] = p
				keys, ps = append(keys, k), append(ps, p.Cmp.P)
			}
		}
	}
	for i, adjusted := range stat.Holm(ps) {
		p := t.pairs[keys[i]]
		p.adjusted = adjusted
		t.pairs[keys[i]] = p
	}
	t.Tests = len(ps)
	return t
}

// Comparable are the strategies whose times on the workload are compared: those
// that did the most work and have times, none where a replay is too short to time.
func (t *Times) Comparable(w *rundir.Workload) []int {
	same := timed(w, t.strategies)
	if t.Clock.tooShort(w, same) {
		return nil
	}
	return same
}

// Pair is the comparison of strategy b with strategy a, in either order; ok is
// false when they are not compared.
func (t *Times) Pair(w *rundir.Workload, a, b int) (p Pair, ok bool) {
	if a > b {
		p, ok := t.pairs[pairKey{w.Name, b, a}]
		return p.flip(), ok
	}
	p, ok = t.pairs[pairKey{w.Name, a, b}]
	return p, ok
}

// differs reports whether the run calls the difference of two strategies: both have a
// lane there, the lanes are quiet, the corrected probability is under the level, and the
// whole interval is beyond what a strategy differs by from itself.
func (t *Times) differs(w *rundir.Workload, a, b int) bool {
	p, ok := t.Pair(w, a, b)
	return ok && !t.Self.Silent() && len(t.Self.Lacking(w, []int{a, b})) == 0 &&
		p.adjusted < stat.Alpha && p.beyond(t.Self.Floor(w.Name))
}

// rank finds the strategy that takes least time of those that did the same
// work, the runner-up, and which others show no detectable difference to the first.
func (t *Times) rank(v *Verdict) {
	w := v.Workload
	byTime := slices.Clone(v.Timed)
	slices.SortStableFunc(byTime, func(a, b int) int {
		ta, tb := w.OpTime(schema.AllocFree, a).Center(), w.OpTime(schema.AllocFree, b).Center()
		switch {
		case ta < tb:
			return -1
		case ta > tb:
			return 1
		}
		return 0
	})
	v.Best, v.Next = byTime[0], byTime[1]
	for _, s := range v.Timed {
		if s == v.Best || !t.differs(w, v.Best, s) {
			v.Tied = append(v.Tied, s)
		}
	}
	if p, ok := t.Pair(w, v.Next, v.Best); ok {
		v.Saved = -p.Delta
	}
}

// Calls reports whether a difference between two sets of times may be put
// into a sentence without a test of its own: the run is not too noisy for any,
// each side has samples enough, and no sample of one lies among the other's.
func (t *SelfTest) Calls(less, more []float64) bool {
	const enough = 5 // two sides of five come apart by chance once in 126 times
	return !t.Silent() && len(less) >= enough && len(more) >= enough && slices.Max(less) < slices.Min(more)
}

// toldApart reports whether a difference between two sets of times may be put
// into a sentence, whichever is less: they differ by more than two instances of
// one allocator do.
func (t *SelfTest) toldApart(a, b []float64) bool {
	ratio := stat.Median(slices.Clone(a)) / stat.Median(slices.Clone(b))
	if math.Max(ratio, 1/ratio) < 1+t.LeastTold() {
		return false
	}
	return t.Calls(a, b) || t.Calls(b, a)
}

// LeastTold is the relative difference from which on [SelfTest.toldApart] tells
// times apart.
func (t *SelfTest) LeastTold() float64 { return max(loud, math.Expm1(t.common)) }
