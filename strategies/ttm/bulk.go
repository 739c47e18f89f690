package ttm

import "fmt"

// Bulk is a set of resources of one manager that age together, as all objects of a
// GPU's address space do: its members of one priority stand side by side in the LRU
// list, so [Manager.Bump] moves them to its end in one go. [Manager.NewBulk] makes one,
// which is gone when nobody refers to it. The kernel has ttm_lru_bulk_move.
//
// A resource becomes a member by its Request or by [Manager.SetBulk], and is none any
// more when its memory is freed or evicted. While it is pinned it is a member that Bump
// does not move.
type Bulk struct {
	manager *Manager // of its members, never changed
	self    *Bulk    // the bulk, as in a Group

	// The lock of manager guards the fields below.
	runs   [Priorities]run
	inside int // markers of walks that stand between the first and the last of a run
}

// run is the members of a bulk in one LRU list: all resources from first to last.
type run struct {
	first, last *Resource // nil: none
	stamp       uint64    // of the entry into the list or the latest Bump
}

// NewBulk makes a bulk without members.
func (m *Manager) NewBulk() *Bulk {
	b := &Bulk{manager: m}
	b.self = b
	return b
}

// of panics if b is of another manager than m. A nil b is of any.
func (b *Bulk) of(m *Manager) {
	if b != nil && b.manager != m {
		panic("ttm: use of a bulk of another manager")
	}
}

// enter makes r the last of its run and returns what it must stand after: tail, if it is
// the first too.
func (b *Bulk) enter(r, tail *Resource) *Resource {
	s := &b.runs[r.priority]
	if s.last == nil {
		*s = run{r, r, r.stamp}
		return tail
	}
	at := s.last
	s.last = r
	return at
}

// leave takes r, which stands in its list still, out of its run. Markers that stood
// between r and the next are at the edge of the run then, and so outside.
func (b *Bulk) leave(r *Resource) {
	s := &b.runs[r.priority]
	switch {
	case s.first == s.last:
		*s = run{}
	case s.first == r:
		for s.first = r.next; s.first.state == marker; s.first = s.first.next {
			s.first.stepOut()
		}
	case s.last == r:
		for s.last = r.prev; s.last.state == marker; s.last = s.last.prev {
			s.last.stepOut()
		}
	}
}

// stepOut notes that the marker r stands inside no bulk any more.
func (r *Resource) stepOut() {
	if r.bulk != nil {
		r.bulk.inside--
		r.bulk = nil
	}
}

// position is the stamp by which r stands in its list: that of the run for members of a
// bulk, which may be used at any time without moving the run. It ascends along the list.
func (r *Resource) position() uint64 {
	if r.bulk != nil {
		return r.bulk.runs[r.priority].stamp
	}
	return r.stamp
}

// leaveWalks puts the markers inside s before it, in their order.
func (s *run) leaveWalks() {
	for r := s.first; r != s.last; {
		next := r.next
		if r.state == marker {
			r.stepOut()
			r.unlink()
			r.insertAfter(s.first.prev)
		}
		r = next
	}
}

// checkBulks checks that the members of each bulk in a list stand side by side, and that
// markers know whether they stand between.
func (l *list) checkBulks(priority int, inside map[*Bulk]int) error {
	var at *Bulk // whose run the walk is in
	for r := l.root.next; r != &l.root; r = r.next {
		if r.state == marker {
			if r.bulk != at {
				return fmt.Errorf("ttm: a walk of priority %d does not know what bulk it stands inside", priority)
			}
			if at != nil {
				inside[at]++
			}
			continue
		}
		if r.bulk != nil && r.bulk.runs[priority].first == r && at == nil {
			at = r.bulk
			inside[at] += 0
		}
		if r.bulk != at {
			return fmt.Errorf("ttm: %s does not stand beside the members of its bulk in priority %d", r.name(), priority)
		}
		if at != nil && at.runs[priority].last == r {
			at = nil
		}
	}
	if at != nil {
		return fmt.Errorf("ttm: a bulk has no last member in priority %d", priority)
	}
	return nil
}
