package report

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// headline sums up the verdicts: what to take where, and why.
func headline(names Names, times *Times, scaling Scaling, crossings Crossings, all []Verdict) prose {
	switch {
	case len(all) == 0:
		if shown, _ := scales(names, scaling, crossings); len(shown) > 0 { // a sweep alone
			return scalingHeading(times.Self, shown[0])
		}
		return "This run holds no results yet"
	case len(names) == 1:
		return aloneHeadline(all)
	}
	var clauses []string
	for s := range names {
		if c := takeClause(names, s, all, strings.Contains(strings.Join(clauses, ""), "same work")); c != "" {
			clauses = append(clauses, c)
		}
	}
	if times.Self.Failed { // what is left of the clauses speaks of exact counts
		clauses = append([]string{"this run is too noisy to call times"}, clauses...)
	}
	if len(clauses) > 0 {
		return prose(upperFirst(strings.Join(clauses, "; ")))
	}
	return noneHeadline(names, times, all)
}

// noneHeadline is for a run in which no strategy is to be taken anywhere.
func noneHeadline(names Names, times *Times, all []Verdict) prose {
	n := make(map[Kind]int)
	seen := 0.0
	for _, v := range all {
		n[v.Kind]++
		if v.Kind == Tie {
			seen = max(seen, times.Unseen(v))
		}
	}
	on := func(k Kind) string {
		if len(all) == 1 {
			return "the workload"
		}
		return plural(float64(n[k]), "workload", "workloads")
	}
	switch {
	case n[Few] > 0:
		return "Too few samples to call times"
	case n[Tie] > 0 && !math.IsInf(seen, 0):
		return prose("No difference found on " + on(Tie) + "; this run would have seen " + percent(100*seen))
	case n[Unequal] > 0:
		return prose("It depends: the strategies did not do the same work on " + on(Unequal))
	case n[Nothing] > 0:
		return prose("On " + on(Nothing) + " nothing was served by " + eitherOf(len(names)))
	}
	return "This run holds no times to compare"
}

// aloneHeadline is for a run of one strategy.
func aloneHeadline(all []Verdict) prose {
	lo, hi := math.Inf(1), 0.0
	refused, of := 0, 0
	for _, v := range all {
		t := v.Workload.center(benchTime, unitOp, 0)
		if math.IsNaN(t) {
			continue
		}
		lo, hi = min(lo, t), max(hi, t)
		if p := v.Workload.placement(0); p != nil {
			refused, of = refused+p.refusals.n, of+p.requests
		}
	}
	if hi == 0 {
		return "This run holds no results yet"
	}
	s := fmt.Sprintf("%s takes %s an operation", mark(0), timeRange(lo, hi))
	if of > 0 {
		s += " and refuses " + count(refused) + " of " + requests(of)
	}
	return prose(s)
}

// timeRange is "85.9 to 742 ns".
func timeRange(lo, hi float64) string {
	_, ul := timeUnit(lo)
	if vh, uh := timeUnit(hi); ul != uh {
		return duration(lo) + " to " + digits3(vh) + nbsp + uh
	}
	vl, _ := timeUnit(lo)
	if duration(lo) == duration(hi) {
		return duration(lo)
	}
	return short3(vl) + " to " + duration(hi)
}

// takeClause says where and why to take a strategy, or nothing. The reasons,
// strongest first: it serves what another refuses, it does the same work in
// less time. A clause is short when one before it spoke of the same work.
func takeClause(names Names, s int, all []Verdict, short bool) string {
	var serves, wins []Verdict
	for _, v := range all {
		if !slices.Equal(v.Picks, []int{s}) {
			continue
		}
		switch v.Kind {
		case Unequal:
			serves = append(serves, v)
		case Win:
			wins = append(wins, v)
		}
	}
	var parts []string
	if len(serves) > 0 {
		parts = append(parts, needClause(serves, len(all)))
	}
	if len(wins) > 0 {
		parts = append(parts, timeClause(names, s, wins, len(all), short))
	}
	if len(parts) == 0 {
		return ""
	}
	return "take " + mark(s) + " " + strings.Join(parts, " and ")
}

// needClause puts what the other strategies refused into a need.
func needClause(serves []Verdict, all int) string {
	large := true
	for _, v := range serves {
		for _, p := range v.Workload.placed {
			if p != nil && p.refusals.n > 0 && p.refusals.min < 16*typical(p) {
				large = false
			}
		}
		if v.Workload.anyPlacement() == nil {
			large = false
		}
	}
	if large {
		return "where large requests must not fail"
	}
	return "where requests must not fail (" + titles(serves, all) + ")"
}

// typical is the lower bound of the power-of-two class that holds the median
// request.
func typical(p *placement) uint64 {
	seen := 0
	for class, n := range p.reqHist {
		seen += n
		if 2*seen >= p.requests {
			return 1 << class
		}
	}
	return 0
}

// mostNamed is the number of workloads that a headline has room for.
const mostNamed = 2

// titles names a few workloads, or counts them.
func titles(all []Verdict, of int) string {
	var names []string
	for _, v := range all {
		names = append(names, clean(v.Workload.title))
	}
	if len(names) > mostNamed {
		return count(len(names)) + nbsp + "of" + nbsp + count(of) + nbsp + "workloads"
	}
	return list(names)
}

// timeClause says where a strategy takes less time, and how much.
func timeClause(names Names, s int, wins []Verdict, workloads int, short bool) string {
	on := "for " + titles(wins, workloads)
	if len(wins) > mostNamed {
		on = "on " + titles(wins, workloads)
	}
	if len(wins) == workloads && workloads > 1 {
		on = "on all " + count(workloads) + nbsp + "workloads"
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range wins {
		lo, hi = min(lo, v.Weight), max(hi, v.Weight)
	}
	switch {
	case len(names) > 2 && short:
		return on + ", in " + lessRange(lo, hi)
	case len(names) > 2:
		return on + ", where it does the same work in " + lessRange(lo, hi) + " than the next best"
	case s == 0: // percent of the base, also when the base is the better one
		return on + ", where " + mark(1) + " takes " + moreRange(invert(-lo), invert(-hi)) + " for the same work"
	}
	return on + ", where it does the same work in " + lessRange(lo, hi)
}

// lessRange is "24 to 58 % less time"; lo and hi are shares of time saved.
func lessRange(lo, hi float64) string {
	return percentRange(100*lo, 100*hi) + " less time"
}

// moreRange is "24 to 58 % more time", or from ten times on a factor; lo and
// hi are what it takes more, as a share of the base.
func moreRange(lo, hi float64) string {
	if hi >= 9 {
		return span(short3(1+lo), short3(1+hi), " times the time")
	}
	return percentRange(100*lo, 100*hi) + " more time"
}

func percentRange(lo, hi float64) string {
	return span(round2(lo), round2(hi), nbsp+"%")
}
