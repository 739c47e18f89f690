package ttm

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// EvictFunc makes the owner of victim give up its memory: it saves the contents
// elsewhere, or drops them, and from then on does without. What it returns
// decides:
//
//   - nil: victim is free to go. The manager takes its blocks back; the callback
//     must not. Work that still reads them (a copy engine) must be ordered before
//     whatever the next owner does, as the kernel does with the move fence of a
//     manager.
//   - ErrBusy, perhaps wrapped: victim stays, as old as it is, and the next one
//     is asked. That is the answer, too, for memory that the object no longer
//     counts as its own and that is freed when a copy out of it is done.
//   - any other error: victim stays, and the allocation fails with it.
//
// It runs without the manager's lock, on the goroutine of the Alloc (or
// EvictAll) that needs the room, and may use the manager for other resources.
// Until it returns, nobody else evicts, frees or changes victim: those who try
// wait. Hence the rule that keeps it from deadlock: never wait in it for a lock
// under which the owner calls the manager; use TryLock and return ErrBusy.
type EvictFunc func(victim *Resource) error

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

// Touch makes r the most recently used resource: the last to be evicted. A
// pinned one becomes that when it is unpinned, whether touched or not.
func (m *Manager) Touch(r *Resource) {
	m.enterHeld(r, "touch")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.unlink()
		m.age(r)
	}
}

// age appends r to the LRU list.
func (m *Manager) age(r *Resource) {
	m.stamp++
	r.stamp = m.stamp
	r.insertAfter(m.lru.root.prev)
}

// Pin keeps r from being evicted until as many calls of Unpin. Scan-out buffers
// and page tables are pinned.
func (m *Manager) Pin(r *Resource) {
	m.enterHeld(r, "pin")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.unlink()
		r.insertAfter(m.pinned.root.prev)
	}
	r.pins++
}

// Unpin takes back one Pin. With the last one r becomes the most recently used
// resource. It panics if r is not pinned.
func (m *Manager) Unpin(r *Resource) {
	m.enterHeld(r, "unpin")
	defer m.mu.Unlock()
	if r.pins == 0 {
		panic(fmt.Sprintf("ttm: unpin of the resource of %s, which is not pinned", r.name()))
	}
	if r.pins--; r.pins == 0 {
		r.unlink()
		m.age(r)
	}
}
