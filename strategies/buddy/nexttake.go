package buddy

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// exact grants precisely the window, as the largest aligned blocks in ascending order.
func (a *next) exact(dst []strategies.Block, q *request) ([]strategies.Block, error) {
	run, end := a.run(dst, q.lo, q.hi)
	if end < q.hi {
		a.spoil(run[len(dst):])
		return dst, strategies.ErrNoSpace
	}
	return a.takeAll(run, len(dst)), nil
}

// run appends the pieces that the kernel's exact walk takes of [start, end), up to the
// first page that is not free, and returns where they end. It is a dry run.
func (a *next) run(dst []strategies.Block, start, end uint64) ([]strategies.Block, uint64) {
	for start < end {
		have, ok := a.all().holder(0, start)
		if !ok {
			break
		}
		k := min(have, piece(start, end))
		dst = append(dst, strategies.Block{Start: start << a.shift, Size: 1 << k << a.shift})
		start += 1 << k
	}
	return dst, start
}

// spoil is the roll-back of a walk that failed: what it took partly clear comes back
// dirty.
func (a *next) spoil(pieces []strategies.Block) {
	if a.quiet() {
		return
	}
	for j := range pieces {
		k, i := a.place(&pieces[j])
		have, _ := a.all().holder(k, i<<k)
		if a.known.spoil(have, k, i) && a.watched != 0 {
			a.noteBlock(k, i)
		}
	}
}

// quiet reports whether no free block is partly clear: then a walk that fails, or any
// attempt, leaves everything as it was.
func (a *next) quiet() bool { return a.known == nil || a.known.mixed.mask == 0 }

// takeAll takes the blocks dst[from:], which are free, and books them as one allocation.
func (a *next) takeAll(dst []strategies.Block, from int) []strategies.Block {
	id := a.ledger.open()
	for j := from; j < len(dst); j++ {
		dst[j].Node = id
		k, i := a.place(&dst[j])
		have, _ := a.all().holder(k, i<<k)
		a.take(have, k, i)
	}
	a.book(id, dirty, dst[from:])
	return dst
}

// take takes block i of order k out of the free block of order have that holds it.
func (a *next) take(have, k uint, i uint64) (c class) {
	if a.known != nil {
		c = a.known.take(have, k, i)
	}
	a.all().carve(have, k, i)
	a.avail -= 1 << k
	return c
}

// release makes block i of order k free, all clear or else all dirty, and merges it.
func (a *next) release(k uint, i uint64, c class) {
	a.avail += 1 << k
	s, t := a.all(), a.known
	if t == nil {
		s.merge(k, i)
		return
	}
	if c != allClear {
		c = allDirty
	}
	t.add(k, i, c)
	t.classes.set(k, i, allDirty)
	for s.takeBuddy(k, i) {
		s.merges++
		if t.leave(k, i^1) != c {
			c = partClear
		}
		i >>= 1
		k++
		t.classes.set(k, i, allDirty)
	}
	s.insert(k, i)
	t.enter(k, i, c)
}

// collect is the kernel's request loop: block after block, the largest order first,
// never below minOrder and never rising again; at the end it gives back the surplus
// pages of the last block. If it fails, what it took partly clear comes back dirty.
func (a *next) collect(dst []strategies.Block, want, surplus uint64, minOrder uint, q *request) ([]strategies.Block, bool) {
	if want > a.avail && a.quiet() {
		return dst, false
	}
	id := a.ledger.open()
	from := len(dst)
	a.taken = a.taken[:0]
	for k := log2(want); want > 0; {
		k = min(k, log2(want))
		p, have, ok := a.find(k, q)
		if !ok {
			if k == minOrder {
				a.undo(dst[from:])
				a.ledger.close(id)
				return dst[:from], false
			}
			k--
			continue
		}
		a.taken = append(a.taken, a.take(have, k, p>>k))
		dst = append(dst, strategies.Block{Start: p << a.shift, Size: 1 << k << a.shift, Node: id})
		want -= 1 << k
	}
	if surplus != 0 {
		last := dst[len(dst)-1]
		dst = a.cut(dst, last.Start>>a.shift, last.End()>>a.shift-surplus)
	}
	a.book(id, dirty, dst[from:])
	return dst, true
}

// undo gives back what collect took.
func (a *next) undo(blocks []strategies.Block) {
	for j := range blocks {
		k, i := a.place(&blocks[j])
		a.release(k, i, a.taken[j])
		if a.taken[j] == partClear && a.watched != 0 {
			a.noteBlock(k, i)
		}
	}
}

// cut replaces the last block, a granted one, by the pieces of [start, end) of it. As in
// the kernel the block becomes free without merging, and the pieces are taken again.
func (a *next) cut(dst []strategies.Block, start, end uint64) []strategies.Block {
	last := dst[len(dst)-1]
	dst = dst[:len(dst)-1]
	k, i := a.place(&last)
	if t := a.known; t != nil {
		c := t.classes.get(k, i)
		t.add(k, i, c)
		t.enter(k, i, c)
	}
	a.all().insert(k, i)
	a.avail += 1 << k
	from := len(dst)
	dst, _ = a.run(dst, start, end)
	for j := from; j < len(dst); j++ {
		dst[j].Node = last.Node
		piece, at := a.place(&dst[j])
		have, _ := a.all().holder(piece, at<<piece)
		a.take(have, piece, at)
	}
	return dst
}

// find is how the kernel gets one block of order k: the page where it begins, and the
// order of the free block that it is split off.
func (a *next) find(k uint, q *request) (p uint64, have uint, ok bool) {
	s, t := a.all(), a.known
	wantsClear := q.flags&strategies.Clear != 0
	switch {
	case q.flags&strategies.Range != 0:
		return a.findInWindow(k, q)
	case q.byOffset(k):
		return a.findAligned(k, q)
	case !wantsClear && t.steers() && t.dirty.mask>>k != 0:
		h, i := t.dirty.topmost(k)
		p = (i+1)<<h - 1<<k
		have, _ = s.holder(h, p)
		return p, have, true
	case s.mask>>k == 0:
		return 0, 0, false
	case q.flags&strategies.TopDown != 0:
		h, i := s.topmost(k)
		return (i+1)<<h - 1<<k, h, true
	case wantsClear && t != nil && (t.clear.mask|t.mixed.mask)>>k != 0:
		return t.findClear(k)
	}
	s.visits++
	h := k + uint(bits.TrailingZeros64(s.mask>>k))
	return (s.highest(h)+1)<<h - 1<<k, h, true
}

// findClear is the slot for a request for clear memory: in the smallest order with a
// block that is not all dirty, in the highest all clear one or else the highest one.
func (t *tracker) findClear(k uint) (p uint64, have uint, ok bool) {
	t.dirty.visits++
	have = k + uint(bits.TrailingZeros64((t.clear.mask|t.mixed.mask)>>k))
	if t.clear.mask>>have&1 != 0 {
		return (t.clear.highest(have)+1)<<have - 1<<k, have, true
	}
	i := t.mixed.highest(have)
	for h, c := have, partClear; h > k; {
		h--
		i = i<<1 | 1
		if c != partClear {
			continue
		}
		if c = t.ofSlot(h, i); c == allClear {
			continue
		}
		if left := t.ofSlot(h, i^1); !rightFirst(left, c) {
			i, c = i^1, left
		}
	}
	return i << k, have, true
}

// findAligned is the block for a request smaller than its alignment: in the highest free
// block of the smallest order that begins at a multiple of the alignment, at its highest
// multiple.
func (a *next) findAligned(k uint, q *request) (p uint64, have uint, ok bool) {
	a.track()
	s := a.all()
	for orders := s.mask >> k << k; orders != 0; orders &= orders - 1 {
		have = uint(bits.TrailingZeros64(orders))
		if p, ok = s.highestAligned(have, q.minOrder); ok {
			if have > q.minOrder {
				p += 1<<have - 1<<q.minOrder
			}
			return p, have, true
		}
	}
	return 0, 0, false
}

// findInWindow is the highest aligned slot of order k in the window that is free. The
// kernel walks its tree depth first, the right half before the left.
func (a *next) findInWindow(k uint, q *request) (p uint64, have uint, ok bool) {
	hi := q.hi
	if hi == 0 {
		hi = a.pages
	}
	first := roundUp(q.lo, 1<<k)
	if first >= hi || hi-first < 1<<k {
		return 0, 0, false
	}
	limit := hi - 1<<k + 1 // no slot begins here or above
	p, have, ok = a.all().highestSlot(k, first, limit)
	if ok && q.flags&(strategies.Clear|strategies.TopDown) == strategies.Clear && a.known != nil && !a.known.idle() {
		p, have = a.descend(k, first, limit, p, have)
	}
	return p, have, ok
}

// descend is the walk of a window for clear memory, which visits the left half first
// where its class is better than the right one's. It follows the kernel's path from
// the root down and asks for slots only where that matters: p is always the highest
// that fits below the node, in a free block of order have. It ends at a node of one class.
func (a *next) descend(k uint, first, limit, p uint64, have uint) (uint64, uint) {
	s, t := a.all(), a.known
	var c class // of the node, if that is free
	for h := a.rootOrder(p); h > k; h-- {
		if h == have {
			c = t.ofBlock(h, p>>h)
		}
		if h <= have && c != partClear {
			break
		}
		s.visits++
		right := p>>h<<1 | 1
		middle := right << (h - 1)
		of := a.classOf
		if h <= have {
			of = t.ofRest
		}
		left, found := of(h-1, right-1), p < middle
		if !found {
			if c = of(h-1, right); rightFirst(left, c) {
				continue
			}
			var at uint64
			var order uint
			if at, order, found = s.highestSlot(k, max(first, middle-1<<(h-1)), min(limit, middle)); found {
				p, have = at, order
			}
		}
		if found {
			c = left
		}
	}
	return p, have
}

// classOf is the class of a node that the walk compares and that is no part of a free block.
// A granted node can be of any class, since nothing is found in it.
func (a *next) classOf(k uint, i uint64) class {
	if a.all().has(k, i) {
		return a.known.ofBlock(k, i)
	}
	return a.known.classes.get(k, i)
}

// rootOrder is the order of the root that holds page p.
func (a *next) rootOrder(p uint64) uint {
	for start, rest := uint64(0), a.pages; ; {
		h := log2(rest)
		if start += 1 << h; p < start {
			return h
		}
		rest -= 1 << h
	}
}
