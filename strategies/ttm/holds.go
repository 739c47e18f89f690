package ttm

import "time"

// section says what the lock is held for.
type section int

const (
	sectionAlloc section = iota
	sectionFree
	sectionWalk
	nSections
)

// holds is the measurement of the lock; the lock guards it.
type holds struct {
	epoch    time.Time
	clock    time.Duration // between two looks at the clock, at best
	sections [nSections]Histogram
}

func newHolds() *holds {
	h := &holds{epoch: time.Now(), clock: time.Hour}
	for range 256 {
		since := time.Since(h.epoch)
		h.clock = min(h.clock, time.Since(h.epoch)-since)
	}
	return h
}

// Holds says how long the lock was held, once each time it was: the figures
// behind the choice of a spinlock or a mutex.
type Holds struct {
	Alloc Histogram // for one attempt at one place, granted or refused
	Free  Histogram // for taking one resource back, by Free or an eviction
	Walk  Histogram // for finding one victim
}
