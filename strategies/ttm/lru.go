package ttm

import "fmt"

// Touch makes r the most recently used resource of its priority, the last one to be
// evicted. In a [Bulk] it becomes the last of the bulk, which stays where it is. A pinned
// resource becomes the most recently used one when it is unpinned, touched or not.
// Touch panics if r holds no memory of m.
func (m *Manager) Touch(r *Resource) {
	m.enterHeld(r, "touch")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.drop()
		m.age(r)
	}
}

// Priorities is the number of priorities. All resources of a priority are evicted
// before the first one of the next higher priority, as in TTM, which has as many.
const Priorities = 4

// SetPriority gives r another priority, 0 <= priority < Priorities, among whose
// resources it becomes the most recently used one. The priority that r has already
// changes nothing. SetPriority panics if there is no such priority, or if r holds no
// memory of m.
func (m *Manager) SetPriority(r *Resource, priority uint8) {
	if priority >= Priorities {
		panic(fmt.Sprintf("ttm: priority %d for the resource of %s: the highest is %d", priority, r.name(), Priorities-1))
	}
	m.enterHeld(r, "change of priority")
	defer m.mu.Unlock()
	switch {
	case r.priority == priority:
	case r.pins != 0:
		r.priority = priority
	default:
		r.drop()
		r.priority = priority
		m.age(r)
	}
}

// age puts r into the LRU list of its priority: last, or last of its bulk there.
func (m *Manager) age(r *Resource) {
	m.stamp++
	r.stamp = m.stamp
	tail := m.lru[r.priority].root.prev
	if r.bulk != nil {
		tail = r.bulk.enter(r, tail)
	}
	r.insertAfter(tail)
}

// drop takes r out of its LRU list.
func (r *Resource) drop() {
	if r.bulk != nil {
		r.bulk.leave(r)
	}
	r.unlink()
}

// Pin keeps r from being evicted until Unpin was called as often as Pin. Drivers pin
// scan-out buffers and page tables. Pin panics if r holds no memory of m.
func (m *Manager) Pin(r *Resource) {
	m.enterHeld(r, "pin")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.drop()
		r.insertAfter(m.pinned.root.prev)
	}
	r.pins++
}

// Unpin undoes one Pin. After the last one r is the most recently used resource. It
// panics if r is not pinned.
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

// SetBulk makes r a member of b instead of any other bulk, of none with nil. It counts as
// a use of r: r becomes the last of b, or the most recently used resource. SetBulk panics
// if r holds no memory of m, or b is of another manager.
func (m *Manager) SetBulk(r *Resource, b *Bulk) {
	b.of(m)
	m.enterHeld(r, "change of bulk")
	defer m.mu.Unlock()
	if r.pins != 0 {
		r.bulk = b
		return
	}
	r.drop()
	r.bulk = b
	m.age(r)
}

// Bump makes all members of b the most recently used ones of their priorities; among
// themselves they keep their order. It takes constant time, whatever their number, unless
// walks stand among the members: they must stay behind, so then Bump looks at each member.
//
// Rejected: an LRU list of bulks with a list of members in each. A walk that stands in a
// bulk then needs two markers, and its Alloc has but one resource to mark with.
func (m *Manager) Bump(b *Bulk) {
	b.of(m)
	since := m.lock()
	defer func() { m.leave(sectionBump, since) }()
	m.stamp++
	for i := range b.runs {
		s := &b.runs[i]
		if s.first == nil {
			continue
		}
		if b.inside > 0 {
			s.leaveWalks()
		}
		s.stamp = m.stamp
		s.first.prev.next, s.last.next.prev = s.last.next, s.first.prev
		root := &m.lru[i].root
		s.first.prev, s.last.next = root.prev, root
		root.prev.next, root.prev = s.first, s.last
	}
}
