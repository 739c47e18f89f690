package buddy_test

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// slowStrategy is drm_buddy of Linux 6.11 written to be compared with its rules by
// eye: the kernel's tree of nodes, sorted free lists and walks. The fast allocator
// shares nothing with it.
var slowStrategy = strategies.Strategy{
	Name: "buddy.slow",
	Doc:  "drm_buddy of Linux 6.11 with its tree, lists and walks; written to be read, for tests",
	Caps: strategies.CapScatter | strategies.CapWindow | strategies.CapTopDown | strategies.CapPow2Blocks | strategies.CapClear,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		return newSlow(r), nil
	},
}

// TestSlow compares the slow allocator with what drm_buddy did.
func TestSlow(t *testing.T) {
	strategytest.Golden(t, slowStrategy, "testdata/6.11/*.trace")
	strategytest.Golden(t, slowStrategy, "testdata/clear/*.trace")
}

// slow is the allocator. It counts in pages (the kernel's chunks).
type slow struct {
	page       uint64    // bytes of a page
	pages      uint64    // managed: whole pages
	avail      uint64    // free pages
	clearAvail uint64    // those in clear nodes
	roots      []*node   // by address
	free       [][]*node // by order: the free nodes, ascending by address
	grants     grants
	counts     strategies.Counters
	visitless  bool // the visits of the latest request are not defined
}

// node is a block of 2^order pages, at a multiple of its size. An allocated or
// free node is a leaf; a split one has two children, and is never clear.
type node struct {
	start               uint64
	order               uint
	state               state
	clear               bool // known to be zero; an allocated node remembers what it was
	parent, left, right *node
}

type state byte

const (
	isFree state = iota
	isAllocated
	isSplit
)

func (n *node) size() uint64 { return 1 << n.order }
func (n *node) end() uint64  { return n.start + n.size() }

// buddy is the other child of the parent.
func (n *node) buddy() *node {
	if n == n.parent.left {
		return n.parent.right
	}
	return n.parent.left
}

// newRoots cuts a region into roots, the largest power of two first, each
// directly after the one before. All are free and dirty.
func newRoots(pages uint64) (roots []*node) {
	for start := uint64(0); start < pages; start = roots[len(roots)-1].end() {
		roots = append(roots, &node{start: start, order: floorLog2(pages - start)})
	}
	return roots
}

func newSlow(r strategies.Region) *slow {
	pages := r.Size / r.Page
	s := &slow{
		page:   r.Page,
		pages:  pages,
		avail:  pages,
		roots:  newRoots(pages),
		free:   make([][]*node, floorLog2(pages)+1),
		grants: newGrants(),
	}
	for _, root := range s.roots {
		s.list(root)
	}
	return s
}

func floorLog2(n uint64) uint           { return uint(bits.Len64(n)) - 1 }
func up(n, unit uint64) uint64          { return (n + unit - 1) / unit * unit }
func down(n, unit uint64) uint64        { return n / unit * unit }
func byStart(n *node, start uint64) int { return cmp.Compare(n.start, start) }

// list adds a free node to the list of its order, by address.
func (s *slow) list(n *node) {
	i, _ := slices.BinarySearchFunc(s.free[n.order], n.start, byStart)
	s.free[n.order] = slices.Insert(s.free[n.order], i, n)
}

func (s *slow) unlist(n *node) {
	i, _ := slices.BinarySearchFunc(s.free[n.order], n.start, byStart)
	s.free[n.order] = slices.Delete(s.free[n.order], i, i+1)
}

// split makes two free nodes of a free one. They inherit its clear bit.
func (s *slow) split(n *node) {
	s.unlist(n)
	half := n.size() / 2
	n.left = &node{start: n.start, order: n.order - 1, clear: n.clear, parent: n}
	n.right = &node{start: n.start + half, order: n.order - 1, clear: n.clear, parent: n}
	n.state, n.clear = isSplit, false
	s.counts.Splits++
	s.list(n.left)
	s.list(n.right)
}

// take makes a free node allocated. It keeps its clear bit.
func (s *slow) take(n *node) *node {
	s.drop(n)
	s.avail -= n.size()
	n.state = isAllocated
	return n
}

// giveBack makes an allocated node free and merges it with its buddy while the buddy
// is free and of the same kind.
func (s *slow) giveBack(n *node) {
	s.avail += n.size()
	if n.clear {
		s.clearAvail += n.size()
	}
	for n.parent != nil && n.buddy().state == isFree && n.buddy().clear == n.clear {
		s.unlist(n.buddy())
		s.counts.Merges++
		n.parent.clear = n.clear
		n = n.parent
	}
	s.becomeFree(n)
}

// becomeFree makes n a free leaf.
func (s *slow) becomeFree(n *node) {
	n.state, n.left, n.right = isFree, nil, nil
	s.list(n)
}

// rollBack gives nodes back in list order, each of the kind it was.
func (s *slow) rollBack(nodes []*node) {
	for _, n := range nodes {
		s.giveBack(n)
	}
}

// trim cuts an allocated node to its first keep pages, fewer than it has: the node is
// freed in place, detached from its parent so that it does not merge, and the exact
// walk takes again what is kept.
func (s *slow) trim(n *node, keep uint64) []*node {
	parent := n.parent
	n.parent = nil
	s.giveBack(n)
	kept, _ := s.exact([]*node{n}, n.start, keep)
	n.parent = parent
	return kept
}

// grants remembers the nodes of each live allocation by the Node of its blocks.
type grants struct {
	live   map[uint32][]*node
	latest uint32
}

func newGrants() grants { return grants{live: make(map[uint32][]*node)} }

// enter makes one allocation of nodes and appends its blocks to dst.
func (g *grants) enter(dst []strategies.Block, nodes []*node, page uint64) []strategies.Block {
	g.latest++
	g.live[g.latest] = nodes
	for _, n := range nodes {
		dst = append(dst, strategies.Block{Start: n.start * page, Size: n.size() * page, Node: g.latest})
	}
	return dst
}

// remove ends the allocation of blocks and returns its nodes.
func (g *grants) remove(blocks []strategies.Block, page uint64) []*node {
	if len(blocks) == 0 {
		panic("slow buddy: free of an empty list")
	}
	id := blocks[0].Node
	same := slices.EqualFunc(blocks, g.live[id], func(b strategies.Block, n *node) bool {
		return b == strategies.Block{Start: n.start * page, Size: n.size() * page, Node: id}
	})
	if !same {
		panic("slow buddy: free of what is not exactly one live allocation")
	}
	nodes := g.live[id]
	delete(g.live, id)
	return nodes
}

// Free gives the blocks back in list order as dirty.
func (s *slow) Free(blocks []strategies.Block) { s.freeAs(blocks, false) }

// FreeCleared gives the blocks back in list order as clear.
func (s *slow) FreeCleared(blocks []strategies.Block) { s.freeAs(blocks, true) }

func (s *slow) freeAs(blocks []strategies.Block, clear bool) {
	s.visitless = false
	for _, n := range s.grants.remove(blocks, s.page) {
		n.clear = clear
		s.giveBack(n)
	}
}

// Counters are the nodes split, the pairs of buddies merged and, for requests of
// nothing but a size, a visit for each block granted. What is only tried counts
// nothing: neither an exact walk that fails, nor a request for more than is free where
// nothing is clear.
func (s *slow) Counters() strategies.Counters { return s.counts }

// KnowsVisits reports whether the visits of the latest operation are defined.
func (s *slow) KnowsVisits() bool { return !s.visitless }

func (s *slow) FreeBlocks() iter.Seq[strategies.Block] { return yieldBlocks(s.free, s.page) }

func yieldBlocks(lists [][]*node, page uint64) iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, list := range lists {
			for _, n := range list {
				if !yield(strategies.Block{Start: n.start * page, Size: n.size() * page}) {
					return
				}
			}
		}
	}
}

// Check verifies the lists, that no two buddies of a kind are both free, and that
// both counts are exact.
func (s *slow) Check() error {
	var avail, clearAvail uint64
	for order, list := range s.free {
		for i, n := range list {
			switch {
			case n.state != isFree || n.order != uint(order):
				return fmt.Errorf("slow buddy: node %d of order %d and state %d is in free list %d", n.start, n.order, n.state, order)
			case i > 0 && list[i-1].start >= n.start:
				return fmt.Errorf("slow buddy: free list %d does not ascend at %d", order, n.start)
			case n.parent != nil && n.buddy().state == isFree && n.buddy().clear == n.clear:
				return fmt.Errorf("slow buddy: node %d of order %d and its buddy are free and not merged", n.start, order)
			}
			avail += n.size()
			if n.clear {
				clearAvail += n.size()
			}
		}
	}
	if avail != s.avail || clearAvail != s.clearAvail {
		return fmt.Errorf("slow buddy: %d pages are free, %d of them clear, and %d and %d are counted", avail, clearAvail, s.avail, s.clearAvail)
	}
	return nil
}
