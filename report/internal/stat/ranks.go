package stat

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Alpha is the level of the tests: benchstat's default.
const Alpha = 0.05

// Confidence is that of the intervals: benchstat's default.
const Confidence = 0.95

// RatioInterval is the interval of other/base-1 that inverts the Mann-Whitney
// test (Hodges and Lehmann): of all quotients of a sample by a sample, sorted,
// those between two ranks. It assumes nothing about the distribution.
func RatioInterval(base, other []float64) (lo, hi float64) {
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
	const tail = (1 - Confidence) / 2
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

// Holm corrects probabilities for their number (Holm 1979): the chance that
// any of the differences called is none stays under the level of one test,
// whatever the comparisons have to do with each other. Benjamini and Hochberg's
// correction would call more, but it bounds the share of wrong calls, and one wrong
// win is what a reader remembers.
func Holm(p []float64) []float64 {
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

// Spread is a robust estimate of the relative standard deviation of samples:
// 1.4826 times the median distance to the median, over the median.
func Spread(values []float64) float64 {
	m := Median(slices.Clone(values))
	if math.IsNaN(m) || m <= 0 {
		return math.NaN()
	}
	off := make([]float64, len(values))
	for i, v := range values {
		off[i] = math.Abs(v - m)
	}
	return 1.4826 * Median(off) / m
}

// Detectable is the relative difference that n samples a side of the given
// spread find in four runs of five, when m comparisons share the level.
func Detectable(spread float64, n, m int) float64 {
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
