package ttm

import "time"

// section is a critical section that is measured.
type section int

const (
	sectionAlloc section = iota
	sectionFree
	sectionWalk
	sectionBump
	sectionRetire
	nSections
)

// holds is the measurement of the lock; the lock guards it.
type holds struct {
	epoch    time.Time
	clock    time.Duration // shortest time between two readings of the clock
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

// Holds are the times the lock was held, by critical section.
type Holds struct {
	Alloc Histogram // for one attempt at one place, granted or refused
	Free  Histogram // for taking the memory of one resource back, by Free or an eviction
	Walk  Histogram // for finding one victim, or the next resource of a Cursor

	Bump   Histogram // for moving a bulk
	Retire Histogram // for taking bad memory out of use
}
