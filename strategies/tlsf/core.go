package tlsf

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// nodeID numbers a node in the slab.
type nodeID uint32

const (
	tail     nodeID = 0 // stands after the last page; never owns a hole, so in results it says "none"
	head     nodeID = 1 // stands before page 0
	firstBin nodeID = 2 // the list of bin b begins and ends at node firstBin+b
	none            = tail
)

// node is an allocation, or one of the two that bound the region, together with the
// hole that follows it directly. Its length is what lies between its start and the
// next node, less the hole. The bins are nodes too, but only as the ends of their
// lists, so that each hole in a list stands between two nodes; with an array of list
// heads the hole at the head is a case of its own, 1.5 ns.
//
// Tried and rejected: holes in a slab of their own, so that the lists are dense (1.5
// ns slower for the second look-up, the same where the block, the node and its
// neighbours are what misses); a slab in chunks that never move (7 ns for the second
// look-up in every access).
type node[page uint32 | uint64] struct {
	start      page   // first page; ^0 for a bin and when vacant
	hole       page   // pages of the hole after it, 0 = none
	prev, next nodeID // neighbours by address; next of a vacant node is another vacant one
	newer      nodeID // in the list of the bin: the hole put there after it, or the bin
	older      nodeID // in that list: the hole put there before it, or the bin
}

// core is the extents of a region, live and free, in pages.
type core[page uint32 | uint64] struct {
	nodes  []node[page]
	vacant nodeID // first vacant node, or none
	pages  uint64 // of the region
	division
	summary uint64        // bit: the word in some is not zero
	some    [words]uint64 // bit: the bin has a hole
	counts  strategies.Counters
	_       [64]byte // two cores that two processors work on share no cache line
}

func newCore[page uint32 | uint64](pages uint64, d division) *core[page] {
	c := &core[page]{pages: pages, division: d}
	c.reset()
	return c
}

// reset makes a new slab with the bins the region can need, and one hole.
func (c *core[page]) reset() {
	end := c.endOfBins()
	*c = core[page]{pages: c.pages, division: c.division, counts: c.counts, nodes: make([]node[page], end, end+16)}
	for list := firstBin; list < end; list++ {
		c.nodes[list] = node[page]{start: ^page(0), newer: list, older: list}
	}
	c.nodes[head].next = tail
	c.nodes[tail] = node[page]{start: page(c.pages), prev: head}
	c.addHole(head, c.pages)
}

// endOfBins is the first node that is not a bin.
func (c *core[page]) endOfBins() nodeID { return c.ownBin(c.pages).list() + 1 }

// take grants size pages without conditions and returns the node, or none. It places
// them itself: through place it was 3 ns slower. Choosing between the own bin and the
// next without a branch was slower too, since what follows a guess begins before the
// miss it waits for is over.
func (c *core[page]) take(size uint64) (id nodeID, start uint64) {
	c.counts.Visits++
	list := c.ownBin(size).list()
	if i := c.nodes[list].older; i == list || uint64(c.nodes[i].hole) < size {
		if list = c.firstList(c.safeBin(size)); list == none {
			return c.takeLast(size)
		}
	}
	if id = c.vacant; id == none {
		id = c.grow()
	}
	nodes := c.nodes
	n := &nodes[id]
	c.vacant = n.next
	owner := nodes[list].older
	o := &nodes[owner]
	hole, next := o.hole, o.next
	c.dropHole(nodes, o)
	x := &nodes[next]
	from := x.start - hole
	n.start, n.hole, n.prev, n.next = from, 0, owner, next
	o.next = id
	x.prev = id
	if back := uint64(hole) - size; back != 0 {
		c.counts.Splits++
		c.addHole(id, back)
	}
	return id, uint64(from)
}

// takeLast is take when only the own bin is left, of which some holes may be large
// enough.
func (c *core[page]) takeLast(size uint64) (id nodeID, start uint64) {
	list := c.ownBin(size).list()
	for i := c.nodes[list].older; i != list; i = c.nodes[i].older {
		c.counts.Visits++
		if uint64(c.nodes[i].hole) >= size {
			start = c.end(i)
			return c.place(i, start, size), start
		}
	}
	return none, 0
}

// firstList is the list of the first bin at or above bin that has a hole, or none.
func (c *core[page]) firstList(bin binID) (list nodeID) {
	w := bin / 64 % words
	word := c.some[w] >> (bin % 64) << (bin % 64)
	if word == 0 {
		rest := c.summary >> w >> 1 << 1 << w
		if rest == 0 {
			return none
		}
		w = binID(bits.TrailingZeros64(rest)) % words
		word = c.some[w]
	}
	return (w*64 + binID(bits.TrailingZeros64(word))).list()
}

// end is the first page after node i: where its hole begins.
func (c *core[page]) end(i nodeID) uint64 {
	n := &c.nodes[i]
	return uint64(c.nodes[n.next].start - n.hole)
}

// place grants size pages from start on, in the hole of owner, and returns the
// node.
func (c *core[page]) place(owner nodeID, start, size uint64) (id nodeID) {
	if id = c.vacant; id == none {
		id = c.grow()
	}
	nodes := c.nodes
	n, o := &nodes[id], &nodes[owner]
	c.vacant = n.next
	front := start - c.end(owner)
	back := uint64(o.hole) - front - size
	c.dropHole(nodes, o)
	*n = node[page]{start: page(start), prev: owner, next: o.next}
	nodes[o.next].prev = id
	o.next = id
	if front != 0 {
		c.counts.Splits++
		c.addHole(owner, front)
	}
	if back != 0 {
		c.counts.Splits++
		c.addHole(id, back)
	}
	return id
}

// grow adds a node to the slab, which grows by half: by a quarter is 6 ns slower while
// a region fills, doubling gains less than 1 ns.
func (c *core[page]) grow() nodeID {
	if n := len(c.nodes); n == cap(c.nodes) {
		c.nodes = slices.Grow(c.nodes, n/2)
	}
	c.nodes = append(c.nodes, node[page]{})
	return nodeID(len(c.nodes) - 1)
}

// give takes back the allocation of node id, or reports that the node is not this
// allocation. The holes at the sides are branches: dropping an empty hole that stands
// for none, without a branch, is 5 ns slower.
func (c *core[page]) give(id nodeID, start, size uint64) bool {
	nodes := c.nodes
	if uint64(id) >= uint64(len(nodes)) || id <= head {
		return false
	}
	n := &nodes[id]
	hole, next, owner := n.hole, n.next, n.prev
	x := &nodes[next]
	if uint64(n.start) != start || uint64(x.start-n.start-hole) != size || n.start == ^page(0) {
		return false
	}
	total := x.start - n.start
	if hole != 0 {
		c.counts.Merges++
		c.dropHole(nodes, n)
	}
	o := &nodes[owner]
	if o.hole != 0 {
		c.counts.Merges++
		total += o.hole
		c.dropHole(nodes, o)
	}
	o.next = next
	x.prev = owner
	n.start = ^page(0)
	n.next = c.vacant
	c.vacant = id
	if owner == head && next == tail && len(nodes) > 4096 {
		c.reset()
		return true
	}
	c.addHole(owner, uint64(total))
	return true
}

// addHole gives node i a hole, the newest of its bin.
func (c *core[page]) addHole(i nodeID, size uint64) {
	nodes, bin := c.nodes, c.ownBin(size)
	list := bin.list()
	l, n := &nodes[list], &nodes[i]
	older := l.older
	n.hole, n.newer, n.older = page(size), list, older
	nodes[older].newer = i
	l.older = i
	c.some[bin/64%words] |= 1 << (bin % 64)
	c.summary |= 1 << (bin / 64 % words)
}

// dropHole takes the hole of n, which has one, out of its bin.
func (c *core[page]) dropHole(nodes []node[page], n *node[page]) {
	newer, older := n.newer, n.older
	n.hole = 0
	nodes[older].newer = newer
	nodes[newer].older = older
	if newer == older {
		c.clearBit(binID(newer - firstBin))
	}
}

// clearBit clears the bit of a bin without holes.
func (c *core[page]) clearBit(bin binID) {
	w := &c.some[bin/64%words]
	*w &^= 1 << (bin % 64)
	if *w == 0 {
		c.summary &^= 1 << (bin / 64 % words)
	}
}

func (c *core[page]) counters() strategies.Counters { return c.counts }

// holes yields the holes by address.
func (c *core[page]) holes(yield func(start, size uint64) bool) {
	for i := head; i != tail; i = c.nodes[i].next {
		if hole := uint64(c.nodes[i].hole); hole != 0 && !yield(c.end(i), hole) {
			return
		}
	}
}

func (c *core[page]) footprint() uint64 {
	return uint64(unsafe.Sizeof(*c)) + uint64(cap(c.nodes))*uint64(unsafe.Sizeof(node[page]{}))
}
