package addrmap

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/workloads/trace"
)

// space is the address space under one strategy. What changes with an operation is kept
// up to date with it: bytes of each cell, page-table entries. What needs the blocks of a
// cell in order is found when a frame is taken, only in the cells that changed since the
// frame before.
type space struct {
	grid  grid
	cells []cellState
	live  uint64
	pte   entries

	objects *objects
	dirty   []int32 // cells that changed since the last look
}

// entries are page-table entries by the size of what one of them maps.
type entries struct{ small, mid, large int }

// The sizes of pages, as values of the layer of pages.
const (
	smallSize = iota + 1
	midSize
	largeSize
)

// cellState is one cell.
type cellState struct {
	used     uint64
	mid, big uint64 // of used: bytes that entries of 64 KiB and of 2 MiB map
	parts    []part // of live objects, and of dead ones until the next look
	dead     int
	dirty    bool
	owner    int32  // slot of the object that covers most, valid after a look where something is live
	front    uint64 // free bytes at its beginning and at its end, of an empty one all
	back     uint64
	largest  uint64 // hole inside
	free     uint64
	whole    uint64 // free 2 MiB pages in it, if it holds any
}

// part is a block, or a piece of one, in a cell.
type part struct {
	from, end uint64
	serial    uint32
	slot      int32
}

func newSpace(g grid, o *objects) *space {
	s := &space{grid: g, cells: make([]cellState, g.cells), objects: o}
	for i := range s.cells {
		s.cells[i].empty(g.capacity(i))
	}
	return s
}

// empty makes of a cell what a look finds where nothing is live.
func (c *cellState) empty(size uint64) {
	c.front, c.back, c.largest, c.free, c.whole = size, size, size, size, size/largePage
}

// change is what an extent adds to the space or takes from it.
func (s *space) change(x trace.Extent, slot int32, serial uint32, sign uint64) {
	s.live += sign * x.Size
	from, end := x.Start, x.Start+x.Size
	s.grid.each(from, end, func(i int, from, end uint64) {
		c := &s.cells[i]
		c.used += sign * (end - from)
		if sign == 1 {
			if c.dead > 16 && 2*c.dead > len(c.parts) { // nobody looked for long
				c.bury(s.objects)
			}
			c.parts = append(c.parts, part{from, end, serial, slot})
		} else {
			c.dead++
		}
		if !c.dirty {
			c.dirty = true
			s.dirty = append(s.dirty, int32(i))
		}
	})
	eachPage(from, end, func(size int, from, end uint64) {
		n := int(sign) // 1 or -1
		switch size {
		case smallSize:
			s.pte.small += n * int(roundUp(end, 4096)-from&^4095) >> 12
			return
		case midSize:
			s.pte.mid += n * int((end-from)/midPage)
		case largeSize:
			s.pte.large += n * int((end-from)/largePage)
		}
		s.grid.each(from, end, func(i int, from, end uint64) {
			if size == midSize {
				s.cells[i].mid += sign * (end - from)
			} else {
				s.cells[i].big += sign * (end - from)
			}
		})
	})
}

// add and remove take extents of the object in a slot; its serial number is that of no
// other object.
func (s *space) add(extents []trace.Extent, slot int32, serial uint32) {
	for _, x := range extents {
		s.change(x, slot, serial, 1)
	}
}

func (s *space) remove(extents []trace.Extent, slot int32, serial uint32) {
	for _, x := range extents {
		s.change(x, slot, serial, ^uint64(0))
	}
}

// eachPage cuts an extent where the size of the page changes that maps it: aligned 2 MiB
// pages, then aligned 64 KiB pages beside them, then the rest.
func eachPage(from, end uint64, f func(size int, from, end uint64)) {
	cut := func(size int, from, end uint64) {
		if from < end {
			f(size, from, end)
		}
	}
	inner := func(size, from, end uint64) (uint64, uint64) {
		a, b := roundUp(from, size), end&^(size-1)
		if a >= b {
			return end, end
		}
		return a, b
	}
	a64, b64 := inner(midPage, from, end)
	a2, b2 := inner(largePage, a64, b64)
	cut(smallSize, from, a64)
	cut(midSize, a64, a2)
	cut(largeSize, a2, b2)
	cut(midSize, b2, b64)
	cut(smallSize, b64, end)
}

// pageOf is the size of page that maps most of a cell; of equals the larger.
func (c *cellState) pageOf() uint8 {
	small := c.used - c.mid - c.big
	switch {
	case c.used == 0:
		return 0
	case c.big >= c.mid && c.big >= small:
		return largeSize
	case c.mid >= small:
		return midSize
	}
	return smallSize
}

// tally adds up what objects cover of a cell.
type tally struct {
	bytes []uint64 // by slot
	slots []int32
}

// look brings the cells that changed up to date.
func (s *space) look(t *tally) {
	for len(t.bytes) < len(s.objects.slots) {
		t.bytes = append(t.bytes, 0)
	}
	for _, i := range s.dirty {
		s.lookAt(int(i), t)
	}
	s.dirty = s.dirty[:0]
}

func (s *space) lookAt(i int, t *tally) {
	c := &s.cells[i]
	c.dirty, c.owner = false, -1
	c.bury(s.objects)
	slices.SortFunc(c.parts, func(a, b part) int { return cmp.Compare(a.from, b.from) })
	start := uint64(i) * s.grid.cell
	size := s.grid.capacity(i)
	c.empty(size)
	if len(c.parts) == 0 {
		return
	}
	c.free, c.largest, c.whole = 0, 0, 0
	at := start
	hole := func(from, end uint64) {
		c.free += end - from
		c.largest = max(c.largest, end-from)
		if a, b := roundUp(from, largePage), end&^(largePage-1); a < b {
			c.whole += (b - a) / largePage
		}
	}
	c.front = c.parts[0].from - start
	for _, p := range c.parts {
		if p.from > at {
			hole(at, p.from)
		}
		at = max(at, p.end)
		if t.bytes[p.slot] == 0 {
			t.slots = append(t.slots, p.slot)
		}
		t.bytes[p.slot] += p.end - p.from
	}
	if c.back = start + size - at; c.back > 0 {
		hole(at, start+size)
	}
	best := t.slots[0]
	for _, slot := range t.slots[1:] {
		if t.bytes[slot] > t.bytes[best] || t.bytes[slot] == t.bytes[best] && s.objects.slots[slot].serial < s.objects.slots[best].serial {
			best = slot
		}
	}
	c.owner = best
	for _, slot := range t.slots {
		t.bytes[slot] = 0
	}
	t.slots = t.slots[:0]
}

// bury removes the parts of dead objects.
func (c *cellState) bury(o *objects) {
	if c.dead == 0 {
		return
	}
	c.parts = slices.DeleteFunc(c.parts, func(p part) bool { return o.slots[p.slot].serial != p.serial })
	c.dead = 0
}

// level is how full a cell is, in the sixteen steps of the layer.
func (s *space) level(i int) uint8 { return level(s.cells[i].used, s.grid.capacity(i)) }

// holes sums up the free memory after a look: the largest hole, and the percentage of
// what is free that lies outside whole 2 MiB pages.
func (s *space) holes() (largest uint64, broken float64) {
	var free, run, pages, empty uint64
	perPage := uint64(1) // cells of a page
	if s.grid.cell < largePage {
		perPage = largePage / s.grid.cell
	}
	for i := range s.cells {
		c := &s.cells[i]
		size := s.grid.capacity(i)
		free += c.free
		if len(c.parts) == 0 {
			run += size
			empty += size
		} else {
			largest = max(largest, run+c.front, c.largest)
			run = c.back
		}
		if perPage == 1 {
			pages += c.whole
		} else if uint64(i+1)%perPage == 0 {
			if empty == largePage {
				pages++
			}
			empty = 0
		}
	}
	if largest = max(largest, run); free > 0 {
		broken = 100 * float64(free-pages*largePage) / float64(free)
	}
	return largest, broken
}

// logAge is an age as the layer of ages has it.
func logAge(age int) uint8 { return 1 + uint8(min(14, bits.Len64(uint64(age)+1)-1)) }
