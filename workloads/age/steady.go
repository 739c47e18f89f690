package age

import (
	"math"

	"github.com/vramlab/vramlab/internal/changepoint"
)

// What steady means.
const (
	Confidence = 0.95 // at least, of a curve that is called steady
	// Tolerance is by how much a steady curve differs at most from one quarter of the run to
	// the next: five points of a share in percent.
	Tolerance = 0.05
)

const (
	halfBatches = 8 // batches in each half of the window
	// alike is how much more often than chance a look is mistaken where neighbours are alike:
	// with a correlation of 0.95, which is what the curves of the lab's strategies have. With
	// the factor 4 to 7 % of curves at the edge are called steady then. No curve
	// passes the seventh look, after two million operations: ranks of 16 batches show no more.
	alike     = 15
	firstLook = 256  // values before the first look; each look is at twice as many
	noChange  = 0.05 // a change-point as clear as one by chance in so many orders is one
)

// Steady is whether a curve came to rest.
type Steady struct {
	Op         int     // the operation, counted, at which it was seen; -1: not within the run
	Since      int     // where the window begins that showed it
	Confidence float64 // that its last two quarters differ by less than [Tolerance]
}

// Settled reports whether it did.
func (s Steady) Settled() bool { return s.Op >= 0 }

// settling looks for the end of change in a curve that grows. Only some lengths are looked
// at, each twice the one before, so that there are few looks and each sees twice as much.
type settling struct {
	values []float64
	looks  int
}

// add appends a value. It reports whether the curve is steady now, the index of the value
// from which on, and the confidence.
func (s *settling) add(v float64) (since int, confidence float64, ok bool) {
	s.values = append(s.values, v)
	n := len(s.values)
	if n != firstLook<<s.looks {
		return 0, 0, false
	}
	s.looks++
	since = n / 2
	means := batchMeans(s.values[since:], 2*halfBatches)
	p := within(means[:halfBatches], means[halfBatches:], Tolerance)
	// The shares of all looks that there could be sum up to one.
	confidence = 1 - float64(alike*p*float64(s.looks*(s.looks+1)))
	if confidence < Confidence {
		return 0, 0, false
	}
	if _, chance := changepoint.Shift(means); chance <= noChange {
		return 0, 0, false
	}
	return since, confidence, true
}

// batchMeans are the means of so many parts of values, whose number they divide.
func batchMeans(values []float64, parts int) []float64 {
	means, size := make([]float64, parts), len(values)/parts
	for i := range means {
		for _, v := range values[i*size : (i+1)*size] {
			means[i] += v
		}
		means[i] /= float64(size)
	}
	return means
}

// within is the level at which a Mann-Whitney test, in both directions, says that the
// values of after lie by less than tolerance above or below those of before: the chance of
// what is seen if they were off by so much. Equal pairs count against it.
func within(before, after []float64, tolerance float64) float64 {
	above, below := 0, 0
	for _, a := range after {
		for _, b := range before {
			if a-b >= tolerance {
				above++
			}
			if b-a >= tolerance {
				below++
			}
		}
	}
	return atMost(max(above, below), len(before), len(after))
}

// atMost is the chance that of m*n pairs of values in a random order at most u are in
// descending order: the distribution of Mann and Whitney (1947), by their recursion on
// which sample the largest value is of.
func atMost(u, m, n int) float64 {
	// ways[j][k] is the number of orders of i of m and j of n values with k such pairs.
	ways := make([][]float64, n+1)
	for j := range ways {
		ways[j] = make([]float64, m*n+1)
		ways[j][0] = 1
	}
	for range m { // one more of m
		for j := 1; j <= n; j++ {
			for k := m * n; k >= 0; k-- {
				if k >= j {
					ways[j][k] = ways[j][k-j]
				} else {
					ways[j][k] = 0
				}
				ways[j][k] += ways[j-1][k]
			}
		}
	}
	some, all := 0.0, 0.0
	for k, w := range ways[n] {
		if all += w; k <= u {
			some += w
		}
	}
	return min(1, some/math.Max(all, 1))
}
