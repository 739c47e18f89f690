// Package survival sums up how long runs went on until something happened, of which some
// ended before it did.
//
// # Idea
//
// A run that ended first is censored: what is known is that the time is longer. All runs
// that are censored here went on for the same time, and what happened in the others
// happened before that. So their times have an order in which all censored ones come last
// and are alike, and that is all that a median needs: [Of] takes it and its interval from
// the order. The interval assumes nothing of the distribution: the median of all runs there
// could be lies below the k-th smallest of n exactly if at least n-k+1 of them are above
// it, which n tosses of a coin decide. A mean, or a fit, would need what the censored runs do
// not tell.
//
// # Limits
//
// Of fewer than six runs no interval has 95 %. With ties, and times are whole numbers, the
// confidence is at least the one that is said.
package survival

import (
	"cmp"
	"fmt"
	"math"
	"slices"
)

// Time is how long a run went on.
type Time struct {
	N        int  // until it happened, or until the run ended without
	Censored bool // it did not happen
}

// String is the number, with ">" before it if the time is longer.
func (t Time) String() string {
	if t.Censored {
		return fmt.Sprint(">", t.N)
	}
	return fmt.Sprint(t.N)
}

// Compare orders times, as cmp.Compare does numbers; what is censored is longest.
func Compare(a, b Time) int {
	switch {
	case a.Censored == b.Censored:
		return cmp.Compare(a.N, b.N)
	case a.Censored:
		return 1
	}
	return -1
}

// Sorted are the times in their order.
func Sorted(times []Time) []Time { return slices.SortedFunc(slices.Values(times), Compare) }

// A Median is the middle of some times, and where that of all there could be lies.
type Median struct {
	Mid        Time    // the middle one, of an even number the lower
	Lo, Hi     Time    // the interval, both ends included; that of all times where Confidence is below [Confidence]
	Confidence float64 // that the interval holds the median
	Runs       int
}

// Confidence is the least that an interval has, where the runs are enough for it.
const Confidence = 0.95

// Of is the median of times, of which there is at least one, with the shortest interval of
// two of them, as far from one end as from the other, that has [Confidence].
func Of(times []Time) Median {
	s := Sorted(times)
	n := len(s)
	k, below := 1, heads(n, 0) // the chance that fewer than k of n coins show heads
	for k < (n+1)/2 {
		more := below + heads(n, k)
		if 1-2*more < Confidence {
			break
		}
		k, below = k+1, more
	}
	return Median{Mid: s[(n-1)/2], Lo: s[k-1], Hi: s[n-k], Confidence: max(0, 1-2*below), Runs: n}
}

// heads is the chance that k of n coins show heads.
func heads(n, k int) float64 {
	all, _ := math.Lgamma(float64(n + 1))
	some, _ := math.Lgamma(float64(k + 1))
	rest, _ := math.Lgamma(float64(n - k + 1))
	return math.Exp(all - some - rest - float64(n)*math.Ln2)
}

// A Step is where the share of runs that went on falls.
type Step struct {
	N     int
	Share float64 // that went on for longer than N
}

// Steps are the steps of the share that went on, from the first that ended on. Runs that are
// censored went on.
func Steps(times []Time) (steps []Step) {
	for i, t := range Sorted(times) {
		share := 1 - float64(i+1)/float64(len(times))
		switch last := len(steps) - 1; {
		case t.Censored:
			return steps
		case last >= 0 && steps[last].N == t.N:
			steps[last].Share = share
		default:
			steps = append(steps, Step{t.N, share})
		}
	}
	return steps
}
