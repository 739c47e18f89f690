package rangemgr

import (
	"fmt"
	"math/bits"
	"slices"
	"unsafe"
)

// An addressIndex finds the highest hole that is large enough. It cuts the
// region into cells of equal size; a hole belongs to the cell of its first
// page. A cell knows the last node that owns a hole in it, and an upper bound
// of its holes; above the bounds stands a tree of fan-out 16 in which every
// parent is exactly the maximum of its children. A bound is raised at once when
// a hole is made and lowered when a search finds it too high: every search
// that fails in a cell pays for a raise before it.
//
// It is built at the first top-down request, so that managers which never see
// one do not pay, and in chunks of 4,096 cells where there are holes, so that
// its memory follows the holes and not the region.
type addressIndex struct {
	shift  uint         // log2 of the pages of a cell
	chunks []*cellChunk // by cell/4096; nil: no hole was ever there
	upper  [][]uint16   // bounds of chunks, of groups of 16 chunks, and so on up to one
}

// cellChunk is 4,096 cells and the lower levels of the tree above them.
type cellChunk struct {
	last    [chunkCells]index       // by cell: the last node whose hole begins there, or none
	cells   [chunkCells]uint16      // upper bound of the holes of a cell, in pages
	groups  [chunkCells / 16]uint16 // of 16 cells
	groups2 [chunkCells / 256]uint16
}

const (
	cellShift   = 6       // a cell has 64 pages, so at most 32 holes ...
	maxChunks   = 1 << 16 // ... except in regions of more than 64 TiB
	chunkShift  = 12
	chunkCells  = 1 << chunkShift
	chunkLevels = 3 // of the tree, within a chunk
	fanShift    = 4
	saturated   = 1<<16 - 1 // a bound that stands for this and all above
)

func saturate(pages uint64) uint16 { return uint16(min(pages, saturated)) }

func (m *manager[page]) buildIndex() {
	shift := max(cellShift, uint(bits.Len64((uint64(m.pages)>>chunkShift)/maxChunks)))
	x := &addressIndex{shift: shift, chunks: make([]*cellChunk, uint64(m.pages)>>shift>>chunkShift+1)}
	for n := len(x.chunks); ; n = (n-1)>>fanShift + 1 {
		x.upper = append(x.upper, make([]uint16, n))
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
	chunk := x.chunks[cell>>chunkShift]
	if chunk == nil {
		chunk = new(cellChunk)
		x.chunks[cell>>chunkShift] = chunk
	}
	last := &chunk.last[cell%chunkCells]
	if *last == none || m.end(*last) < start {
		*last = i
	}
	x.raise(cell, saturate(uint64(m.nodes[i].hole)))
}

// unindexHole takes the hole of node i out. The bound stays: it is an upper one.
func (m *manager[page]) unindexHole(i index) {
	cell := m.end(i) >> m.top.shift
	last := &m.top.chunks[cell>>chunkShift].last[cell%chunkCells]
	if *last == i {
		*last = m.ownerBefore(i, cell)
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

// last is the last node that owns a hole in the cell, or none.
func (x *addressIndex) last(cell uint64) index {
	if chunk := x.chunks[cell>>chunkShift]; chunk != nil {
		return chunk.last[cell%chunkCells]
	}
	return none
}

// siblings are the bounds of the group of 16 that entry i of a level is in (at
// the upper end of a level there may be fewer), nil if no hole was ever there.
// Level 0 are the cells, the last level is one entry.
func (x *addressIndex) siblings(level int, i uint64) []uint16 {
	if level >= chunkLevels {
		bounds := x.upper[level-chunkLevels]
		return bounds[i&^15 : min(i|15, uint64(len(bounds)-1))+1]
	}
	inChunk := uint(chunkShift - fanShift*level)
	chunk := x.chunks[i>>inChunk]
	if chunk == nil {
		return nil
	}
	at := i & (1<<inChunk - 1) &^ 15
	switch level {
	case 0:
		return chunk.cells[at : at+16]
	case 1:
		return chunk.groups[at : at+16]
	}
	return chunk.groups2[:]
}

func (x *addressIndex) levels() int { return chunkLevels + len(x.upper) }

// raise lifts the bound of a cell and of the groups above to at least bound.
func (x *addressIndex) raise(cell uint64, bound uint16) {
	for level := range x.levels() {
		b := &x.siblings(level, cell)[cell&15]
		if *b >= bound {
			return
		}
		*b = bound
		cell >>= fanShift
	}
}

// lower sets the bound of a cell and makes the groups above exact.
func (x *addressIndex) lower(cell uint64, bound uint16) {
	for level := range x.levels() {
		group := x.siblings(level, cell)
		if group == nil || group[cell&15] == bound {
			return
		}
		group[cell&15] = bound
		bound = slices.Max(group)
		cell >>= fanShift
	}
}

// cellBelow is the highest cell below the given one with a bound of at least
// bound.
func (x *addressIndex) cellBelow(cell uint64, bound uint16) (below uint64, ok bool) {
	for level := range x.levels() {
		if group := x.siblings(level, cell); group != nil {
			for at := cell & 15; at > 0; {
				if at--; group[at] >= bound {
					return x.descend(level, cell&^15|at, bound), true
				}
			}
		}
		cell >>= fanShift
	}
	return 0, false
}

// descend is the highest cell with a bound of at least bound in a group that
// has one.
func (x *addressIndex) descend(level int, i uint64, bound uint16) uint64 {
	for level--; level >= 0; level-- {
		group := x.siblings(level, i<<fanShift)
		at := len(group) - 1
		for group[at] < bound {
			at--
		}
		i = i<<fanShift | uint64(at)
	}
	return i
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
		for i := x.last(cell); i != none; i = m.ownerBefore(i, cell) {
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
	n := 8 * uint64(cap(x.chunks))
	for _, chunk := range x.chunks {
		if chunk != nil {
			n += uint64(unsafe.Sizeof(*chunk))
		}
	}
	for _, bounds := range x.upper {
		n += 2 * uint64(cap(bounds))
	}
	return n
}

// checkIndex compares the index with the nodes.
func (m *manager[page]) checkIndex() error {
	x := m.top
	last := make(map[uint64]index)
	for i := head; i != tail; i = m.nodes[i].next {
		if m.nodes[i].hole == 0 {
			continue
		}
		cell := m.end(i) >> x.shift
		last[cell] = i
		have, want := x.siblings(0, cell)[cell&15], saturate(uint64(m.nodes[i].hole))
		if have < want {
			return fmt.Errorf("rangemgr: cell %d has the bound %d and a hole of %d pages", cell, have, want)
		}
	}
	for c, chunk := range x.chunks {
		if chunk == nil {
			continue
		}
		for at, have := range chunk.last {
			if cell := uint64(c)<<chunkShift + uint64(at); have != last[cell] {
				return fmt.Errorf("rangemgr: cell %d ends with the hole of node %d, not %d", cell, last[cell], have)
			}
		}
		for at := 0; at < chunkCells; at += 16 {
			if err := x.checkParents(uint64(c)<<chunkShift + uint64(at)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkParents verifies that every group above a cell has the maximum of its
// children as its bound.
func (x *addressIndex) checkParents(cell uint64) error {
	for level := 1; level < x.levels(); level++ {
		want := slices.Max(x.siblings(level-1, cell))
		cell >>= fanShift
		if have := x.siblings(level, cell)[cell&15]; have != want {
			return fmt.Errorf("rangemgr: group %d of level %d has the bound %d, its children say %d", cell, level, have, want)
		}
	}
	return nil
}
