package judge

import (
	"math"

	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Pair compares one cell with another: the numbers that benchstat prints, an
// interval of the difference, and the probability corrected for the number of
// comparisons that the run makes.
type Pair struct {
	Base, Other *rundir.Cell
	Cmp         benchmath.Comparison
	Delta       float64 // other/base - 1, of the medians
	Lo, Hi      float64 // interval of Delta; infinite when there are too few samples
	adjusted    float64 // cmp.P after Holm's correction, 1 until corrected
}

// ComparePair compares other with base. ok is false when one of them is
// missing or the base is not a positive number.
func ComparePair(base, other *rundir.Cell) (p Pair, ok bool) {
	if base == nil || other == nil || base.Sum.Center <= 0 || other.Sum.Center < 0 {
		return Pair{}, false
	}
	p = Pair{Base: base, Other: other, adjusted: 1}
	p.Cmp = base.Assume.Compare(base.Sample, other.Sample)
	p.Delta = other.Sum.Center/base.Sum.Center - 1
	p.Lo, p.Hi = math.Inf(-1), math.Inf(1)
	if base.IsExact {
		p.Lo, p.Hi, p.adjusted = p.Delta, p.Delta, 0
		return p, true
	}
	p.Lo, p.Hi = stat.RatioInterval(base.Sample.Values, other.Sample.Values)
	// The interval belongs to the typical ratio of a pair of samples, which
	// is not always the ratio of the medians: widen it to hold both.
	p.Lo, p.Hi = min(p.Lo, p.Delta), max(p.Hi, p.Delta)
	return p, true
}

// flip is the comparison the other way round.
func (p Pair) flip() Pair {
	p.Base, p.Other = p.Other, p.Base
	p.Cmp.N1, p.Cmp.N2 = p.Cmp.N2, p.Cmp.N1
	p.Delta, p.Lo, p.Hi = Invert(p.Delta), Invert(p.Hi), Invert(p.Lo)
	return p
}

// Invert turns "b is d more than a" into "a is so much more than b".
func Invert(d float64) float64 {
	if math.IsInf(d, 1) {
		return -1
	}
	if d <= -1 {
		return math.Inf(1)
	}
	return 1/(1+d) - 1
}

// beyond reports whether the whole interval lies farther from no difference than
// the floor, which is the logarithm of a ratio: half the time and twice the time are
// equally far.
func (p Pair) beyond(floor float64) bool {
	return math.Log1p(p.Lo) > floor || math.Log1p(p.Hi) < -floor // not of an infinite bound
}

// Distance is how far the pair lies from no difference: the absolute logarithm of
// the ratio.
func (p Pair) Distance() float64 { return math.Abs(math.Log1p(p.Delta)) }

// Bounded reports whether the interval is one.
func (p Pair) Bounded() bool { return !math.IsInf(p.Lo, 0) && !math.IsInf(p.Hi, 0) }
