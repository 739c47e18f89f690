package kernelwork

import (
	"cmp"
	"iter"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// drmMM is drm_mm as ttm_range_manager drives it: allocations in an interval tree and in a
// list by address, holes in a tree by size and in one by address, which is augmented with
// the largest hole of a subtree.
type drmMM struct {
	head    mmNode // virtual: stands before address 0 and behind the last node
	nodes   tree[*mmNode]
	bySize  tree[*mmNode] // the largest first; of equal ones the oldest
	byStart tree[*mmNode]
	pages   uint64
	align   uint64 // of a request that names none
	latest  uint64 // age of the hole made last
	byID    []*mmNode
	spare   []uint32
	meter   meter
}

// mmNode is an allocation, and the hole behind it.
type mmNode struct {
	start, size uint64
	prev, next  *mmNode // by address
	id          uint32
	hole        uint64 // pages of the hole, 0 for none
	age         uint64 // of the hole: a newer one has a larger age
	at          elem[*mmNode]
	atSize      elem[*mmNode] // of the hole
	atStart     elem[*mmNode]
}

func (n *mmNode) end() uint64     { return n.start + n.size }
func (n *mmNode) holeEnd() uint64 { return n.end() + n.hole }

// mmPage is what the kernel counts in, whatever the region's page.
const mmPage = strategies.MinPage

func newDRMMM(r strategies.Region) *drmMM {
	m := &drmMM{pages: r.Managed() / mmPage, align: r.Page / mmPage}
	m.nodes = tree[*mmNode]{
		before: func(a, b *mmNode) bool { return a.start < b.start },
		traits: func(n *mmNode) traits { return traits{n.end()} },
		meter:  &m.meter, visit: TreeNode,
	}
	m.bySize = tree[*mmNode]{
		before: func(a, b *mmNode) bool { return a.hole > b.hole || a.hole == b.hole && a.age < b.age },
		meter:  &m.meter, visit: TreeNode,
	}
	m.byStart = tree[*mmNode]{
		before: func(a, b *mmNode) bool { return a.end() < b.end() },
		traits: func(n *mmNode) traits { return traits{n.hole} },
		meter:  &m.meter, visit: TreeNode,
	}
	h := &m.head
	h.prev, h.next = h, h
	m.name(h)
	m.addHole(h, m.pages)
	m.meter.steps = Steps{}
	return m
}

// Steps is the work done so far.
func (m *drmMM) Steps() Steps { return m.meter.steps }

// addHole makes the newest hole, of size pages, behind n.
func (m *drmMM) addHole(n *mmNode, size uint64) {
	m.latest++
	n.hole, n.age = size, m.latest
	m.bySize.insert(&n.atSize)
	m.byStart.insert(&n.atStart)
}

// dropHole ends the hole behind n.
func (m *drmMM) dropHole(n *mmNode) {
	m.bySize.remove(&n.atSize)
	m.byStart.remove(&n.atStart)
	n.hole = 0
}

// mmAsk is a request in pages.
type mmAsk struct {
	size, align, lo, hi uint64
	high                bool
}

// Alloc translates as ttm_range_manager does: the size is rounded up to the page, all else
// down; an upper limit of 0 is the end of the region.
func (m *drmMM) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	a := mmAsk{size: r.Size / mmPage, align: r.Align / mmPage, hi: m.pages, high: r.Flags&strategies.TopDown != 0}
	if r.Size%mmPage != 0 {
		a.size++
	}
	if r.Align == 0 {
		a.align = m.align
	}
	if r.Flags&strategies.Range != 0 {
		a.lo = r.Lo / mmPage
		a.hi = cmp.Or(r.Hi/mmPage, m.pages)
	}
	if a.size == 0 || a.hi-a.lo < a.size { // unsigned, also where lo > hi
		return dst, strategies.ErrNoSpace
	}
	n := m.insert(a)
	if n == nil {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, strategies.Block{Start: n.start * mmPage, Size: n.size * mmPage, Node: n.id}), nil
}

// insert searches the holes in the order of the mode and takes the first place, nil if there
// is none.
func (m *drmMM) insert(a mmAsk) *mmNode {
	// The tree by size has its first node at hand, the largest hole.
	if m.meter.count(Head); m.largest() < a.size {
		return nil
	}
	first, next, fit := m.smallest, m.nextLarger, lowEnd
	if a.high {
		first, next, fit = m.topHole, m.nextBelow, highEnd
	}
	for n := first(a); n != nil; n = next(n, a) {
		m.meter.visit(Candidate, n.at.node)
		if start, ok := fit(n, a); ok {
			return m.place(n, start, a.size)
		}
	}
	return nil
}

// largest is the pages of the largest hole.
func (m *drmMM) largest() uint64 {
	if m.byStart.root == nil {
		return 0
	}
	return m.byStart.root.most[0]
}

// smallest is the smallest hole that is large enough, of equal ones the newest.
func (m *drmMM) smallest(a mmAsk) *mmNode {
	return itemOf(m.bySize.lastThat(func(n *mmNode) bool { return n.hole >= a.size }))
}

func (m *drmMM) nextLarger(n *mmNode, _ mmAsk) *mmNode { return itemOf(m.bySize.prev(&n.atSize)) }

// topHole is the hole that the upper limit is in or above.
func (m *drmMM) topHole(a mmAsk) *mmNode {
	n := itemOf(m.byStart.lastThat(func(n *mmNode) bool { return n.end() < a.hi }))
	if n == nil || n.holeEnd() <= a.lo {
		return nil
	}
	return n
}

// nextBelow is the next hole down that is large enough and reaches into the window.
func (m *drmMM) nextBelow(n *mmNode, a mmAsk) *mmNode {
	n = itemOf(m.byStart.prevWith(&n.atStart, 0, a.size))
	if n == nil || n.holeEnd() <= a.lo {
		return nil
	}
	return n
}

// inWindow is the part of the hole behind n that lies in the window.
func (a mmAsk) inWindow(n *mmNode) (lo, hi uint64, ok bool) {
	lo, hi = max(n.end(), a.lo), min(n.holeEnd(), a.hi)
	return lo, hi, hi > lo && hi-lo >= a.size
}

// lowEnd is the lowest aligned place in the hole behind n.
func lowEnd(n *mmNode, a mmAsk) (start uint64, ok bool) {
	lo, hi, ok := a.inWindow(n)
	start = lo
	if rest := alignRest(lo, a.align); rest != 0 {
		start += a.align - rest
	}
	return start, ok && start >= lo && start < hi && hi-start >= a.size
}

// highEnd is the highest aligned place in the hole behind n.
func highEnd(n *mmNode, a mmAsk) (start uint64, ok bool) {
	lo, hi, ok := a.inWindow(n)
	if !ok {
		return 0, false
	}
	start = hi - a.size
	start -= alignRest(start, a.align)
	return start, start >= lo
}

// alignRest is what start has beyond a multiple of align; below 2 there is nothing to align.
func alignRest(start, align uint64) uint64 {
	if align < 2 {
		return 0
	}
	if bits.OnesCount64(align) == 1 {
		return start & (align - 1)
	}
	return start % align
}

// place makes an allocation in the hole behind n. What is left before it is a new hole of n,
// what is left behind it one of the allocation, and newer.
func (m *drmMM) place(n *mmNode, start, size uint64) *mmNode {
	end := n.holeEnd()
	before, behind := start-n.end(), end-start-size
	added := m.newNode(start, size)
	m.meter.visit(NodeTaken, added.at.node)
	m.meter.visit(BlockTaken, added.at.node)
	m.dropHole(n)
	added.prev, added.next = n, n.next
	n.next.prev, n.next = added, added
	m.nodes.insert(&added.at)
	if before|behind != 0 {
		m.meter.visit(Split, n.at.node)
	}
	if before != 0 {
		m.addHole(n, before)
	}
	if behind != 0 {
		m.addHole(added, behind)
	}
	return added
}

func (m *drmMM) newNode(start, size uint64) *mmNode {
	var n *mmNode
	if k := len(m.spare); k > 0 {
		n = m.byID[m.spare[k-1]]
		m.spare = m.spare[:k-1]
	} else {
		n = &mmNode{id: uint32(len(m.byID))}
		m.name(n)
		m.byID = append(m.byID, n)
	}
	n.start, n.size = start, size
	return n
}

// name makes the places of n in the trees its own, and gives them a number.
func (m *drmMM) name(n *mmNode) {
	number := m.meter.number()
	for _, at := range []*elem[*mmNode]{&n.at, &n.atSize, &n.atStart} {
		at.item, at.node = n, number
	}
}

// Free removes an allocation: the holes on both sides and its own pages become one, the
// newest.
func (m *drmMM) Free(blocks []strategies.Block) {
	n := m.nodeOf(blocks)
	m.meter.visit(NodeGiven, n.at.node)
	m.meter.visit(BlockGiven, n.at.node)
	prev := n.prev
	hole := prev.hole + n.size + n.hole
	for _, side := range []*mmNode{n, prev} {
		if side.hole > 0 {
			m.meter.visit(Merge, side.at.node)
			m.dropHole(side)
		}
	}
	prev.next, n.next.prev = n.next, prev
	m.nodes.remove(&n.at)
	m.addHole(prev, hole)
	n.size = 0
	m.spare = append(m.spare, n.id)
}

// nodeOf is the live allocation of blocks. Anything else is a caller's bug.
func (m *drmMM) nodeOf(blocks []strategies.Block) *mmNode {
	if len(blocks) == 1 && uint64(blocks[0].Node) < uint64(len(m.byID)) {
		n := m.byID[blocks[0].Node]
		if n.size > 0 && n.start*mmPage == blocks[0].Start && n.size*mmPage == blocks[0].Size {
			return n
		}
	}
	panic("kernelwork: free of what is not exactly one live allocation")
}

// FreeBlocks yields the holes by address.
func (m *drmMM) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for n := &m.head; ; n = n.next {
			if n.hole > 0 && !yield(strategies.Block{Start: n.end() * mmPage, Size: n.hole * mmPage}) {
				return
			}
			if n.next == &m.head {
				return
			}
		}
	}
}
