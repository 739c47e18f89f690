package meter

import (
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/thread"
	"github.com/vramlab/vramlab/internal/changepoint"
	"github.com/vramlab/vramlab/strategies"
)

// Replays times whole replays. It keeps its memory from one sample to the next.
type Replays struct {
	Clock *thread.Clock // of the thread that replays; nil: there is none
	Pin   *thread.Pin   // of that thread; nil: it wanders

	times, cpu []time.Duration // of each replay, in the order done
}

// ReplayTime is the result of one sample of replays.
type ReplayTime struct {
	Replays   int           // of the steady part, which count
	Median    time.Duration // of them
	Sum       time.Duration // of all replays
	Processor               // of a replay
}

// A Replay does a replay and returns its time, and the readings of the clock around it.
type Replay func(clock func() time.Duration) (took, from, to time.Duration)

// Measure calls once one or more times until the sum is atLeast. The result is the median.
// The mean was rejected because on a shared machine some replays lose the
// core for a while, the minimum because it falls with the number of replays.
// If the replays at the beginning are slower than the rest by more than chance
// ([changepoint.Warmup]), they are left out, up to half of them.
//
// The replays run on a new stack, which begins at the same place for every cell: the
// place of the stack in the cache lines alone made some cells up to 3 % slower. The error
// is that of [thread.Pin.Hold].
func (m *Replays) Measure(atLeast time.Duration, once Replay) (ReplayTime, error) {
	m.times, m.cpu = m.times[:0], m.cpu[:0]
	var sum, cpu time.Duration
	err := onNewStack(m.Pin, func() {
		for clock := m.Clock.Now; len(m.times) == 0 || sum < atLeast; {
			took, from, to := once(clock)
			had := m.Clock.Between(from, to)
			m.times, m.cpu = append(m.times, took), append(m.cpu, had)
			sum, cpu = sum+took, cpu+had
		}
	})
	if err != nil {
		return ReplayTime{}, err
	}
	warm := changepoint.Warmup(m.times)
	steady := m.times[warm:]
	slices.Sort(steady)
	return ReplayTime{
		Replays: len(steady), Median: LowerMedian(steady), Sum: sum,
		Processor: processor(m.Clock != nil, m.cpu[warm:], cpu, sum),
	}, nil
}

// onNewStack calls do on a goroutine and a thread of its own and waits for it. A broken
// rule comes to the caller as a panic.
func onNewStack(pin *thread.Pin, do func()) (err error) {
	done := make(chan struct{})
	var fault error
	go func() {
		defer close(done)
		defer strategies.Catch(&fault)
		err = pin.Hold(do)
	}()
	<-done
	if fault != nil {
		panic(fault) // on this goroutine, where it is caught
	}
	return err
}

// LowerMedian is the middle of an ascending list, the lower of two: noise only adds
// time.
func LowerMedian[T any](sorted []T) T { return sorted[(len(sorted)-1)/2] }
