package words

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// PoliciesHeading says what decides how many page-table entries tables need,
// the strategy or the policy, and by how much.
func PoliciesHeading(names list.Names, workloads []*rundir.Workload) text.Prose {
	byStrategy, byPolicy := judge.Swings(len(names), workloads...)
	most := judge.Wider(byStrategy, byPolicy)
	switch {
	case most.Times == 0:
		return text.Prose(entriesRange(names, workloads))
	case most.Times < judge.Alike:
		return text.Prose(sameCost(byStrategy, byPolicy))
	}
	byStrategy, byPolicy = judge.Swings(len(names), most.W)
	title := text.Clean(most.W.Title)
	least, worst := text.Short3(most.Least.Cell.Entries()), text.Plural(most.Most.Cell.Entries(), "page-table entry", "page-table entries")
	if most.ByStrategy {
		return text.Prose(fmt.Sprintf("%s: under %s a table of %s needs %s, one of %s %s%s", title, Driver(most.Least.Policy),
			text.Mark(most.Most.Strategy), worst, text.Mark(most.Least.Strategy), least, otherwise("policies", byPolicy)))
	}
	return text.Prose(fmt.Sprintf("%s: a table of %s needs %s under %s, %s under %s%s", title, text.Mark(most.Most.Strategy),
		worst, Driver(most.Most.Policy), least, Driver(most.Least.Policy), otherwise("strategies", byStrategy)))
}

// sameCost is the heading where no comparison shows a difference worth a word.
func sameCost(byStrategy, byPolicy judge.Swing) string {
	under := "every strategy and under every policy"
	switch {
	case byPolicy.Times == 0:
		under = "every strategy"
	case byStrategy.Times == 0:
		under = "every policy"
	}
	heading := "Page tables cost the same under " + under
	if byStrategy.Partial || byPolicy.Partial {
		heading = "Among strategies that serve everything, page tables cost the same under " + under
	}
	if most := judge.Wider(byStrategy, byPolicy); most.Times > 1 {
		heading += ", within " + text.Percent(100*(most.Times-1))
	}
	return heading
}

// otherwise is the heading's part about the lesser difference on its workload.
func otherwise(who string, s judge.Swing) string {
	if s.Partial {
		who += " that serve everything"
	}
	switch {
	case s.Times == 0:
		return ""
	case s.Times == 1:
		return "; " + who + " do not differ"
	case s.Times < judge.Alike:
		return "; " + who + " differ by " + text.Percent(100*(s.Times-1)) + " at most"
	}
	return "; " + who + " differ by a factor of " + text.Short3(s.Times) + " at most"
}

// entriesRange is the heading where there is nothing to compare.
func entriesRange(names list.Names, workloads []*rundir.Workload) string {
	lo, hi := math.Inf(1), 0.0
	for _, w := range workloads {
		for _, name := range rundir.Policies(workloads...) {
			for s := range names {
				if c, ok := w.Policy(s, name); ok {
					lo, hi = min(lo, c.Entries()), max(hi, c.Entries())
				}
			}
		}
	}
	return "A table needs " + text.Span(text.Short3(lo), text.Short3(hi), text.NBSP+"page-table entries")
}

// Driver is a policy as prose names it: with the version, where there are several of a
// driver.
func Driver(policy string) string {
	switch policy {
	case "xe":
		return "xe" + text.NBSP + "of" + text.NBSP + "2026"
	case "xe_6.11":
		return "xe" + text.NBSP + "of" + text.NBSP + "Linux" + text.NBSP + "6.11"
	}
	return policy
}

// drivers are policies in the order of a run, as prose names them.
func drivers(policies []string) (out []string) {
	for _, p := range rundir.KnownPolicies(policies) {
		out = append(out, Driver(p))
	}
	return out
}

// GrantedNothing is the note's sentence about policies under which every request was
// refused, empty when there are none.
func GrantedNothing(names list.Names, workloads []*rundir.Workload) string {
	var parts []string
	for _, w := range workloads {
		for s, name := range names {
			if policies := w.GrantsNothing(s); len(policies) > 0 {
				parts = append(parts, text.Clean(w.Title)+" on "+name+" under "+text.List(drivers(policies)))
			}
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " Every request was refused, so that there is no table: " + strings.Join(parts, "; ") + "."
}

// LeftOut is the note's sentence about those that a comparison was made without, empty when
// there are none. Of a strategy that is left out under all policies none is named, and of a
// workload on which that is so of all strategies nobody is.
func LeftOut(names list.Names, workloads []*rundir.Workload) string {
	var parts []string
	for _, w := range workloads {
		under := make([][]string, len(names))
		for _, c := range judge.Comparisons(w, len(names)) {
			for _, one := range c.Excluded {
				under[one.Strategy] = list.Add(under[one.Strategy], one.Policy)
			}
		}
		var who []string
		all := len(rundir.Policies(w))
		if all > 0 && !slices.ContainsFunc(under, func(policies []string) bool { return len(policies) < all }) {
			parts = append(parts, text.Clean(w.Title))
			continue
		}
		for s, policies := range under {
			switch {
			case len(policies) == 0:
			case len(policies) == all:
				who = append(who, names[s])
			default:
				who = append(who, names[s]+" under "+text.List(drivers(policies)))
			}
		}
		if len(who) > 0 {
			parts = append(parts, text.Clean(w.Title)+" ("+strings.Join(who, "; ")+")")
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " The heading compares only those that serve every request under their policy: which requests the others refuse is not recorded. Left out: " + text.List(parts) + "."
}
