package words

import (
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Stated is a number of the run's facts with its noun, empty when it is not
// stated or stated as the default.
func Stated(facts rundir.Facts, key schema.Fact, one, many string) string {
	n, err := strconv.Atoi(facts.Value(key))
	if err != nil {
		return ""
	}
	return text.Plural(float64(n), one, many)
}

// SamplesFound is "6 samples" or "1 to 6 samples": what the cells of a run hold,
// which in one that was stopped is less than it set out to take.
func SamplesFound(workloads []*rundir.Workload, strategies int) string {
	lo, hi := judge.Samples(workloads, strategies)
	switch {
	case hi == 0:
		return ""
	case lo == hi:
		return text.Plural(float64(hi), "sample", "samples")
	}
	return text.Span(text.Count(lo), text.Count(hi), text.NBSP+"samples")
}

// WorkloadsFound is "3 workloads", or "3 of 15 workloads" of a run that was stopped.
func WorkloadsFound(workloads []*rundir.Workload, facts rundir.Facts) string {
	found := text.Plural(float64(len(workloads)), "workload", "workloads")
	if n := len(strings.FieldsFunc(facts.Value(schema.FactWorkloads), func(c rune) bool { return c == ' ' || c == ',' })); n > len(workloads) {
		return text.Count(len(workloads)) + " of " + text.Plural(float64(n), "workload", "workloads")
	}
	return found
}
