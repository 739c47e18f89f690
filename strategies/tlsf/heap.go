package tlsf

import (
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// index names a node.
type index = uint32

const (
	tail     index = 0 // stands behind the last page; never owns a hole, so in results it says "none"
	head     index = 1 // stands before page 0
	firstBin index = 2 // the list of bin b begins and ends at node firstBin+b
	none           = tail
)

// node is an allocation, or one of the two that bound the region, together
// with the hole that follows it directly. Its length is what lies between it
// and the next node less the hole. The bins are nodes too, but only as the ends
// of their lists, so that each hole in a list stands between two nodes.
type node[page uint32 | uint64] struct {
	start      page  // first page; ^0 for a bin and when vacant
	hole       page  // pages of the hole behind it, 0 = none
	prev, next index // neighbours by address; next of a vacant node is another vacant one
	newer      index // in the list of the bin: the hole put there after it, or the bin
	older      index // and the one put there before it, or the bin
}

// heap is the extents of a region, live and free, in pages.
type heap[page uint32 | uint64] struct {
	nodes   []node[page]
	vacant  index         // first vacant node, or none
	pages   uint64        // of the region
	summary uint64        // bit: the word of some is not zero
	some    [words]uint64 // bit: the bin has a hole
	counts  strategies.Counters
	_       [64]byte // two heaps that two processors work on share no cache line
}

func newHeap[page uint32 | uint64](pages uint64) *heap[page] {
	h := &heap[page]{pages: pages}
	h.reset()
	return h
}

// reset makes a new slab with the bins the region can need, and one hole.
func (h *heap[page]) reset() {
	end := h.endOfBins()
	*h = heap[page]{pages: h.pages, counts: h.counts, nodes: make([]node[page], end, end+16)}
	for list := firstBin; list < end; list++ {
		h.nodes[list] = node[page]{start: ^page(0), newer: list, older: list}
	}
	h.nodes[head].next = tail
	h.nodes[tail] = node[page]{start: page(h.pages), prev: head}
	h.addHole(head, h.pages)
}

// endOfBins is the first node that is not a bin.
func (h *heap[page]) endOfBins() index { return firstBin + index(ownBin(h.pages)) + 1 }

// take grants size pages without conditions and returns the node, or none.
func (h *heap[page]) take(size uint64) (id index, start uint64) {
	h.counts.Visits++
	list := firstBin + index(ownBin(size))
	if i := h.nodes[list].older; i == list || uint64(h.nodes[i].hole) < size {
		if list = h.firstList(safeBin(size)); list == none {
			return h.takeLast(size)
		}
	}
	if id = h.vacant; id == none {
		id = h.grow()
	}
	nodes := h.nodes
	n := &nodes[id]
	h.vacant = n.next
	owner := nodes[list].older
	o := &nodes[owner]
	hole, next := o.hole, o.next
	h.dropHole(nodes, o)
	x := &nodes[next]
	from := x.start - hole
	n.start, n.hole, n.prev, n.next = from, 0, owner, next
	o.next = id
	x.prev = id
	if back := uint64(hole) - size; back != 0 {
		h.counts.Splits++
		h.addHole(id, back)
	}
	return id, uint64(from)
}

// takeLast is take when only the own bin is left, some holes of which may be
// large enough.
func (h *heap[page]) takeLast(size uint64) (id index, start uint64) {
	list := firstBin + index(ownBin(size))
	for i := h.nodes[list].older; i != list; i = h.nodes[i].older {
		h.counts.Visits++
		if uint64(h.nodes[i].hole) >= size {
			start = h.end(i)
			return h.place(i, start, size), start
		}
	}
	return none, 0
}

// firstList is the list of the first bin from bin on that has a hole, or none.
func (h *heap[page]) firstList(bin uint64) (list index) {
	w := bin / 64 % words
	word := h.some[w] >> (bin % 64) << (bin % 64)
	if word == 0 {
		rest := h.summary >> w >> 1 << 1 << w
		if rest == 0 {
			return none
		}
		w = uint64(bits.TrailingZeros64(rest)) % words
		word = h.some[w]
	}
	return firstBin + index(w*64) + index(bits.TrailingZeros64(word))
}

// end is the first page behind node i: where its hole begins.
func (h *heap[page]) end(i index) uint64 {
	n := &h.nodes[i]
	return uint64(h.nodes[n.next].start - n.hole)
}

// place grants size pages from start on, in the hole of owner, and returns the
// node.
func (h *heap[page]) place(owner index, start, size uint64) (id index) {
	if id = h.vacant; id == none {
		id = h.grow()
	}
	nodes := h.nodes
	n, o := &nodes[id], &nodes[owner]
	h.vacant = n.next
	front := start - h.end(owner)
	back := uint64(o.hole) - front - size
	h.dropHole(nodes, o)
	*n = node[page]{start: page(start), prev: owner, next: o.next}
	nodes[o.next].prev = id
	o.next = id
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
	if n := len(h.nodes); n == cap(h.nodes) {
		h.nodes = slices.Grow(h.nodes, n/2)
	}
	h.nodes = append(h.nodes, node[page]{})
	return index(len(h.nodes) - 1)
}

// give takes back the allocation of node id, or reports that it is not this.
func (h *heap[page]) give(id index, start, size uint64) bool {
	nodes := h.nodes
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
		h.counts.Merges++
		h.dropHole(nodes, n)
	}
	o := &nodes[owner]
	if o.hole != 0 {
		h.counts.Merges++
		total += o.hole
		h.dropHole(nodes, o)
	}
	o.next = next
	x.prev = owner
	n.start = ^page(0)
	n.next = h.vacant
	h.vacant = id
	if owner == head && next == tail && len(nodes) > 4096 {
		h.reset()
		return true
	}
	h.addHole(owner, uint64(total))
	return true
}

// addHole gives node i a hole, the newest of its bin.
func (h *heap[page]) addHole(i index, size uint64) {
	nodes, bin := h.nodes, ownBin(size)
	list := firstBin + index(bin)
	l, n := &nodes[list], &nodes[i]
	older := l.older
	n.hole, n.newer, n.older = page(size), list, older
	nodes[older].newer = i
	l.older = i
	h.some[bin/64%words] |= 1 << (bin % 64)
	h.summary |= 1 << (bin / 64 % words)
}

// dropHole takes the hole of n, which has one, out of its bin.
func (h *heap[page]) dropHole(nodes []node[page], n *node[page]) {
	newer, older := n.newer, n.older
	n.hole = 0
	nodes[older].newer = newer
	nodes[newer].older = older
	if newer == older {
		h.clearBit(newer - firstBin)
	}
}

// clearBit says that the bin has no hole.
func (h *heap[page]) clearBit(bin index) {
	w := &h.some[bin/64%words]
	*w &^= 1 << (bin % 64)
	if *w == 0 {
		h.summary &^= 1 << (bin / 64 % words)
	}
}

// holes yields what is free, by address.
func (h *heap[page]) holes(yield func(start, size uint64) bool) {
	for i := head; i != tail; i = h.nodes[i].next {
		if hole := uint64(h.nodes[i].hole); hole != 0 && !yield(h.end(i), hole) {
			return
		}
	}
}

func (h *heap[page]) footprint() uint64 {
	return uint64(unsafe.Sizeof(*h)) + uint64(cap(h.nodes))*uint64(unsafe.Sizeof(node[page]{}))
}
