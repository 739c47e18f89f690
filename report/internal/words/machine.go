package words

import (
	"math"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// basis says by which clock the times were taken, and why, of a run on a busy machine:
// "processor time, since 34 of 120 samples were interrupted". It is empty on a quiet one.
func basis(b rundir.Basis) string {
	switch {
	case !b.Busy():
		return ""
	case !b.Complete:
		return "wall time, though " + wereInterrupted(b.N, b.Of) + ", since not every sample has its processor time"
	}
	return "processor time, " + "since " + wereInterrupted(b.N, b.Of)
}

// PerOperation is the unit of times of operations for a heading, "ns per operation".
func PerOperation(t *judge.Times) string {
	return "ns" + perOperation(t)
}

// InUserSpace is what times of operations are times of, for the head of a column.
func InUserSpace(t *judge.Times) string {
	if t.Self.Basis.Processor() {
		return "Processor time in user space"
	}
	return "User-space time"
}

// perOperation is what stands behind a time of an operation.
func perOperation(t *judge.Times) string {
	if t.Self.Basis.Processor() {
		return " of processor time per operation"
	}
	return " per operation"
}

// Interrupted says how many samples were interrupted, empty if the run does not say it.
func Interrupted(b rundir.Basis) string {
	switch {
	case b.Of == 0:
		return ""
	case b.N == 0:
		return "none of " + text.Plural(float64(b.Of), "sample", "samples") + " was interrupted"
	}
	return wereInterrupted(b.N, b.Of) + ": without a core for more than " + text.Percent(stat.LeastAway) + " of the time"
}

// Clocked is "Time", or in a run on a busy machine whose time a unit is: "Processor time"
// where that takes its place, else "Wall time".
func Clocked(t *judge.Times, unit *schema.Unit) string {
	switch {
	case !t.Self.Basis.Processor():
		return "Time"
	case unit == schema.NsPerOp || unit == schema.NsPerTable:
		return "Processor time"
	}
	return "Wall time"
}

// wereInterrupted is "34 of 120 samples were interrupted".
func wereInterrupted(n, of int) string {
	were := " were"
	if n == 1 {
		were = " was"
	}
	return text.Count(n) + " of " + text.Plural(float64(of), "sample", "samples") + were + " interrupted"
}

// DriftHeading says whether the machine changed its speed during the run.
func DriftHeading(d judge.Drift) string {
	n := len(d.Rounds)
	switch {
	case n < judge.LeastDrift:
		return text.Count(n) + " rounds are too few to tell a change of the level of times; " + text.Count(judge.LeastDrift) + " are enough"
	case d.At == 0:
		return "Over the " + text.Count(n) + " rounds no change of the level of times is seen"
	}
	how := text.Percent(100*math.Abs(d.By)) + " longer"
	if d.By < 0 {
		how = text.Percent(100*math.Abs(d.By)) + " shorter"
	}
	return "From round " + text.Count(d.At+1) + " of " + text.Count(n) + " on, times are " + how + " than before"
}

// DriftHow says how to read the figure of the rounds, and what follows from it. beyond says
// that samples lie off its scale.
func DriftHow(d judge.Drift, b rundir.Basis, beyond bool) string {
	clock := ""
	if b.Processor() {
		clock = "processor "
	}
	how := "Each " + clock + "time of an operation by the median of its cell, all strategies and workloads together, round by round."
	if d.At > 0 {
		how += " Cells are interleaved: a round has one sample of each, so that a change of the machine favours none."
	}
	if beyond {
		how += " Samples off the scale stand at its edge."
	}
	if b.Of == 0 {
		how += " This run does not say which samples were interrupted."
	}
	return how
}

// ClockCost says what a reading of the clock costs, empty if the run does not say it.
func ClockCost(facts rundir.Facts) string {
	ns, err := strconv.ParseFloat(strings.TrimSuffix(facts.Value(schema.FactClockCost), "ns"), 64)
	if err != nil || !(ns > 0) || math.IsInf(ns, 0) {
		return ""
	}
	return "A reading of the clock took " + text.Duration(ns/1e9) + " and is subtracted."
}
