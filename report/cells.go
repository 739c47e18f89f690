package report

import (
	"math"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"
)

// cellKey names a cell of a workload: what was measured of which strategy.
type cellKey struct {
	bench, builder string
	strategy       int
	unit           string
}

// cell is a cell's samples and their summary.
type cell struct {
	sample  *benchmath.Sample
	sum     benchmath.Summary
	assume  benchmath.Assumption
	isExact bool
}

// confidence of the intervals and level of the tests: benchstat's defaults.
const (
	confidence = 0.95
	alpha      = 0.05
)

// newCell summarises samples under the assumption that the file's own Unit
// lines make.
func newCell(samples []float64, unit string, units benchfmt.UnitMetadataMap) *cell {
	assume := units.GetAssumption(unit)
	s := benchmath.NewSample(samples, &benchmath.DefaultThresholds)
	return &cell{
		sample:  s,
		sum:     assume.Summary(s, confidence),
		assume:  assume,
		isExact: assume == benchmath.AssumeExact,
	}
}

// cellOfTimes summarises times without any assumption.
func cellOfTimes(times []float64) *cell {
	s := benchmath.NewSample(times, &benchmath.DefaultThresholds)
	return &cell{sample: s, sum: benchmath.AssumeNothing.Summary(s, confidence), assume: benchmath.AssumeNothing}
}

// center is the median (or exact value), NaN of no cell.
func (c *cell) center() float64 {
	if c == nil {
		return math.NaN()
	}
	return c.sum.Center
}

// sane reports whether v can have been measured: none of the lab's units is
// negative, and what nears the end of the floating-point range is a damaged
// line, whose sums would be no numbers.
func sane(v float64) bool { return v >= 0 && v < 1e30 }
