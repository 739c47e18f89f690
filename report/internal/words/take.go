package words

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// reasonsOf are what a pick rests on: what is served, and what decides between those
// that serve the same.
func reasonsOf(v judge.Verdict) []judge.Reason {
	if v.Reason == judge.Refusals {
		return append([]judge.Reason{v.Reason}, v.Steps...)
	}
	return v.Steps
}

// takeClauses say where to take which strategies, those taken most often first and with
// their reasons. A headline has room for one clause of reasons; the table has the others.
func takeClauses(all []judge.Verdict) []string {
	groups := groupedBy(all, func(v judge.Verdict) string { return fmt.Sprint(v.Picks) })
	slices.SortStableFunc(groups, func(a, b []judge.Verdict) int {
		return cmp.Or(len(b)-len(a), slices.Compare(a[0].Picks, b[0].Picks))
	})
	var clauses []string
	for i, there := range groups {
		picks := strings.Join(text.Marks(there[0].Picks), " or ")
		if i > 0 {
			clauses = append(clauses, picks+" on "+text.Count(len(there)))
			continue
		}
		clauses = append(clauses, "take "+picks+" "+onThem(there, len(all))+reasons(there))
	}
	return clauses
}

// groupedBy divides those verdicts that have a reason, in the order in which a group begins.
func groupedBy(all []judge.Verdict, key func(judge.Verdict) string) (groups [][]judge.Verdict) {
	at := make(map[string]int)
	for _, v := range all {
		if v.Reason == judge.NoReason {
			continue
		}
		k := key(v)
		i, ok := at[k]
		if !ok {
			i, groups = len(groups), append(groups, nil)
			at[k] = i
		}
		groups[i] = append(groups[i], v)
	}
	return groups
}

// reasons are ", where it refuses nothing and b 5 of 10 requests", or, where several are,
// ": on 6 ..., on 8 ...".
func reasons(there []judge.Verdict) string {
	groups := groupedBy(there, func(v judge.Verdict) string { return fmt.Sprint(reasonsOf(v)) })
	if len(groups) == 1 {
		return ", where " + because(there)
	}
	slices.SortStableFunc(groups, func(a, b []judge.Verdict) int { return slices.Compare(reasonsOf(a[0]), reasonsOf(b[0])) })
	var parts []string
	for _, g := range groups {
		parts = append(parts, "on "+text.Count(len(g))+" "+because(g))
	}
	return ": " + strings.Join(parts, ", ")
}

// onThem names or counts the workloads of a clause.
func onThem(there []judge.Verdict, of int) string {
	switch {
	case len(there) == of && of > 1:
		return "on all " + text.Count(of) + text.NBSP + "workloads"
	case len(there) > mostNamed:
		return "on " + titles(there, of)
	}
	return "for " + titles(there, of)
}

// because is the reason why to take strategies, with numbers, and against whom: what
// holds for each of them against each of those named.
func because(there []judge.Verdict) string {
	var parts []string
	first := there[0]
	if first.Reason == judge.Refusals {
		parts = append(parts, refusesLess(there))
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	over := overOf(there)
	for _, v := range there {
		f := v.Factor()
		lo, hi = min(lo, f), max(hi, f)
	}
	who, needs, costs := "the others", "need", "cost"
	if len(over) == 1 {
		who, needs, costs = text.Mark(over[0]), "needs", "costs"
	}
	least := ""
	if len(first.Picks) > 1 || len(over) > 1 {
		least = "at least "
	}
	its := "its"
	if len(first.Picks) > 1 {
		its = "their"
	}
	switch first.Then() {
	case judge.PageTables:
		parts = append(parts, who+" "+needs+" "+least+factors(lo, hi, least != "")+" "+its+" "+entriesUnder(there))
	case judge.Pays:
		parts = append(parts, who+" "+costs+" "+least+percentRange(100*(lo-1), 100*(hi-1))+" more")
	}
	return strings.Join(parts, "; of those that serve as much, ")
}

// factors is "6.9 to 20 times": two digits below ten. What is said of several, at least so
// much, is never rounded up: it holds.
func factors(lo, hi float64, atLeast bool) string {
	shown := func(f float64) string {
		digits := 1.0
		if f < 10 {
			digits = 10
		}
		if atLeast {
			f = math.Floor(digits*f+1e-9) / digits
		}
		return text.Round2(f)
	}
	return text.Span(shown(lo), shown(hi), text.NBSP+"times")
}

// entriesUnder is "PTEs (i915)", as the column is called: page-table entries of the policies
// that decide.
func entriesUnder(there []judge.Verdict) string {
	var policies []string
	for _, v := range there {
		policies = list.Add(policies, v.Bill().Policy)
	}
	return "PTEs (" + strings.Join(drivers(policies), " or ") + ")"
}

// overOf are those that the last steps left out, on some workload.
func overOf(there []judge.Verdict) (over []int) {
	for _, v := range there {
		over = append(over, v.Over...)
	}
	slices.Sort(over)
	return slices.Compact(over)
}

// refusesLess is "it refuses nothing and rangemgr 1 of 26,521 requests", or "it
// refuses less: 500 of 1,000 requests, rangemgr 510". What is invalid to one of them is no
// reason, and is not counted.
func refusesLess(there []judge.Verdict) string {
	one, it, refuses := there[0].Picks[0], "it", "refuses"
	if len(there[0].Picks) > 1 {
		it, refuses = "they", "refuse"
	}
	mine, of := refusals(there, one)
	note := ""
	for _, v := range there {
		for _, s := range v.Present {
			if p := v.Workload.Placement(s); p != nil && p.Refusals.Invalid > 0 {
				note = ", EINVAL not counted"
			}
		}
	}
	var more []string
	for _, s := range there[0].Present {
		if n, _ := refusals(there, s); n != mine {
			more = append(more, text.Mark(s)+" "+n)
		}
	}
	switch {
	case mine == "0":
		return it + " " + refuses + " nothing and " + text.List(more) + of + note
	case len(there) > 1:
		if strings.HasPrefix(of, " of ") {
			of = " requests"
		}
		return it + " " + refuses + " less (" + mine + of + ", " + text.List(more) + note + ")"
	}
	return it + " " + refuses + " less: " + mine + of + ", " + text.List(more) + note
}

// refusals is what a strategy refused of some workloads that is not invalid to it, and of
// how much: counts where all are known, else the largest share.
func refusals(there []judge.Verdict, s int) (n, of string) {
	refused, requests, most := 0, 0, 0.0
	known := true
	for _, v := range there {
		for _, other := range v.Present {
			_, _, ok := v.Workload.Refused(other)
			known = known && ok
		}
		if p := v.Workload.Placement(s); p != nil {
			refused, requests = refused+judge.Told(p.Refusals), requests+p.Requests
		}
		most = max(most, PerMille(v.Workload, s))
	}
	if known {
		return text.Count(refused), " of " + text.Requests(requests)
	}
	n = text.Short3(most)
	if len(there) > 1 && most > 0 {
		n = "up to " + n
	}
	return n, " in 1,000 requests"
}
