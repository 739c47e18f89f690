package meter

import (
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
)

// Replays times whole replays. It keeps its memory from one sample to the next.
type Replays struct {
	times []time.Duration
}

// Measure calls once, which does a replay and returns its time, one or more times
// until the sum is atLeast. It returns the number of replays, their median time and
// the sum. The mean was rejected because on a shared machine some replays lose the
// core for a while, the minimum because it falls with the number of replays.
//
// The replays run on a new stack, which begins at the same place for every cell: the
// place of the stack in the cache lines alone made some cells up to 3 % slower.
func (m *Replays) Measure(atLeast time.Duration, once func() time.Duration) (n int, median, sum time.Duration) {
	m.times = m.times[:0]
	done := make(chan struct{})
	var fault error
	go func() {
		defer close(done)
		defer strategies.Catch(&fault)
		for len(m.times) == 0 || sum < atLeast {
			took := once()
			m.times = append(m.times, took)
			sum += took
		}
	}()
	<-done
	if fault != nil {
		panic(fault) // on this goroutine, where it is caught
	}
	slices.Sort(m.times)
	return len(m.times), LowerMedian(m.times), sum
}

// LowerMedian is the middle of an ascending list, the lower of two: noise only adds
// time.
func LowerMedian[T any](sorted []T) T { return sorted[(len(sorted)-1)/2] }
