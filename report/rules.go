package report

import (
	"math"
	"slices"
)

// kind is what a run can say about one workload.
type kind int

const (
	kindMissing kind = iota // no times of two strategies
	kindAlone               // one strategy: nothing to compare
	kindNothing             // no strategy served anything
	kindUnequal             // the strategies did not do the same work
	kindNoisy               // the A/A lane failed: no times are called
	kindFew                 // too few samples to call any difference
	kindTie                 // the same work, and no difference found
	kindWin                 // the same work in less time
)

// verdict is the outcome of the rules for one workload.
type verdict struct {
	w      *workload
	kind   kind
	picks  []int // strategies to take; several: no difference between them; none: it depends
	best   int   // for a win: the strategy that takes least time
	next   int   // for a win: the runner-up among those that did the same work
	head   prose // one sentence
	body   prose // what stands behind it
	weight float64
}

// pairKey names the comparison of two strategies, a < b, on a workload.
type pairKey struct {
	workload string
	a, b     int
}

// compareAll compares the times of every two strategies on every workload and
// corrects the probabilities of those that did the same work, all together.
func (r *Run) compareAll() {
	r.self = r.testSelf()
	r.pairs = make(map[pairKey]pair)
	var keys []pairKey
	var ps []float64
	for _, w := range r.workloads {
		for b := range r.strategies {
			for a := range b {
				p, ok := comparePair(r.cell(benchTime, unitOp, w, a), r.cell(benchTime, unitOp, w, b))
				if !ok {
					continue
				}
				k := pairKey{w.name, a, b}
				r.pairs[k] = p
				if r.sameWork(w, a, b) {
					keys, ps = append(keys, k), append(ps, p.cmp.P)
				}
			}
		}
	}
	for i, adjusted := range holm(ps) {
		p := r.pairs[keys[i]]
		p.adjusted = adjusted
		r.pairs[keys[i]] = p
	}
	r.tests = len(ps)
}

// pair is the comparison of strategy b with strategy a, in either order.
func (r *Run) pair(w *workload, a, b int) (pair, bool) {
	if a > b {
		p, ok := r.pairs[pairKey{w.name, b, a}]
		return p.flip(), ok
	}
	p, ok := r.pairs[pairKey{w.name, a, b}]
	return p, ok
}

// sameWork reports whether two strategies granted the same requests. The
// traces tell which were refused; without them, equal shares must do. What is
// not known is not the same, and to grant none is no work.
func (r *Run) sameWork(w *workload, a, b int) bool {
	if r.served(w, a) == 0 {
		return false
	}
	pa, pb := w.placement(a), w.placement(b)
	if pa != nil && pb != nil {
		return pa.requests == pb.requests && pa.refusals.n == pb.refusals.n && pa.refusals.which == pb.refusals.which
	}
	return r.served(w, a) == r.served(w, b) // NaN is not
}

// served is the share of requests granted, in percent.
func (r *Run) served(w *workload, s int) float64 {
	if p := w.placement(s); p != nil && p.requests > 0 {
		return 100 * float64(p.granted) / float64(p.granted+p.refusals.n)
	}
	return r.center(benchTime, unitServed, w, s)
}

// differs reports whether the run calls the difference of a pair: the lanes
// are quiet, the corrected probability is under the level, and the difference
// is more than any that a strategy had against itself.
func (r *Run) differs(w *workload, p pair) bool {
	return !r.self.failed && p.adjusted < alpha && math.Abs(p.delta) > r.self.floor(w.name)
}

// present are the strategies that have times on the workload.
func (r *Run) present(w *workload) []int {
	var out []int
	for s := range r.strategies {
		if c := r.cell(benchTime, unitOp, w, s); c != nil && c.sum.Center > 0 {
			out = append(out, s)
		}
	}
	return out
}

// nothingServed reports whether every one of the strategies refused all.
func (r *Run) nothingServed(w *workload, present []int) bool {
	for _, s := range present {
		if r.served(w, s) != 0 { // NaN is not
			return false
		}
	}
	return true
}

// contenders are those of the strategies that did the most work: the same
// work. It is empty when those that served the same share refused different
// requests, when they all served nothing, or when nobody knows.
func (r *Run) contenders(w *workload, present []int) []int {
	most := math.Inf(-1)
	for _, s := range present {
		most = max(most, r.served(w, s))
	}
	var out []int
	for _, s := range present {
		if r.served(w, s) != most {
			continue
		}
		if len(out) > 0 && !r.sameWork(w, out[0], s) {
			return nil
		}
		out = append(out, s)
	}
	return out
}

// judge applies the rules to one workload.
func (r *Run) judge(w *workload) verdict {
	v := verdict{w: w, best: -1, next: -1}
	present := r.present(w)
	switch {
	case len(present) == 0 || len(present) == 1 && len(r.strategies) > 1:
		v.kind = kindMissing
		v.picks = present
	case len(present) == 1:
		v.kind, v.picks = kindAlone, present
	case r.nothingServed(w, present):
		v.kind = kindNothing
	default:
		r.judgeMany(&v, present)
	}
	r.word(&v, present)
	return v
}

func (r *Run) judgeMany(v *verdict, present []int) {
	same := r.contenders(v.w, present)
	v.picks = same
	if len(same) > 1 {
		r.fastest(v, same)
	}
	switch {
	case len(same) < 2:
		v.kind = kindUnequal
		v.weight = r.refusedShare(v.w, present)
		if len(same) == 1 && r.dear(v.w, same[0], present) {
			v.picks = nil
		}
	case r.self.failed:
		v.kind, v.picks = kindNoisy, same
	case r.fewest(v.w, same) < samplesFor(r.tests):
		v.kind, v.picks = kindFew, same
	case len(v.picks) > 1:
		v.kind = kindTie
	default:
		v.kind = kindWin
	}
}

// fastest finds the strategy that takes least time, the runner-up, and which
// others cannot be told from the first.
func (r *Run) fastest(v *verdict, same []int) {
	byTime := slices.Clone(same)
	slices.SortStableFunc(byTime, func(a, b int) int {
		ta, tb := r.center(benchTime, unitOp, v.w, a), r.center(benchTime, unitOp, v.w, b)
		switch {
		case ta < tb:
			return -1
		case ta > tb:
			return 1
		}
		return 0
	})
	v.best, v.next = byTime[0], byTime[1]
	v.picks = nil
	for _, s := range same {
		p, ok := r.pair(v.w, v.best, s)
		if s == v.best || !ok || !r.differs(v.w, p) {
			v.picks = append(v.picks, s)
		}
	}
	if p, ok := r.pair(v.w, v.next, v.best); ok {
		v.weight = -p.delta
	}
}

// fewest is the smallest number of samples of any of the strategies.
func (r *Run) fewest(w *workload, of []int) int {
	n := math.MaxInt
	for _, s := range of {
		n = min(n, len(r.cell(benchTime, unitOp, w, s).sample.Values))
	}
	return n
}

// dear reports whether the one strategy that serves most still refuses some
// and takes more than ten times as long as one of the others: whether a
// refusal is worth that much is not for a rule to say.
func (r *Run) dear(w *workload, one int, present []int) bool {
	if r.self.failed || r.served(w, one) >= 100 {
		return false
	}
	for _, s := range present {
		if p, ok := r.pair(w, s, one); ok && p.delta > 9 {
			return true
		}
	}
	return false
}

// refusedShare is the largest difference in served requests, in percent.
func (r *Run) refusedShare(w *workload, present []int) float64 {
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, s := range present {
		lo, hi = min(lo, r.served(w, s)), max(hi, r.served(w, s))
	}
	return hi - lo
}

// verdicts are the verdicts of all workloads, in the order of the run.
func (r *Run) verdicts() []verdict {
	out := make([]verdict, len(r.workloads))
	for i, w := range r.workloads {
		out[i] = r.judge(w)
	}
	return out
}
