package judge

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A contestant is one cell of a comparison.
type contestant struct {
	Strategy int
	Policy   string
	Cell     rundir.PolicyCell
}

// A comparison is of page-table entries on one workload where only the
// strategy differs, or only the policy.
type comparison struct {
	w              *rundir.Workload
	byStrategy     bool
	fair, Excluded []contestant
}

// divide divides cells into those that served everything and the others: which
// requests those refused is not recorded, and an allocator that refuses the large ones
// needs fewer entries.
func divide(w *rundir.Workload, strategies int, byStrategy bool, all []contestant) comparison {
	c := comparison{w: w, byStrategy: byStrategy}
	for _, one := range all {
		if slices.Contains(Equal(w, strategies, one.Policy), one.Strategy) {
			c.fair = append(c.fair, one)
		} else {
			c.Excluded = append(c.Excluded, one)
		}
	}
	return c
}

// Comparisons are those that a workload has: the strategies under each policy,
// then the policies of each strategy. Where the files contradict each other there is
// none.
func Comparisons(w *rundir.Workload, n int) []comparison {
	if len(Contradictions(w, n)) > 0 {
		return nil
	}
	var out []comparison
	byStrategy := make([][]contestant, n)
	for _, name := range rundir.Policies(w) {
		var all []contestant
		for s := range n {
			if c, ok := w.Policy(s, name); ok {
				one := contestant{s, name, c}
				all, byStrategy[s] = append(all, one), append(byStrategy[s], one)
			}
		}
		out = append(out, divide(w, n, true, all))
	}
	for _, all := range byStrategy {
		out = append(out, divide(w, n, false, all))
	}
	return out
}

// Swing is the widest difference in page-table entries of some comparisons,
// with times 0 when there was none.
type Swing struct {
	W           *rundir.Workload
	Least, Most contestant
	Times       float64
	ByStrategy  bool
	Partial     bool // somebody was left out of one of the comparisons
}

// widen takes in a comparison.
func (s *Swing) widen(c comparison) {
	s.Partial = s.Partial || len(c.Excluded) > 0
	if len(c.fair) < 2 {
		return
	}
	least, most := c.fair[0], c.fair[0]
	for _, one := range c.fair {
		if one.Cell.Entries() < least.Cell.Entries() {
			least = one
		}
		if one.Cell.Entries() > most.Cell.Entries() {
			most = one
		}
	}
	if times := most.Cell.Entries() / least.Cell.Entries(); times > s.Times {
		*s = Swing{c.w, least, most, times, c.byStrategy, s.Partial}
	}
}

// Swings are the widest differences on some workloads that strategies make
// under one policy, and that policies make to one strategy.
func Swings(n int, among ...*rundir.Workload) (strategies, policies Swing) {
	for _, w := range among {
		for _, c := range Comparisons(w, n) {
			if c.byStrategy {
				strategies.widen(c)
			} else {
				policies.widen(c)
			}
		}
	}
	return strategies, policies
}

// Wider is the wider of the two, the strategies' when they are equal.
func Wider(strategies, policies Swing) Swing {
	if policies.Times > strategies.Times {
		return policies
	}
	return strategies
}

// Alike is the factor up to which page-table entries count as the same.
const Alike = 1.05

// Shares are the parts of the bytes that entries of each size map, in percent.
func Shares(c rundir.PolicyCell) (out [len(rundir.PTESizes)]float64) {
	all := 0.0
	for i, s := range rundir.PTESizes {
		all += c.PTE[i] * s.Bytes
	}
	for i, s := range rundir.PTESizes {
		if all > 0 {
			out[i] = 100 * c.PTE[i] * s.Bytes / all
		}
	}
	return out
}
