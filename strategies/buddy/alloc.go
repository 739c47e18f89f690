package buddy

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// The steps of the kernel's drm_buddy_alloc_blocks, each in a function of its own:
//
//	parse         the checks, in the kernel's order
//	exact         an exact window: the exact-range walk over all roots
//	collect       the request loop: one block after the other, largest order first
//	take          one block from the free lists
//	takeInWindow  one block inside a window: the walk with a range bias (walk.go)
//	takeAligned   one block at an aligned offset (linux71.go)
//	mergePairs    merges clear and dirty buddies when nothing else is left (linux611.go)
//	tryHarder     a contiguous run that is not one block (harder.go)
//	trim          gives back the surplus of the last block
//
// Where kernels differ, their [generation] says what is done.

// steps are those that go through free memory, which [Next] keeps otherwise.
type steps interface {
	runRule
	// exact grants precisely the window of q, which is aligned.
	exact(dst []strategies.Block, q *request) ([]strategies.Block, error)
	// collect grants want pages as blocks of order minOrder and above, less the
	// surplus.
	collect(dst []strategies.Block, want, surplus uint64, minOrder uint, q *request) ([]strategies.Block, bool)
	// tryHarder grants a contiguous run that is not one block.
	tryHarder(dst []strategies.Block, q *request) ([]strategies.Block, error)
}

// allocSlow is Alloc for every request: it chooses among the steps as the kernel does.
func (a *allocator) allocSlow(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	q, err := a.parse(r)
	if err != nil {
		return dst, err
	}
	if q.lo+q.size == q.hi {
		if low := uint64(1)<<q.minOrder - 1; (q.lo|q.hi)&low != 0 {
			return dst, fmt.Errorf("%w: exact window [%d, %d) is not aligned to %d",
				strategies.ErrInvalid, q.lo<<a.shift, q.hi<<a.shift, uint64(1)<<q.minOrder<<a.shift)
		}
		return a.steps.exact(dst, q)
	}
	want, minOrder := a.generation.round(q)
	scattered := q.flags&(strategies.Contiguous|strategies.Range) != strategies.Contiguous
	if want > a.pages {
		ok, stops := a.generation.admits(&a.memory, want)
		if stops {
			a.asserted++
			a.stopped = want
		}
		switch {
		case ok:
		case scattered:
			return dst, fmt.Errorf("%w: %d bytes, rounded up to %d pages, exceed what the region of %d pages can grant",
				strategies.ErrInvalid, r.Size, want, a.pages)
		default:
			return a.steps.tryHarder(dst, q)
		}
	}
	out, ok := a.steps.collect(dst, want, want-q.size, minOrder, q)
	switch {
	case ok:
		return out, nil
	case scattered:
		return dst, strategies.ErrNoSpace
	}
	return a.steps.tryHarder(dst, q)
}

// exact is the kernel's exact-range walk over all roots: it grants precisely the
// window, as the largest aligned blocks in ascending order.
func (a *allocator) exact(dst []strategies.Block, q *request) ([]strategies.Block, error) {
	w := a.walk(dst)
	if w.run(q.lo, q.hi) < q.hi {
		return dst, strategies.ErrNoSpace
	}
	return a.carveAll(w.found, len(dst)), nil
}

// collect is the kernel's request loop: block after block, the largest order
// first, never below minOrder and never rising again; at the end it gives back
// the surplus pages of the last block. A failed collect changes nothing, except
// that it may have merged clear memory with dirty.
func (a *allocator) collect(dst []strategies.Block, want, surplus uint64, minOrder uint, q *request) ([]strategies.Block, bool) {
	if q.size > a.avail && a.clearAvail == 0 {
		return dst, false // with clear memory, the attempt merges some of it first
	}
	id := a.ledger.open()
	from := len(dst)
	a.kinds = a.kinds[:0]
	last := dirty
	k := log2(want)
	for want > 0 {
		k = min(k, log2(want))
		i, c, ok := a.take(k, q)
		if !ok && k == minOrder && a.clearAvail > 0 && a.generation.forceMerge(&a.memory, minOrder, q) {
			i, c, ok = a.take(k, q)
		}
		if !ok {
			if k == minOrder {
				a.undo(dst[from:])
				a.ledger.close(id)
				return dst[:from], false
			}
			k--
			continue
		}
		a.count(c, 1<<k)
		a.kinds = append(a.kinds, c)
		last = c
		dst = append(dst, strategies.Block{Start: i << k << a.shift, Size: 1 << k << a.shift, Node: id})
		want -= 1 << k
	}
	if surplus != 0 {
		dst = a.trim(dst, surplus, last)
	}
	a.book(id, last, dst[from:])
	return dst, true
}

// take removes a block of order k from the free sets, split off where the flags say: of
// the kind asked for if there is one, otherwise of the other. The caller counts it.
func (m *memory) take(k uint, q *request) (i uint64, c kind, ok bool) {
	switch {
	case q.flags&strategies.Range != 0:
		return m.takeInWindow(k, q) // also by offset: it is then misaligned, an upstream defect
	case q.byOffset(k):
		return m.takeAligned(k, q)
	}
	c = q.kind()
	topDown := q.flags&strategies.TopDown != 0
	if m.set(c).mask>>k == 0 {
		// The kernel falls back to the plain order of search here.
		c, topDown = c^1, false
	}
	s := m.set(c)
	orders := s.mask >> k
	if orders == 0 {
		return 0, c, false
	}
	if topDown {
		have, i := s.topmost(k)
		s.remove(have, i)
		return s.splitRight(have, k, i), c, true
	}
	s.visits++
	have := k + uint(bits.TrailingZeros64(orders))
	return s.splitRight(have, k, s.popHighest(have)), c, true
}

// undo gives back what collect took. The free sets follow from the free pages of
// each kind, so they are as before.
func (a *allocator) undo(taken []strategies.Block) {
	for j, b := range taken {
		a.release(a.kinds[j], b.Start>>a.shift, b.End()>>a.shift)
		a.count(a.kinds[j], -(b.Size >> a.shift))
	}
}

// trim gives the last surplus pages of the last block, of kind c, back and
// replaces the block by the aligned pieces that are kept, ascending.
func (a *allocator) trim(dst []strategies.Block, surplus uint64, c kind) []strategies.Block {
	last := dst[len(dst)-1]
	start, end := last.Start>>a.shift, last.End()>>a.shift
	a.release(c, end-surplus, end)
	a.count(c, -surplus)
	a.set(c).splits += uint64(log2(end-start)) - uint64(bits.TrailingZeros64(surplus))
	return a.appendPieces(dst[:len(dst)-1], start, end-surplus, last.Node)
}

// carveAll takes the blocks dst[from:], which are free, and books them as one
// allocation.
func (a *allocator) carveAll(dst []strategies.Block, from int) []strategies.Block {
	id, last := a.ledger.open(), dirty
	for j := from; j < len(dst); j++ {
		b := &dst[j]
		b.Node = id
		p, k := b.Start>>a.shift, uint(bits.TrailingZeros64(b.Size))-a.shift
		have, c, _ := a.holder(k, p)
		a.set(c).carve(have, k, p>>k)
		a.count(c, 1<<k)
		last = c
	}
	a.book(id, last, dst[from:])
	return dst
}

// book seals the blocks of a new allocation, of which the last is of kind c.
func (a *allocator) book(id uint32, c kind, blocks []strategies.Block) {
	if c == clear && len(blocks) == 1 {
		a.wiped.set(id, clear)
	}
	a.ledger.entries[id] = seal(blocks)
	a.clock += clock(len(blocks))
	if a.watched != 0 {
		a.note(blocks)
	}
}
