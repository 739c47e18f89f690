package kernelwork

import "math/bits"

// block is a node of the block tree: 2^order pages at a multiple of their size. A free or
// allocated block is a leaf; a split one has two halves.
type block struct {
	start               uint64 // pages
	order               uint
	state               state
	class               class
	parent, left, right *block
	at                  elem[*block] // its place in a tree of free blocks
}

type state uint8

const (
	isFree state = iota
	isAllocated
	isSplit
)

// class is what is known of the contents of a block.
type class uint8

const (
	dirty class = iota // nothing is known to be zero
	mixed              // some of it is; only where there is a dirty tracker
	clear              // all of it is known to be zero
)

func (b *block) size() uint64 { return 1 << b.order }
func (b *block) end() uint64  { return b.start + b.size() }

// buddy is the other half of the parent, nil for a root.
func (b *block) buddy() *block {
	switch {
	case b.parent == nil:
		return nil
	case b == b.parent.left:
		return b.parent.right
	}
	return b.parent.left
}

// within reports whether b lies in [start, end).
func (b *block) within(start, end uint64) bool { return start <= b.start && b.end() <= end }

// apart reports whether b has no page in [start, end).
func (b *block) apart(start, end uint64) bool { return b.end() <= start || end <= b.start }

// holdsSlot reports whether the part of b in [start, end) has an aligned slot of the
// order.
func (b *block) holdsSlot(start, end uint64, order uint) bool {
	slot := uint64(1) << order
	return up(max(b.start, start), slot) < down(min(b.end(), end), slot)
}

func floorLog2(n uint64) uint { return uint(bits.Len64(n)) - 1 }

// up and down round to a multiple of unit, a power of two.
func up(n, unit uint64) uint64   { return (n + unit - 1) &^ (unit - 1) }
func down(n, unit uint64) uint64 { return n &^ (unit - 1) }

func pagesOf(blocks []*block) (n uint64) {
	for _, b := range blocks {
		n += b.size()
	}
	return n
}

// knowledge is what a generation keeps of clear and dirty memory, and what that decides.
type knowledge interface {
	// clearPages is how many free pages are known to be zero.
	clearPages() uint64
	// splitMayBeFree reports whether all pages of a split block may be free.
	splitMayBeFree() bool
	// halves gives the halves of a block just split their classes.
	halves(b *block)
	// joins reports whether a free block and its free buddy merge, and the class of
	// the parent then.
	joins(b, buddy *block) (class, bool)
	// took notes that a free block is allocated, or that it leaves its kind.
	took(b *block)
	// gave notes that blocks are free, each of its class, dirty or clear.
	gave(blocks ...*block)
	// reset makes all free memory clear, or all dirty.
	reset(h *heap, to class)
}

// heap is what all generations share: the tree of blocks, free blocks on their shelf,
// and the walk over an exact range.
type heap struct {
	pages uint64 // managed
	avail uint64 // free
	roots []*block
	shelf *shelf
	known knowledge
	meter *meter
	spare []*block // the slab
}

// cut makes the roots, the largest power of two first, all free and dirty.
func (h *heap) cut(pages uint64) {
	h.pages, h.avail = pages, pages
	for start := uint64(0); start < pages; {
		root := h.newBlock(nil, start, floorLog2(pages-start))
		h.roots = append(h.roots, root)
		h.known.gave(root)
		h.shelf.put(root)
		start = root.end()
	}
	h.meter.steps = Steps{}
}

// newBlock takes a node from the slab.
func (h *heap) newBlock(parent *block, start uint64, order uint) *block {
	var b *block
	var number uint32
	if n := len(h.spare); n > 0 {
		b, h.spare = h.spare[n-1], h.spare[:n-1]
		number = b.at.node
	} else {
		b, number = new(block), h.meter.number()
	}
	h.meter.visit(NodeTaken, number)
	*b = block{start: start, order: order, parent: parent}
	b.at.item, b.at.node = b, number
	return b
}

// dropHalves gives the halves of b back to the slab.
func (h *heap) dropHalves(b *block) {
	h.meter.visit(NodeGiven, b.left.at.node)
	h.meter.visit(NodeGiven, b.right.at.node)
	h.spare = append(h.spare, b.left, b.right)
	b.left, b.right = nil, nil
}

// split makes two free halves of a free block.
func (h *heap) split(b *block) {
	h.meter.visit(Split, b.at.node)
	h.shelf.drop(b)
	b.left = h.newBlock(b, b.start, b.order-1)
	b.right = h.newBlock(b, b.start+b.size()/2, b.order-1)
	b.state = isSplit
	h.known.halves(b)
	h.shelf.put(b.left)
	h.shelf.put(b.right)
}

// take makes a free block allocated.
func (h *heap) take(b *block) *block {
	h.meter.visit(BlockTaken, b.at.node)
	h.shelf.drop(b)
	h.avail -= b.size()
	h.known.took(b)
	b.state = isAllocated
	return b
}

// free makes an allocated block free, which what is known of clear memory has noted, and
// merges it with its buddy as long as the two join.
func (h *heap) free(b *block) {
	h.meter.visit(BlockGiven, b.at.node)
	h.avail += b.size()
	for {
		buddy := b.buddy()
		if buddy == nil || buddy.state != isFree {
			break
		}
		class, joins := h.known.joins(b, buddy)
		if !joins {
			break
		}
		h.shelf.drop(buddy)
		b = h.merge(b, class)
	}
	b.state = isFree
	h.shelf.put(b)
}

// merge makes the parent of b, whose halves are on no shelf, whole, and returns it.
func (h *heap) merge(b *block, as class) *block {
	parent := b.parent
	h.meter.visit(Merge, parent.at.node)
	h.dropHalves(parent)
	parent.class = as
	return parent
}

// giveBack frees blocks in their order, each of the class it was.
func (h *heap) giveBack(blocks []*block) {
	for _, b := range blocks {
		h.known.gave(b)
		h.free(b)
	}
}

// trim cuts an allocated block to size pages from start on, fewer than it has: it becomes
// free in place, without its parent so that it does not merge, and the walk takes what is
// kept.
func (h *heap) trim(b *block, start, size uint64) []*block {
	parent := b.parent
	b.parent = nil
	h.giveBack([]*block{b})
	kept, _ := h.exact([]*block{b}, start, size)
	b.parent = parent
	return kept
}

// exact takes [start, start+size) below the nodes of top, ascending, in the largest
// blocks. It stops at the first page that is not free and returns what it has taken.
func (h *heap) exact(top []*block, start, size uint64) (taken []*block, complete bool) {
	for _, b := range top {
		if !h.exactIn(b, start, start+size, &taken) {
			return taken, false
		}
	}
	return taken, pagesOf(taken) == size // less if the range ends past the region
}

func (h *heap) exactIn(b *block, start, end uint64, taken *[]*block) (goOn bool) {
	h.meter.visit(WalkNode, b.at.node)
	inside := b.within(start, end)
	switch {
	case b.apart(start, end):
		return true
	case b.state == isAllocated:
		return false
	case inside && b.state == isFree:
		*taken = append(*taken, h.take(b))
		return true
	case inside && !h.known.splitMayBeFree():
		return false
	}
	if b.state != isSplit {
		h.split(b)
	}
	return h.exactIn(b.left, start, end, taken) && h.exactIn(b.right, start, end, taken)
}
