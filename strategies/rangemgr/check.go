package rangemgr

import (
	"cmp"
	"fmt"
)

// check walks the nodes by address and the holes by size and compares them.
func (h *heap[page]) check() error {
	holes, used := 0, 1
	for i := head; i != tail; i = h.nodes[i].next {
		n := &h.nodes[i]
		switch {
		case h.nodes[n.next].prev != i:
			return fmt.Errorf("rangemgr: node %d is followed by %d, which says %d stands before it", i, n.next, h.nodes[n.next].prev)
		case h.end(i) < uint64(n.start) || i != head && h.end(i) == uint64(n.start):
			return fmt.Errorf("rangemgr: node %d at page %d has no length", i, n.start)
		case n.hole != 0:
			holes++
		}
		used++
	}
	for i := h.vacant; i != none && used <= len(h.nodes); i = h.nodes[i].next {
		if h.nodes[i].start != ^page(0) {
			return fmt.Errorf("rangemgr: node %d is vacant and begins at page %d", i, h.nodes[i].start)
		}
		used++
	}
	if used != len(h.nodes) {
		return fmt.Errorf("rangemgr: %d nodes are in use or vacant, the slab has %d", used, len(h.nodes))
	}
	if err := h.checkBins(holes); err != nil {
		return err
	}
	for _, x := range h.fits {
		if err := h.checkFits(x); err != nil {
			return err
		}
	}
	if h.top != nil {
		return h.checkIndex()
	}
	return nil
}

// checkFits compares an index with the nodes and walks its zones.
func (h *heap[page]) checkFits(x *fitIndex[page]) error {
	holes := 0
	for i := head; i != tail; i = h.nodes[i].next {
		if h.nodes[i].hole == 0 {
			continue
		}
		if e, _ := h.entryOf(i, x.align); e.run != 0 {
			holes++
		}
		if older := h.nodes[i].older; older != none && h.ages[older] >= h.ages[i] {
			return fmt.Errorf("rangemgr: the hole of node %d is older than that of node %d by the list and not by age", older, i)
		}
	}
	if have := int(x.zones[0].holes); have != holes {
		return fmt.Errorf("rangemgr: the index for alignment %d has %d holes, the list by address %d", x.align, have, holes)
	}
	return h.checkZone(x, 0, 0, h.pages)
}

// checkZone verifies the tree of a zone, all of whose holes begin in [lo, hi),
// and its zones.
func (h *heap[page]) checkZone(x *fitIndex[page], z uint32, lo, hi uint64) (err error) {
	zn := &x.zones[z]
	holes := uint32(0)
	var last *entry[page]
	x.trees.walk(zn.tree, 1, func(e *entry[page]) bool {
		want, start := h.entryOf(e.owner, x.align)
		best := max(e.run, x.trees.slab[e.left].best, x.trees.slab[e.right].best)
		switch holes++; {
		case start < lo || start >= hi || e.size != want.size || e.run != want.run || e.age != want.age || e.best != best:
			err = fmt.Errorf("rangemgr: the hole of node %d at page %d stands in zone %d as %+v, not %+v", e.owner, start, z, *e, want)
		case last != nil && !last.before(e):
			err = fmt.Errorf("rangemgr: the hole of node %d stands out of order in zone %d", e.owner, z)
		}
		last = e
		return err == nil
	})
	if x.bare(z) {
		holes = zn.holes
	}
	if err != nil || holes != zn.holes {
		return cmp.Or(err, fmt.Errorf("rangemgr: zone %d has %d holes, its tree %d", z, zn.holes, holes))
	}
	for k := range uint64(8) {
		if zn.kids == 0 {
			break
		}
		lo := zn.base + k<<zn.shift
		if err := h.checkZone(x, zn.kids+uint32(k), lo, lo+1<<zn.shift); err != nil {
			return err
		}
		holes -= x.zones[zn.kids+uint32(k)].holes
	}
	if zn.kids != 0 && holes != 0 {
		return fmt.Errorf("rangemgr: zone %d has %d holes more than its zones", z, holes)
	}
	return nil
}

// checkBins walks the lists of all sizes, which have so many holes in all.
func (h *heap[page]) checkBins(holes int) error {
	for first, ok := h.smallest(1); ok; first, ok = h.smallest(uint64(h.nodes[first].hole) + 1) {
		for i, newer := first, none; i != none; newer, i = i, h.nodes[i].older {
			if h.nodes[i].hole != h.nodes[first].hole || newer != none && h.nodes[i].newer != newer {
				return fmt.Errorf("rangemgr: node %d with a hole of %d pages is in the list of %d", i, h.nodes[i].hole, h.nodes[first].hole)
			}
			holes--
		}
	}
	if holes != 0 {
		return fmt.Errorf("rangemgr: %d more holes are linked by address than by size", holes)
	}
	return nil
}

// checkIndex compares the index with the nodes.
func (h *heap[page]) checkIndex() error {
	x := h.top
	last := make(map[uint64]index)
	for i := head; i != tail; i = h.nodes[i].next {
		if h.nodes[i].hole == 0 {
			continue
		}
		cell := h.end(i) >> cellShift
		last[cell] = i
		have, want := x.group(0, cell).at(cell), saturate(uint64(h.nodes[i].hole))
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
		want := x.group(level-1, cell).max()
		cell >>= fanShift
		if have := x.group(level, cell).at(cell); have != want {
			return fmt.Errorf("rangemgr: group %d of level %d has the bound %d, its children say %d", cell, level, have, want)
		}
	}
	return nil
}
