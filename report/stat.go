package report

import (
	"math"
	"math/bits"
	"slices"
)

// median of the values, NaN of none. The values are sorted in place.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// mean of the values, NaN of none.
func mean(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	return sum(v) / float64(len(v))
}

// sum of the values, 0 of none.
func sum(v []float64) float64 {
	t := 0.0
	for _, x := range v {
		t += x
	}
	return t
}

// orZero is v, or 0 where it is no number.
func orZero(v float64) float64 {
	if math.IsNaN(v) {
		return 0
	}
	return v
}

// class2 is the power-of-two class of a size.
func class2(n uint64) int { return max(0, bits.Len64(n)-1) }

// toBytes is a whole number of bytes, 0 of what is none.
func toBytes(v float64) uint64 {
	if !(v > 0) {
		return 0
	}
	return uint64(min(v, 1<<62))
}
