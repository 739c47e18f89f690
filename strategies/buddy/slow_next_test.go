package buddy_test

import (
	"cmp"
	"fmt"
	"iter"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// slowNextStrategy is the buddy after Linux 7.1 written to be compared with its rules
// by eye: one sorted list an order, a tree of nodes, and the extents of dirty memory.
// The fast allocator shares nothing with it.
var slowNextStrategy = strategies.Strategy{
	Name: "buddy_next.slow",
	Doc:  "the buddy after Linux 7.1 with its tree, lists, extents and walks; written to be read, for tests",
	Caps: strategies.CapScatter | strategies.CapWindow | strategies.CapTopDown | strategies.CapPow2Blocks | strategies.CapClear | strategies.CapMisalignedWindow,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		return newSlowNext(r), nil
	},
}

// slowNext is the allocator. It counts in pages.
type slowNext struct {
	page, pages uint64
	avail       uint64
	dirty       extents       // of free memory
	roots       []*nextNode   // by address
	free        [][]*nextNode // by order: the free nodes, ascending by address
	live        map[uint32][]*nextNode
	latest      uint32
	counts      strategies.Counters
}

// class is what a node holds. A split node keeps the class it had when it was split,
// until its halves merge again.
type class byte

const (
	isDirty class = iota // every page is dirty
	isMixed
	isClear // no page is dirty
)

type nextNode struct {
	start               uint64
	order               uint
	state               state
	class               class
	parent, left, right *nextNode
}

func (n *nextNode) size() uint64 { return 1 << n.order }
func (n *nextNode) end() uint64  { return n.start + n.size() }

func (n *nextNode) buddy() *nextNode {
	if n == n.parent.left {
		return n.parent.right
	}
	return n.parent.left
}

func newSlowNext(r strategies.Region) *slowNext {
	pages := r.Size / r.Page
	s := &slowNext{
		page: r.Page, pages: pages, avail: pages,
		dirty: extents{{0, pages}},
		free:  make([][]*nextNode, floorLog2(pages)+1),
		live:  make(map[uint32][]*nextNode),
	}
	for start := uint64(0); start < pages; {
		n := &nextNode{start: start, order: floorLog2(pages - start)}
		s.roots = append(s.roots, n)
		s.list(n)
		start = n.end()
	}
	return s
}

// extents are disjoint runs of pages that do not touch, ascending.
type extents []extent

type extent struct{ start, end uint64 }

// cut takes [start, end) out.
func (e *extents) cut(start, end uint64) {
	var kept extents
	for _, x := range *e {
		if before := (extent{x.start, min(x.end, start)}); before.start < before.end {
			kept = append(kept, before)
		}
		if after := (extent{max(x.start, end), x.end}); after.start < after.end {
			kept = append(kept, after)
		}
	}
	*e = kept
}

// add puts [start, end), of which nothing is in, in.
func (e *extents) add(start, end uint64) {
	i, _ := slices.BinarySearchFunc(*e, start, func(x extent, start uint64) int { return cmp.Compare(x.start, start) })
	*e = slices.Insert(*e, i, extent{start, end})
	for j := max(i, 1) - 1; j <= i && j+1 < len(*e); {
		if (*e)[j].end == (*e)[j+1].start {
			(*e)[j].end = (*e)[j+1].end
			*e = slices.Delete(*e, j+1, j+2)
			continue
		}
		j++
	}
}

// in is how many pages of [start, end) are in.
func (e extents) in(start, end uint64) (pages uint64) {
	for _, x := range e {
		if a, b := max(start, x.start), min(end, x.end); a < b {
			pages += b - a
		}
	}
	return pages
}

func (s *slowNext) classOf(start, end uint64) class {
	switch s.dirty.in(start, end) {
	case 0:
		return isClear
	case end - start:
		return isDirty
	}
	return isMixed
}

func (s *slowNext) clearAvail() uint64 { return s.avail - s.dirty.in(0, s.pages) }

func (s *slowNext) list(n *nextNode) {
	i, _ := s.at(n)
	s.free[n.order] = slices.Insert(s.free[n.order], i, n)
}

func (s *slowNext) unlist(n *nextNode) {
	i, _ := s.at(n)
	s.free[n.order] = slices.Delete(s.free[n.order], i, i+1)
}

func (s *slowNext) at(n *nextNode) (int, bool) {
	return slices.BinarySearchFunc(s.free[n.order], n, func(a, b *nextNode) int { return cmp.Compare(a.start, b.start) })
}

// split makes two free nodes of a free one, which keeps its class.
func (s *slowNext) split(n *nextNode) {
	s.unlist(n)
	half := func(start uint64) *nextNode {
		h := &nextNode{start: start, order: n.order - 1, class: n.class, parent: n}
		if n.class == isMixed {
			h.class = s.classOf(h.start, h.end())
		}
		s.list(h)
		return h
	}
	n.left, n.right = half(n.start), half(n.start+n.size()/2)
	n.state = isSplit
	s.counts.Splits++
}

// take makes a free node allocated. What was clear in a mixed one is forgotten.
func (s *slowNext) take(n *nextNode) *nextNode {
	s.unlist(n)
	s.avail -= n.size()
	n.state = isAllocated
	if n.class != isClear {
		s.dirty.cut(n.start, n.end())
		n.class = isDirty
	}
	return n
}

// giveBack makes an allocated node free and merges it with its buddy while the buddy
// is free, whatever they hold.
func (s *slowNext) giveBack(n *nextNode) {
	s.avail += n.size()
	if n.class != isClear {
		s.dirty.add(n.start, n.end())
	}
	for n.parent != nil && n.buddy().state == isFree {
		s.unlist(n.buddy())
		s.counts.Merges++
		c := n.class
		if n.buddy().class != c {
			c = isMixed
		}
		n = n.parent
		n.class = c
	}
	n.state, n.left, n.right = isFree, nil, nil
	s.list(n)
}

func (s *slowNext) rollBack(nodes []*nextNode) {
	for _, n := range nodes {
		s.giveBack(n)
	}
}

// trim cuts an allocated node to so many pages from start on.
func (s *slowNext) trim(n *nextNode, start, size uint64) []*nextNode {
	parent := n.parent
	n.parent = nil // nothing merges above it
	s.giveBack(n)
	kept, _ := s.exact([]*nextNode{n}, start, size)
	n.parent = parent
	return kept
}

func (s *slowNext) Free(blocks []strategies.Block)        { s.freeAs(blocks, isDirty) }
func (s *slowNext) FreeCleared(blocks []strategies.Block) { s.freeAs(blocks, isClear) }

func (s *slowNext) freeAs(blocks []strategies.Block, c class) {
	if len(blocks) == 0 {
		panic("slow buddy: free of an empty list")
	}
	id := blocks[0].Node
	same := slices.EqualFunc(blocks, s.live[id], func(b strategies.Block, n *nextNode) bool {
		return b == strategies.Block{Start: n.start * s.page, Size: n.size() * s.page, Node: id}
	})
	if !same {
		panic("slow buddy: free of what is not exactly one live allocation")
	}
	for _, n := range s.live[id] {
		n.class = c
		s.giveBack(n)
	}
	delete(s.live, id)
}

// ResetClear makes all free memory clear or dirty. Split nodes keep their class.
func (s *slowNext) ResetClear(cleared bool) {
	s.dirty = nil
	for _, list := range s.free {
		for _, n := range list {
			n.class = isClear
			if !cleared {
				n.class = isDirty
				s.dirty.add(n.start, n.end())
			}
		}
	}
}

// Counters are the nodes split and the buddies merged. What a walk that fails splits and
// merges counts nothing, and so does a request for more than is free, where nothing is
// partly clear.
func (s *slowNext) Counters() strategies.Counters { return s.counts }

// KnowsVisits reports whether the visits of the latest operation are defined.
func (s *slowNext) KnowsVisits() bool { return false }

func (s *slowNext) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, list := range s.free {
			for _, n := range list {
				if !yield(strategies.Block{Start: n.start * s.page, Size: n.size() * s.page}) {
					return
				}
			}
		}
	}
}

// Check verifies that no two buddies are free, that the extents lie in free memory
// and do not touch, and that the class of each free node is what the extents say.
func (s *slowNext) Check() error {
	var avail, dirty uint64
	for _, list := range s.free {
		for _, n := range list {
			switch {
			case n.state != isFree:
				return fmt.Errorf("slow buddy: node %d of order %d is listed and not free", n.start, n.order)
			case n.parent != nil && n.buddy().state == isFree:
				return fmt.Errorf("slow buddy: node %d of order %d and its buddy are free", n.start, n.order)
			case n.class != s.classOf(n.start, n.end()):
				return fmt.Errorf("slow buddy: node %d of order %d is of class %d, the extents say %d", n.start, n.order, n.class, s.classOf(n.start, n.end()))
			}
			avail += n.size()
			dirty += s.dirty.in(n.start, n.end())
		}
	}
	if avail != s.avail || dirty != s.dirty.in(0, s.pages) {
		return fmt.Errorf("slow buddy: %d pages are free, %d of them dirty, and %d and %d are counted", avail, dirty, s.avail, s.dirty.in(0, s.pages))
	}
	for i := 1; i < len(s.dirty); i++ {
		if s.dirty[i-1].end >= s.dirty[i].start {
			return fmt.Errorf("slow buddy: extents %v and %v touch", s.dirty[i-1], s.dirty[i])
		}
	}
	return nil
}

// Trim keeps a part of a grant of one block.
func (s *slowNext) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if len(blocks) != 1 || size == 0 || start%s.page != 0 || size%s.page != 0 ||
		start < blocks[0].Start || start > blocks[0].End() || size > blocks[0].End()-start {
		return dst, strategies.ErrInvalid
	}
	id := blocks[0].Node
	n := s.live[id][0]
	if size < blocks[0].Size {
		s.live[id] = s.trim(n, start/s.page, size/s.page)
	}
	for _, n := range s.live[id] {
		dst = append(dst, strategies.Block{Start: n.start * s.page, Size: n.size() * s.page, Node: id})
	}
	return dst, nil
}
