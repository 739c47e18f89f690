package words

import (
	"math"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Headline sums up the verdicts: what to take where, and why. Of a run that did not come
// to its end it says so first.
func Headline(in judge.Run) text.Prose {
	if in.Stopped == nil {
		return finding(in)
	}
	return text.Prose(StoppedIn(*in.Stopped)) + ". " + finding(in)
}

// StoppedIn is "Interrupted in round 1 of 10", or of a run that goes on "Still running, in
// round 1 of 10".
func StoppedIn(s rundir.Stopped) string {
	how := "Interrupted "
	if s.Running {
		how = "Still running, "
	}
	switch {
	case s.Round == 0:
		return how + "before the first round"
	case s.Round > s.Of:
		return how + "after the last round"
	}
	return how + "in round " + text.Count(s.Round) + " of " + text.Count(s.Of)
}

// finding is the headline of a run as far as it went.
func finding(in judge.Run) text.Prose {
	names, all := in.Strategies, in.Verdicts
	switch {
	case len(all) == 0:
		if shown, _ := judge.Scales(names, in.Curves.Scaling, in.Curves.Crossing); len(shown) > 0 { // a sweep alone
			return ScalingHeading(in.Times.Self, shown[0])
		}
		if has := in.Facts.Value(schema.FactShardExperiments); has != "" && in.Facts.Value(schema.FactShardWorkloads) == "" {
			return text.Prose("This is shard " + in.Facts.Value(schema.FactShard) + " of a run, without a workload: " + text.List(strings.Fields(has)))
		}
		if in.CurveLines > 0 && in.Stopped != nil && in.Stopped.Running {
			return "No strategy is timed yet; what is counted by now is not compared"
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
	same, untold := 0, 0
	var found, lack, invalid string
	for _, v := range all {
		if len(v.Untold) > 0 && len(v.Picks) == 0 {
			if untold++; untold == 1 {
				invalid = undecided(v)
			}
		}
		if len(v.Picks) > 1 {
			if same++; found == "" || !v.Carried.Equal {
				found = undecided(v)
			}
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
		if same < len(all) {
			found += " on " + workloads(same, len(all))
		}
		return text.Prose(text.UpperFirst(found) + lack)
	case untold > 0 && len(all) == 1:
		return text.Prose(text.UpperFirst(invalid) + lack)
	case untold > 0:
		return text.Prose("What strategies take for invalid (EINVAL) differs on " + workloads(untold, len(all)) + ", which decides nothing" + lack)
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
			t := v.Workload.OpTime(schema.AllocFree, 0).Center()
			lo, hi = min(lo, t), max(hi, t)
		}
	}
	if hi == 0 {
		return "There are no times to report"
	}
	return text.Prose(text.UpperFirst(model(times, 0) + " takes " + TimeRange(lo, hi) + perOperation(times)))
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

// percentRange is "24 to 58 %". What is less than all does not read as 100 %.
func percentRange(lo, hi float64) string {
	return text.Span(short100(lo), short100(hi), text.NBSP+"%")
}

// short100 is a percentage, with a digit more if it would be rounded to 100.
func short100(p float64) string {
	if short := text.Round2(p); short != "100" || p >= 100 {
		return short
	}
	return text.Digits3(min(p, 99.9))
}
