package report

// A contestant is one cell of a comparison.
type contestant struct {
	strategy int
	policy   string
	cell     policyCell
}

// A comparison is of page-table entries on one workload where only the
// strategy differs, or only the policy.
type comparison struct {
	w              *workload
	byStrategy     bool
	fair, excluded []contestant
}

// refusedAlike is the difference in requests served, in percent of them, up to
// which entries are compared: who refuses the large requests needs fewer.
const refusedAlike = 1

// compare divides cells into those that served about as much as the best of
// them, and those that served less or have no share of requests served.
func compare(w *workload, byStrategy bool, all []contestant) comparison {
	c, most := comparison{w: w, byStrategy: byStrategy}, 0.0
	for _, one := range all {
		if one.cell.served > most {
			most = one.cell.served
		}
	}
	for _, one := range all {
		if one.cell.served >= most-refusedAlike {
			c.fair = append(c.fair, one)
		} else {
			c.excluded = append(c.excluded, one)
		}
	}
	return c
}

// comparisons are those that a workload has: the strategies under each policy,
// then the policies of each strategy.
func comparisons(w *workload, n int) []comparison {
	var out []comparison
	byStrategy := make([][]contestant, n)
	for _, name := range policies(w) {
		var all []contestant
		for s := range n {
			if c, ok := w.policy(s, name); ok {
				one := contestant{s, name, c}
				all, byStrategy[s] = append(all, one), append(byStrategy[s], one)
			}
		}
		out = append(out, compare(w, true, all))
	}
	for _, all := range byStrategy {
		out = append(out, compare(w, false, all))
	}
	return out
}

// swing is the widest difference in page-table entries of some comparisons,
// with times 0 when there was none.
type swing struct {
	w           *workload
	least, most contestant
	times       float64
	byStrategy  bool
	partial     bool // somebody was left out of one of the comparisons
}

// widen takes in a comparison.
func (s *swing) widen(c comparison) {
	s.partial = s.partial || len(c.excluded) > 0
	if len(c.fair) < 2 {
		return
	}
	least, most := c.fair[0], c.fair[0]
	for _, one := range c.fair {
		if one.cell.entries() < least.cell.entries() {
			least = one
		}
		if one.cell.entries() > most.cell.entries() {
			most = one
		}
	}
	if times := most.cell.entries() / least.cell.entries(); times > s.times {
		*s = swing{c.w, least, most, times, c.byStrategy, s.partial}
	}
}

// swings are the widest differences on some workloads that strategies make
// under one policy, and that policies make to one strategy.
func swings(n int, among ...*workload) (strategies, policies swing) {
	for _, w := range among {
		for _, c := range comparisons(w, n) {
			if c.byStrategy {
				strategies.widen(c)
			} else {
				policies.widen(c)
			}
		}
	}
	return strategies, policies
}

// wider is the wider of the two, the strategies' when they are equal.
func wider(strategies, policies swing) swing {
	if policies.times > strategies.times {
		return policies
	}
	return strategies
}

// alike is the factor up to which page-table entries count as the same.
const alike = 1.05
