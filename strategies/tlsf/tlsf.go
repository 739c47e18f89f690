// Package tlsf is a two-level segregated fit allocator over extents: every
// request is granted as one extent, in constant time, from a hole that fits
// well though perhaps not best.
//
// # Idea
//
// Holes are kept in bins by size: for each power of two of pages (the first
// level) 32 bins of equal width (the second), below 64 pages one bin per size.
// A bit per bin says whether it has a hole. From the bin in which a size falls,
// the next one up has only holes that are large enough; so rounding the size up
// and one bit scan find a fitting hole without looking at any. It is the
// allocator of many real-time systems (Masmano, Ripoll, Crespo and Real, 2004),
// of the Vulkan Memory Allocator's virtual blocks and of OffsetAllocator.
//
// The policy, exactly. The candidates of a request are
//
//  1. the newest hole of its own bin (the one its size falls into, of which
//     only some holes may be large enough);
//  2. the holes of the bins that have only holes which are large enough, bin by
//     bin upwards, in each the newest first;
//  3. the other holes of its own bin, the newest first.
//
// The request goes into the first candidate that has a place for it, at the
// lowest address there. Step 1 is what makes the fit a good one; without step 3
// a request could be refused although one hole fits it. So a refusal is always
// the truth: no hole has a place.
//
//   - Windows and alignments: a place is an aligned one in the part of the hole
//     inside the window. Any alignment in whole pages, not only powers of two;
//     below a page there is none.
//   - TopDown: the highest of the places in the first 8 candidates that have
//     one, or of those among the first 32 candidates if they are fewer, at the
//     high end of the hole each. A preference: it does not find the highest place
//     of all.
//   - After 32 candidates without a place, a request without a window is
//     granted from the newest hole of the first bin in which, alignment or not,
//     each hole has a place for it; if there is no such hole it goes on.
//   - Free makes one hole of the extent and the holes at its sides.
//
// The newest hole of a bin is the one that was put there last: on allocation
// first what is left in front, then what is left behind. What is left goes to
// a bin even if it is of the same size as before.
//
// Contiguous and Clear change nothing. Size 0 is ErrInvalid, more than the
// region is ErrTooBig.
//
// # Invariants
//
// Nodes ascend by address; holes never touch each other. Each hole is in
// exactly one list, that of the bin of its size. A bit is set exactly if its
// list, or the word it stands for, is not empty. [Allocator.Check] verifies all
// three.
//
// # Complexity
//
// Alloc without conditions and Free: O(1), with one exception: when no larger
// bin has a hole, the own bin is searched, which is linear in the holes of one
// thirty-second of a power of two. An alignment: O(1) as long as some hole is
// larger than the size by the alignment, otherwise, as with a window, linear in
// the holes that are large enough. TopDown: O(1) likewise. Memory: 24 bytes an
// allocation (32 in regions over 16 TiB of 4 KiB pages), slab growth by half
// aside, and a few kilobytes of bins. The slab is given back when nothing is
// live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 2^11 live allocations. A window
// that is full costs a visit of every hole that is large enough; where windows
// matter, package rangemgr refuses less and package radix has them in O(levels).
//
// # Tried and rejected
//
// Refusals and times on generated loads of a million operations, each change
// alone, interleaved with what it replaced on one shared core:
//
//   - 8, 16 or 64 bins per power of two: the same time within 2 %, and 1,615,
//     1,391 or 1,237 refusals on gfx, where 32 have 1,326; but 64 need 26 KB
//     of nodes for the bins of an empty region of 8 GiB.
//   - Step 3 only, or neither 1 nor 3: 1,463 and 1,590 refusals, and no faster,
//     since what fits exactly leaves no remainder to put away.
//   - TopDown from the first 1, 4 or 16 candidates with a place: 50, 58 and 86
//     ns on a mix with 30 % windows and 30 % TopDown, where 8 take 69; 19,519,
//     15,213 and 13,487 refusals, where 8 have 13,778.
//   - An array of list heads beside the nodes instead of nodes for the bins: a
//     hole at the head of a list is then a case of its own, 1.5 ns.
//   - Branch-free removal of the neighbours' holes on Free, harmless where there
//     is none: 5 ns slower.
//   - 64-bit page numbers for all regions: 32 bytes a node instead of 24, 1 ns
//     on small, 5 on page, where misses decide.
//   - A generic allocator behind the interface: the dictionary is a tenth
//     argument of Alloc, so that all go over the stack through a wrapper, 9 ns.
//     Hence the two heaps behind one allocator that is not generic: 0.8 ns.
//   - A slab in chunks that never move, which would save the copying when it
//     grows: 7 ns for the second look-up in every access. Growing by a quarter,
//     as append does: 6 ns over the first 300,000 operations of page.
//   - One function for placing, shared by all requests: 3 ns on plain ones.
package tlsf

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Strategy is two-level segregated fit as a strategy.
var Strategy = strategies.Strategy{
	Name: "tlsf",
	Doc:  "two-level segregated fit: one extent per request, good fit in constant time (Vulkan Memory Allocator, OffsetAllocator, real-time systems)",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return New(r) },
}

// Allocator is a two-level segregated fit allocator for one region. It
// translates between bytes and pages; the extents are the business of one of
// two heaps.
type Allocator struct {
	narrow *heap[uint32] // for regions of less than 2^32 - 1 pages, otherwise nil
	wide   *heap[uint64] // for the others
	pages  uint64        // managed pages
	shift  uint          // log2 of the page size
}

// New makes an allocator with one hole, the region.
func New(r strategies.Region) (*Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	shift := uint(bits.TrailingZeros64(r.Page))
	a := &Allocator{pages: r.Size >> shift, shift: shift}
	if a.pages < 1<<32-1 {
		a.narrow = newHeap[uint32](a.pages)
	} else {
		a.wide = newHeap[uint64](a.pages)
	}
	return a, nil
}

// Alloc grants one extent for r. See the package comment for the policy.
func (a *Allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	size := r.Size >> (a.shift & 63)
	odd := r.Size ^ size<<(a.shift&63)
	conditions := r.Flags & (strategies.Range | strategies.TopDown)
	if r.Align|uint64(conditions)|odd != 0 || size-1 >= a.pages {
		return a.allocSlow(dst, r)
	}
	var id index
	var start uint64
	if a.narrow != nil {
		id, start = a.narrow.take(size)
	} else {
		id, start = a.wide.take(size)
	}
	if id == none {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, strategies.Block{Start: start << (a.shift & 63), Size: r.Size, Node: id}), nil
}

// allocSlow is Alloc for requests with conditions, of odd sizes or of
// impossible ones.
func (a *Allocator) allocSlow(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	switch {
	case r.Size == 0:
		return dst, strategies.ErrInvalid
	case (r.Size-1)>>a.shift >= a.pages:
		return dst, strategies.ErrTooBig
	}
	q := a.query(r)
	if q.lo >= q.hi || q.hi-q.lo < q.size {
		return dst, strategies.ErrNoSpace
	}
	var id index
	var start uint64
	if a.narrow != nil {
		id, start = a.narrow.search(q)
	} else {
		id, start = a.wide.search(q)
	}
	if id == none {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, strategies.Block{Start: start << a.shift, Size: q.size << a.shift, Node: id}), nil
}

// A query is a request in pages.
type query struct {
	size, align uint64 // at least 1
	lo, hi      uint64 // window
	top         bool   // from the top
}

// query translates r: the size is rounded up to the page, the alignment down,
// the window inwards and to the region.
func (a *Allocator) query(r strategies.Request) query {
	q := query{
		size:  (r.Size-1)>>a.shift + 1,
		align: max(r.Align>>a.shift, 1),
		hi:    a.pages,
		top:   r.Flags&strategies.TopDown != 0,
	}
	if r.Flags&strategies.Range != 0 {
		if r.Lo != 0 {
			q.lo = (r.Lo-1)>>a.shift + 1
		}
		if r.Hi != 0 {
			q.hi = min(r.Hi>>a.shift, a.pages)
		}
	}
	return q
}

// Free makes one hole of the extent and the holes at its sides.
func (a *Allocator) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(badFree(blocks))
	}
	b := &blocks[0]
	start, size := b.Start>>(a.shift&63), b.Size>>(a.shift&63)
	ok := (b.Start^start<<(a.shift&63))|(b.Size^size<<(a.shift&63)) == 0
	if a.narrow != nil {
		ok = ok && a.narrow.give(b.Node, start, size)
	} else {
		ok = ok && a.wide.give(b.Node, start, size)
	}
	if !ok {
		panic(badFree(blocks))
	}
}

// badFree says what is wrong with a list that is not one live allocation.
func badFree(blocks []strategies.Block) string {
	if len(blocks) != 1 {
		return fmt.Sprintf("tlsf: free of %d blocks, where every allocation is one", len(blocks))
	}
	return fmt.Sprintf("tlsf: free of %d+%d, which is not (or no longer) a live allocation", blocks[0].Start, blocks[0].Size)
}

// FreeBlocks yields the holes by address.
func (a *Allocator) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		block := func(start, size uint64) bool {
			return yield(strategies.Block{Start: start << a.shift, Size: size << a.shift})
		}
		if a.narrow != nil {
			a.narrow.holes(block)
		} else {
			a.wide.holes(block)
		}
	}
}

// Counters are the parts of holes left by grants, the holes merged by frees, and
// the holes looked at.
func (a *Allocator) Counters() strategies.Counters {
	if a.narrow != nil {
		return a.narrow.counts
	}
	return a.wide.counts
}

// Footprint is the metadata held, in bytes: the bins and the nodes.
func (a *Allocator) Footprint() uint64 {
	n := uint64(unsafe.Sizeof(*a))
	if a.narrow != nil {
		return n + a.narrow.footprint()
	}
	return n + a.wide.footprint()
}

// Check walks the nodes by address, the holes by bin and the vacant nodes, and
// compares them with each other and with the bits.
func (a *Allocator) Check() error {
	if a.narrow != nil {
		return a.narrow.check()
	}
	return a.wide.check()
}

// The bins are numbered through both levels: the number of a bin is the
// exponent and the leading bits of its smallest size, as in a floating-point
// number.
const (
	subShift = 5  // log2 of the bins per power of two
	words    = 32 // of 64 bins each; 24 would do, but 32 needs no division
)

// ownBin is the bin that a hole of size pages goes to.
func ownBin(size uint64) uint64 {
	e := uint(bits.Len64(size>>subShift|1)-1) & 63
	return uint64(e)<<subShift + size>>e
}

// safeBin is the first bin that has only holes of at least size pages.
func safeBin(size uint64) uint64 {
	e := uint(bits.Len64(size>>subShift|1)-1) & 63
	return uint64(e)<<subShift + (size+1<<e-1)>>e
}

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

// What a request with conditions looks at.
const (
	lookahead = 8  // candidates with a place, from the top
	patience  = 32 // candidates, before it takes what it has or must have
)

// search grants q, which fits into its window.
func (h *heap[page]) search(q query) (id index, start uint64) {
	owner, places, visited := none, 0, 0
	for i := range h.candidates(q.size) {
		h.counts.Visits++
		if at, ok := h.fit(i, q); ok {
			if owner == none || at > start {
				owner, start = i, at
			}
			if places++; !q.top || places == lookahead {
				break
			}
		}
		visited++
		if visited == patience && owner == none {
			owner, start = h.spacious(q)
		}
		if visited >= patience && owner != none {
			break
		}
	}
	if owner == none {
		return none, 0
	}
	return h.place(owner, start, q.size), start
}

// candidates yields the owners of holes in the order of the policy. Those of
// the own bin may be too small.
func (h *heap[page]) candidates(size uint64) iter.Seq[index] {
	return func(yield func(index) bool) {
		own := firstBin + index(ownBin(size))
		newest := h.nodes[own].older
		if newest != own && !yield(newest) {
			return
		}
		for list := h.firstList(safeBin(size)); list != none; list = h.firstList(uint64(list-firstBin) + 1) {
			for i := h.nodes[list].older; i != list; i = h.nodes[i].older {
				if i != newest && !yield(i) {
					return
				}
			}
		}
		if safeBin(size) == ownBin(size) {
			return
		}
		for i := h.nodes[newest].older; i != own; i = h.nodes[i].older {
			if !yield(i) {
				return
			}
		}
	}
}

// fit is the place for q in the hole of node i: the lowest, or the highest for
// a request from the top.
func (h *heap[page]) fit(i index, q query) (start uint64, ok bool) {
	start = h.end(i)
	lo, hi := max(start, q.lo), min(start+uint64(h.nodes[i].hole), q.hi)
	if lo >= hi || hi-lo < q.size {
		return 0, false
	}
	if q.top {
		start = hi - q.size
		start -= start % q.align
		return start, start >= lo
	}
	if over := lo % q.align; over != 0 {
		lo += q.align - over
	}
	return lo, lo < hi && hi-lo >= q.size
}

// spacious is the newest hole of the first bin in which every hole has a place
// for q, and the place; or none, as for a request with a window.
func (h *heap[page]) spacious(q query) (owner index, start uint64) {
	if q.lo != 0 || q.hi != h.pages {
		return none, 0
	}
	list := h.firstList(safeBin(q.size + q.align - 1))
	if list == none {
		return none, 0
	}
	owner = h.nodes[list].older
	start, _ = h.fit(owner, q)
	return owner, start
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

func (h *heap[page]) check() error {
	live, holes, err := h.checkNodes()
	if err != nil {
		return err
	}
	for list := firstBin; list < h.endOfBins(); list++ {
		n, err := h.checkList(list)
		if err != nil {
			return err
		}
		holes -= n
	}
	if holes != 0 {
		return fmt.Errorf("tlsf: %d more holes are linked by address than by bin", holes)
	}
	for w, word := range h.some {
		if (word != 0) != (h.summary>>w&1 != 0) {
			return fmt.Errorf("tlsf: word %d of the bits is %#x, the summary is %#x", w, word, h.summary)
		}
	}
	vacant := 0
	for i := h.vacant; i != none && vacant <= len(h.nodes); i = h.nodes[i].next {
		if h.nodes[i].start != ^page(0) {
			return fmt.Errorf("tlsf: node %d is vacant and begins at page %d", i, h.nodes[i].start)
		}
		vacant++
	}
	if n := int(h.endOfBins()) + live + vacant; n != len(h.nodes) {
		return fmt.Errorf("tlsf: %d nodes are in use or vacant, the slab has %d", n, len(h.nodes))
	}
	return nil
}

// checkNodes walks the nodes by address and returns how many are allocations
// and how many have a hole.
func (h *heap[page]) checkNodes() (live, holes int, err error) {
	for i := head; i != tail; i = h.nodes[i].next {
		n := &h.nodes[i]
		switch {
		case h.nodes[n.next].prev != i:
			return 0, 0, fmt.Errorf("tlsf: node %d is followed by %d, which says %d stands before it", i, n.next, h.nodes[n.next].prev)
		case h.end(i) < uint64(n.start) || i != head && h.end(i) == uint64(n.start):
			return 0, 0, fmt.Errorf("tlsf: node %d at page %d has no length", i, n.start)
		case n.hole != 0:
			holes++
		}
		if i != head {
			live++
		}
	}
	return live, holes, nil
}

// checkList walks the holes of a bin and returns how many there are.
func (h *heap[page]) checkList(list index) (holes int, err error) {
	bin := uint64(list - firstBin)
	for newer, i := list, h.nodes[list].older; i != list; newer, i = i, h.nodes[i].older {
		n := &h.nodes[i]
		if n.hole == 0 || ownBin(uint64(n.hole)) != bin || n.newer != newer {
			return 0, fmt.Errorf("tlsf: node %d with a hole of %d pages is in the list of bin %d", i, n.hole, bin)
		}
		holes++
	}
	if (holes != 0) != (h.some[bin/64]>>(bin%64)&1 != 0) {
		return 0, fmt.Errorf("tlsf: bin %d has %d holes and its bit says otherwise", bin, holes)
	}
	return holes, nil
}
