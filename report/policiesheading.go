package report

import (
	"fmt"
	"math"
	"strings"
)

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
func (r *Run) comparisons(w *workload) []comparison {
	var out []comparison
	byStrategy := make([][]contestant, len(r.strategies))
	for _, name := range r.policies() {
		var all []contestant
		for s := range r.strategies {
			if c, ok := r.policyCellOf(w, s, name); ok {
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
func (r *Run) swings(workloads ...*workload) (strategies, policies swing) {
	for _, w := range workloads {
		for _, c := range r.comparisons(w) {
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

// policiesHeading says what decides how many page-table entries tables need,
// the strategy or the policy, and by how much.
func (r *Run) policiesHeading() prose {
	byStrategy, byPolicy := r.swings(r.workloads...)
	most := wider(byStrategy, byPolicy)
	switch {
	case most.times == 0:
		return prose(r.entriesRange())
	case most.times < alike:
		return prose(sameCost(byStrategy, byPolicy))
	}
	byStrategy, byPolicy = r.swings(most.w)
	title := clean(most.w.title)
	least, worst := short3(most.least.cell.entries()), plural(most.most.cell.entries(), "page-table entry", "page-table entries")
	if most.byStrategy {
		return prose(fmt.Sprintf("%s: under %s a table of %s needs %s, one of %s %s%s", title, most.least.policy,
			mark(most.most.strategy), worst, mark(most.least.strategy), least, otherwise("policies", byPolicy)))
	}
	return prose(fmt.Sprintf("%s: a table of %s needs %s under %s, %s under %s%s", title, mark(most.most.strategy),
		worst, most.most.policy, least, most.least.policy, otherwise("strategies", byStrategy)))
}

// sameCost is the heading where no comparison shows a difference worth a word.
func sameCost(byStrategy, byPolicy swing) string {
	under := "every strategy and under every policy"
	switch {
	case byPolicy.times == 0:
		under = "every strategy"
	case byStrategy.times == 0:
		under = "every policy"
	}
	heading := "Page tables cost the same under " + under
	if byStrategy.partial || byPolicy.partial {
		heading = "Where as much is served, page tables cost the same under " + under
	}
	if most := wider(byStrategy, byPolicy); most.times > 1 {
		heading += ", within " + percent(100*(most.times-1))
	}
	return heading
}

// otherwise is the heading's part about the lesser difference on its workload.
func otherwise(who string, s swing) string {
	if s.partial {
		who += " that serve as much"
	}
	switch {
	case s.times == 0:
		return ""
	case s.times == 1:
		return "; " + who + " do not differ"
	case s.times < alike:
		return "; " + who + " differ by " + percent(100*(s.times-1)) + " at most"
	}
	return "; " + who + " differ by a factor of " + short3(s.times) + " at most"
}

// entriesRange is the heading where there is nothing to compare.
func (r *Run) entriesRange() string {
	lo, hi := math.Inf(1), 0.0
	for _, w := range r.workloads {
		for _, name := range r.policies() {
			for s := range r.strategies {
				if c, ok := r.policyCellOf(w, s, name); ok {
					lo, hi = min(lo, c.entries()), max(hi, c.entries())
				}
			}
		}
	}
	return "A table needs " + span(short3(lo), short3(hi), nbsp+"page-table entries")
}

// leftOut is the note's sentence about those that a comparison was made
// without, empty when there are none.
func (r *Run) leftOut() string {
	var parts []string
	unknown := false
	for _, w := range r.workloads {
		under := make([][]string, len(r.strategies))
		for _, c := range r.comparisons(w) {
			for _, one := range c.excluded {
				under[one.strategy] = add(under[one.strategy], one.policy)
				unknown = unknown || math.IsNaN(one.cell.served)
			}
		}
		var who []string
		for s, policies := range under {
			if len(policies) > 0 {
				who = append(who, r.strategies[s]+" under "+list(known(policies, "i915", "amdgpu", "xe")))
			}
		}
		if len(who) > 0 {
			parts = append(parts, clean(w.title)+" ("+strings.Join(who, "; ")+")")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	why := "another strategy under the same policy, or the same strategy under another policy, serves more"
	if unknown {
		why += ", or what is served was not counted"
	}
	return fmt.Sprintf(" The heading compares where the requests served are the same within %s. Left out where %s: %s.",
		percent(refusedAlike), why, list(parts))
}
