package rundir

import (
	"math"
	"slices"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
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
	InOrder []float64 // the samples as the file has them: one a round
	Sum     benchmath.Summary
	Assume  benchmath.Assumption
	IsExact bool
}

// newCell summarises samples under the assumption that the file's own Unit
// lines make.
func newCell(samples []float64, unit *schema.Unit, units benchfmt.UnitMetadataMap) *Cell {
	assume := units.GetAssumption(unit.Tidy())
	inOrder := slices.Clone(samples)
	s := benchmath.NewSample(samples, &benchmath.DefaultThresholds) // sorts them
	return &Cell{
		Sample:  s,
		InOrder: inOrder,
		Sum:     assume.Summary(s, stat.Confidence),
		Assume:  assume,
		IsExact: assume == benchmath.AssumeExact,
	}
}

// CellOfTimes summarises times without any assumption.
func CellOfTimes(times []float64) *Cell {
	s := benchmath.NewSample(times, &benchmath.DefaultThresholds)
	return &Cell{Sample: s, Sum: benchmath.AssumeNothing.Summary(s, stat.Confidence), Assume: benchmath.AssumeNothing}
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

// A Basis says by which clock the times of operations were taken that a run compares.
type Basis struct {
	stat.Interrupted      // of the two lanes of a strategy, as far as the run says it
	Complete         bool // every sample that is compared has its processor time
}

// Processor reports whether processor time is compared, not wall time: the machine was
// busy, and every sample has it.
func (b Basis) Processor() bool { return b.Busy() && b.Complete }
