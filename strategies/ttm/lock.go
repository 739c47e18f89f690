package ttm

import (
	"fmt"
	"time"
)

// lock takes the lock and notes when. For a method that is not measured,
// m.mu.Lock does.
func (m *Manager) lock() (since time.Duration) {
	m.mu.Lock()
	return m.now()
}

// enter takes the lock when nobody is evicting r, and notes when.
func (m *Manager) enter(r *Resource) (since time.Duration) {
	m.mu.Lock()
	for r.state == evicting {
		m.settled.Wait()
	}
	return m.now()
}

// enterHeld is enter for what needs r to hold memory of m; it panics otherwise.
func (m *Manager) enterHeld(r *Resource, verb string) (since time.Duration) {
	if r.manager != m {
		panic(fmt.Sprintf("ttm: %s of the resource of %s, which is not of this manager", verb, r.name()))
	}
	since = m.enter(r)
	if r.state != resident {
		m.mu.Unlock()
		panic(fmt.Sprintf("ttm: %s of the resource of %s, which holds no memory (or no longer)", verb, r.name()))
	}
	return since
}

func (m *Manager) now() time.Duration {
	if m.holds == nil {
		return 0
	}
	return time.Since(m.holds.epoch)
}

// leave releases the lock and counts how long it was held.
func (m *Manager) leave(s section, since time.Duration) {
	if m.holds != nil {
		m.holds.sections[s].record(time.Since(m.holds.epoch) - since - m.holds.clock)
	}
	m.mu.Unlock()
}

// MeasureHolds starts to measure how long the lock is held, with empty
// histograms, or stops it and drops them. At first it is off; then it costs one
// predicted branch.
func (m *Manager) MeasureHolds(on bool) {
	var h *holds
	if on {
		h = newHolds()
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.holds = h
}

// Holds is what has been measured since MeasureHolds(true). The time between
// two looks at the clock is subtracted; the counting itself, some nanoseconds,
// is done before the lock is released and not counted. The lock being held by a
// goroutine that is preempted shows in the maximum, as it does in a kernel with
// preemption.
func (m *Manager) Holds() Holds {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holds == nil {
		return Holds{}
	}
	s := &m.holds.sections
	return Holds{s[sectionAlloc], s[sectionFree], s[sectionWalk]}
}
