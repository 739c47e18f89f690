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

// Measure calls once, which does a replay and says what it took, until that is at
// least so long in all, once at least. It returns the number of replays, the
// median of what they took, and the sum. The median, since on a shared machine
// some of them lose the core in the middle; the least falls with their number,
// which a time budget decides.
//
// The replays run on a stack of their own, which begins at the same place for
// every cell: how deep in calls a cell is decides where its stack lies in the
// cache lines, and that alone made some cells up to 3 % slower than others.
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

// LowerMedian is the middle of an ascending list, the lower one of two. Noise
// only ever adds time.
func LowerMedian[T any](sorted []T) T { return sorted[(len(sorted)-1)/2] }
