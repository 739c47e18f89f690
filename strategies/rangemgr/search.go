package rangemgr

import "github.com/vramlab/vramlab/strategies"

// A query is a request in pages, with its conditions.
type query struct {
	size, align uint64
	lo, hi      uint64 // window
}

// search finds the place for a request with a window, an alignment or from the
// top.
func (m *manager[page]) search(size, align uint64, r strategies.Request) (owner index, start uint64, ok bool) {
	q := query{size: size, align: max(align, 1), hi: uint64(m.pages)}
	if r.Flags&strategies.Range != 0 {
		q.lo = r.Lo >> unitShift
		if hi := r.Hi >> unitShift; hi != 0 {
			q.hi = hi
		}
	}
	if q.lo >= q.hi || q.hi-q.lo < size {
		return none, 0, false
	}
	if r.Flags&strategies.TopDown != 0 {
		return m.highest(q)
	}
	return m.best(q)
}

// best visits the holes from the smallest that is large enough upwards, among
// equals the newest first, and takes the first in which the request fits.
func (m *manager[page]) best(q query) (owner index, start uint64, ok bool) {
	owner, ok = m.smallest(q.size)
	for ok {
		size := uint64(m.nodes[owner].hole)
		for ; owner != none; owner = m.nodes[owner].older {
			m.counts.Visits++
			if start, ok = m.lowestFit(owner, q); ok {
				return owner, start, true
			}
		}
		owner, ok = m.smallest(size + 1)
	}
	return none, 0, false
}

// clip is the part of node i's hole inside the window.
func (m *manager[page]) clip(i index, q query) (lo, hi uint64) {
	start := m.end(i)
	return max(start, q.lo), min(start+uint64(m.nodes[i].hole), q.hi)
}

// lowestFit is the lowest aligned place for q in the hole of node i.
func (m *manager[page]) lowestFit(i index, q query) (start uint64, ok bool) {
	lo, hi := m.clip(i, q)
	if q.align > 1 {
		if over := lo % q.align; over != 0 {
			lo += q.align - over
		}
	}
	return lo, lo < hi && hi-lo >= q.size
}

// highestFit is the highest aligned place for q in the hole of node i.
func (m *manager[page]) highestFit(i index, q query) (start uint64, ok bool) {
	lo, hi := m.clip(i, q)
	if lo >= hi || hi-lo < q.size {
		return 0, false
	}
	start = hi - q.size
	start -= start % q.align
	return start, start >= lo
}
