package kernelwork

import (
	"iter"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// generation is the policy of one drm_buddy.
type generation struct {
	rows  func(*meter) func() row // makes the rows of free blocks
	kinds int                     // rows an order: 2 where clear and dirty stand apart
	knows func(*meter) knowledge

	// whole reports whether a request of so few pages below its minimum block is
	// searched for as it is, by alignment, and not rounded up.
	whole func(size uint64) bool
	// tooLarge reports whether a rounded size is refused before the search.
	tooLarge func(h *heap, size uint64) bool
	// find returns one free block of exactly the order, split off if need be.
	find func(h *heap, a *ask, order uint) *block
	// lastResort makes a block of minOrder possible, or reports that it cannot.
	lastResort func(h *heap, a *ask, minOrder uint) bool
	// harder serves a contiguous request that no single block serves.
	harder func(h *heap, size, minBlock uint64) ([]*block, bool)
}

// ask is a request in pages.
type ask struct {
	size, minBlock uint64
	start, end     uint64 // window; the whole region without Range
	flags          strategies.Flags
	byAlign        bool // size is below minBlock: one block of the size, aligned to minBlock
}

func (a *ask) has(f strategies.Flags) bool { return a.flags&f != 0 }

// wants is the class asked for.
func (a *ask) wants() class {
	if a.has(strategies.Clear) {
		return clear
	}
	return dirty
}

// buddy is an allocator of a generation.
type buddy struct {
	heap
	*generation
	grants grants
	page   uint64 // bytes
	own    meter
}

func newBuddy(g *generation, r strategies.Region) *buddy {
	b := &buddy{generation: g, page: r.Page}
	pages := r.Size / r.Page
	b.heap.meter = &b.own
	b.heap.known = g.knows(&b.own)
	b.heap.shelf = newShelf(g.kinds, floorLog2(pages), &b.own, g.rows(&b.own))
	b.cut(pages)
	return b
}

// Steps is the work done so far; that of the set-up is not in it.
func (b *buddy) Steps() Steps { return b.own.steps }

// Alloc checks as the kernel does. Whether the window is as large as the request, and
// starts below its end, the search finds out.
func (b *buddy) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	managed := b.pages * b.page
	minBlock, start, end := r.Align, uint64(0), managed
	if minBlock == 0 {
		minBlock = b.page
	}
	if r.Flags&strategies.Range != 0 {
		start, end = r.Lo, r.Hi
	}
	switch {
	case r.Size < b.page,
		minBlock < b.page,
		bits.OnesCount64(minBlock) != 1,
		(start|end|r.Size)%b.page != 0,
		end > managed,
		start >= managed || r.Size > managed-start:
		return dst, strategies.ErrInvalid
	}
	blocks, err := b.request(&ask{
		size: r.Size / b.page, minBlock: minBlock / b.page,
		start: start / b.page, end: end / b.page, flags: r.Flags,
	})
	if err != nil {
		return dst, err
	}
	return b.grants.enter(dst, blocks, b.page), nil
}

// request serves a request that passed the checks.
func (b *buddy) request(a *ask) ([]*block, error) {
	// A window of exactly the size is taken as it is, in any number of blocks, whatever
	// the other flags; without Range too, for a request of the whole region.
	if a.start+a.size == a.end {
		if (a.start|a.end)%a.minBlock != 0 {
			return nil, strategies.ErrInvalid
		}
		blocks, complete := b.exact(b.roots, a.start, a.size)
		if !complete {
			b.giveBack(blocks)
			return nil, strategies.ErrNoSpace
		}
		return blocks, nil
	}
	asked := *a
	oneRun := a.has(strategies.Contiguous)
	switch {
	case oneRun:
		a.size = 1 << bits.Len64(a.size-1) // next power of two
		a.minBlock = a.size
	case a.size < a.minBlock && b.whole(a.size):
		a.byAlign = true
	default:
		a.size = up(a.size, a.minBlock)
	}
	mayTryHarder := oneRun && !a.has(strategies.Range)
	blocks, err := []*block(nil), error(nil)
	if b.tooLarge(&b.heap, a.size) {
		err = strategies.ErrInvalid
	} else if blocks = b.collect(a); blocks == nil {
		err = strategies.ErrNoSpace
	}
	switch {
	case err != nil && mayTryHarder:
		if blocks, ok := b.harder(&b.heap, asked.size, asked.minBlock); ok {
			return blocks, nil
		}
		return nil, strategies.ErrNoSpace
	case err != nil:
		return nil, err
	case a.size != asked.size:
		// The surplus is less than the last block, and is cut from that.
		last := blocks[len(blocks)-1]
		kept := b.trim(last, last.start, last.size()-(a.size-asked.size))
		blocks = append(blocks[:len(blocks)-1], kept...)
	}
	return blocks, nil
}

// collect takes a.size pages block after block, each of the largest order that is free and
// at most what remains; the order never rises again. It returns nil if memory is short.
func (b *buddy) collect(a *ask) (blocks []*block) {
	left, order := a.size, floorLog2(a.size)
	minOrder := floorLog2(a.minBlock)
	if a.byAlign {
		minOrder = order
	}
	for left > 0 {
		order = min(order, floorLog2(left))
		found := b.find(&b.heap, a, order)
		if found == nil && order > minOrder {
			order--
			continue
		}
		if found == nil && b.lastResort(&b.heap, a, minOrder) {
			found = b.find(&b.heap, a, minOrder)
		}
		if found == nil {
			b.giveBack(blocks)
			return nil
		}
		blocks = append(blocks, b.take(found))
		left -= found.size()
	}
	return blocks
}

// Trim keeps a part of a grant of one block, as the kernel cuts what it rounded up.
func (b *buddy) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if len(blocks) != 1 || size == 0 || (start|size)%b.page != 0 || start < blocks[0].Start || start > blocks[0].End() || size > blocks[0].End()-start {
		return dst, strategies.ErrInvalid
	}
	nodes := b.grants.remove(blocks, b.page)
	if size < blocks[0].Size {
		nodes = b.trim(nodes[0], start/b.page, size/b.page)
	}
	return b.grants.enter(dst, nodes, b.page), nil
}

// Free gives the blocks back in list order as dirty.
func (b *buddy) Free(blocks []strategies.Block) { b.freeAs(blocks, dirty) }

// FreeCleared gives the blocks back in list order as clear.
func (b *buddy) FreeCleared(blocks []strategies.Block) { b.freeAs(blocks, clear) }

func (b *buddy) freeAs(blocks []strategies.Block, c class) {
	nodes := b.grants.remove(blocks, b.page)
	for _, n := range nodes {
		n.class = c
	}
	b.known.gave(nodes...)
	for _, n := range nodes {
		b.heap.free(n)
	}
}

// ResetClear makes all free memory clear, or all dirty, as a driver does on resume.
func (b *buddy) ResetClear(cleared bool) {
	to := dirty
	if cleared {
		to = clear
	}
	b.known.reset(&b.heap, to)
}

// FreeBlocks yields the free blocks, order by order.
func (b *buddy) FreeBlocks() iter.Seq[strategies.Block] { return freeBlocks(&b.heap, b.page) }

func freeBlocks(h *heap, page uint64) iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		counted := *h.meter
		h.shelf.each(func(n *block) bool {
			return yield(strategies.Block{Start: n.start * page, Size: n.size() * page})
		})
		*h.meter = counted
	}
}
