package rangemgr

import (
	"fmt"
	"math/bits"
)

// An addressIndex finds the highest hole that is large enough. It cuts the
// region into cells of equal size; a hole belongs to the cell of its first
// page. A cell knows the last node that owns a hole in it, and an upper bound
// of its holes; above the bounds stands a tree of fan-out 16 in which every
// parent is exactly the maximum of its children. A bound is raised at once when
// a hole is made and lowered when a search finds it too high: every search
// that fails in a cell pays for a raise before it.
//
// It is built at the first top-down request and costs 6 bytes a cell: nothing
// for managers that never see one.
type addressIndex struct {
	shift  uint       // log2 of the pages of a cell
	last   []index    // by cell: the last node whose hole begins there, or none
	bounds [][]uint16 // by level, then cell or group: upper bound of the holes, in pages
}

const (
	cellShift = 6       // a cell has at most 32 holes ...
	maxCells  = 1 << 18 // ... except in regions of more than 64 GiB
	fanShift  = 4
	saturated = 1<<16 - 1 // a bound that stands for this and all above
)

func saturate(pages uint64) uint16 { return uint16(min(pages, saturated)) }

func (m *manager[page]) buildIndex() {
	shift := max(cellShift, uint(bits.Len64(uint64(m.pages)/maxCells)))
	cells := int(uint64(m.pages)>>shift) + 1
	x := &addressIndex{shift: shift, last: make([]index, cells)}
	for n := cells; ; n = (n-1)>>fanShift + 1 {
		x.bounds = append(x.bounds, make([]uint16, n))
		if n == 1 {
			break
		}
	}
	m.top = x
	for i := head; i != tail; i = m.nodes[i].next {
		if m.nodes[i].hole != 0 {
			m.indexHole(i)
		}
	}
}

// indexHole enters the hole of node i.
func (m *manager[page]) indexHole(i index) {
	x := m.top
	start := m.end(i)
	cell := start >> x.shift
	if last := x.last[cell]; last == none || m.end(last) < start {
		x.last[cell] = i
	}
	x.raise(cell, saturate(uint64(m.nodes[i].hole)))
}

// unindexHole takes the hole of node i out. The bound stays: it is an upper one.
func (m *manager[page]) unindexHole(i index) {
	x := m.top
	cell := m.end(i) >> x.shift
	if x.last[cell] == i {
		x.last[cell] = m.ownerBefore(i, cell)
	}
}

// ownerBefore is the last node before i that owns a hole in the cell, or none.
func (m *manager[page]) ownerBefore(i index, cell uint64) index {
	first := cell << m.top.shift
	for i != head {
		i = m.nodes[i].prev
		switch {
		case m.end(i) < first:
			return none
		case m.nodes[i].hole != 0:
			return i
		}
	}
	return none
}

// raise lifts the bound of a cell and of the groups above to at least bound.
func (x *addressIndex) raise(cell uint64, bound uint16) {
	for _, level := range x.bounds {
		if level[cell] >= bound {
			return
		}
		level[cell] = bound
		cell >>= fanShift
	}
}

// lower sets the bound of a cell and makes the groups above exact.
func (x *addressIndex) lower(cell uint64, bound uint16) {
	for l, level := range x.bounds {
		if level[cell] == bound {
			return
		}
		level[cell] = bound
		if l+1 == len(x.bounds) {
			return
		}
		group := level[cell&^15 : min(cell|15, uint64(len(level)-1))+1]
		for _, b := range group {
			bound = max(bound, b)
		}
		cell >>= fanShift
	}
}

// cellBelow is the highest cell below the given one with a bound of at least
// bound.
func (x *addressIndex) cellBelow(cell uint64, bound uint16) (below uint64, ok bool) {
	for l := 0; l < len(x.bounds); l++ {
		level := x.bounds[l]
		for cell&15 != 0 {
			if cell--; level[cell] >= bound {
				return x.descend(l, cell, bound), true
			}
		}
		cell >>= fanShift
	}
	return 0, false
}

// descend is the highest cell with a bound of at least bound in a group that
// has one.
func (x *addressIndex) descend(l int, cell uint64, bound uint16) uint64 {
	for ; l > 0; l-- {
		level := x.bounds[l-1]
		cell = min(cell<<fanShift|15, uint64(len(level)-1))
		for level[cell] < bound {
			cell--
		}
	}
	return cell
}

// highest visits the holes that are large enough from the top of the window
// downwards and takes the first in which the request fits.
func (m *manager[page]) highest(q query) (owner index, start uint64, ok bool) {
	if m.top == nil {
		m.buildIndex()
	}
	x := m.top
	bound := saturate(q.size)
	cell := (min(q.hi, uint64(m.pages)) - 1) >> x.shift
	for found := true; found; cell, found = x.cellBelow(cell, bound) {
		largest := uint16(0)
		m.counts.Visits++
		for i := x.last[cell]; i != none; i = m.ownerBefore(i, cell) {
			m.counts.Visits++
			if start, ok = m.highestFit(i, q); ok {
				return i, start, true
			}
			hole := uint64(m.nodes[i].hole)
			if m.end(i)+hole <= q.lo {
				return none, 0, false
			}
			largest = max(largest, saturate(hole))
		}
		x.lower(cell, largest)
	}
	return none, 0, false
}

func (x *addressIndex) footprint() uint64 {
	if x == nil {
		return 0
	}
	n := 4 * uint64(cap(x.last))
	for _, level := range x.bounds {
		n += 2 * uint64(cap(level))
	}
	return n
}

// checkIndex compares the index with the nodes.
func (m *manager[page]) checkIndex() error {
	x := m.top
	last := make([]index, len(x.last))
	for i := head; i != tail; i = m.nodes[i].next {
		if m.nodes[i].hole == 0 {
			continue
		}
		cell := m.end(i) >> x.shift
		last[cell] = i
		if have, want := x.bounds[0][cell], saturate(uint64(m.nodes[i].hole)); have < want {
			return fmt.Errorf("rangemgr: cell %d has the bound %d and a hole of %d pages", cell, have, want)
		}
	}
	for cell, want := range last {
		if x.last[cell] != want {
			return fmt.Errorf("rangemgr: cell %d ends with the hole of node %d, not %d", cell, want, x.last[cell])
		}
	}
	for l, level := range x.bounds[1:] {
		for group, have := range level {
			children := x.bounds[l][group<<fanShift : min((group+1)<<fanShift, len(x.bounds[l]))]
			want := uint16(0)
			for _, b := range children {
				want = max(want, b)
			}
			if have != want {
				return fmt.Errorf("rangemgr: group %d of level %d has the bound %d, its children say %d", group, l+1, have, want)
			}
		}
	}
	return nil
}
