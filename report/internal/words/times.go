package words

import (
	"fmt"
	"math"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// ShortVerdict is the verdict of a row that shows the numbers already.
func ShortVerdict(names list.Names, v judge.Verdict) text.Prose {
	switch v.Kind {
	case judge.Nothing:
		return "nothing served"
	case judge.Unequal:
		return text.Prose(lessWork(names, v))
	case judge.Noisy:
		return "too noisy to compare"
	case judge.Few:
		return "too few samples"
	case judge.Tie:
		if len(v.Picks) < len(names) {
			return text.Prose("no difference between " + text.List(text.Marks(v.Picks)))
		}
		return "no difference found"
	case judge.Win:
		return text.Prose(text.Mark(v.Best) + " takes less time")
	}
	return "not measured for all"
}

// lessWork names the strategies that did less work.
func lessWork(names list.Names, v judge.Verdict) string {
	most := math.Inf(-1)
	for s := range names {
		if sv := v.Workload.Served(s); sv > most {
			most = sv
		}
	}
	var parts []string
	for s := range names {
		if v.Workload.Served(s) < most {
			parts = append(parts, text.Mark(s)+" does less work")
		}
	}
	if len(parts) == 0 {
		return "different requests refused"
	}
	return strings.Join(parts, "; ")
}

// TimesHeading is the finding of the table.
func TimesHeading(names list.Names, all []judge.Verdict) text.Prose {
	if len(names) == 1 {
		return text.Prose(string(aloneHeadline(all)))
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
			parts = append(parts, text.Mark(s)+" takes less time "+on(k))
		}
	}
	for _, rest := range []struct {
		kind judge.Kind
		text string
	}{
		{judge.Unequal, "the work differs"}, {judge.Nothing, "no strategy served anything"}, {judge.Tie, "no difference was found"},
		{judge.Few, "there are too few samples to compare times"}, {judge.Noisy, "noise hides the times"},
		{judge.Missing, "there are no times to compare"},
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

// TimesNote says how the table is read.
func TimesNote(names list.Names, times *judge.Times, harness []float64) string {
	note := "Time per operation, allocations and frees together"
	if h := harness; len(h) > 0 {
		note += ", the replay loop's own " + text.Duration(stat.Median(h)) + " included"
	}
	note += ". Medians with their 95" + text.NBSP + "% interval; benchstat prints the same numbers for run.bench."
	if len(names) > 1 && times.Tests > 0 {
		note += fmt.Sprintf(" A difference counts when p is below 0.05 after Holm's correction for %s and it is larger than any difference of a strategy to itself.",
			text.Plural(float64(times.Tests), "comparison", "comparisons"))
	}
	return note
}
