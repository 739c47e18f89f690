package buddy

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// request is a strategies.Request in pages, checked.
type request struct {
	size     uint64
	minOrder uint   // order of the smallest block
	lo, hi   uint64 // window
	flags    strategies.Flags
}

// parse applies the kernel's checks in the kernel's order.
func (a *Allocator) parse(r strategies.Request) (request, error) {
	page := uint64(1) << a.shift
	align, lo, hi := r.Align, uint64(0), a.pages<<a.shift
	if align == 0 {
		align = page
	}
	if r.Flags&strategies.Range != 0 {
		lo, hi = r.Lo, r.Hi
	}
	switch {
	case r.Size < page:
		return request{}, fmt.Errorf("%w: size %d is less than a page of %d", strategies.ErrInvalid, r.Size, page)
	case align < page || bits.OnesCount64(align) != 1:
		return request{}, fmt.Errorf("%w: align %d is not a power of two of at least a page of %d", strategies.ErrInvalid, align, page)
	case (r.Size|lo|hi)&(page-1) != 0:
		return request{}, fmt.Errorf("%w: size %d or window [%d, %d) is not a multiple of the page of %d", strategies.ErrInvalid, r.Size, lo, hi, page)
	}
	q := request{
		size:     r.Size >> a.shift,
		minOrder: uint(bits.TrailingZeros64(align)) - a.shift,
		lo:       lo >> a.shift,
		hi:       hi >> a.shift,
		flags:    r.Flags,
	}
	if q.hi > a.pages || q.lo >= a.pages || q.size > a.pages-q.lo {
		return request{}, fmt.Errorf("%w: %d bytes in the window [%d, %d) exceed the region of %d",
			strategies.ErrInvalid, r.Size, lo, hi, a.pages<<a.shift)
	}
	return q, nil
}

// allocSlow is Alloc for every request: it chooses the path as the kernel does.
func (a *Allocator) allocSlow(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	q, err := a.parse(r)
	if err != nil {
		return dst, err
	}
	if q.lo+q.size == q.hi {
		return a.exact(dst, q)
	}
	want, minOrder := q.size, q.minOrder // what to look for: rounded up
	if q.flags&strategies.Contiguous != 0 {
		minOrder = uint(bits.Len64(q.size - 1))
		want = 1 << minOrder
	} else {
		want = roundUp(want, 1<<minOrder)
	}
	scattered := q.flags&(strategies.Contiguous|strategies.Range) != strategies.Contiguous
	if log2(want) > a.maxOrder || want > a.pages {
		if scattered {
			return dst, fmt.Errorf("%w: %d bytes rounded up to blocks of %d exceed the region of %d",
				strategies.ErrInvalid, r.Size, uint64(1)<<minOrder<<a.shift, a.pages<<a.shift)
		}
		return a.tryHarder(dst, q)
	}
	out, ok := a.collect(dst, want, want-q.size, minOrder, q)
	switch {
	case ok:
		return out, nil
	case scattered:
		return dst, strategies.ErrNoSpace
	}
	return a.tryHarder(dst, q)
}

// roundUp rounds n up to a multiple of the power of two m.
func roundUp(n, m uint64) uint64 { return (n + m - 1) &^ (m - 1) }

// exact grants precisely the window, as the largest aligned blocks in
// ascending order.
func (a *Allocator) exact(dst []strategies.Block, q request) ([]strategies.Block, error) {
	if low := uint64(1)<<q.minOrder - 1; (q.lo|q.hi)&low != 0 {
		return dst, fmt.Errorf("%w: exact window [%d, %d) is not aligned to %d",
			strategies.ErrInvalid, q.lo<<a.shift, q.hi<<a.shift, uint64(1)<<q.minOrder<<a.shift)
	}
	w := a.walk(dst)
	if w.run(q.lo, q.hi) < q.hi {
		return dst, strategies.ErrNoSpace
	}
	return a.carveAll(w.found, len(dst)), nil
}

// carveAll takes the blocks dst[from:], which are free, and books them as one
// allocation.
func (a *Allocator) carveAll(dst []strategies.Block, from int) []strategies.Block {
	id := a.ledger.open()
	for j := from; j < len(dst); j++ {
		b := &dst[j]
		b.Node = id
		p, k := b.Start>>a.shift, uint(bits.TrailingZeros64(b.Size))-a.shift
		have, c, _ := a.holder(k, p)
		a.set(c).carve(have, k, p>>k)
		a.count(c, 1<<k)
	}
	a.book(id, dst[from:])
	return dst
}

// book seals the blocks of a new allocation.
func (a *Allocator) book(id uint32, blocks []strategies.Block) {
	a.ledger.entries[id] = seal(blocks)
	a.clock += clock(len(blocks))
	if a.watched != 0 {
		a.note(blocks)
	}
}

// count books pages of a kind as taken.
func (a *Allocator) count(c kind, pages uint64) {
	a.avail -= pages
	if c == clear {
		a.clearAvail -= pages
	}
}

// holder finds the free block that holds page p and is of at least order k.
func (a *Allocator) holder(k uint, p uint64) (have uint, c kind, ok bool) {
	if have, ok = a.dirty.holder(k, p); ok || a.clearAvail == 0 {
		return have, dirty, ok
	}
	have, ok = a.clear.holder(k, p)
	return have, clear, ok
}

// collect is the kernel's request loop: block after block, the largest order
// first, never below minOrder and never rising again; at the end it gives back
// the surplus pages of the last block. On failure nothing has changed, but that
// clear memory may have been merged with dirty.
func (a *Allocator) collect(dst []strategies.Block, want, surplus uint64, minOrder uint, q request) ([]strategies.Block, bool) {
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
		if !ok && k == minOrder && a.clearAvail > 0 && a.forceMerge(minOrder, q) {
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
	a.book(id, dst[from:])
	return dst, true
}

// undo gives back what collect took. The free sets are a function of the free
// pages of each kind, so they are as before.
func (a *Allocator) undo(taken []strategies.Block) {
	for j, b := range taken {
		a.release(a.kinds[j], b.Start>>a.shift, b.End()>>a.shift)
		a.count(a.kinds[j], -(b.Size >> a.shift))
	}
}

// take removes one block of order k from a free set, split off where the flags
// say: of the kind asked for if there is one, otherwise of the other.
func (a *Allocator) take(k uint, q request) (i uint64, c kind, ok bool) {
	if q.flags&strategies.Range != 0 {
		return a.takeInWindow(k, q)
	}
	c = dirty
	if q.flags&strategies.Clear != 0 {
		c = clear
	}
	topDown := q.flags&strategies.TopDown != 0
	if a.set(c).mask>>k == 0 {
		// The kernel falls back to the plain order of search here.
		c, topDown = c^1, false
	}
	s := a.set(c)
	m := s.mask >> k
	if m == 0 {
		return 0, c, false
	}
	if topDown {
		have, i := s.popTopmost(k)
		return s.splitRight(have, k, i), c, true
	}
	s.visits++
	have := k + uint(bits.TrailingZeros64(m))
	return s.splitRight(have, k, s.popHighest(have)), c, true
}

// takeInWindow takes the lowest aligned slot of order k in the window that is
// free and of the kind asked for, or else of any kind.
func (a *Allocator) takeInWindow(k uint, q request) (i uint64, c kind, ok bool) {
	hi := q.hi
	if hi == 0 {
		hi = a.pages
	}
	first := roundUp(q.lo, 1<<k)
	if first >= hi || hi-first < 1<<k {
		return 0, dirty, false
	}
	limit := hi - 1<<k + 1 // no slot begins here or above
	var slot uint64
	var have uint
	if q.flags&strategies.Clear != 0 && a.clearAvail > 0 {
		// The kernel finds clear memory only in roots that are all clear: its
		// first walk skips what is dirty, and a split node is.
		if slot, have, ok = a.clearRoot(k, first, limit); ok {
			a.clear.carve(have, k, slot>>k)
			return slot >> k, clear, true
		}
	}
	slot, have, ok = a.dirty.lowestSlot(k, first, limit)
	if a.clearAvail > 0 && (!ok || q.flags&strategies.Clear != 0) {
		if ok {
			limit = slot
		}
		if s, h, found := a.clear.lowestSlot(k, first, limit); found {
			slot, have, c, ok = s, h, clear, true
		}
	}
	if ok {
		a.set(c).carve(have, k, slot>>k)
	}
	return slot >> k, c, ok
}

// clearRoot is the lowest slot of order k in a root that is all clear.
func (a *Allocator) clearRoot(k uint, first, limit uint64) (slot uint64, have uint, ok bool) {
	for start, rest := uint64(0), a.pages; rest != 0; {
		h := log2(rest)
		slot = max(start, first)
		if h >= k && slot < limit && slot < start+1<<h && a.clear.mask>>h&1 != 0 && a.clear.has(h, start>>h) {
			return slot, h, true
		}
		start += 1 << h
		rest -= 1 << h
	}
	return 0, 0, false
}

// forceMerge makes a block of at least order minOrder by merging free buddies
// of different kinds, inside the window (where hi = 0 holds nothing); the result
// is dirty.
func (a *Allocator) forceMerge(minOrder uint, q request) bool {
	for k := int(minOrder) - 1; k >= 0; k-- {
		k := uint(k)
		if (a.clear.mask&a.dirty.mask)>>k&1 == 0 {
			continue
		}
		last := (q.hi >> k) >> 1 // of the pairs of buddies that the window touches
		for pair, ok := a.pairBelow(k, last); ok && (2*pair+2)<<k > q.lo; pair, ok = a.pairBelow(k, pair-1) {
			i := 2 * pair
			if !a.clear.has(k, i) {
				i++
			}
			if (a.inWindow(k, 2*pair, q) || a.inWindow(k, 2*pair+1, q)) && a.mergeAnyKind(k, i) >= minOrder {
				return true
			}
			if pair == 0 {
				break
			}
		}
	}
	return false
}

// pairBelow is the highest pair of free buddies of order k and different kinds
// at or below pair number p.
func (a *Allocator) pairBelow(k uint, p uint64) (pair uint64, ok bool) {
	if a.pairs.mask>>k&1 == 0 {
		return 0, false
	}
	a.clear.visits++
	return a.pairs.prev(k, p)
}

func (a *Allocator) inWindow(k uint, i uint64, q request) bool {
	return i<<k >= q.lo && (i+1)<<k <= q.hi
}

// mergeAnyKind merges clear block i of order k with its buddies of either kind
// and returns the order of the dirty block that results.
func (a *Allocator) mergeAnyKind(k uint, i uint64) uint {
	a.clear.remove(k, i)
	a.clearAvail -= 1 << k
	for {
		a.noteMerge(k, i)
		switch {
		case a.dirty.has(k, i^1):
			a.dirty.remove(k, i^1)
		case a.clearAvail != 0 && a.clear.has(k, i^1):
			a.clear.remove(k, i^1)
			a.clearAvail -= 1 << k
		default:
			a.dirty.insert(k, i)
			return k
		}
		a.dirty.merges++
		i >>= 1
		k++
	}
}

// release makes the pages [start, end) free, piece by piece, merging.
func (a *Allocator) release(c kind, start, end uint64) {
	for start < end {
		k := piece(start, end)
		a.set(c).merge(k, start>>k)
		start += 1 << k
	}
}

// piece is the order of the largest aligned block that starts at page p and
// ends at or before end.
func piece(p, end uint64) uint {
	return min(uint(bits.TrailingZeros64(p)), log2(end-p))
}

// trim gives the last surplus pages of the last block, of kind c, back and
// replaces the block by the aligned pieces that are kept, ascending.
func (a *Allocator) trim(dst []strategies.Block, surplus uint64, c kind) []strategies.Block {
	last := dst[len(dst)-1]
	start, end := last.Start>>a.shift, last.End()>>a.shift
	a.release(c, end-surplus, end)
	a.count(c, -surplus)
	dst = dst[:len(dst)-1]
	for end -= surplus; start < end; {
		k := piece(start, end)
		dst = append(dst, strategies.Block{Start: start << a.shift, Size: 1 << k << a.shift, Node: last.Node})
		start += 1 << k
	}
	return dst
}
