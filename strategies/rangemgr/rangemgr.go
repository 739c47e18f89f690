package rangemgr

import (
	"fmt"
	"iter"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Strategy is the kernel's range manager as a strategy.
var Strategy = strategies.Strategy{
	Name: "rangemgr",
	Doc:  "range manager: one extent per request, best fit, newest hole first (Linux drm_mm under ttm_range_manager: nouveau, vmwgfx, radeon)",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New:  New,
}

// unit is the granularity of the manager in bytes: the kernel's page, whatever
// page the region has (a coarser one acts as the default alignment).
const (
	unitShift = 12
	unit      = 1 << unitShift
)

// New makes an allocator with one hole, the region. Addresses of up to 16 TiB
// take 32-bit page numbers, beyond that 64-bit ones: the same code, 8 bytes
// more a node.
func New(r strategies.Region) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	if r.Managed()>>unitShift < 1<<32-1 {
		return newManager[uint32](r), nil
	}
	return newManager[uint64](r), nil
}

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
	newer      index // in the list of holes of one size: the one made after it, or none
	older      index // and the one made before it, or none
}

// manager is the allocator.
type manager[page uint32 | uint64] struct {
	nodes  []node[page]
	vacant index // first vacant node, or none
	live   int
	small  smallBins
	large  largeBins
	top    *addressIndex // nil until the first top-down request
	pages  page          // of the region
	align  uint64        // default alignment in pages
	counts strategies.Counters
}

func newManager[page uint32 | uint64](r strategies.Region) *manager[page] {
	m := &manager[page]{
		pages: page(r.Managed() >> unitShift),
		align: r.Page >> unitShift,
	}
	m.reset()
	return m
}

// reset makes the node slab one of two nodes and one hole between them.
func (m *manager[page]) reset() {
	m.nodes = make([]node[page], 2, 16)
	m.nodes[head].next = tail
	m.nodes[tail].start = m.pages
	m.nodes[tail].prev = head
	m.vacant, m.top = none, nil
	m.addHole(head, m.pages)
}

// Alloc grants one extent for r as drm_mm_insert_node_in_range does when
// ttm_range_manager calls it.
func (m *manager[page]) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	size := r.Size >> unitShift
	if r.Size&(unit-1) != 0 {
		size++
	}
	align := r.Align >> unitShift
	if r.Align == 0 {
		align = m.align
	}
	if size == 0 || size > uint64(m.pages) {
		return dst, strategies.ErrNoSpace
	}
	var owner index
	var start uint64
	var ok bool
	if align <= 1 && r.Flags&(strategies.Range|strategies.TopDown) == 0 {
		m.counts.Visits++
		if owner, ok = m.smallest(size); ok {
			start = m.end(owner)
		}
	} else {
		owner, start, ok = m.search(size, align, r)
	}
	if !ok {
		return dst, strategies.ErrNoSpace
	}
	id := m.insert(owner, page(start), page(size))
	return append(dst, strategies.Block{Start: start << unitShift, Size: size << unitShift, Node: id}), nil
}

// end is the first page behind node i: where its hole begins.
func (m *manager[page]) end(i index) uint64 {
	n := &m.nodes[i]
	return uint64(m.nodes[n.next].start - n.hole)
}

// insert places size pages at start into the hole of owner and returns the new
// node. What is left in front becomes a hole first, what is left behind second:
// the age of holes decides ties later.
func (m *manager[page]) insert(owner index, start, size page) index {
	id := m.vacant
	if id != none {
		m.vacant = m.nodes[id].next
	} else {
		id = index(len(m.nodes))
		m.nodes = append(m.nodes, node[page]{})
	}
	m.live++
	o := &m.nodes[owner]
	next := o.next
	holeEnd := m.nodes[next].start
	front := start - (holeEnd - o.hole)
	m.dropHole(owner)
	m.nodes[id] = node[page]{start: start, prev: owner, next: next}
	o.next = id
	m.nodes[next].prev = id
	if front != 0 {
		m.counts.Splits++
		m.addHole(owner, front)
	}
	if back := holeEnd - start - size; back != 0 {
		m.counts.Splits++
		m.addHole(id, back)
	}
	return id
}

// Free removes the node and makes one hole, the newest, of it and the holes at
// its sides.
func (m *manager[page]) Free(blocks []strategies.Block) {
	if len(blocks) != 1 || !m.holds(blocks[0]) {
		panic(badFree(blocks))
	}
	id := blocks[0].Node
	n := &m.nodes[id]
	next, owner := n.next, n.prev
	size := m.nodes[next].start - n.start
	if n.hole != 0 {
		m.counts.Merges++
		m.dropHole(id)
	}
	if o := &m.nodes[owner]; o.hole != 0 {
		m.counts.Merges++
		size += o.hole
		m.dropHole(owner)
	}
	m.nodes[owner].next = next
	m.nodes[next].prev = owner
	n.start = ^page(0)
	n.next = m.vacant
	m.vacant = id
	m.addHole(owner, size)
	if m.live--; m.live == 0 && len(m.nodes) > 1024 {
		m.dropHole(head)
		m.reset()
	}
}

// holds reports whether b is exactly a live allocation.
func (m *manager[page]) holds(b strategies.Block) bool {
	if uint64(b.Node) >= uint64(len(m.nodes)) || b.Node <= head {
		return false
	}
	n := &m.nodes[b.Node]
	if uint64(n.start)<<unitShift != b.Start || n.start == ^page(0) {
		return false
	}
	return uint64(m.nodes[n.next].start-n.hole-n.start)<<unitShift == b.Size
}

// badFree says what is wrong with a list that is not one live allocation.
func badFree(blocks []strategies.Block) string {
	if len(blocks) != 1 {
		return fmt.Sprintf("rangemgr: free of %d blocks, where every allocation is one", len(blocks))
	}
	return fmt.Sprintf("rangemgr: free of %d+%d, which is not (or no longer) a live allocation", blocks[0].Start, blocks[0].Size)
}

// addHole gives node i a hole of size pages, the newest there is.
func (m *manager[page]) addHole(i index, size page) {
	var older index
	if size < smallSizes {
		older = m.small.push(uint64(size), i)
	} else {
		older = m.large.push(uint64(size), i)
	}
	n := &m.nodes[i]
	n.hole, n.newer, n.older = size, none, older
	if older != none {
		m.nodes[older].newer = i
	}
	if m.top != nil {
		m.indexHole(i)
	}
}

// dropHole takes the hole of node i, which has one, out of every list.
func (m *manager[page]) dropHole(i index) {
	if m.top != nil {
		m.unindexHole(i)
	}
	n := &m.nodes[i]
	size := uint64(n.hole)
	n.hole = 0
	if n.older != none {
		m.nodes[n.older].newer = n.newer
	}
	switch {
	case n.newer != none:
		m.nodes[n.newer].older = n.older
	case size < smallSizes:
		m.small.setNewest(size, n.older)
	default:
		m.large.setNewest(size, n.older)
	}
}

// smallest returns the owner of the hole that best fit takes first for size
// pages: the newest of the smallest that are large enough.
func (m *manager[page]) smallest(size uint64) (owner index, ok bool) {
	if size < smallSizes {
		if owner, ok = m.small.smallest(size); ok {
			return owner, true
		}
	}
	return m.large.smallest(size)
}

// FreeBlocks yields the holes by address.
func (m *manager[page]) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for i := head; i != tail; i = m.nodes[i].next {
			if hole := uint64(m.nodes[i].hole); hole != 0 {
				if !yield(strategies.Block{Start: m.end(i) << unitShift, Size: hole << unitShift}) {
					return
				}
			}
		}
	}
}

// Footprint is the metadata held, in bytes: the nodes, the bins and, once there
// was a top-down request, the index by address.
func (m *manager[page]) Footprint() uint64 {
	return uint64(unsafe.Sizeof(*m)) + uint64(cap(m.nodes))*uint64(unsafe.Sizeof(node[page]{})) +
		m.large.footprint() + m.top.footprint()
}

// Counters are the parts of holes left by grants, the holes merged by frees, and
// the holes and index cells looked at.
func (m *manager[page]) Counters() strategies.Counters { return m.counts }

// Check walks the nodes by address and the holes by size and compares them.
func (m *manager[page]) Check() error {
	holes, live := 0, -1
	for i := head; i != tail; i = m.nodes[i].next {
		n := &m.nodes[i]
		switch {
		case m.nodes[n.next].prev != i:
			return fmt.Errorf("rangemgr: node %d is followed by %d, which says %d stands before it", i, n.next, m.nodes[n.next].prev)
		case m.end(i) < uint64(n.start) || i != head && m.end(i) == uint64(n.start):
			return fmt.Errorf("rangemgr: node %d at page %d has no length", i, n.start)
		case n.hole != 0:
			holes++
		}
		live++
	}
	if live != m.live {
		return fmt.Errorf("rangemgr: %d allocations are linked, %d are counted", live, m.live)
	}
	for owner, ok := m.smallest(1); ok; owner, ok = m.smallest(uint64(m.nodes[owner].hole) + 1) {
		for i, newer := owner, none; i != none; newer, i = i, m.nodes[i].older {
			if m.nodes[i].hole != m.nodes[owner].hole || m.nodes[i].newer != newer {
				return fmt.Errorf("rangemgr: node %d with a hole of %d pages is in the list of %d", i, m.nodes[i].hole, m.nodes[owner].hole)
			}
			holes--
		}
	}
	if holes != 0 {
		return fmt.Errorf("rangemgr: %d more holes are linked by address than by size", holes)
	}
	if m.top != nil {
		return m.checkIndex()
	}
	return nil
}
