package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Request is a driver's request for memory.
type Request struct {
	// Size in bytes. The strategy decides whether it must be a multiple of the
	// page; [Manager.AllocObject] rounds it up.
	Size uint64
	// Align is the alignment in bytes and, for a buddy, the smallest block. 0
	// means the manager's DefaultPage; it may be less than that.
	Align uint64
	// Places in order of preference; none means the whole region. Alloc only
	// reads the slice.
	Places []Place
	// NoEvict makes Alloc refuse rather than evict.
	NoEvict bool
	// Priority, below [Priorities], is that of the resource: the lowest is evicted first.
	Priority uint8
	// Group pays for the resource; nil for no group. It must be of the same manager.
	Group *Group
	// Bulk is the bulk that the resource is to join; nil for none.
	Bulk *Bulk
}

// anywhere are the places of a request without places.
var anywhere = []Place{{}}

// Alloc gives r memory for q, at the first of q.Places that has room. If none has
// room and the manager can evict, Alloc goes through the places again: at each one it
// evicts the resources in its window, the least recently used of the lowest priority
// first, until the allocation fits or no resource is left. The Use of a place takes it out
// of one of the rounds. [Group] says whose resources are evicted if q has one.
//
// The refusals are those of the kernel: ErrTooBig for a size larger than the end of
// the window, before any search; ErrNoSpace, never wrapped, if no place has room;
// ErrInvalid for a request that the strategy finds invalid. Any refusal but
// ErrNoSpace ends the search, even if another place has room, and so does an error of
// the eviction callback other than [ErrBusy], which is wrapped. After a refusal r is
// empty; evicted resources stay evicted. A Priority that does not exist is ErrInvalid.
//
// As in the kernel, bytes granted beyond the size (a power of two for a contiguous
// request) do not count as visible if the whole window is visible. And a size that is
// larger than a window that does not begin at 0, but not larger than the end of the
// window, evicts everything in the window before the answer is ErrNoSpace. Unlike
// there, the second round of places begins with an eviction and not with an attempt
// that would fail again, and i915 turns ErrNoSpace into ENXIO for objects.
//
// Alloc panics if r holds memory, or if r, the group or the bulk belongs to another
// manager.
func (m *Manager) Alloc(r *Resource, q Request) error {
	places := q.Places
	if len(places) == 0 {
		places = anywhere
	}
	m.adopt(r)
	q.Group.of(m)
	q.Bulk.of(m)
	for i := range places {
		if places[i].Use == Fallback {
			continue
		}
		if err := m.try(r, &q, places[i]); err != strategies.ErrNoSpace {
			return err
		}
	}
	for i := range places {
		if err := m.secondRound(r, &q, places[i]); err != strategies.ErrNoSpace {
			return err
		}
	}
	return strategies.ErrNoSpace
}

// secondRound allocates at one place with all means.
func (m *Manager) secondRound(r *Resource, q *Request, p Place) error {
	if p.Use == Desired {
		return strategies.ErrNoSpace
	}
	if p.Use == Fallback {
		if err := m.try(r, q, p); err != strategies.ErrNoSpace {
			return err
		}
	}
	if m.onEvict == nil || q.NoEvict {
		return strategies.ErrNoSpace
	}
	return m.tryEvicting(r, q, p)
}

// adopt makes r a resource of m.
func (m *Manager) adopt(r *Resource) {
	if r.manager == m {
		return
	}
	if r.manager != nil {
		panic(fmt.Sprintf("ttm: allocation into the resource of %s, which belongs to another manager", r.name()))
	}
	r.manager = m
	r.blocks = r.first[:0]
}

// try allocates at one place, without eviction.
func (m *Manager) try(r *Resource, q *Request, p Place) error {
	s, err := m.translate(q, p)
	if err != nil {
		return err
	}
	since := m.enter(r)
	if r.state != vacant && r.state != marker {
		m.mu.Unlock()
		panic(fmt.Sprintf("ttm: allocation into the resource of %s, which holds memory", r.name()))
	}
	err = m.take(r, q, s, p)
	m.leave(sectionAlloc, since)
	return err
}

// translate turns an allocation at one place into a request to the strategy, or
// refuses it for a reason that no eviction changes.
func (m *Manager) translate(q *Request, p Place) (strategies.Request, error) {
	lo, hi := m.window(p)
	r := strategies.Request{Size: q.Size, Align: m.align, Flags: p.Flags &^ strategies.Range}
	if q.Align != 0 {
		r.Align = q.Align
	}
	if r.Align == m.region.Page {
		r.Align = 0 // means the same to every strategy, and fast paths test for 0
	}
	if lo != 0 || hi != m.managed {
		r.Lo, r.Hi = lo, hi
		r.Flags |= strategies.Range
	}
	switch {
	case q.Size == 0:
		return r, fmt.Errorf("%w: 0 bytes", strategies.ErrInvalid)
	case q.Priority >= Priorities:
		return r, fmt.Errorf("%w: priority %d: the highest is %d", strategies.ErrInvalid, q.Priority, Priorities-1)
	case (lo|hi)&(strategies.MinPage-1) != 0:
		return r, fmt.Errorf("%w: the window [%d, %d) is not in whole pages of %d", strategies.ErrInvalid, lo, hi, strategies.MinPage)
	case r.Flags&strategies.Range != 0 && !m.strategy.Caps.Has(strategies.CapWindow):
		return r, fmt.Errorf("%w: the window [%d, %d), but %s does not support windows", strategies.ErrInvalid, lo, hi, m.strategy.Name)
	case q.Size > hi:
		return r, fmt.Errorf("%w: %d bytes below %d", strategies.ErrTooBig, q.Size, hi)
	}
	return r, nil
}

// take is the critical section of an allocation. If the whole window is visible, the
// size must fit into the free visible bytes, or is refused without a search, and
// counts as visible. Otherwise the bytes of the blocks below the limit count.
//
// The kernel compares chunks with visible pages here, so its chunk must be a page; in
// bytes there is no such rule.
func (m *Manager) take(r *Resource, q *Request, s strategies.Request, p Place) (err error) {
	if m.closed {
		return errClosed
	}
	if q.Group != nil && q.Group.refuses(q.Size) != nil {
		m.stats.Limited++
		return strategies.ErrNoSpace
	}
	_, hi := m.window(p)
	size, inside := wholePages(q.Size), hi <= m.visible
	if inside && size > m.visibleAvail {
		return strategies.ErrNoSpace
	}
	if r.blocks, err = m.allocator.Alloc(r.blocks, s); err != nil {
		return err
	}
	for i := range r.blocks {
		r.granted += r.blocks[i].Size
	}
	r.visible = size
	if !inside {
		r.visible = visiblePart(r.blocks, m.visible)
	}
	r.size, r.place = q.Size, p
	m.avail -= r.granted
	m.visibleAvail -= r.visible
	if r.state == marker {
		m.end(r)
	}
	r.state = resident
	r.priority = q.Priority
	if q.Group != nil {
		r.group = q.Group.self
		r.group.charge(r.size)
	}
	if q.Bulk != nil {
		r.bulk = q.Bulk.self
	}
	m.age(r)
	return nil
}

// Free takes the memory of r back and leaves r empty, ready for its next Alloc. If r
// is being evicted, Free waits for the callback: if the callback keeps r, Free frees
// it; if r was evicted, it is empty already, and Free panics as for any empty
// resource.
//
// Free panics, and changes nothing, if r holds no memory of m or is pinned.
func (m *Manager) Free(r *Resource) { m.free(r, false) }

// FreeCleared is Free for memory known to be zero. With a strategy that does not
// track cleared memory it is Free.
func (m *Manager) FreeCleared(r *Resource) { m.free(r, true) }

func (m *Manager) free(r *Resource, cleared bool) {
	since := m.enterHeld(r, "free")
	if r.pins != 0 {
		m.mu.Unlock()
		panic(fmt.Sprintf("ttm: free of the resource of %s, which is pinned", r.name()))
	}
	m.release(r, cleared)
	m.leave(sectionFree, since)
}

// release is the critical section of a free.
func (m *Manager) release(r *Resource, cleared bool) {
	if cleared && m.clearer != nil {
		m.clearer.FreeCleared(r.blocks)
	} else {
		m.allocator.Free(r.blocks)
	}
	m.avail += r.granted
	m.visibleAvail += r.visible
	if r.group != nil {
		r.group.uncharge(r.size)
	}
	if len(m.pending) > 0 {
		m.retireFreed(r.blocks)
	}
	r.drop()
	r.reset()
}
