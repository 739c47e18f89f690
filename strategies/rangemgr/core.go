package rangemgr

import (
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// core is the extents of a region, live and free, in pages.
//
// What a large region costs is misses: a Free touches its node and the two beside
// it. So the slab grows by a quarter: growth as append does it takes half as much
// memory again, and doubling is no faster.
type core[page uint32 | uint64] struct {
	nodes   []node[page]
	vacant  nodeID        // first vacant node, or none
	indexed bool          // there is an index, which must follow every hole
	eager   bool          // in tests: the first fruitless visit pays for an index
	top     *addressIndex // nil until the first top-down request
	counts  strategies.Counters
	clock   clock  // counts changes for the demands
	pages   uint64 // of the region
	large   largeBins
	small   smallBins

	fits    []*fitIndex[page] // for some alignments
	ages    []uint64          // of the hole of each node, while there are fits
	newest  uint64            // age of the newest hole; 64 bits do not wrap
	idle    uint64            // changes since dropIdle last looked whether the indexes help
	demands []demand
}

func newCore[page uint32 | uint64](pages uint64) *core[page] {
	c := &core[page]{pages: pages}
	c.reset()
	return c
}

// reset makes a new slab of two nodes with one hole between them.
func (c *core[page]) reset() {
	*c = core[page]{pages: c.pages, counts: c.counts, eager: c.eager, nodes: make([]node[page], 2, 16)}
	c.nodes[head].next = tail
	c.nodes[tail] = node[page]{start: page(c.pages), prev: head}
	c.addHole(head, c.pages)
}

// take grants size pages without conditions, at the low end of the newest of the
// smallest holes that are large enough, and returns the node, or none.
func (c *core[page]) take(size uint64) (id nodeID, start uint64) {
	c.counts.Visits++
	bin := c.small.ceiling(size)
	if bin == 0 {
		return c.takeLarge(size)
	}
	if id = c.vacant; id == none {
		id = c.grow()
	}
	owner := c.small.newest[bin%smallSizes]
	nodes := c.nodes
	o, n := &nodes[owner], &nodes[id]
	c.vacant = n.next
	if c.indexed {
		c.leave(owner)
	}
	if o.older == none {
		c.small.clear(bin)
	}
	c.small.newest[bin%smallSizes] = o.older
	next := o.next
	x := &nodes[next]
	from := x.start - page(bin)
	o.hole, o.next = 0, id
	x.prev = id
	n.start, n.hole, n.prev, n.next = from, 0, owner, next
	if back := bin - size; back != 0 {
		c.counts.Splits++
		c.clock++
		c.addHole(id, back)
	}
	return id, uint64(from)
}

// takeLarge is take when only holes without a bin are large enough.
func (c *core[page]) takeLarge(size uint64) (id nodeID, start uint64) {
	owner, ok := c.large.smallest(size)
	if !ok {
		return none, 0
	}
	start = c.end(owner)
	return c.place(owner, start, size), start
}

// end is the first page after node i: where its hole begins.
func (c *core[page]) end(i nodeID) uint64 {
	n := &c.nodes[i]
	return uint64(c.nodes[n.next].start - n.hole)
}

// place grants size pages from start on, in the hole of owner, and returns the
// node. What is left before it becomes a hole first, what is left after it second: age
// decides later ties.
func (c *core[page]) place(owner nodeID, start, size uint64) (id nodeID) {
	if id = c.vacant; id == none {
		id = c.grow()
	}
	o, n := &c.nodes[owner], &c.nodes[id]
	c.vacant = n.next
	next := o.next
	front := start - c.end(owner)
	back := uint64(o.hole) - front - size
	c.dropHole(owner)
	*n = node[page]{start: page(start), prev: owner, next: next}
	o.next = id
	c.nodes[next].prev = id
	if front != 0 {
		c.counts.Splits++
		c.clock++
		c.addHole(owner, front)
	}
	if back != 0 {
		c.counts.Splits++
		c.clock++
		c.addHole(id, back)
	}
	return id
}

// grow adds a node to the slab.
func (c *core[page]) grow() nodeID {
	n := len(c.nodes)
	if n == cap(c.nodes) {
		larger := make([]node[page], n, n+n/4+8)
		copy(larger, c.nodes)
		c.nodes = larger
	}
	c.nodes = append(c.nodes, node[page]{})
	return nodeID(n)
}

// give takes back the allocation of node id, or reports that the node is not this
// allocation. Its rare case, holes at the sides, is not a function of its own: that
// was 3 % slower on plain loads.
func (c *core[page]) give(id nodeID, start, size uint64) bool {
	nodes := c.nodes
	if uint64(id) >= uint64(len(nodes)) || id <= head {
		return false
	}
	n := &nodes[id]
	hole, next, owner := n.hole, n.next, n.prev
	x, o := &nodes[next], &nodes[owner]
	before := o.hole
	if uint64(n.start) != start || uint64(x.start-n.start-hole) != size || n.start == ^page(0) {
		return false
	}
	total := x.start - n.start
	if hole != 0 {
		c.counts.Merges++
		c.clock++
		c.dropHole(id)
	}
	if before != 0 {
		c.counts.Merges++
		c.clock++
		total += before
		c.dropHole(owner)
	}
	o.next = next
	x.prev = owner
	n.start = ^page(0)
	n.next = c.vacant
	c.vacant = id
	if owner == head && next == tail && c.worthReset() {
		c.reset()
		return true
	}
	c.addHole(owner, uint64(total))
	return true
}

// worthReset reports whether an empty core holds much more than a new one.
func (c *core[page]) worthReset() bool {
	return len(c.nodes) > 1024 || c.ages != nil || c.top != nil && c.top.made > 1
}

// addHole gives node i a hole of size pages, the newest of all.
func (c *core[page]) addHole(i nodeID, size uint64) {
	var older nodeID
	if size < smallSizes {
		older = c.small.push(size, i)
	} else {
		older = c.large.push(size, i)
	}
	n := &c.nodes[i]
	n.hole, n.older = page(size), older
	c.nodes[older].newer = i // without an older one, the tail's, which nobody reads
	if c.indexed {
		c.enter(i)
	}
}

// dropHole takes the hole of node i, which has one, out of its list and the indexes.
func (c *core[page]) dropHole(i nodeID) {
	if c.indexed {
		c.leave(i)
	}
	n := &c.nodes[i]
	size, older := uint64(n.hole), n.older
	n.hole = 0
	switch {
	case size >= smallSizes:
		if c.large.newest(size) == i {
			c.large.setNewest(size, older)
			return
		}
	case c.small.newest[size%smallSizes] == i:
		c.small.newest[size%smallSizes] = older
		if older == none {
			c.small.clear(size)
		}
		return
	}
	c.nodes[n.newer].older = older
	c.nodes[older].newer = n.newer
}

// smallest is the owner of the hole that best fit takes first for size pages: the
// newest of the smallest that are large enough.
func (c *core[page]) smallest(size uint64) (owner nodeID, ok bool) {
	if bin := c.small.ceiling(size); bin != 0 {
		return c.small.newest[bin%smallSizes], true
	}
	return c.large.smallest(size)
}

// holes yields the holes by address.
func (c *core[page]) holes(yield func(start, size uint64) bool) {
	for i := head; i != tail; i = c.nodes[i].next {
		if hole := uint64(c.nodes[i].hole); hole != 0 && !yield(c.end(i), hole) {
			return
		}
	}
}

func (c *core[page]) counters() strategies.Counters { return c.counts }

// footprint is the metadata held, in bytes.
func (c *core[page]) footprint() uint64 {
	n := uint64(unsafe.Sizeof(*c)) + uint64(cap(c.nodes))*uint64(unsafe.Sizeof(node[page]{})) +
		c.large.footprint() + c.top.footprint() +
		8*uint64(cap(c.ages)) + uint64(cap(c.demands))*uint64(unsafe.Sizeof(demand{}))
	for _, x := range c.fits {
		n += x.footprint()
	}
	return n
}
