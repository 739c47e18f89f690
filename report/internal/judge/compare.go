package judge

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Alpha is the level of the tests: benchstat's default.
const Alpha = 0.05

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
	p.Lo, p.Hi = ratioInterval(base.Sample.Values, other.Sample.Values)
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

// ratioInterval is the interval of other/base-1 that inverts the Mann-Whitney
// test (Hodges and Lehmann): of all quotients of a sample by a sample, sorted,
// those between two ranks. It assumes nothing about the distribution.
func ratioInterval(base, other []float64) (lo, hi float64) {
	lo, hi = math.Inf(-1), math.Inf(1)
	cut := cutRank(len(base), len(other))
	if cut < 1 || base[0] <= 0 { // samples are sorted
		return lo, hi
	}
	quotients := make([]float64, 0, len(base)*len(other))
	for _, b := range base {
		for _, o := range other {
			quotients = append(quotients, o/b)
		}
	}
	slices.Sort(quotients)
	return quotients[cut-1] - 1, quotients[len(quotients)-cut] - 1
}

// cutRank is the rank of the lower end of an interval among n1*n2 quotients,
// 0 when there are too few samples for an interval.
func cutRank(n1, n2 int) int {
	const tail = (1 - rundir.Confidence) / 2
	if n1*n2 > 400 { // the exact distribution takes (n1*n2)² steps
		mean, sd := float64(n1*n2)/2, math.Sqrt(float64(n1*n2*(n1+n2+1))/12)
		return int(mean - 1.96*sd)
	}
	d := stats.UDist{N1: n1, N2: n2}
	k := 0
	for k < n1*n2/2 && d.CDF(float64(k)) <= tail {
		k++
	}
	return k
}

// holm corrects probabilities for their number (Holm 1979): the chance that
// any of the differences called is none stays under the level of one test,
// whatever the comparisons have to do with each other. Benjamini and Hochberg's
// correction would call more, but it bounds the share of wrong calls, and one wrong
// win is what a reader remembers.
func holm(p []float64) []float64 {
	byP := make([]int, len(p))
	for i := range byP {
		byP[i] = i
	}
	slices.SortStableFunc(byP, func(a, b int) int {
		switch {
		case p[a] < p[b]:
			return -1
		case p[a] > p[b]:
			return 1
		}
		return 0
	})
	out := make([]float64, len(p))
	worst := 0.0
	for rank, i := range byP {
		worst = max(worst, min(1, p[i]*float64(len(p)-rank)))
		out[i] = worst
	}
	return out
}

// SamplesFor is how many samples a side needs before the rank test can call
// the first of m comparisons: 2/C(2n,n) must stay under alpha/m.
func SamplesFor(m int) int {
	p := 1.0
	for n := 1; n < 60; n++ {
		p *= float64(n) / float64(2*(2*n-1)) // 1/C(2n,n)
		if 2*p < Alpha/float64(max(m, 1)) {
			return n
		}
	}
	return 60
}

// spread is a robust estimate of the relative standard deviation of samples:
// 1.4826 times the median distance to the median, over the median.
func spread(values []float64) float64 {
	m := stat.Median(slices.Clone(values))
	if math.IsNaN(m) || m <= 0 {
		return math.NaN()
	}
	off := make([]float64, len(values))
	for i, v := range values {
		off[i] = math.Abs(v - m)
	}
	return 1.4826 * stat.Median(off) / m
}

// detectable is the relative difference that n samples a side of the given
// spread find in four runs of five, when m comparisons share the level.
func detectable(spread float64, n, m int) float64 {
	if n < SamplesFor(m) || math.IsNaN(spread) {
		return math.Inf(1)
	}
	level := normalQuantile(1-Alpha/2/float64(max(m, 1))) + normalQuantile(0.8)
	// The rank test needs pi/3 times the samples of a test that knows the
	// distribution to be normal.
	return level * spread * math.Sqrt(2/float64(n)) * math.Sqrt(math.Pi/3)
}

// normalQuantile is the point below which a standard normal value falls with
// probability p.
func normalQuantile(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
