// Package changepoint finds where a series changes its level, by cumulative sums.
//
// # Idea
//
// Each place splits a series into the values before it and those from it on. The best
// place is where the means of the two parts differ most, measured in the noise of such a
// difference ([Splits]). [Warmup] does that with the ranks of the values in place of the
// values: one that is a hundred times too large is only the largest, and the noise of
// ranks in a random order is known exactly, whatever the values are. [Shift] counts how
// often chance does as well, for a change at any place and in either direction.
//
// # Limits
//
// A rank test cannot see one slow value among many, or two: by ranks they are no more than
// the largest. Neither does a median.
package changepoint

import (
	"cmp"
	"iter"
	"math"
	"slices"
)

// Splits yields, for each place 0 < i < len(values), by how much the mean of the values
// before i is above the mean of the others. It is in units that make the noise of the
// difference that of one value: times the root of i(n-i)/n.
func Splits(values []float64) iter.Seq2[int, float64] {
	return func(yield func(int, float64) bool) {
		n, total := float64(len(values)), sum(values)
		left := 0.0
		for i := 1; i < len(values); i++ {
			left += values[i-1]
			k := float64(i)
			if !yield(i, (left/k-(total-left)/(n-k))*math.Sqrt(k*(n-k)/n)) {
				return
			}
		}
	}
}

// FalseAlarms bounds the share of series in a random order of which [Warmup] says that
// they have one. It is 0.4 to 2.3 % in simulations of 10 to 400 values.
const FalseAlarms = 0.05

// fewest is the least number of values of which a half can stand out by more than chance.
const fewest = 8

// Warmup is how many values at the beginning are higher than the rest, at most half of
// them; 0 if chance would make a beginning as high more often than [FalseAlarms], all
// places counted (Bonferroni). Fewer than eight values show nothing.
func Warmup[T cmp.Ordered](values []T) int {
	if len(values) < fewest {
		return 0
	}
	places := len(values) / 2
	r, noise := ranks(values)
	at, size := 0, 0.0
	for i, d := range Splits(r) {
		if i > places {
			break
		}
		if d > size {
			at, size = i, d
		}
	}
	if limit := math.Sqrt2 * math.Erfinv(1-2*FalseAlarms/float64(places)); at == 0 || size <= limit*noise {
		return 0
	}
	return at
}

// ranks are the ranks of the values, equal ones sharing the mean of theirs, and their
// standard deviation.
func ranks[T cmp.Ordered](values []T) (ranks []float64, deviation float64) {
	order := make([]int, len(values))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks = make([]float64, len(values))
	middle, squares := float64(len(values)-1)/2, 0.0
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && values[order[to]] == values[order[from]] {
			to++
		}
		rank := float64(from+to-1) / 2
		for _, i := range order[from:to] {
			ranks[i] = rank
			squares += (rank - middle) * (rank - middle)
		}
		from = to
	}
	return ranks, math.Sqrt(squares / float64(len(values)-1))
}

func sum(values []float64) (s float64) {
	for _, v := range values {
		s += v
	}
	return s
}
