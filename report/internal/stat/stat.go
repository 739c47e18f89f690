// Package stat is the arithmetic that several rooms share: medians, means, and
// classes of sizes. It knows nothing of runs.
package stat

import (
	"math"
	"math/bits"
	"slices"
)

// Median of the values, NaN of none. The values are sorted in place.
func Median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// Mean of the values, NaN of none.
func Mean(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return Sum(v) / float64(len(v))
}

// Sum of the values, 0 of none.
func Sum(v []float64) float64 {
	t := 0.0
	for _, x := range v {
		t += x
	}
	return t
}

// OrZero is v, or 0 where it is no number.
func OrZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// Class2 is the power-of-two class of a size.
func Class2(n uint64) int { return max(0, bits.Len64(n)-1) }

// ToBytes is a whole number of bytes, 0 of what is none.
func ToBytes(v float64) uint64 {
	if !(v > 0) {
		return 0
	}
	return uint64(min(v, 1<<62))
}
