package report

import (
	"fmt"
	"math"
	"strings"
)

// policiesHeading says what decides how many page-table entries tables need,
// the strategy or the policy, and by how much.
func policiesHeading(names Names, workloads []*workload) prose {
	byStrategy, byPolicy := swings(len(names), workloads...)
	most := wider(byStrategy, byPolicy)
	switch {
	case most.times == 0:
		return prose(entriesRange(names, workloads))
	case most.times < alike:
		return prose(sameCost(byStrategy, byPolicy))
	}
	byStrategy, byPolicy = swings(len(names), most.w)
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
func entriesRange(names Names, workloads []*workload) string {
	lo, hi := math.Inf(1), 0.0
	for _, w := range workloads {
		for _, name := range policies(workloads...) {
			for s := range names {
				if c, ok := w.policy(s, name); ok {
					lo, hi = min(lo, c.entries()), max(hi, c.entries())
				}
			}
		}
	}
	return "A table needs " + span(short3(lo), short3(hi), nbsp+"page-table entries")
}

// leftOut is the note's sentence about those that a comparison was made
// without, empty when there are none.
func leftOut(names Names, workloads []*workload) string {
	var parts []string
	unknown := false
	for _, w := range workloads {
		under := make([][]string, len(names))
		for _, c := range comparisons(w, len(names)) {
			for _, one := range c.excluded {
				under[one.strategy] = add(under[one.strategy], one.policy)
				unknown = unknown || math.IsNaN(one.cell.served)
			}
		}
		var who []string
		for s, policies := range under {
			if len(policies) > 0 {
				who = append(who, names[s]+" under "+list(known(policies, "i915", "amdgpu", "xe")))
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
