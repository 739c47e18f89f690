package report

import (
	"fmt"
	"math"
	"strings"
)

// shortVerdict is the verdict of a row that shows the numbers already.
func shortVerdict(names Names, v Verdict) prose {
	switch v.Kind {
	case Nothing:
		return "nothing served"
	case Unequal:
		return prose(lessWork(names, v))
	case Noisy:
		return "not called: noise"
	case Few:
		return "too few samples"
	case Tie:
		if len(v.Picks) < len(names) {
			return prose("no difference between " + list(marks(v.Picks)))
		}
		return "no difference found"
	case Win:
		return prose(mark(v.Best) + " takes less time")
	}
	return "not measured for all"
}

// lessWork says who did less of it.
func lessWork(names Names, v Verdict) string {
	most := math.Inf(-1)
	for s := range names {
		if sv := v.Workload.served(s); sv > most {
			most = sv
		}
	}
	var parts []string
	for s := range names {
		if v.Workload.served(s) < most {
			parts = append(parts, mark(s)+" does less work")
		}
	}
	if len(parts) == 0 {
		return "different requests refused"
	}
	return strings.Join(parts, "; ")
}

// timesHeading is the finding of the table.
func timesHeading(names Names, all []Verdict) prose {
	if len(names) == 1 {
		return prose(string(aloneHeadline(all)))
	}
	wins := make([]int, len(names))
	n := make(map[Kind]int)
	for _, v := range all {
		n[v.Kind]++
		if v.Kind == Win {
			wins[v.Best]++
		}
	}
	var parts []string
	on := func(k int) string { // the first part says of how many
		switch {
		case len(all) == 1:
			return "here"
		case len(parts) == 0:
			return fmt.Sprintf("on %s of %s", count(k), plural(float64(len(all)), "workload", "workloads"))
		}
		return "on " + count(k)
	}
	for s, k := range wins {
		if k > 0 {
			parts = append(parts, mark(s)+" takes less time "+on(k))
		}
	}
	for _, rest := range []struct {
		kind Kind
		text string
	}{
		{Unequal, "the work is not the same"}, {Nothing, "nothing was served"}, {Tie, "no difference was found"},
		{Few, "there are too few samples to call times"}, {Noisy, "noise hides the times"},
		{Missing, "there are no times to compare"},
	} {
		if k := n[rest.kind]; k > 0 {
			parts = append(parts, on(k)+" "+rest.text)
		}
	}
	if len(parts) == 0 {
		return "No times to compare"
	}
	return prose(upperFirst(strings.Join(parts, "; ")))
}

// timesNote says how the table is read.
func timesNote(names Names, times *Times, harness []float64) string {
	note := "Time per operation, allocations and frees together"
	if h := harness; len(h) > 0 {
		note += ", the replay loop's own " + duration(median(h)) + " included"
	}
	note += ". Medians with their 95" + nbsp + "% interval; benchstat prints the same numbers for run.bench."
	if len(names) > 1 && times.Tests > 0 {
		note += fmt.Sprintf(" A difference is called when p is below 0.05 after Holm's correction for %s, and when it is more than any strategy differed from itself.",
			plural(float64(times.Tests), "comparison", "comparisons"))
	}
	return note
}
