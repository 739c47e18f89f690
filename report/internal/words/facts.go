package words

import (
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Shards says of a run merged from shards how many there are, on how many machines, and of
// a shard which it is. It is empty of any other run.
func Shards(facts rundir.Facts) string {
	if shard := facts.Value(schema.FactShard); shard != "" {
		return "shard " + shard + " of a run"
	}
	shards := Stated(facts, schema.FactShards, "shard", "shards")
	machines := len(strings.Split(facts.Value(schema.FactHost), ", "))
	if shards == "" || facts.Value(schema.FactHost) == "" {
		return shards
	}
	return shards + " on " + text.Plural(float64(machines), "machine", "machines")
}

// OneMachine says what the times of several machines are good for, empty of a run on one.
func OneMachine(facts rundir.Facts) string {
	if !strings.Contains(facts.Value(schema.FactHost), ", ") {
		return ""
	}
	return "what is compared was measured by one process on one machine; times of two workloads may be of two machines"
}

// Cores is the number of processor cores, "4, 8 cores" of a run on several machines.
func Cores(facts rundir.Facts) string {
	if v := facts.Value(schema.FactCores); strings.Contains(v, ", ") {
		return v + " cores"
	}
	return Stated(facts, schema.FactCores, "core", "cores")
}

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
