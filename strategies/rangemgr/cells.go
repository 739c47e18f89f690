package rangemgr

import (
	"math/bits"
	"unsafe"
)

// An addressIndex finds the highest hole that is large enough. It cuts the region
// into cells of equal size; a hole belongs to the cell of its first page. A cell
// knows the last node that owns a hole in it, and an upper bound of its holes; above
// the bounds stands a tree of fan-out 16 in which every parent is exactly the
// maximum of its children. A bound is raised at once when a hole is made and lowered
// when a search finds it too high: the raise pays for the search that fails.
//
// It is built at the first top-down request, so that an allocator which never sees
// one does not pay, and in chunks of 4,096 cells where there are holes, so that its
// memory follows the holes and not the region.
//
// Knowing how many holes begin in each cell, so that most changes need no walk to the
// hole before, and lowering a bound right after a grant (settle) gained 10 % on a mix
// of windows and top-down requests. Cells of 128 pages are 15 % slower. Settling after
// every grant, not just after top-down ones, spares few visits and is 7 % more
// instructions on range4g; lower written out level by level, as raise is, 0.7 % fewer.
type addressIndex struct {
	made   int          // chunks that there are
	chunks []*cellChunk // by cell/4096; nil: no hole was ever there
	upper  [][]bounds   // of chunks, of groups of 16 chunks, and so on up to one of 16 or fewer
}

// cellChunk is 4,096 cells and the lower levels of the tree above them.
type cellChunk struct {
	last    [chunkCells]nodeID      // by cell: the last node whose hole begins there, or none
	holes   [chunkCells]uint8       // by cell: how many begin there
	cells   [chunkCells / 16]bounds // upper bounds of the holes of a cell, in pages
	groups  [chunkCells / 256]bounds
	groups2 bounds
}

const (
	cellShift   = 6 // a cell has 64 pages, so at most 32 holes
	cellPages   = 1 << cellShift
	maxCells    = 1 << 22 // 1 TiB; beyond that a fitIndex serves top-down as well
	chunkShift  = 12
	chunkCells  = 1 << chunkShift
	chunkLevels = 3 // of the tree, within a chunk
	fanShift    = 4
)

// buildIndex makes the index and adds all holes.
func (c *core[page]) buildIndex() {
	x := &addressIndex{chunks: make([]*cellChunk, c.pages>>cellShift>>chunkShift+1)}
	for n := len(x.chunks); ; {
		n = (n-1)>>fanShift + 1
		x.upper = append(x.upper, make([]bounds, n))
		if n == 1 {
			break
		}
	}
	c.top, c.indexed = x, true
	for i := head; i != tail; i = c.nodes[i].next {
		if c.nodes[i].hole != 0 {
			c.enterTop(i)
		}
	}
}

// enterTop adds the hole of node i to the cells.
func (c *core[page]) enterTop(i nodeID) {
	x := c.top
	start := c.end(i)
	cell := start >> cellShift
	chunk := x.chunks[cell>>chunkShift]
	if chunk == nil {
		chunk = new(cellChunk)
		x.made++
		x.chunks[cell>>chunkShift] = chunk
	}
	at := cell % chunkCells
	if chunk.holes[at]++; chunk.holes[at] == 1 || c.end(chunk.last[at]) < start {
		chunk.last[at] = i
	}
	x.raise(chunk, cell, saturate(uint64(c.nodes[i].hole)))
}

// leaveTop takes the hole of node i out of the cells. The bound stays.
func (c *core[page]) leaveTop(i nodeID) {
	cell := c.end(i) >> cellShift
	chunk := c.top.chunks[cell>>chunkShift]
	at := cell % chunkCells
	switch chunk.holes[at]--; {
	case chunk.holes[at] == 0:
		chunk.last[at] = none
	case chunk.last[at] == i:
		chunk.last[at] = c.ownerBefore(i, cell)
	}
}

// ownerBefore is the last node before i that owns a hole in the cell, or none.
func (c *core[page]) ownerBefore(i nodeID, cell uint64) nodeID {
	first := cell << cellShift
	for i != head {
		if uint64(c.nodes[i].start) <= first {
			return none // the hole before it begins lower still
		}
		i = c.nodes[i].prev
		switch {
		case c.end(i) < first:
			return none
		case c.nodes[i].hole != 0:
			return i
		}
	}
	return none
}

// last is the last node that owns a hole in the cell, or none.
func (x *addressIndex) last(cell uint64) nodeID {
	if chunk := x.chunks[cell>>chunkShift]; chunk != nil {
		return chunk.last[cell%chunkCells]
	}
	return none
}

// settle lowers the bound of a cell after a grant from it, if one hole at most is
// left there: the next search would visit it in vain.
func (c *core[page]) settle(cell uint64) {
	chunk := c.top.chunks[cell>>chunkShift]
	switch at := cell % chunkCells; chunk.holes[at] {
	case 0:
		c.top.lower(cell, 0)
	case 1:
		c.top.lower(cell, saturate(uint64(c.nodes[chunk.last[at]].hole)))
	}
}

// group has the bounds of 16 entries of a level, entry i among them; nil if no hole
// was ever there. Level 0 has the cells.
func (x *addressIndex) group(level int, i uint64) *bounds {
	if level >= chunkLevels {
		return &x.upper[level-chunkLevels][i>>fanShift]
	}
	chunk := x.chunks[i>>(chunkShift-fanShift*level)]
	switch {
	case chunk == nil:
		return nil
	case level == 0:
		return &chunk.cells[i%chunkCells>>fanShift]
	case level == 1:
		return &chunk.groups[i%(chunkCells>>fanShift)>>fanShift]
	}
	return &chunk.groups2
}

func (x *addressIndex) levels() int { return chunkLevels + len(x.upper) }

// raise makes the bound of a cell and of the groups above at least bound.
func (x *addressIndex) raise(chunk *cellChunk, cell, bound uint64) {
	if !chunk.cells[cell%chunkCells>>4].raise(cell, bound) ||
		!chunk.groups[cell%chunkCells>>8].raise(cell>>4, bound) ||
		!chunk.groups2.raise(cell>>8, bound) {
		return
	}
	c := cell >> chunkShift
	for _, level := range x.upper {
		if !level[c>>fanShift].raise(c, bound) {
			return
		}
		c >>= fanShift
	}
}

// lower sets the bound of a cell and makes the groups above exact.
func (x *addressIndex) lower(cell, bound uint64) {
	for level := range x.levels() {
		group := x.group(level, cell)
		if group == nil || group.at(cell) == bound {
			return
		}
		group.set(cell, bound)
		bound = group.max()
		cell >>= fanShift
	}
}

// cellBelow is the highest cell below cell whose bound is at least bound.
func (x *addressIndex) cellBelow(cell, bound uint64) (below uint64, ok bool) {
	for level := range x.levels() {
		if group := x.group(level, cell); group != nil {
			if some := group.atLeast(bound) & (1<<(cell&15) - 1); some != 0 {
				return x.descend(level, cell&^15|uint64(bits.Len64(some)-1), bound), true
			}
		}
		cell >>= fanShift
	}
	return 0, false
}

// descend is the highest cell whose bound is at least bound in a group that has
// one.
func (x *addressIndex) descend(level int, i uint64, bound uint64) uint64 {
	for level--; level >= 0; level-- {
		i = i<<fanShift | uint64(bits.Len64(x.group(level, i<<fanShift).atLeast(bound))-1)
	}
	return i
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
	for _, level := range x.upper {
		n += 32 * uint64(cap(level))
	}
	return n
}
