package words

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Headline sums up the verdicts: what to take where, and why.
func Headline(names list.Names, times *judge.Times, scaling rundir.Scaling, crossings rundir.Crossings, all []judge.Verdict) text.Prose {
	switch {
	case len(all) == 0:
		if shown, _ := judge.Scales(names, scaling, crossings); len(shown) > 0 { // a sweep alone
			return ScalingHeading(times.Self, shown[0])
		}
		return "This run has no results yet"
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
		clauses = append([]string{"this run is too noisy to compare times"}, clauses...)
	}
	if len(clauses) > 0 {
		return text.Prose(text.UpperFirst(strings.Join(clauses, "; ")))
	}
	return noneHeadline(names, times, all)
}

// noneHeadline is for a run in which no strategy is to be taken anywhere.
func noneHeadline(names list.Names, times *judge.Times, all []judge.Verdict) text.Prose {
	n := make(map[judge.Kind]int)
	seen := 0.0
	for _, v := range all {
		n[v.Kind]++
		if v.Kind == judge.Tie {
			seen = max(seen, times.Unseen(v))
		}
	}
	on := func(k judge.Kind) string {
		if len(all) == 1 {
			return "the workload"
		}
		return text.Plural(float64(n[k]), "workload", "workloads")
	}
	switch {
	case n[judge.Few] > 0:
		return "Too few samples to compare times"
	case n[judge.Tie] > 0 && !math.IsInf(seen, 0):
		return text.Prose("No difference found on " + on(judge.Tie) + "; the smallest difference this run could detect is " + text.Percent(100*seen))
	case n[judge.Unequal] > 0:
		return text.Prose("It depends: the strategies did not do the same work on " + on(judge.Unequal))
	case n[judge.Nothing] > 0:
		return text.Prose(text.UpperFirst(noStrategy(len(names))) + " served anything on " + on(judge.Nothing))
	}
	return "This run has no times to compare"
}

// aloneHeadline is for a run of one strategy.
func aloneHeadline(all []judge.Verdict) text.Prose {
	lo, hi := math.Inf(1), 0.0
	refused, of := 0, 0
	for _, v := range all {
		t := v.Workload.Center(schema.AllocFree, schema.NsPerOp, 0)
		if math.IsNaN(t) {
			continue
		}
		lo, hi = min(lo, t), max(hi, t)
		if p := v.Workload.Placement(0); p != nil {
			refused, of = refused+p.Refusals.N, of+p.Requests
		}
	}
	if hi == 0 {
		return "This run has no results yet"
	}
	s := fmt.Sprintf("%s takes %s per operation", text.Mark(0), TimeRange(lo, hi))
	if of > 0 {
		s += " and refuses " + text.Count(refused) + " of " + text.Requests(of)
	}
	return text.Prose(s)
}

// TimeRange is "85.9 to 742 ns".
func TimeRange(lo, hi float64) string {
	_, ul := text.TimeUnit(lo)
	if vh, uh := text.TimeUnit(hi); ul != uh {
		return text.Duration(lo) + " to " + text.Digits3(vh) + text.NBSP + uh
	}
	vl, _ := text.TimeUnit(lo)
	if text.Duration(lo) == text.Duration(hi) {
		return text.Duration(lo)
	}
	return text.Short3(vl) + " to " + text.Duration(hi)
}

// takeClause says where and why to take a strategy, or nothing. The reasons,
// strongest first: it serves what another refuses, it does the same work in
// less time. A clause is short when one before it spoke of the same work.
func takeClause(names list.Names, s int, all []judge.Verdict, short bool) string {
	var serves, wins []judge.Verdict
	for _, v := range all {
		if !slices.Equal(v.Picks, []int{s}) {
			continue
		}
		switch v.Kind {
		case judge.Unequal:
			serves = append(serves, v)
		case judge.Win:
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
	return "take " + text.Mark(s) + " " + strings.Join(parts, " and ")
}

// needClause puts what the other strategies refused into a need.
func needClause(serves []judge.Verdict, all int) string {
	large := true
	for _, v := range serves {
		for _, p := range v.Workload.Placed {
			if p != nil && p.Refusals.N > 0 && p.Refusals.Min < 16*typical(p) {
				large = false
			}
		}
		if v.Workload.AnyPlacement() == nil {
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
func typical(p *rundir.Placement) uint64 {
	seen := 0
	for class, n := range p.ReqHist {
		seen += n
		if 2*seen >= p.Requests {
			return 1 << class
		}
	}
	return 0
}

// mostNamed is the number of workloads that a headline has room for.
const mostNamed = 2

// titles names a few workloads, or counts them.
func titles(all []judge.Verdict, of int) string {
	var names []string
	for _, v := range all {
		names = append(names, text.Clean(v.Workload.Title))
	}
	if len(names) > mostNamed {
		return text.Count(len(names)) + text.NBSP + "of" + text.NBSP + text.Count(of) + text.NBSP + "workloads"
	}
	return text.List(names)
}

// timeClause says where a strategy takes less time, and how much.
func timeClause(names list.Names, s int, wins []judge.Verdict, workloads int, short bool) string {
	on := "for " + titles(wins, workloads)
	if len(wins) > mostNamed {
		on = "on " + titles(wins, workloads)
	}
	if len(wins) == workloads && workloads > 1 {
		on = "on all " + text.Count(workloads) + text.NBSP + "workloads"
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
		return on + ", where " + text.Mark(1) + " takes " + moreRange(judge.Invert(-lo), judge.Invert(-hi)) + " for the same work"
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
		return text.Span(text.Short3(1+lo), text.Short3(1+hi), " times the time")
	}
	return percentRange(100*lo, 100*hi) + " more time"
}

func percentRange(lo, hi float64) string {
	return text.Span(text.Round2(lo), text.Round2(hi), text.NBSP+"%")
}
