package rundir

import (
	"math"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/bench/schema"
)

// CellKey names a cell of a workload: what was measured of which strategy.
type CellKey struct {
	Bench    *schema.Bench
	Builder  string // of tables, else empty
	Strategy int
	Unit     *schema.Unit
}

// Cell is a cell's samples and their summary.
type Cell struct {
	Sample  *benchmath.Sample
	Sum     benchmath.Summary
	Assume  benchmath.Assumption
	IsExact bool
}

// Confidence is that of the intervals: benchstat's default.
const Confidence = 0.95

// newCell summarises samples under the assumption that the file's own Unit
// lines make.
func newCell(samples []float64, unit *schema.Unit, units benchfmt.UnitMetadataMap) *Cell {
	assume := units.GetAssumption(unit.Tidy())
	s := benchmath.NewSample(samples, &benchmath.DefaultThresholds)
	return &Cell{
		Sample:  s,
		Sum:     assume.Summary(s, Confidence),
		Assume:  assume,
		IsExact: assume == benchmath.AssumeExact,
	}
}

// CellOfTimes summarises times without any assumption.
func CellOfTimes(times []float64) *Cell {
	s := benchmath.NewSample(times, &benchmath.DefaultThresholds)
	return &Cell{Sample: s, Sum: benchmath.AssumeNothing.Summary(s, Confidence), Assume: benchmath.AssumeNothing}
}

// Center is the median (or exact value), NaN of no cell.
func (c *Cell) Center() float64 {
	if c == nil {
		return math.NaN()
	}
	return c.Sum.Center
}

// sane reports whether v can have been measured: none of the lab's units is
// negative, and what nears the end of the floating-point range is a damaged
// line, whose sums would be no numbers.
func sane(v float64) bool { return v >= 0 && v < 1e30 }
