package kernelwork

import "github.com/vramlab/vramlab/strategies"

// findTracked is the search of the buddy with a dirty tracker: what is not clear by
// request goes where memory is dirty, windows are searched from the top.
func findTracked(h *heap, a *ask, order uint) *block {
	t := h.known.(*tracker)
	preferClear := a.has(strategies.Clear) && !a.has(strategies.TopDown)
	switch {
	case a.has(strategies.Range):
		return h.findDownwards(&window{start: a.start, end: h.limit(a.end), order: order}, preferClear)
	case !a.has(strategies.Clear) && !a.byAlign && t.clearPages() > 0 && t.dirty > 0:
		if start, end, ok := t.highest(order); ok {
			return h.findDownwards(&window{start: start, end: end, order: order}, false)
		}
	case a.byAlign:
		return h.findAligned(a, order)
	}
	var b *block
	switch {
	case a.has(strategies.TopDown):
		b = h.topmostOfAll(order)
	case preferClear:
		b = h.cleanest(order)
		if b == nil {
			b = h.highestOfSmallest(order)
		}
	default:
		b = h.highestOfSmallest(order)
	}
	for b != nil && b.order > order {
		h.split(b)
		first := b.right
		if preferClear {
			first, _ = cleanerHalf(b)
		}
		b = first
	}
	return b
}

// highestOfSmallest is the highest block of the smallest order, from order on, that has
// one.
func (h *heap) highestOfSmallest(order uint) *block {
	for ; order < h.shelf.orders(); order++ {
		if b := h.shelf.look(order, dirty).highest(); b != nil {
			return b
		}
	}
	return nil
}

// topmostOfAll is the highest free block of all orders from order on.
func (h *heap) topmostOfAll(order uint) (top *block) {
	for ; order < h.shelf.orders(); order++ {
		if b := h.shelf.look(order, dirty).highest(); b != nil && (top == nil || b.start > top.start) {
			top = b
		}
	}
	return top
}

// cleanest is the highest clear block, or else the highest mixed one, of the smallest
// order that has a block that is not dirty.
func (h *heap) cleanest(order uint) *block {
	for ; order < h.shelf.orders(); order++ {
		row := h.shelf.look(order, dirty).(*blockTree)
		for _, c := range []class{clear, mixed} {
			if b := row.highestWith(cleaner, uint64(c)); b != nil {
				return b
			}
		}
	}
	return nil
}

// findDownwards walks the block tree from the highest address down for a free block of the
// order in the window. For a request that prefers clear memory the cleaner half comes
// first, by the classes of the halves, which for split ones may be those of an earlier time.
func (h *heap) findDownwards(w *window, preferClear bool) *block {
	for i := len(h.roots) - 1; i >= 0; i-- {
		if b := h.findBelow(h.roots[i], w, preferClear); b != nil {
			return b
		}
	}
	return nil
}

func (h *heap) findBelow(b *block, w *window, preferClear bool) *block {
	switch {
	case !h.enters(b, w):
		return nil
	case b.order == w.order && b.within(w.start, w.end):
		if b.state == isFree {
			return b
		}
		return nil
	case b.state != isSplit:
		h.split(b)
	}
	first, second := b.right, b.left
	if preferClear {
		first, second = cleanerHalf(b)
	}
	if found := h.findBelow(first, w, preferClear); found != nil {
		return found
	}
	return h.findBelow(second, w, preferClear)
}

// tryHarderAligned serves a contiguous request by a run that starts at a multiple of the
// minimum block and is of exactly the size: for each free block of the largest order in
// size, from the highest address down, the run that begins with it or, aligned down, the
// one that ends where the free run from it ends.
func tryHarderAligned(h *heap, size, minBlock uint64) ([]*block, bool) {
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
			run, complete := h.exact(h.roots, start, size)
			missing := size - pagesOf(run)
			if complete && start%minBlock == 0 {
				return run, true
			}
			h.giveBack(run)
			if missing > start {
				continue
			}
			run, complete = h.exact(h.roots, down(start-missing, minBlock), size)
			if complete {
				return run, true
			}
			h.giveBack(run)
		}
	}
	return nil, false
}
