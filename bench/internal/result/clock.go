package result

import (
	"slices"
	"time"
)

// ClockTick is the step of the clock that a run is timed with, 0 if a few milliseconds do
// not show it.
func ClockTick() time.Duration {
	start := time.Now()
	return tickOf(stepsOf(20_000, func() time.Duration { return time.Since(start) }))
}

// stepsOf reads a clock n times: the first step is from 0, the others from the reading
// before.
func stepsOf(n int, clock func() time.Duration) []time.Duration {
	steps := make([]time.Duration, n)
	var last time.Duration
	for i := range steps {
		now := clock()
		steps[i], last = now-last, now
	}
	return steps
}

// tickOf finds the step of a clock by the times between readings of it, one behind the
// other, which it sorts. A clock that stands still between two of them shows its step; the
// times of one that does not are multiples of it, and the least distance of two is the step.
func tickOf(steps []time.Duration) time.Duration {
	slices.Sort(steps)
	steps = slices.Compact(steps)
	if len(steps) > 1 && steps[0] == 0 {
		return steps[1]
	}
	least := time.Duration(0)
	for i := range steps[min(1, len(steps)):] {
		if d := steps[i+1] - steps[i]; least == 0 || d < least {
			least = d
		}
	}
	return least
}
