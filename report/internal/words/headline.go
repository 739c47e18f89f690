package words

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Headline sums up the verdicts: what to take where, and why.
func Headline(in judge.Run) text.Prose {
	names, all := in.Strategies, in.Verdicts
	switch {
	case len(all) == 0:
		if shown, _ := judge.Scales(names, in.Curves.Scaling, in.Curves.Crossing); len(shown) > 0 { // a sweep alone
			return ScalingHeading(in.Times.Self, shown[0])
		}
		if in.CurveLines > 0 {
			return "This run was stopped before a strategy was timed; what was counted by then is not compared"
		}
		return "This run has no results yet"
	case len(names) == 1:
		return aloneHeadline(all)
	}
	clauses := takeClauses(all)
	if n := number(all, judge.Contradicted); n > 0 {
		clauses = append(clauses, "the files of this run contradict each other on "+workloads(n, len(all)))
	}
	if n := number(all, judge.Unclear); n > 0 && len(clauses) > 0 {
		clauses = append(clauses, "what was served is not known on "+workloads(n, len(all)))
	}
	if len(clauses) > 0 {
		if s := generationsHeadline(all); s != "" {
			clauses = append(clauses, s)
		}
		return text.Prose(text.UpperFirst(strings.Join(clauses, "; ")))
	}
	return noneHeadline(names, all)
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
// to take. Times are no finding of a run.
func noneHeadline(names list.Names, all []judge.Verdict) text.Prose {
	same, known, equal := 0, false, true
	lack := ""
	for _, v := range all {
		if len(v.Same) > 1 {
			same++
			known, equal = known || v.Carried.Known, equal && v.Carried.Equal
			if s := stronger(v); s != "" && v.Carried.Known {
				lack = "; " + s
			}
		}
	}
	if s := generationsHeadline(all); s != "" {
		lack += "; " + s
	}
	switch {
	case allAlike(all):
		return "No request of these workloads notices the generation: placements are identical"
	case same > 0:
		found := text.UpperFirst(sameCarried(known, equal))
		if same < len(all) {
			found += " on " + workloads(same, len(all))
		}
		return text.Prose(found + lack)
	case number(all, judge.Unequal) > 0:
		return text.Prose("The strategies refuse different requests on " + workloads(number(all, judge.Unequal), len(all)) + "; nothing else is compared")
	case number(all, judge.Unclear) > 0:
		return text.Prose("What was served is not known on " + workloads(number(all, judge.Unclear), len(all)) + "; nothing is compared")
	case number(all, judge.Nothing) > 0:
		return text.Prose(text.UpperFirst(noStrategy(len(names))) + " served anything on " + workloads(number(all, judge.Nothing), len(all)))
	}
	return "This run has nothing to compare"
}

// aloneHeadline is for a run of one strategy.
func aloneHeadline(all []judge.Verdict) text.Prose {
	refused, of := 0, 0
	for _, v := range all {
		if p := v.Workload.Placement(0); p != nil && v.Kind == judge.Alone {
			refused, of = refused+p.Refusals.N, of+p.Requests
		}
	}
	var parts []string
	switch n := number(all, judge.Contradicted); {
	case of > 0 && refused > 0:
		parts = append(parts, text.Mark(0)+" refuses "+text.Count(refused)+" of "+text.Requests(of))
	case of > 0:
		parts = append(parts, text.Mark(0)+" serves all "+text.Requests(of))
	case n == 0:
		return "Of this run no placements are known; there is nothing to compare with"
	}
	if n := number(all, judge.Contradicted); n > 0 {
		parts = append(parts, "the files of this run contradict each other on "+workloads(n, len(all)))
	}
	return text.Prose(text.UpperFirst(strings.Join(parts, "; ")))
}

// aloneTimes are the times of the only strategy.
func aloneTimes(times *judge.Times, all []judge.Verdict) text.Prose {
	lo, hi := math.Inf(1), 0.0
	for _, v := range all {
		if v.Kind == judge.Alone && times.Clock.Shortest(v.Workload, v.Timed) >= judge.LeastTicks && len(v.Timed) > 0 {
			t := v.Workload.Center(schema.AllocFree, schema.NsPerOp, 0)
			lo, hi = min(lo, t), max(hi, t)
		}
	}
	if hi == 0 {
		return "There are no times to report"
	}
	return text.Prose(text.UpperFirst(model(times, 0) + " takes " + TimeRange(lo, hi) + " per operation"))
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

// a why is what a pick rests on, as far as one clause can say it.
type why struct{ reasons, over, lacks string }

// whyOf is what the picks of a workload rest on.
func whyOf(v judge.Verdict) why {
	lack := stronger(v)
	if v.NotAsked {
		lack = notAsked(v)
	}
	return why{fmt.Sprint(reasonsOf(v)), fmt.Sprint(v.Over), lack}
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
		var whys []why
		there := make(map[why][]judge.Verdict)
		for _, v := range all {
			if v.Reason != judge.NoReason && slices.Equal(v.Picks, p) {
				k := whyOf(v)
				if there[k] == nil {
					whys = append(whys, k)
				}
				there[k] = append(there[k], v)
			}
		}
		slices.SortStableFunc(whys, func(a, b why) int { return strings.Compare(a.reasons, b.reasons) })
		var parts []string
		for _, k := range whys {
			parts = append(parts, onThem(there[k], len(all))+", where "+because(there[k]))
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

// because is the reason why to take strategies, with numbers, and against whom: what
// holds for each of them against each of those named.
func because(there []judge.Verdict) string {
	var parts []string
	first := there[0]
	if first.Reason == judge.Refusals {
		parts = append(parts, refusesLess(there))
	}
	lo, hi := math.Inf(1), math.Inf(-1)
	var under []string
	for _, v := range there {
		m := v.Margin()
		lo, hi = min(lo, m), max(hi, m)
		under = list.Add(under, Driver(v.Under().Policy))
	}
	its, leaves := "its", "it leaves"
	if len(first.Picks) > 1 {
		its, leaves = "their", "they leave"
	}
	its, leaves = steps(first)+its, steps(first)+leaves
	least := ""
	if len(first.Picks) > 1 || len(first.Over) > 1 {
		least = "at least "
	}
	share := least + percentRange(100*lo, 100*hi)
	over := text.List(text.Marks(first.Over))
	switch first.Then() {
	case judge.PageTables:
		parts = append(parts, its+" page tables have "+share+" fewer entries than those of "+over+" under "+text.List(under))
	case judge.Entries:
		parts = append(parts, its+" sg tables have "+share+" fewer entries than those of "+over)
	case judge.Broken:
		parts = append(parts, leaves+" "+least+text.Span(text.Round2(100*lo), text.Round2(100*hi), " points")+" less of the free memory broken than "+over+", mean over the run")
	}
	found := strings.Join(parts, "; of those that serve as much, ")
	switch lack := stronger(first); {
	case first.NotAsked && first.Reason == judge.Refusals:
		found += "; but those are invalid to " + text.List(text.Marks(lessWorkOf(first))) + " (EINVAL), and no driver's policy makes them: under " + text.List(policies(first)) + " nothing is refused"
	case first.NotAsked:
		found += " (what is refused there is invalid, EINVAL, and no driver's policy asks for it)"
	case lack != "":
		found += " (" + lack + ")"
	}
	return found
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
