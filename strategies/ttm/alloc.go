package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Request is what a driver wants of a manager.
type Request struct {
	// Size in bytes. Whether it must be a multiple of the page or is rounded up
	// to it is the strategy's part; [Manager.AllocObject] rounds.
	Size uint64
	// Align replaces the manager's DefaultPage, for more or for less; 0 keeps
	// it. It is the alignment and, for a buddy, the smallest block.
	Align uint64
	// Places in order of preference; none is the whole region. The slice is
	// only read, and not kept.
	Places []Place
	// NoEvict refuses rather than evicts.
	NoEvict bool
}

// anywhere are the places of a request that names none.
var anywhere = []Place{{}}

// Alloc gives r memory for q, at the first of q.Places that has room. If none
// has, and the manager can evict, the places are gone through again: at each
// one the least recently used resources that lie in its window are evicted, one
// after the other, until the allocation fits or none is left.
//
// The refusals are those of the kernel: ErrTooBig for a size that is larger
// than the end of the window, before anything is searched; ErrNoSpace, never
// wrapped, when no place has room; ErrInvalid for what makes no sense to the
// strategy. Any but ErrNoSpace ends the search at the place where it came up,
// even if another could have served. An error of the eviction callback other
// than [ErrBusy] ends it too and comes back wrapped. After a refusal r is empty;
// what was evicted on the way stays evicted.
//
// Alloc panics if r holds memory already or belongs to another manager.
func (m *Manager) Alloc(r *Resource, q Request) error {
	places := q.Places
	if len(places) == 0 {
		places = anywhere
	}
	m.adopt(r)
	for _, p := range places {
		if err := m.try(r, &q, p); err != strategies.ErrNoSpace {
			return err
		}
	}
	if m.onEvict == nil || q.NoEvict {
		return strategies.ErrNoSpace
	}
	for _, p := range places {
		if err := m.tryEvicting(r, &q, p); err != strategies.ErrNoSpace {
			return err
		}
	}
	return strategies.ErrNoSpace
}

// adopt makes r a resource of m, and its list of blocks a usable one.
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
	err = m.take(r, s, p)
	m.leave(sectionAlloc, since)
	return err
}

// take is the critical section of an allocation. If the whole window is visible
// then all of the size is to fit into what is left of the visible part (no
// search is needed to refuse it) and counts as visible; otherwise what the
// blocks have below the limit does.
func (m *Manager) take(r *Resource, q strategies.Request, p Place) (err error) {
	if m.closed {
		return errClosed
	}
	_, hi := m.window(p)
	size, inside := wholePages(q.Size), hi <= m.visible
	if inside && size > m.visibleAvail {
		return strategies.ErrNoSpace
	}
	if r.blocks, err = m.allocator.Alloc(r.blocks, q); err != nil {
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
		r.unlink()
	}
	r.state = resident
	m.age(r)
	return nil
}

// Free takes the memory of r back and leaves r empty, for its next Alloc. If r
// is being evicted at that moment, Free waits for the callback to decide: when
// that says [ErrBusy], r is freed as if nothing had been; when r was evicted, it
// is empty already, and freeing it is the mistake that it always is.
//
// Free panics if r holds no memory of m or is pinned, and changes nothing then.
func (m *Manager) Free(r *Resource) { m.free(r, false) }

// FreeCleared is Free for memory that is known to be zero. It is Free where the
// strategy does not track that.
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
	if clearer, ok := strategies.As[strategies.ClearFreer](m.allocator); ok && cleared {
		clearer.FreeCleared(r.blocks)
	} else {
		m.allocator.Free(r.blocks)
	}
	m.avail += r.granted
	m.visibleAvail += r.visible
	r.unlink()
	r.reset()
}
