package words

import (
	"maps"
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
		return aloneHeadline(times, all)
	}
	clauses := takeClauses(all)
	if n := number(all, judge.Contradicted); n > 0 {
		clauses = append(clauses, "the files of this run contradict each other on "+workloads(n, len(all)))
	}
	if n := number(all, judge.Unclear); n > 0 && len(clauses) > 0 {
		clauses = append(clauses, "how much was served is not known on "+workloads(n, len(all)))
	}
	if len(clauses) > 0 {
		return text.Prose(text.UpperFirst(strings.Join(clauses, "; ")))
	}
	return noneHeadline(names, times, all)
}

// number counts the verdicts of a kind.
func number(all []judge.Verdict, k judge.Kind) int {
	n := 0
	for _, v := range all {
		if v.Kind == k {
			n++
		}
	}
	return n
}

// workloads is "the workload" or "3 of 15 workloads".
func workloads(n, of int) string {
	if of == 1 {
		return "the workload"
	}
	return text.Count(n) + text.NBSP + "of" + text.NBSP + text.Count(of) + text.NBSP + "workloads"
}

// noneHeadline is for a run in which nothing that carries over to a driver says what
// to take.
func noneHeadline(names list.Names, times *judge.Times, all []judge.Verdict) text.Prose {
	same, known, equal := 0, false, true
	for _, v := range all {
		if len(v.Same) > 1 {
			same++
			known, equal = known || v.Carried.Known, equal && v.Carried.Equal
		}
	}
	switch {
	case same > 0:
		found := text.UpperFirst(sameCarried(known, equal))
		if same < len(all) {
			found += " on " + workloads(same, len(all))
		}
		return text.Prose(found + "; " + timesClause(times, all))
	case number(all, judge.Unequal) > 0:
		return text.Prose("The strategies refuse different requests on " + workloads(number(all, judge.Unequal), len(all)) + "; nothing else is compared")
	case number(all, judge.Unclear) > 0:
		return text.Prose("How much was served is not known on " + workloads(number(all, judge.Unclear), len(all)) + "; nothing is compared")
	case number(all, judge.Nothing) > 0:
		return text.Prose(text.UpperFirst(noStrategy(len(names))) + " served anything on " + workloads(number(all, judge.Nothing), len(all)))
	}
	return "This run has no times to compare"
}

// timesClause says what the times of the models are where nothing else differs.
func timesClause(times *judge.Times, all []judge.Verdict) string {
	wins := make(map[int][]judge.Verdict)
	seen := 0.0
	for _, v := range all {
		switch v.Kind {
		case judge.Win:
			wins[v.Best] = append(wins[v.Best], v)
		case judge.Tie:
			seen = max(seen, times.Unseen(v))
		}
	}
	var parts []string
	for _, s := range slices.Sorted(maps.Keys(wins)) {
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, v := range wins[s] {
			lo, hi = min(lo, v.Saved), max(hi, v.Saved)
		}
		part := model(times, s) + " takes " + percentRange(100*lo, 100*hi) + " less time"
		if len(all) > 1 {
			part += " on " + workloads(len(wins[s]), len(all))
		}
		parts = append(parts, part)
	}
	switch {
	case len(parts) > 0:
		return strings.Join(parts, "; ")
	case number(all, judge.Tie) > 0 && !math.IsInf(seen, 0):
		return "no difference in time found (the smallest this run could detect is " + text.Percent(100*seen) + ")"
	case number(all, judge.Few) > 0:
		return "too few samples to compare times"
	case number(all, judge.Short) > 0:
		return "replays are too short to time"
	case times.Self.Failed:
		return "this run is too noisy to compare times"
	case times.Self.Silent():
		return "noise unknown, so times are not compared"
	}
	return "no difference in time found"
}

// aloneHeadline is for a run of one strategy.
func aloneHeadline(times *judge.Times, all []judge.Verdict) text.Prose {
	lo, hi := math.Inf(1), 0.0
	refused, of := 0, 0
	for _, v := range all {
		t := v.Workload.Center(schema.AllocFree, schema.NsPerOp, 0)
		if v.Kind != judge.Alone {
			continue
		}
		if times.Clock.Shortest(v.Workload, v.Present) >= judge.LeastTicks {
			lo, hi = min(lo, t), max(hi, t)
		}
		if p := v.Workload.Placement(0); p != nil {
			refused, of = refused+p.Refusals.N, of+p.Requests
		}
	}
	var parts []string
	if of > 0 {
		parts = append(parts, text.Mark(0)+" refuses "+text.Count(refused)+" of "+text.Requests(of))
	}
	if hi > 0 {
		parts = append(parts, model(times, 0)+" takes "+TimeRange(lo, hi)+" per operation")
	}
	switch n := number(all, judge.Contradicted); {
	case n > 0:
		parts = append(parts, "the files of this run contradict each other on "+workloads(n, len(all)))
	case len(parts) == 0:
		return "This run has no times to report"
	}
	return text.Prose(text.UpperFirst(strings.Join(parts, "; ")))
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

// reasonsOf are what a pick rests on: what is served, and what decides between those
// that serve the same.
func reasonsOf(v judge.Verdict) []judge.Reason {
	if v.Reason == judge.Refusals {
		return append([]judge.Reason{v.Reason}, v.Steps...)
	}
	return v.Steps
}

// reasons are those that the picks rest on anywhere, the strongest first.
func reasons(all []judge.Verdict, picks []int) [][]judge.Reason {
	var out [][]judge.Reason
	for _, v := range all {
		if v.Reason != judge.NoReason && slices.Equal(v.Picks, picks) {
			out = append(out, reasonsOf(v))
		}
	}
	slices.SortFunc(out, slices.Compare)
	return slices.CompactFunc(out, slices.Equal)
}

// takeClauses say where and why to take which strategies. The reasons are those that
// carry over to a driver, the strongest first.
func takeClauses(all []judge.Verdict) []string {
	var picks [][]int // in order of their first strategy
	for _, v := range all {
		if v.Reason != judge.NoReason && !slices.ContainsFunc(picks, func(p []int) bool { return slices.Equal(p, v.Picks) }) {
			picks = append(picks, v.Picks)
		}
	}
	slices.SortFunc(picks, slices.Compare)
	var clauses []string
	for _, p := range picks {
		var parts []string
		for _, why := range reasons(all, p) {
			var there []judge.Verdict
			for _, v := range all {
				if slices.Equal(reasonsOf(v), why) && slices.Equal(v.Picks, p) {
					there = append(there, v)
				}
			}
			parts = append(parts, onThem(there, len(all))+", where "+because(there))
		}
		clauses = append(clauses, "take "+strings.Join(text.Marks(p), " or ")+" "+strings.Join(parts, ", and "))
	}
	return clauses
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

// because is the reason why to take strategies, with numbers.
func because(there []judge.Verdict) string {
	var parts []string
	if there[0].Reason == judge.Refusals {
		parts = append(parts, refusesLess(there))
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	for _, v := range there {
		m := v.Margin()
		lo, hi = min(lo, m), max(hi, m)
	}
	its, leaves := "its", "it leaves"
	if len(there[0].Picks) > 1 {
		its, leaves = "their", "they leave"
	}
	its, leaves = steps(there[0])+its, steps(there[0])+leaves
	share := percentRange(100*lo, 100*hi)
	switch there[0].Then() {
	case judge.PageTables:
		parts = append(parts, its+" page tables have "+share+" fewer entries")
	case judge.Entries:
		parts = append(parts, its+" sg tables have "+share+" fewer entries")
	case judge.Broken:
		parts = append(parts, leaves+" "+text.Span(text.Round2(100*lo), text.Round2(100*hi), " points")+" less of the free memory broken")
	}
	return strings.Join(parts, "; of those that serve as much, ")
}

// refusesLess is "it refuses nothing and rangemgr 1 of 26,521 requests", or "it
// refuses less: 500 of 1,000 requests, rangemgr 510".
func refusesLess(there []judge.Verdict) string {
	one, it, refuses := there[0].Picks[0], "it", "refuses"
	if len(there[0].Picks) > 1 {
		it, refuses = "they", "refuse"
	}
	mine, of := refusals(there, one)
	var more []string
	for _, s := range there[0].Present {
		if n, _ := refusals(there, s); n != mine {
			more = append(more, text.Mark(s)+" "+n)
		}
	}
	if mine == "0" {
		return it + " " + refuses + " nothing and " + text.List(more) + of
	}
	return it + " " + refuses + " less: " + mine + of + ", " + text.List(more)
}

// refusals is what a strategy refused of some workloads, and of how much: counts
// where all are known, else the largest share.
func refusals(there []judge.Verdict, s int) (n, of string) {
	refused, requests, most := 0, 0, 0.0
	known := true
	for _, v := range there {
		for _, other := range v.Present {
			_, _, ok := v.Workload.Refused(other)
			known = known && ok
		}
		if k, all, ok := v.Workload.Refused(s); ok {
			refused, requests = refused+k, requests+all
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

// mostNamed is the number of workloads that a headline has room for.
const mostNamed = 2

// titles names a few workloads, or counts them.
func titles(all []judge.Verdict, of int) string {
	var names []string
	for _, v := range all {
		names = append(names, text.Clean(v.Workload.Title))
	}
	if len(names) > mostNamed {
		return workloads(len(names), of)
	}
	return text.List(names)
}

// percentRange is "24 to 58 %".
func percentRange(lo, hi float64) string {
	return text.Span(text.Round2(lo), text.Round2(hi), text.NBSP+"%")
}
