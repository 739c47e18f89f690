package stat

import (
	"math"
	"slices"
)

// Superiority is the probability that a sample of b is less than one of a, ties counted
// half: of all pairs of the samples given, the share in which it is. It is U/(n1*n2) of the
// rank test, the common language effect size of McGraw and Wong (1992) without their
// normal distribution, as Vargha and Delaney (2000) have it: 0.5 is no difference, 1 that
// b is less in every pair, 0 that it is more. Cliff's delta (1993) is 2*A - 1. It does not
// grow with the number of samples, as p falls with it. NaN if a side has no samples.
func Superiority(a, b []float64) float64 {
	a, b = slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	less, ties := 0, 0 // pairs
	below, upTo := 0, 0
	for _, v := range a {
		for below < len(b) && b[below] < v {
			below++
		}
		for upTo = max(upTo, below); upTo < len(b) && b[upTo] == v; upTo++ {
		}
		less += below
		ties += upTo - below
	}
	return (float64(less) + float64(ties)/2) / float64(len(a)*len(b))
}

// GeoMean is the geometric mean of positive values, NaN of none.
func GeoMean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += math.Log(v)
	}
	return math.Exp(sum / float64(len(values)))
}
