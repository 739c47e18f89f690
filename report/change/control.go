package change

import (
	"math"
	"slices"
)

// control is how far the times of operations lie apart in the two runs, as the logarithms of
// ratios, by strategy. What takes cache and memory from one of two runs makes all of it
// slower, and no lane within a run shows it. The strategies that somebody did not change do:
// what they moved by is no finding of another one. Where all were changed, only what stands
// out is called.
type control map[string][]float64

// add notes a time of a strategy: how far it moved, as a share.
func (c control) add(strategy string, delta float64) {
	c[strategy] = append(c[strategy], math.Abs(math.Log1p(delta)))
}

// moved is what nine of ten times of the strategies but this one moved by at most, of fewer
// than ten all but the largest, as the logarithm of a ratio; on a busy machine it is what all
// did. It is 0 without others.
func (c control) moved(own string, busy bool) float64 {
	var others []float64
	for s, distances := range c {
		if s != own {
			others = append(others, distances...)
		}
	}
	slices.Sort(others)
	if len(others) == 0 {
		return 0
	}
	if busy {
		return others[len(others)-1]
	}
	return others[max(0, min(len(others)*9/10, len(others)-2))]
}
