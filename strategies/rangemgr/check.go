package rangemgr

import (
	"cmp"
	"fmt"
)

// check compares the nodes by address, the holes by size and the indexes.
func (c *core[page]) check() error {
	holes, used := 0, 1
	for i := head; i != tail; i = c.nodes[i].next {
		n := &c.nodes[i]
		switch {
		case c.nodes[n.next].prev != i:
			return fmt.Errorf("rangemgr: node %d is followed by %d, which says %d stands before it", i, n.next, c.nodes[n.next].prev)
		case c.end(i) < uint64(n.start) || i != head && c.end(i) == uint64(n.start):
			return fmt.Errorf("rangemgr: node %d at page %d has no length", i, n.start)
		case n.hole != 0:
			holes++
		}
		used++
	}
	for i := c.vacant; i != none && used <= len(c.nodes); i = c.nodes[i].next {
		if c.nodes[i].start != ^page(0) {
			return fmt.Errorf("rangemgr: node %d is vacant and begins at page %d", i, c.nodes[i].start)
		}
		used++
	}
	if used != len(c.nodes) {
		return fmt.Errorf("rangemgr: %d nodes are in use or vacant, the slab has %d", used, len(c.nodes))
	}
	if err := c.checkBins(holes); err != nil {
		return err
	}
	for _, x := range c.fits {
		if err := c.checkFits(x); err != nil {
			return err
		}
	}
	if c.top != nil {
		return c.checkIndex()
	}
	return nil
}

// checkFits compares an index with the nodes and walks its zones.
func (c *core[page]) checkFits(x *fitIndex[page]) error {
	holes := 0
	for i := head; i != tail; i = c.nodes[i].next {
		if c.nodes[i].hole == 0 {
			continue
		}
		if e, _ := c.entryOf(i, x.align); e.run != 0 {
			holes++
		}
		if older := c.nodes[i].older; older != none && c.ages[older] >= c.ages[i] {
			return fmt.Errorf("rangemgr: the hole of node %d is older than that of node %d by the list and not by age", older, i)
		}
	}
	if have := int(x.zones[0].holes); have != holes {
		return fmt.Errorf("rangemgr: the index for alignment %d has %d holes, the list by address %d", x.align, have, holes)
	}
	return c.checkZone(x, 0, 0, c.pages)
}

// checkZone verifies the tree of a zone, all of whose holes begin in [lo, hi), and of
// the zones in it.
func (c *core[page]) checkZone(x *fitIndex[page], z zoneID, lo, hi uint64) (err error) {
	zn := &x.zones[z]
	holes := uint32(0)
	var last *entry[page]
	x.trees.walk(zn.tree, 1, func(e *entry[page]) bool {
		want, start := c.entryOf(e.owner, x.align)
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
		if err := c.checkZone(x, zn.kids+zoneID(k), lo, lo+1<<zn.shift); err != nil {
			return err
		}
		holes -= x.zones[zn.kids+zoneID(k)].holes
	}
	if zn.kids != 0 && holes != 0 {
		return fmt.Errorf("rangemgr: zone %d has %d holes more than its zones", z, holes)
	}
	return nil
}

// checkBins verifies the lists of all sizes, which have so many holes in all.
func (c *core[page]) checkBins(holes int) error {
	for first, ok := c.smallest(1); ok; first, ok = c.smallest(uint64(c.nodes[first].hole) + 1) {
		for i, newer := first, none; i != none; newer, i = i, c.nodes[i].older {
			if c.nodes[i].hole != c.nodes[first].hole || newer != none && c.nodes[i].newer != newer {
				return fmt.Errorf("rangemgr: node %d with a hole of %d pages is in the list of %d", i, c.nodes[i].hole, c.nodes[first].hole)
			}
			holes--
		}
	}
	if holes != 0 {
		return fmt.Errorf("rangemgr: %d more holes are linked by address than by size", holes)
	}
	return nil
}

// checkIndex compares the cells with the nodes.
func (c *core[page]) checkIndex() error {
	x := c.top
	last := make(map[uint64]nodeID)
	for i := head; i != tail; i = c.nodes[i].next {
		if c.nodes[i].hole == 0 {
			continue
		}
		cell := c.end(i) >> cellShift
		last[cell] = i
		have, want := x.group(0, cell).at(cell), saturate(uint64(c.nodes[i].hole))
		if have < want {
			return fmt.Errorf("rangemgr: cell %d has the bound %d and a hole of %d pages", cell, have, want)
		}
	}
	for n, chunk := range x.chunks {
		if chunk == nil {
			continue
		}
		for at, have := range chunk.last {
			if cell := uint64(n)<<chunkShift + uint64(at); have != last[cell] {
				return fmt.Errorf("rangemgr: cell %d ends with the hole of node %d, not %d", cell, last[cell], have)
			}
		}
		for at := 0; at < chunkCells; at += 16 {
			if err := x.checkParents(uint64(n)<<chunkShift + uint64(at)); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkParents verifies that the bound of every group above a cell is the maximum of
// its children's.
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
