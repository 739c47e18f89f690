package ttm

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// tryEvicting allocates at one place and evicts the resources in its window, the
// oldest first, until the allocation fits. It looks only at resources that were in
// the list when it began, so it ends. r marks its place in the list.
//
// Rejected: to choose all victims in one pass and evict them together, since that
// evicts too much (only an allocation can tell what fits); and to begin at the oldest
// end after each victim, as TTM once did, which is quadratic in the resources that
// are busy or outside the window.
func (m *Manager) tryEvicting(r *Resource, q *Request, p Place) error {
	w, ok := m.mark(r, q)
	defer m.unmark(r)
	for ok {
		victim := m.nextVictim(&w, p)
		if victim == nil {
			ok = m.again(&w, q)
			continue
		}
		switch err := m.evict(victim); {
		case errors.Is(err, ErrBusy):
			continue // nothing was freed, so nothing new fits
		case err != nil:
			return err
		}
		w.evicted = true
		if err := m.try(r, q, p); err != strategies.ErrNoSpace {
			return err
		}
	}
	return strategies.ErrNoSpace
}

// EvictAll evicts all resources that are not pinned, by priority and the oldest first,
// as for a suspend; no group protects any. Busy resources keep their memory; any other
// error of the callback ends the walk and is returned. In the end the error names the
// resources that still hold memory; it is nil if there are none. Without a callback
// EvictAll evicts nothing.
func (m *Manager) EvictAll() error {
	if m.onEvict != nil {
		r := new(Resource) // the marker of this walk
		w, _ := m.mark(r, &Request{})
		defer m.unmark(r)
		w.all = true
		for {
			victim := m.nextVictim(&w, Place{})
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

// mark begins a walk that is to make room for q, with r as its marker. It is not ok
// if no eviction can help.
func (m *Manager) mark(r *Resource, q *Request) (w walk, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	w = m.begin(r)
	w.limit = q.Group.refuses(q.Size)
	return w, !q.Group.never(q.Size)
}

// unmark ends a walk. It takes r out of the list unless r was given memory.
func (m *Manager) unmark(r *Resource) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.end(r)
}

// nextVictim returns the next resource of the walk that lies in p's window and that the
// groups give up, nil if there is none. It moves the marker after that resource.
func (m *Manager) nextVictim(w *walk, p Place) *Resource {
	since := m.lock()
	defer func() { m.leave(sectionWalk, since) }()
	for v := m.after(w, w.mark); v != nil; v = m.after(w, v) {
		m.stats.Looked++
		if v.state == resident && m.Intersects(v, p) && w.valuable(v) {
			v.state = evicting
			w.stand(v)
			return v
		}
	}
	return nil
}

// errPanicked stands for the result of a callback that panicked.
var errPanicked = errors.New("the callback panicked")

// evict calls the callback for victim and does what it decides. If the callback
// panics, victim keeps its memory.
func (m *Manager) evict(victim *Resource) (err error) {
	err = errPanicked
	defer func() { m.settle(victim, err) }()
	err = m.onEvict(victim)
	if err != nil && !errors.Is(err, ErrBusy) {
		err = fmt.Errorf("ttm: eviction of %s: %w", victim.name(), err)
	}
	return err
}

// settle ends the eviction of victim and wakes everybody who waits for it.
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
