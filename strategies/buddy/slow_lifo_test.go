package buddy_test

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// slowLIFOStrategy is the i915_buddy of 2021 (Linux 5.14 to 5.17) with the
// request loop of its resource manager, for the tests: the same tree as
// [slow], but the block freed last is the first to be taken, and a block is
// split downwards. Nothing is clear, and no window, top-down, trim or second
// attempt exists.
var slowLIFOStrategy = strategies.Strategy{
	Name: "buddy_lifo.slow",
	Doc:  "the i915_buddy of 2021 with its tree and lists; written to be read, for tests",
	Caps: strategies.CapScatter | strategies.CapPow2Blocks | strategies.CapRoundUp,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		return newSlowLIFO(r), nil
	},
}

// TestSlowLIFO compares the slow allocator with what i915_buddy did.
func TestSlowLIFO(t *testing.T) {
	strategytest.Golden(t, slowLIFOStrategy, "testdata/lifo/*.trace")
}

// slowLIFO is the allocator. It counts in pages.
type slowLIFO struct {
	page   uint64
	pages  uint64
	roots  []*node
	free   [][]*node // by order: the free nodes; the last of a list is its head
	grants grants
	counts strategies.Counters
}

func newSlowLIFO(r strategies.Region) *slowLIFO {
	pages := r.Size / r.Page
	s := &slowLIFO{
		page:   r.Page,
		pages:  pages,
		free:   make([][]*node, floorLog2(pages)+1),
		grants: newGrants(),
	}
	s.roots = newRoots(pages)
	for _, root := range s.roots {
		s.push(root)
	}
	return s
}

// push makes n a free leaf, at the head of the list of its order.
func (s *slowLIFO) push(n *node) {
	n.state, n.left, n.right = isFree, nil, nil
	s.free[n.order] = append(s.free[n.order], n)
}

// unlist takes a free node out of its list, wherever it is.
func (s *slowLIFO) unlist(n *node) {
	i := slices.Index(s.free[n.order], n)
	s.free[n.order] = slices.Delete(s.free[n.order], i, i+1)
}

// Alloc takes block after block, each of the largest order that is free and at most
// what remains to be granted. A contiguous request is rounded up to a power of two
// and keeps the surplus. There are no windows.
func (s *slowLIFO) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	minBlock := r.Align
	if minBlock == 0 {
		minBlock = s.page
	}
	window := r.Flags&strategies.Range != 0 && (r.Lo != 0 || r.Hi != 0)
	if window || r.Size == 0 || minBlock < s.page || bits.OnesCount64(minBlock) != 1 || r.Size%minBlock != 0 {
		return dst, strategies.ErrInvalid
	}
	size, minOrder := r.Size/s.page, floorLog2(minBlock/s.page)
	if r.Flags&strategies.Contiguous != 0 {
		minOrder = uint(bits.Len64(size - 1))
		size = 1 << minOrder
	}
	if size > s.pages {
		return dst, strategies.ErrTooBig
	}
	var nodes []*node
	for size > 0 {
		n := s.takeUpTo(floorLog2(size), minOrder)
		if n == nil {
			s.giveBack(nodes)
			return dst, strategies.ErrNoSpace
		}
		nodes = append(nodes, n)
		size -= n.size()
	}
	return s.grants.enter(dst, nodes, s.page), nil
}

// takeUpTo takes a block of the order, or of the next order below that has one, down
// to minOrder.
func (s *slowLIFO) takeUpTo(order, minOrder uint) *node {
	for order := int(order); order >= int(minOrder); order-- {
		if n := s.take(uint(order)); n != nil {
			return n
		}
	}
	return nil
}

// take takes a block of the order: the head of the first list, from that order up,
// that has one. While the block is larger it is split, and the search goes on in the
// lower half; the left half is listed first, so that the right one, which stays, is
// then the head.
func (s *slowLIFO) take(order uint) *node {
	for have := order; have < uint(len(s.free)); have++ {
		if len(s.free[have]) == 0 {
			continue
		}
		n := s.free[have][len(s.free[have])-1]
		for n.order > order {
			s.split(n)
			n = n.left
		}
		s.unlist(n)
		s.counts.Visits++
		n.state = isAllocated
		return n
	}
	return nil
}

func (s *slowLIFO) split(n *node) {
	s.unlist(n)
	n.state = isSplit
	s.counts.Splits++
	left := &node{start: n.start, order: n.order - 1, parent: n}
	right := &node{start: n.start + n.size()/2, order: n.order - 1, parent: n}
	n.left, n.right = left, right
	s.push(left)
	s.push(right)
}

// giveBack frees nodes in list order. Each merges with its buddy while the buddy is
// free, and the node that results is the head of its list.
func (s *slowLIFO) giveBack(nodes []*node) {
	for _, n := range nodes {
		for n.parent != nil && n.buddy().state == isFree {
			s.unlist(n.buddy())
			s.counts.Merges++
			n = n.parent
		}
		s.push(n)
	}
}

// Place is the walk over an exact range: depth first, a free block on its edge is split,
// one inside is taken, and anything inside that is not free is a refusal.
func (s *slowLIFO) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	end := start + size
	if size == 0 || end < start || (start|size)%s.page != 0 || end > s.pages*s.page {
		return dst, strategies.ErrInvalid
	}
	var nodes []*node
	for _, root := range s.roots {
		if !s.within(root, start/s.page, end/s.page, &nodes) {
			s.giveBack(nodes)
			return dst, strategies.ErrNoSpace
		}
	}
	return s.grants.enter(dst, nodes, s.page), nil
}

// within takes what of n is in pages [lo, hi); it is false if some of that is not free.
func (s *slowLIFO) within(n *node, lo, hi uint64, nodes *[]*node) bool {
	end := n.start + n.size()
	inside := lo <= n.start && end <= hi
	switch {
	case end <= lo || hi <= n.start:
		return true
	case n.state == isAllocated || inside && n.state != isFree:
		return false
	case inside:
		s.unlist(n)
		n.state = isAllocated
		*nodes = append(*nodes, n)
		return true
	case n.state == isFree:
		s.split(n)
	}
	return s.within(n.left, lo, hi, nodes) && s.within(n.right, lo, hi, nodes)
}

func (s *slowLIFO) Free(blocks []strategies.Block) { s.giveBack(s.grants.remove(blocks, s.page)) }

// Counters are the nodes split, the pairs of buddies merged, and a visit for each
// block taken.
func (s *slowLIFO) Counters() strategies.Counters { return s.counts }

func (s *slowLIFO) FreeBlocks() iter.Seq[strategies.Block] { return yieldBlocks(s.free, s.page) }

// Check verifies that the lists hold free nodes of their order, and that no two
// buddies are free.
func (s *slowLIFO) Check() error {
	for order, list := range s.free {
		for _, n := range list {
			if n.state != isFree || n.order != uint(order) {
				return fmt.Errorf("slow LIFO buddy: node %d of order %d and state %d is in free list %d", n.start, n.order, n.state, order)
			}
			if n.parent != nil && n.buddy().state == isFree {
				return fmt.Errorf("slow LIFO buddy: node %d of order %d and its buddy are free and not merged", n.start, order)
			}
		}
	}
	return nil
}
