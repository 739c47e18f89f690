package kernelwork

import "github.com/vramlab/vramlab/strategies"

// find is the search of Linux 6.11 to 7.1 for one block.
func find(h *heap, a *ask, order uint) *block {
	switch {
	case a.has(strategies.Range):
		return findInWindow(h, a, order)
	case a.byAlign:
		return h.findAligned(a, order)
	}
	want, other := a.wants(), clear-a.wants()
	var b *block
	if a.has(strategies.TopDown) {
		b = h.topmost(order, want)
	} else {
		b = h.lastOfSmallest(order, want)
	}
	if b == nil {
		b = h.lastOfSmallest(order, other)
	}
	for b != nil && b.order > order {
		h.split(b)
		b = b.right
	}
	return b
}

// lastOf is the highest free block of the order that is of the class. Where both classes
// share a list, it is searched from its high end.
func (h *heap) lastOf(order uint, c class) *block {
	row := h.shelf.look(order, c)
	b := row.highest()
	for b != nil && b.class != c {
		b = row.below(b)
	}
	return b
}

// lastOfSmallest is the highest free block of the smallest order, from order on, that has
// one of the class.
func (h *heap) lastOfSmallest(order uint, c class) *block {
	for ; order < h.shelf.orders(); order++ {
		if b := h.lastOf(order, c); b != nil {
			return b
		}
	}
	return nil
}

// topmost is the highest free block of the class of all orders from order on.
func (h *heap) topmost(order uint, c class) (top *block) {
	for ; order < h.shelf.orders(); order++ {
		if b := h.lastOf(order, c); b != nil && (top == nil || b.start > top.start) {
			top = b
		}
	}
	return top
}

// findAligned is the search by alignment: the highest block of the smallest order with a
// start at a multiple of the minimum block, in the tree of the class asked for and then in
// the other. Where both miss, the next order begins with the tree tried last. A block that
// is too large is split towards the highest such start.
func (h *heap) findAligned(a *ask, order uint) *block {
	bits := uint64(floorLog2(a.minBlock))
	c := a.wants()
	for k := order; k < h.shelf.orders(); k++ {
		for range h.shelf.rows {
			b := h.shelf.look(k, c).(*blockTree).highestWith(aligned, bits)
			if b != nil {
				return h.splitAligned(b, order, bits)
			}
			c = clear - c
		}
		c = clear - c
	}
	return nil
}

func (h *heap) splitAligned(b *block, order uint, bits uint64) *block {
	for b.order > order {
		h.split(b)
		if alignment(b.right) >= bits {
			b = b.right
		} else {
			b = b.left
		}
	}
	return b
}

// findInWindow walks the block tree from the lowest address up for a free block of the
// order, first for one of the class asked for, then for any.
func findInWindow(h *heap, a *ask, order uint) *block {
	for _, anyClass := range []bool{false, true} {
		w := window{a.start, h.limit(a.end), order, a.wants(), anyClass}
		for _, root := range h.roots {
			if b := h.findUpwards(root, &w); b != nil {
				return b
			}
		}
	}
	return nil
}

// window is what a walk of a window looks for: a free block of the order.
type window struct {
	start, end uint64
	order      uint
	class      class // of the block
	any        bool  // whatever its class
}

// enters reports whether a walk of a window goes on with b: b is large enough, not
// allocated, and what of it is in the window has a slot of the order.
func (h *heap) enters(b *block, w *window) bool {
	h.meter.visit(WalkNode, b.at.node)
	return b.order >= w.order && !b.apart(w.start, w.end) && b.state != isAllocated &&
		(b.within(w.start, w.end) || b.holdsSlot(w.start, w.end, w.order))
}

// limit is the end of the window; 0 is none.
func (h *heap) limit(end uint64) uint64 {
	if end == 0 {
		return h.pages
	}
	return end
}

// findUpwards leaves out whole subtrees that are not of the class; split blocks are dirty.
func (h *heap) findUpwards(b *block, w *window) *block {
	switch {
	case !h.enters(b, w) || !w.any && b.class != w.class:
		return nil
	case b.order == w.order && b.within(w.start, w.end):
		if b.state == isFree {
			return b
		}
		return nil
	case b.state != isSplit:
		h.split(b)
	}
	if found := h.findUpwards(b.left, w); found != nil {
		return found
	}
	return h.findUpwards(b.right, w)
}

// tryHarder is what Linux 6.11 to 7.1 does when no single block serves a contiguous
// request: at each free block of the largest order in size, from the highest address down,
// it tries the run that begins with the block; then what was free of that with what lies
// before it, in minimum blocks and so perhaps more than requested.
func tryHarder(h *heap, size, minBlock uint64) ([]*block, bool) {
	order := floorLog2(size)
	if order == 0 || order >= h.shelf.orders() {
		return nil, false
	}
	for _, kind := range h.shelf.rows {
		h.meter.count(Head)
		row := kind[order]
		for b := row.highest(); b != nil; b = row.below(b) {
			h.meter.visit(Candidate, b.at.node)
			start := b.start
			right, complete := h.exact(h.roots, start, size)
			if complete {
				return right, true
			}
			need := up(max(size-pagesOf(right), minBlock), minBlock)
			if need <= start {
				left, complete := h.exact(h.roots, start-need, need)
				if complete {
					return append(left, right...), true
				}
				h.giveBack(left)
			}
			h.giveBack(right)
		}
	}
	return nil, false
}
