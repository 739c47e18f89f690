package rangemgr

import (
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// index names a node.
type index = uint32

const (
	tail index = 0 // stands behind the last page; never owns a hole, so in links it says "none"
	head index = 1 // stands before page 0
	none       = tail
)

// node is an allocation, or one of the two that bound the region, together
// with the hole that follows it directly. Its length is what lies between it
// and the next node less the hole.
type node[page uint32 | uint64] struct {
	start      page  // first page; ^0 when the node is vacant
	hole       page  // pages of the hole behind it, 0 = none
	prev, next index // neighbours by address; next of a vacant node is another vacant one
	newer      index // in the list of holes of one size: the one made after it; means nothing in the first
	older      index // and the one made before it, or none
}

// heap is the extents of a region, live and free, in pages.
type heap[page uint32 | uint64] struct {
	nodes   []node[page]
	vacant  index         // first vacant node, or none
	indexed bool          // some index below has every hole
	top     *addressIndex // nil until the first top-down request
	counts  strategies.Counters
	pages   uint64 // of the region
	large   largeBins
	small   smallBins

	fits    []*fitIndex[page] // for some alignments
	ages    []uint64          // of the hole of each node, while there are fits
	newest  uint64            // the age of the newest hole; 64 bits do not wrap
	idle    uint64            // changes since the indexes were last asked whether they help
	demands []demand
	eager   bool // in tests: the first hole visited in vain pays for an index
}

func newHeap[page uint32 | uint64](pages uint64) *heap[page] {
	h := &heap[page]{pages: pages}
	h.reset()
	return h
}

// reset makes the node slab one of two nodes and one hole between them.
func (h *heap[page]) reset() {
	*h = heap[page]{pages: h.pages, counts: h.counts, eager: h.eager, nodes: make([]node[page], 2, 16)}
	h.nodes[head].next = tail
	h.nodes[tail] = node[page]{start: page(h.pages), prev: head}
	h.addHole(head, h.pages)
}

// take grants size pages without conditions and returns the node, or none: at
// the low end of the newest of the smallest holes that are large enough.
func (h *heap[page]) take(size uint64) (id index, start uint64) {
	h.counts.Visits++
	bin := h.small.ceiling(size)
	if bin == 0 {
		return h.takeLarge(size)
	}
	if id = h.vacant; id == none {
		id = h.grow()
	}
	owner := h.small.newest[bin%smallSizes]
	nodes := h.nodes
	o, n := &nodes[owner], &nodes[id]
	h.vacant = n.next
	if h.indexed {
		h.leave(owner)
	}
	if o.older == none {
		h.small.clear(bin)
	}
	h.small.newest[bin%smallSizes] = o.older
	next := o.next
	x := &nodes[next]
	from := x.start - page(bin)
	o.hole, o.next = 0, id
	x.prev = id
	n.start, n.hole, n.prev, n.next = from, 0, owner, next
	if back := bin - size; back != 0 {
		h.counts.Splits++
		h.addHole(id, back)
	}
	return id, uint64(from)
}

// takeLarge is take when only holes that have no bin are large enough.
func (h *heap[page]) takeLarge(size uint64) (id index, start uint64) {
	owner, ok := h.large.smallest(size)
	if !ok {
		return none, 0
	}
	start = h.end(owner)
	return h.place(owner, start, size), start
}

// end is the first page behind node i: where its hole begins.
func (h *heap[page]) end(i index) uint64 {
	n := &h.nodes[i]
	return uint64(h.nodes[n.next].start - n.hole)
}

// place grants size pages from start on, in the hole of owner, and returns the
// node. What is left in front becomes a hole first, what is left behind second:
// the age of holes decides ties later.
func (h *heap[page]) place(owner index, start, size uint64) (id index) {
	if id = h.vacant; id == none {
		id = h.grow()
	}
	o, n := &h.nodes[owner], &h.nodes[id]
	h.vacant = n.next
	next := o.next
	front := start - h.end(owner)
	back := uint64(o.hole) - front - size
	h.dropHole(owner)
	*n = node[page]{start: page(start), prev: owner, next: next}
	o.next = id
	h.nodes[next].prev = id
	if front != 0 {
		h.counts.Splits++
		h.addHole(owner, front)
	}
	if back != 0 {
		h.counts.Splits++
		h.addHole(id, back)
	}
	return id
}

// grow adds a node to the slab.
func (h *heap[page]) grow() index {
	n := len(h.nodes)
	if n == cap(h.nodes) {
		larger := make([]node[page], n, n+n/4+8)
		copy(larger, h.nodes)
		h.nodes = larger
	}
	h.nodes = append(h.nodes, node[page]{})
	return index(n)
}

// give takes back the allocation of node id, or reports that it is not this.
func (h *heap[page]) give(id index, start, size uint64) bool {
	nodes := h.nodes
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
		h.counts.Merges++
		h.dropHole(id)
	}
	if before != 0 {
		h.counts.Merges++
		total += before
		h.dropHole(owner)
	}
	o.next = next
	x.prev = owner
	n.start = ^page(0)
	n.next = h.vacant
	h.vacant = id
	if owner == head && next == tail && h.worthReset() {
		h.reset()
		return true
	}
	h.addHole(owner, uint64(total))
	return true
}

// worthReset reports whether an empty heap holds much more than a new one.
func (h *heap[page]) worthReset() bool {
	return len(h.nodes) > 1024 || h.ages != nil || h.top != nil && h.top.made > 1
}

// addHole gives node i a hole of size pages, the newest there is.
func (h *heap[page]) addHole(i index, size uint64) {
	var older index
	if size < smallSizes {
		older = h.small.push(size, i)
	} else {
		older = h.large.push(size, i)
	}
	n := &h.nodes[i]
	n.hole, n.older = page(size), older
	h.nodes[older].newer = i // the tail's, if there is none, means nothing
	if h.indexed {
		h.enter(i)
	}
}

// dropHole takes the hole of node i, which has one, out of every list.
func (h *heap[page]) dropHole(i index) {
	if h.indexed {
		h.leave(i)
	}
	n := &h.nodes[i]
	size, older := uint64(n.hole), n.older
	n.hole = 0
	switch {
	case size >= smallSizes:
		if h.large.newest(size) == i {
			h.large.setNewest(size, older)
			return
		}
	case h.small.newest[size%smallSizes] == i:
		h.small.newest[size%smallSizes] = older
		if older == none {
			h.small.clear(size)
		}
		return
	}
	h.nodes[n.newer].older = older
	h.nodes[older].newer = n.newer
}

// smallest returns the owner of the hole that best fit takes first for size
// pages: the newest of the smallest that are large enough.
func (h *heap[page]) smallest(size uint64) (owner index, ok bool) {
	if bin := h.small.ceiling(size); bin != 0 {
		return h.small.newest[bin%smallSizes], true
	}
	return h.large.smallest(size)
}

// holes yields what is free, by address.
func (h *heap[page]) holes(yield func(start, size uint64) bool) {
	for i := head; i != tail; i = h.nodes[i].next {
		if hole := uint64(h.nodes[i].hole); hole != 0 && !yield(h.end(i), hole) {
			return
		}
	}
}

// footprint is the metadata held, in bytes.
func (h *heap[page]) footprint() uint64 {
	n := uint64(unsafe.Sizeof(*h)) + uint64(cap(h.nodes))*uint64(unsafe.Sizeof(node[page]{})) +
		h.large.footprint() + h.top.footprint() +
		8*uint64(cap(h.ages)) + uint64(cap(h.demands))*uint64(unsafe.Sizeof(demand{}))
	for _, x := range h.fits {
		n += x.footprint()
	}
	return n
}
