package buddy

import "github.com/vramlab/vramlab/strategies"

// A walk is a dry run of the kernel's exact-range walk: it collects the free
// aligned pieces of a range in ascending order and takes none of them.
type walk struct {
	memory     *memory
	found      []strategies.Block
	clearAvail uint64 // clear pages left if the pieces were taken
}

func (m *memory) walk(dst []strategies.Block) walk { return walk{m, dst, m.clearAvail} }

// run collects the pieces of [start, end) up to the first that is not free and
// returns where they end.
func (w *walk) run(start, end uint64) uint64 {
	for start < end {
		k := piece(start, end)
		reached := w.piece(k, start)
		if reached < start+1<<k {
			return reached
		}
		start = reached
	}
	return start
}

// piece collects the piece of order k at page p, or what is free at its start.
// A piece of which only parts are free counts only while there is clear memory:
// then its halves may be free and of different kinds.
func (w *walk) piece(k uint, p uint64) (reached uint64) {
	m := w.memory
	if _, c, ok := m.holder(k, p); ok {
		if c == clear {
			w.clearAvail -= 1 << k
		}
		w.found = append(w.found, strategies.Block{Start: p << m.shift, Size: 1 << k << m.shift})
		return p + 1<<k
	}
	if k == 0 || w.clearAvail == 0 {
		return p
	}
	middle := p + 1<<(k-1)
	if reached = w.piece(k-1, p); reached < middle {
		return reached
	}
	return w.piece(k-1, middle)
}

// takeInWindow is the kernel's walk with a range bias: it takes the lowest aligned
// slot of order k in the window that is free and of the kind asked for, or else of
// any kind.
//
// The kernel walks its tree depth first. The first slot it meets is the lowest of
// the first free blocks, order by order, from the window's start on, so that is
// what is looked up here.
func (m *memory) takeInWindow(k uint, q *request) (i uint64, c kind, ok bool) {
	hi := q.hi
	if hi == 0 {
		hi = m.pages
	}
	first := roundUp(q.lo, 1<<k)
	if first >= hi || hi-first < 1<<k {
		return 0, dirty, false
	}
	limit := hi - 1<<k + 1 // no slot begins here or above
	var slot uint64
	var have uint
	if q.flags&strategies.Clear != 0 && m.clearAvail > 0 {
		// The kernel finds clear memory only in roots that are all clear: its
		// first walk skips what is dirty, and a split node is.
		if slot, have, ok = m.clearRoot(k, first, limit); ok {
			m.clear.carve(have, k, slot>>k)
			return slot >> k, clear, true
		}
	}
	slot, have, ok = m.dirty.lowestSlot(k, first, limit)
	if m.clearAvail > 0 && (!ok || q.flags&strategies.Clear != 0) {
		if ok {
			limit = slot
		}
		if s, h, found := m.clear.lowestSlot(k, first, limit); found {
			slot, have, c, ok = s, h, clear, true
		}
	}
	if ok {
		m.set(c).carve(have, k, slot>>k)
	}
	return slot >> k, c, ok
}

// clearRoot is the lowest slot of order k in a root that is all clear.
func (m *memory) clearRoot(k uint, first, limit uint64) (slot uint64, have uint, ok bool) {
	for start, rest := uint64(0), m.pages; rest != 0; {
		h := log2(rest)
		slot = max(start, first)
		if h >= k && slot < limit && slot < start+1<<h && m.clear.mask>>h&1 != 0 && m.clear.has(h, start>>h) {
			return slot, h, true
		}
		start += 1 << h
		rest -= 1 << h
	}
	return 0, 0, false
}
