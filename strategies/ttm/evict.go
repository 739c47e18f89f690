package ttm

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// tryEvicting allocates at one place, evicting what lies in its window, the
// oldest first, until it fits. It looks only at what was in the list when it
// began, so it ends, and r itself marks how far it has come.
func (m *Manager) tryEvicting(r *Resource, q *Request, p Place) error {
	horizon := m.mark(r)
	defer m.unmark(r)
	for {
		victim := m.nextVictim(r, p, horizon)
		if victim == nil {
			return strategies.ErrNoSpace
		}
		switch err := m.evict(victim); {
		case errors.Is(err, ErrBusy):
			continue // nothing was freed, so nothing new fits
		case err != nil:
			return err
		}
		if err := m.try(r, q, p); err != strategies.ErrNoSpace {
			return err
		}
	}
}

// EvictAll evicts everything that is not pinned, the oldest first, as for a
// suspend. Busy resources stay where they are; any other error of the callback
// ends it. It returns an error that names what still holds memory, or nil if
// nothing does. Without a callback it evicts nothing.
func (m *Manager) EvictAll() error {
	if m.onEvict != nil {
		r := new(Resource) // only to mark the place
		horizon := m.mark(r)
		defer m.unmark(r)
		for {
			victim := m.nextVictim(r, Place{}, horizon)
			if victim == nil {
				break
			}
			if err := m.evict(victim); err != nil && !errors.Is(err, ErrBusy) {
				return err
			}
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.holders()
}

// mark puts r in front of the oldest resource, for a walk, and returns the
// stamp of the newest.
func (m *Manager) mark(r *Resource) (horizon uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.state = marker
	r.insertAfter(&m.lru.root)
	return m.stamp
}

// unmark ends a walk. If r was given memory, it stands for itself already.
func (m *Manager) unmark(r *Resource) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r.state == marker {
		r.unlink()
		r.state = vacant
	}
}

// nextVictim looks for the oldest resource behind r, a marker, that lies in
// p's window and is no newer than horizon. It moves r behind that one.
func (m *Manager) nextVictim(r *Resource, p Place, horizon uint64) *Resource {
	since := m.lock()
	defer func() { m.leave(sectionWalk, since) }()
	for v := r.next; v != &m.lru.root; v = v.next {
		if v.state == marker {
			continue
		}
		if v.stamp > horizon {
			return nil
		}
		m.stats.Looked++
		if v.state == resident && m.Intersects(v, p) {
			v.state = evicting
			r.unlink()
			r.insertAfter(v)
			return v
		}
	}
	return nil
}

// errPanicked stands for the result of a callback that never returned one.
var errPanicked = errors.New("the callback panicked")

// evict asks the callback and does what it says. Whatever happens, victim is
// not left in the middle of an eviction.
func (m *Manager) evict(victim *Resource) (err error) {
	err = errPanicked
	defer func() { m.settle(victim, err) }()
	err = m.onEvict(victim)
	if err != nil && !errors.Is(err, ErrBusy) {
		err = fmt.Errorf("ttm: eviction of %s: %w", victim.name(), err)
	}
	return err
}

// settle ends the eviction of victim and wakes who waits for it.
func (m *Manager) settle(victim *Resource, err error) {
	since := m.lock()
	switch {
	case err == nil:
		m.stats.Evicted++
		m.stats.EvictedBytes += victim.size
		m.release(victim, false)
	case errors.Is(err, ErrBusy):
		m.stats.Busy++
		fallthrough
	default:
		victim.state = resident
	}
	m.settled.Broadcast()
	m.leave(sectionFree, since)
}
