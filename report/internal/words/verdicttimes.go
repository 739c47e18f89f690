package words

// What a verdict says of times.

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// model is what the times of a strategy are times of.
func model(t *judge.Times, s int) string {
	if s < len(t.Libraries) && t.Libraries[s] {
		return "the library " + text.Mark(s)
	}
	return "the Go model of " + text.Mark(s)
}

// timesOf is what was found of the times, and the sentences behind it.
func timesOf(t *judge.Times, v judge.Verdict) (found, details string) {
	switch v.Kind {
	case judge.Untimed:
		return "no times to compare", ""
	case judge.Short:
		return "too short to time", tooShort(t, v)
	case judge.Few:
		return "too few samples to compare times", fmt.Sprintf("%s cannot detect a difference among %s; %s or more can.",
			samplesPerSide(v), text.Plural(float64(t.Tests), "comparison", "comparisons"), text.Count(stat.SamplesFor(t.Tests)))
	case judge.Noisy:
		if !t.Self.Failed {
			return "noise unknown, so times are not compared", text.UpperFirst(noiseUnknown(t.Self, v)) + "."
		}
		return "times too noisy to compare", "A strategy differs from itself by up to " + difference(t.Self.Largest) + " in this run."
	case judge.Tie:
		return tieOf(t, v)
	}
	return winOf(t, v)
}

// samplesPerSide is "3 samples per side", or of those that have so few where others have more.
func samplesPerSide(v judge.Verdict) string {
	n := judge.Fewest(v.Workload, v.Timed)
	var few []int
	for _, s := range v.Timed {
		if judge.Fewest(v.Workload, []int{s}) == n {
			few = append(few, s)
		}
	}
	side := " per side"
	if len(few) < len(v.Timed) {
		side = " of " + text.List(text.Marks(few))
	}
	return text.Plural(float64(n), "sample", "samples") + side
}

// noiseUnknown says why the noise on a workload is not known.
func noiseUnknown(self *judge.SelfTest, v judge.Verdict) string {
	if self.Silent() {
		return noLanes(self)
	}
	lacking := self.Lacking(v.Workload, v.Timed)
	again := 0
	for _, s := range lacking {
		if v.Workload.OpTime(schema.AA, s) != nil {
			again++
		}
	}
	were := " was "
	if len(lacking) > 1 {
		were = " were "
	}
	how := "not measured a second time here"
	switch again {
	case 0:
	case len(lacking):
		how = "measured a second time too seldom here"
	default:
		how += ", or too seldom"
	}
	return text.List(text.Marks(lacking)) + were + how
}

// tooShort says why a workload cannot be timed.
func tooShort(t *judge.Times, v judge.Verdict) string {
	took := t.Clock.Shortest(v.Workload, v.Timed) * t.Clock.Tick
	return fmt.Sprintf("A replay takes %s; one of less than %s, %s ticks of the clock%s, is not compared.",
		text.Duration(took), text.Duration(judge.LeastTicks*t.Clock.Tick), text.Count(judge.LeastTicks), guessed(t.Clock))
}

// guessed says that the tick of a clock is not known.
func guessed(c judge.Clock) string {
	if c.Guessed {
		return " (guessed from the samples: the run does not state its clock)"
	}
	return ""
}

// OffBy is how far a lane is off, in either direction.
func OffBy(p judge.Pair) string { return difference(math.Expm1(p.Distance())) }

// difference is a relative difference in either direction: half the time is as far
// off as double.
func difference(d float64) string {
	if d >= 1 {
		return "a factor of " + text.Short3(math.Round(100*(1+d))/100)
	}
	return text.Percent(100 * d)
}

// tieOf says between which strategies no difference in time was found, then all times
// that were compared and the differences that were found.
func tieOf(t *judge.Times, v judge.Verdict) (found, details string) {
	seen := "this run could detect none"
	if d := t.Unseen(v); !math.IsInf(d, 0) {
		seen = "the smallest this run could detect is " + text.Percent(100*d)
	}
	who := ""
	if len(v.Timed) > 2 {
		who = " between " + text.Mark(v.Best) + " and " + strings.Join(text.Marks(without(v.Tied, v.Best)), " or ")
	}
	details = timesList(t, v) + "."
	var more []string
	for _, s := range v.Timed {
		if p, ok := t.Pair(v.Workload, v.Best, s); ok && !slices.Contains(v.Tied, s) {
			more = append(more, text.Mark(s)+" takes "+text.Amount(p.Delta, text.Mark(v.Best)))
		}
	}
	if len(more) > 0 {
		details += " " + text.List(more) + "."
	}
	return "no difference in time found" + who + " (" + seen + ")", details
}

// winOf is "the Go model of B takes 58 % less time than A", in percent of each of the
// others, with all times and the interval of the first difference.
func winOf(t *judge.Times, v judge.Verdict) (found, details string) {
	var less []string
	for _, s := range without(v.Timed, v.Best) {
		p, _ := t.Pair(v.Workload, s, v.Best)
		less = append(less, text.Amount(p.Delta, text.Mark(s)))
	}
	first := without(v.Timed, v.Best)[0]
	p, _ := t.Pair(v.Workload, first, v.Best)
	details = timesList(t, v) + "; 95" + text.NBSP + "% interval " + boundsText(p.Lo, p.Hi)
	if len(v.Timed) > 2 {
		details += " against " + text.Mark(first)
	}
	details += "."
	// A rank test can call what a spread estimate would not have promised to see;
	// then the promise is left out.
	if d := t.Detects(v.Workload, first, v.Best); d < math.Abs(p.Delta) && len(v.Timed) == 2 {
		details += " The smallest difference this run could detect is " + text.Percent(100*d) + "."
	}
	return model(t, v.Best) + " takes " + text.List(less), details
}

// without are the strategies but for one.
func without(of []int, s int) []int {
	return slices.DeleteFunc(slices.Clone(of), func(o int) bool { return o == s })
}

// timesList is "buddy 682, rangemgr 288 ns per operation", of all that are compared.
func timesList(t *judge.Times, v judge.Verdict) string {
	var all []float64
	for _, s := range v.Timed {
		all = append(all, v.Workload.OpTime(schema.AllocFree, s).Center())
	}
	shown, unit := text.Times(all)
	var parts []string
	for i, s := range v.Timed {
		parts = append(parts, text.Mark(s)+" "+shown[i])
	}
	return strings.Join(parts, ", ") + text.NBSP + unit + perOperation(t)
}

// opTime is the median time of an operation.
func opTime(w *rundir.Workload, s int) string {
	return text.Duration(w.OpTime(schema.AllocFree, s).Center())
}

// boundsText is "57.1 to 58.6 %" of the way the difference goes, or signed
// bounds when they disagree on that.
func boundsText(lo, hi float64) string {
	switch {
	case lo <= -0.9 && hi <= 0:
		return text.Span("1/"+text.Factor(1/(1+lo)), "1/"+text.Short3(1/(1+hi)), "")
	case hi >= 9:
		return text.Span(text.Short3(1+lo), text.Short3(1+hi), " times")
	case hi <= 0:
		return text.Span(text.Digits3(-100*hi), text.Digits3(-100*lo), text.NBSP+"%")
	case lo >= 0:
		return text.Span(text.Digits3(100*lo), text.Digits3(100*hi), text.NBSP+"%")
	}
	return text.Digits3(100*lo) + " to +" + percent3(100*hi)
}

func percent3(v float64) string { return text.Digits3(v) + text.NBSP + "%" }
