package report

import (
	"fmt"
	"math"
	"strings"
)

// shortVerdict is the verdict of a row that shows the numbers already.
func (r *Run) shortVerdict(v verdict) prose {
	switch v.kind {
	case kindNothing:
		return "nothing served"
	case kindUnequal:
		return prose(r.lessWork(v))
	case kindNoisy:
		return "not called: noise"
	case kindFew:
		return "too few samples"
	case kindTie:
		if len(v.picks) < len(r.strategies) {
			return prose("no difference between " + list(marks(v.picks)))
		}
		return "no difference found"
	case kindWin:
		return prose(mark(v.best) + " takes less time")
	}
	return "not measured for all"
}

// lessWork says who did less of it.
func (r *Run) lessWork(v verdict) string {
	most := math.Inf(-1)
	for s := range r.strategies {
		if sv := r.served(v.w, s); sv > most {
			most = sv
		}
	}
	var parts []string
	for s := range r.strategies {
		if r.served(v.w, s) < most {
			parts = append(parts, mark(s)+" does less work")
		}
	}
	if len(parts) == 0 {
		return "different requests refused"
	}
	return strings.Join(parts, "; ")
}

// timesHeading is the finding of the table.
func (r *Run) timesHeading(all []verdict) prose {
	if len(r.strategies) == 1 {
		return prose(string(r.aloneHeadline(all)))
	}
	wins := make([]int, len(r.strategies))
	n := make(map[kind]int)
	for _, v := range all {
		n[v.kind]++
		if v.kind == kindWin {
			wins[v.best]++
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
		kind kind
		text string
	}{
		{kindUnequal, "the work is not the same"}, {kindNothing, "nothing was served"}, {kindTie, "no difference was found"},
		{kindFew, "there are too few samples to call times"}, {kindNoisy, "noise hides the times"},
		{kindMissing, "there are no times to compare"},
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
func (r *Run) timesNote() string {
	note := "Time per operation, allocations and frees together"
	if h := r.curves.harness; len(h) > 0 {
		note += ", the replay loop's own " + duration(median(h)) + " included"
	}
	note += ". Medians with their 95" + nbsp + "% interval; benchstat prints the same numbers for run.bench."
	if len(r.strategies) > 1 && r.tests > 0 {
		note += fmt.Sprintf(" A difference is called when p is below 0.05 after Holm's correction for %s, and when it is more than any strategy differed from itself.",
			plural(float64(r.tests), "comparison", "comparisons"))
	}
	return note
}
