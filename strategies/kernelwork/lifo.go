package kernelwork

import (
	"iter"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// lifo is the i915_buddy of 2021: what becomes free is the head of its list, the head of the
// smallest sufficient order is taken, and the left half of a split.
type lifo struct {
	heap
	grants grants
	page   uint64
	own    meter
}

// stack is a list whose head is what was put there last. A block leaves it wherever it is,
// at no step.
type stack struct{ blocks []*block }

func (s *stack) insert(b *block) { s.blocks = append(s.blocks, b) }

func (s *stack) remove(b *block) {
	i := len(s.blocks) - 1
	for s.blocks[i] != b {
		i--
	}
	s.blocks = slices.Delete(s.blocks, i, i+1)
}

func (s *stack) highest() *block {
	if len(s.blocks) == 0 {
		return nil
	}
	return s.blocks[len(s.blocks)-1]
}

func (s *stack) below(b *block) *block {
	i := slices.Index(s.blocks, b)
	if i == 0 {
		return nil
	}
	return s.blocks[i-1]
}

func newLIFO(r strategies.Region) *lifo {
	l := &lifo{page: r.Page}
	pages := r.Size / r.Page
	l.heap.meter, l.heap.known = &l.own, new(separate)
	l.heap.shelf = newShelf(1, floorLog2(pages), &l.own, func() row { return new(stack) })
	l.cut(pages)
	return l
}

func (l *lifo) Steps() Steps { return l.own.steps }

// Alloc takes block after block, each of the largest order that is free and at most what
// remains to be granted. A contiguous request is rounded up to a power of two and keeps
// the surplus. There are no windows.
func (l *lifo) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	minBlock := r.Align
	if minBlock == 0 {
		minBlock = l.page
	}
	window := r.Flags&strategies.Range != 0 && r.Lo|r.Hi != 0
	if window || r.Size == 0 || minBlock < l.page || bits.OnesCount64(minBlock) != 1 || r.Size%minBlock != 0 {
		return dst, strategies.ErrInvalid
	}
	size, minOrder := r.Size/l.page, floorLog2(minBlock/l.page)
	if r.Flags&strategies.Contiguous != 0 {
		minOrder = uint(bits.Len64(size - 1))
		size = 1 << minOrder
	}
	if size > l.pages {
		return dst, strategies.ErrTooBig
	}
	var blocks []*block
	for size > 0 {
		b := l.takeUpTo(floorLog2(size), minOrder)
		if b == nil {
			l.giveBack(blocks)
			return dst, strategies.ErrNoSpace
		}
		blocks = append(blocks, b)
		size -= b.size()
	}
	return l.grants.enter(dst, blocks, l.page), nil
}

// takeUpTo takes a block of the order, or of the next order below that can be had, down to
// minOrder.
func (l *lifo) takeUpTo(order, minOrder uint) *block {
	for ; ; order-- {
		b := l.head(order)
		for b != nil && b.order > order {
			l.split(b)
			b = b.left
		}
		if b != nil {
			return l.take(b)
		}
		if order == minOrder {
			return nil
		}
	}
}

// head is the head of the first list from the order on that has one.
func (l *lifo) head(order uint) *block {
	for ; order < l.shelf.orders(); order++ {
		if b := l.shelf.look(order, dirty).highest(); b != nil {
			return b
		}
	}
	return nil
}

// Place walks the block tree over the exact extent.
func (l *lifo) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	managed := l.pages * l.page
	if size == 0 || (start|size)%l.page != 0 || start > managed || size > managed-start {
		return dst, strategies.ErrInvalid
	}
	blocks, complete := l.exact(l.roots, start/l.page, size/l.page)
	if !complete {
		l.giveBack(blocks)
		return dst, strategies.ErrNoSpace
	}
	return l.grants.enter(dst, blocks, l.page), nil
}

func (l *lifo) Free(blocks []strategies.Block) { l.giveBack(l.grants.remove(blocks, l.page)) }

func (l *lifo) FreeBlocks() iter.Seq[strategies.Block] {
	return freeBlocks(&l.heap, l.page)
}
