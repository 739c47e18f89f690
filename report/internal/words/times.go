package words

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// ShortVerdict is the verdict of a row that shows the numbers already.
func ShortVerdict(names list.Names, times *judge.Times, v judge.Verdict) text.Prose {
	switch v.Kind {
	case judge.Nothing:
		return "nothing served"
	case judge.Contradicted:
		return "files contradict each other"
	case judge.Unclear:
		return "what was served is not known"
	case judge.Unequal:
		return text.Prose(lessWork(v))
	case judge.Untimed, judge.Short, judge.Few, judge.Noisy, judge.Tie, judge.Win:
		parts := []string{shortTimes(names, times, v)}
		if len(v.Same) < len(v.Present) {
			parts = append(parts, lessWork(v))
		}
		return text.Prose(strings.Join(parts, "; "))
	}
	return "not measured for all"
}

// shortTimes is the verdict on the times of those that did the same work.
func shortTimes(names list.Names, times *judge.Times, v judge.Verdict) string {
	switch v.Kind {
	case judge.Untimed:
		return "no times to compare"
	case judge.Short:
		return "too short to time"
	case judge.Few:
		return "too few samples"
	case judge.Win:
		return text.Mark(v.Best) + " takes less time"
	case judge.Tie:
		if len(v.Timed) > 2 {
			return "no difference between " + text.Mark(v.Best) + " and " + strings.Join(text.Marks(without(v.Tied, v.Best)), " or ")
		}
		return "no difference found"
	}
	if times.Self.Failed {
		return "too noisy to compare"
	}
	return "noise unknown"
}

// lessWork names the strategies that did less work.
func lessWork(v judge.Verdict) string {
	if len(v.Same) == 0 {
		return "different requests refused"
	}
	var parts []string
	for _, s := range v.Present {
		if !slices.Contains(v.Same, s) {
			parts = append(parts, text.Mark(s)+" does less work")
		}
	}
	return strings.Join(parts, "; ")
}

// TimesHeading is the finding of the table, and by which clock, if the machine was busy.
func TimesHeading(names list.Names, times *judge.Times, all []judge.Verdict) text.Prose {
	heading := timesFound(names, times, all)
	if b := basis(times.Self.Basis); b != "" {
		heading += text.Prose(" (" + b + ")")
	}
	return heading
}

// timesFound is the finding of the table.
func timesFound(names list.Names, times *judge.Times, all []judge.Verdict) text.Prose {
	if len(names) == 1 {
		return aloneTimes(times, all)
	}
	wins := make([]int, len(names))
	n := make(map[judge.Kind]int)
	for _, v := range all {
		n[v.Kind]++
		if v.Kind == judge.Win {
			wins[v.Best]++
		}
	}
	var parts []string
	on := func(k int) string { // the first part says of how many
		switch {
		case len(all) == 1:
			return "here"
		case len(parts) == 0:
			return fmt.Sprintf("on %s of %s", text.Count(k), text.Plural(float64(len(all)), "workload", "workloads"))
		}
		return "on " + text.Count(k)
	}
	for s, k := range wins {
		if k > 0 {
			parts = append(parts, text.Mark(s)+" takes less time in user space "+on(k))
		}
	}
	noise := "noise hides the times"
	if !times.Self.Failed {
		noise = "the noise is unknown"
	}
	tie := "no difference was found"
	if len(wins) > 2 {
		tie = "no difference was found between the two that take least"
	}
	for _, rest := range []struct {
		kind judge.Kind
		text string
	}{
		{judge.Unequal, "the work differs"}, {judge.Untimed, "there are no times to compare"}, {judge.Nothing, "no strategy served anything"}, {judge.Tie, tie},
		{judge.Few, "there are too few samples to compare times"}, {judge.Noisy, noise}, {judge.Short, "replays are too short to time"},
		{judge.Missing, "two strategies were not measured"}, {judge.Contradicted, "files contradict each other"}, {judge.Unclear, "what was served is not known"},
	} {
		if k := n[rest.kind]; k > 0 {
			parts = append(parts, on(k)+" "+rest.text)
		}
	}
	if len(parts) == 0 {
		return "No times to compare"
	}
	return text.Prose(text.UpperFirst(strings.Join(parts, "; ")))
}

// TimesNote says how the table is read; any says whether there is a time in it.
func TimesNote(names list.Names, times *judge.Times, harness []float64, any bool) string {
	if !any {
		return Scope(times)
	}
	note := "Times of " + timesOfWhat(times) + ": they do not carry over to a kernel. " + Clocked(times, schema.NsPerOp) + " per operation, allocations and frees together"
	if h := harness; len(h) > 0 {
		note += ", the replay loop's own " + text.Duration(stat.Median(h)) + " included"
	}
	note += ". Medians with their 95" + text.NBSP + "% interval; benchstat prints the same numbers for run.bench. In brackets: did less work, not compared."
	if len(names) > 1 && times.Tests > 0 {
		note += fmt.Sprintf(" A difference counts when p is below 0.05 after Holm's correction for %s and its whole interval is beyond what strategies differ by from themselves.",
			text.Plural(float64(times.Tests), "comparison", "comparisons"))
	}
	return note
}
