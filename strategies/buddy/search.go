package buddy

import (
	"iter"
	"math/bits"
)

// highest is the highest block of order k, which has one.
func (s *freeSet) highest(k uint) uint64 {
	o := &s.orders[k&63]
	if len(o.nodes) == 0 {
		i, _ := s.prevSparse(k, ^uint64(0)>>(64-6*sparseLevels))
		return i
	}
	g := uint64(log2(o.top))
	if o.l3 != nil {
		g = g<<6 | uint64(log2(o.l3[g]))
	}
	c := g<<6 | uint64(log2(o.l2[g]))
	return o.uppermost(c, o.nodes[c].words)
}

// uppermost is the highest block of node c in the leaf words of the mask words.
func (o *order) uppermost(c, words uint64) uint64 {
	w := uint64(log2(words))
	return c<<12 | w<<6 | uint64(log2(o.nodes[c].chunk[w]))
}

// lowest is the lowest block of node c in the leaf words of the mask words.
func (o *order) lowest(c, words uint64) uint64 {
	w := uint64(bits.TrailingZeros64(words)) & 63
	return c<<12 | w<<6 | uint64(bits.TrailingZeros64(o.nodes[c].chunk[w]))
}

// above is a mask of the bits above bit i&63.
func above(i uint64) uint64 { return ^uint64(0) << (i & 63) << 1 }

// below is a mask of the bits below bit i&63.
func below(i uint64) uint64 { return 1<<(i&63) - 1 }

// upTo is word w without the bits above bit i&63.
func upTo(w, i uint64) uint64 {
	cut := ^i & 63
	return w << cut >> cut
}

// next is the lowest block of order k at or above from.
func (s *freeSet) next(k uint, from uint64) (i uint64, ok bool) {
	o := &s.orders[k&63]
	if len(o.nodes) == 0 {
		return s.nextSparse(k, from)
	}
	c := from >> 12
	if c >= uint64(len(o.nodes)) {
		return 0, false
	}
	n, w := &o.nodes[c], from>>6&63
	if n.words>>w&1 != 0 {
		if leaf := n.chunk[w] >> (from & 63); leaf != 0 {
			return from + uint64(bits.TrailingZeros64(leaf)), true
		}
	}
	if words := n.words & above(w); words != 0 {
		return o.lowest(c, words), true
	}
	if c, ok = o.nextNode(c); !ok {
		return 0, false
	}
	return o.lowest(c, o.nodes[c].words), true
}

// nextNode is the first node after c that is not empty.
func (o *order) nextNode(c uint64) (uint64, bool) {
	g := c >> 6
	w := o.l2[g] & above(c)
	if w == 0 {
		var ok bool
		if g, ok = o.nextWord(g); !ok {
			return 0, false
		}
		w = o.l2[g]
	}
	return g<<6 | uint64(bits.TrailingZeros64(w)), true
}

// nextWord is the first l2 word after g that is not zero.
func (o *order) nextWord(g uint64) (uint64, bool) {
	if o.l3 == nil {
		w := o.top & above(g)
		return uint64(bits.TrailingZeros64(w)), w != 0
	}
	h := g >> 6
	w := o.l3[h&63] & above(g)
	if w == 0 {
		t := o.top & above(h)
		if t == 0 {
			return 0, false
		}
		h = uint64(bits.TrailingZeros64(t))
		w = o.l3[h&63]
	}
	return h<<6 | uint64(bits.TrailingZeros64(w)), true
}

// prev is the highest block of order k at or below from.
func (s *freeSet) prev(k uint, from uint64) (i uint64, ok bool) {
	o := &s.orders[k&63]
	if len(o.nodes) == 0 {
		return s.prevSparse(k, from)
	}
	c := from >> 12
	if c >= uint64(len(o.nodes)) {
		c = uint64(len(o.nodes)) - 1
		from = c<<12 | 4095
	}
	n, w := &o.nodes[c], from>>6&63
	if n.words>>w&1 != 0 {
		if leaf := n.chunk[w] << (63 - from&63); leaf != 0 {
			return from - uint64(bits.LeadingZeros64(leaf)), true
		}
	}
	if words := n.words & below(w); words != 0 {
		return o.uppermost(c, words), true
	}
	if c, ok = o.prevNode(c); !ok {
		return 0, false
	}
	return o.uppermost(c, o.nodes[c].words), true
}

// prevNode is the last node before c that is not empty.
func (o *order) prevNode(c uint64) (uint64, bool) {
	g := c >> 6
	w := o.l2[g] & below(c)
	if w == 0 {
		var ok bool
		if g, ok = o.prevWord(g); !ok {
			return 0, false
		}
		w = o.l2[g]
	}
	return g<<6 | uint64(log2(w)), true
}

// prevWord is the last l2 word before g that is not zero.
func (o *order) prevWord(g uint64) (uint64, bool) {
	if o.l3 == nil {
		w := o.top & below(g)
		return uint64(log2(w)), w != 0
	}
	h := g >> 6
	w := o.l3[h&63] & below(g)
	if w == 0 {
		t := o.top & below(h)
		if t == 0 {
			return 0, false
		}
		h = uint64(log2(t))
		w = o.l3[h&63]
	}
	return h<<6 | uint64(log2(w)), true
}

// holder is the order of the block that holds page p and is of at least order k.
func (s *freeSet) holder(k uint, p uint64) (have uint, ok bool) {
	for m := s.mask >> k << k; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		if s.has(h, p>>h) {
			return h, true
		}
	}
	return 0, false
}

// topmost is the highest block of at least order k. There is one.
func (s *freeSet) topmost(k uint) (order uint, i uint64) {
	var end uint64 // of the highest block so far: a higher one starts there or above
	for m := s.mask >> k << k; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		if j, ok := s.highestFrom(h, (end+1<<h-1)>>h); ok {
			end, order, i = (j+1)<<h, h, j
		}
	}
	return order, i
}

// highestFrom is the highest block of order k, which has one, unless it is below
// from. It descends no deeper than it must to know.
func (s *freeSet) highestFrom(k uint, from uint64) (i uint64, ok bool) {
	o := &s.orders[k&63]
	if len(o.nodes) == 0 || o.l3 != nil {
		i = s.highest(k)
		return i, i >= from
	}
	g := uint64(log2(o.top))
	c := g<<6 | uint64(log2(o.l2[g]))
	if (c+1)<<12 <= from {
		return 0, false
	}
	n := &o.nodes[c]
	w := uint64(log2(n.words))
	if i = c<<12 | w<<6; i+64 <= from {
		return 0, false
	}
	i |= uint64(log2(n.chunk[w]))
	return i, i >= from
}

// lowestSlot is the lowest aligned slot of order k at or above page first (an
// aligned one) and below limit that lies in a block of order have.
func (s *freeSet) lowestSlot(k uint, first, limit uint64) (slot uint64, have uint, ok bool) {
	for m := s.mask >> k << k; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		j, found := s.nextBelow(h, first>>h, (limit-1)>>h+1)
		if p := max(j<<h, first); found && p < limit {
			// A block of another order must be lower.
			limit, slot, have, ok = p, p, h, true
			if p == first {
				break
			}
		}
	}
	return slot, have, ok
}

// anyIn reports whether a block of one of the orders of a mask begins in the pages [first,
// limit), first being aligned to them.
func (s *freeSet) anyIn(orders, first, limit uint64) bool {
	for m := orders; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		if i, ok := s.nextBelow(h, first>>h, limit>>h); ok && i < limit>>h {
			return true
		}
	}
	return false
}

// nextBelow is next, unless it is limit or above. It descends no deeper than it
// must to know.
func (s *freeSet) nextBelow(k uint, from, limit uint64) (i uint64, ok bool) {
	o := &s.orders[k&63]
	c := from >> 12
	if c >= uint64(len(o.nodes)) {
		return s.next(k, from)
	}
	n, w := &o.nodes[c], from>>6&63
	words := n.words >> w << w
	if words == 0 {
		if (c+1)<<12 >= limit {
			return 0, false
		}
		if c, ok = o.nextNode(c); !ok || c<<12 >= limit {
			return 0, false
		}
		n = &o.nodes[c]
		words = n.words
	}
	first := uint64(bits.TrailingZeros64(words)) & 63
	i = c<<12 | first<<6
	if i >= limit {
		return 0, false
	}
	leaf := n.chunk[first]
	if i < from {
		// The word of from, of which only the upper part counts.
		if leaf = leaf >> (from & 63) << (from & 63); leaf == 0 {
			return s.nextBelow(k, from&^63+64, limit)
		}
	}
	return i | uint64(bits.TrailingZeros64(leaf)), true
}

// all yields every block as (order, number): orders and numbers ascend.
func (s *freeSet) all() iter.Seq2[uint, uint64] {
	return func(yield func(uint, uint64) bool) {
		for m := s.mask; m != 0; m &= m - 1 {
			k := uint(bits.TrailingZeros64(m))
			for i, ok := s.next(k, 0); ok; i, ok = s.next(k, i+1) {
				if !yield(k, i) {
					return
				}
			}
		}
	}
}

// highestSlot is the highest aligned slot of order k at or above page first and
// below limit that lies in a block of order have: the mirror image of lowestSlot.
func (s *freeSet) highestSlot(k uint, first, limit uint64) (slot uint64, have uint, ok bool) {
	if first >= limit {
		return 0, 0, false
	}
	last := (limit - 1) >> k << k
	for m := s.mask >> k << k; m != 0 && first <= last; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		j, found := s.prevAbove(h, last>>h, first>>h)
		if !found {
			continue
		}
		if p := min((j+1)<<h-1<<k, last); p >= first {
			// A block of another order must be higher.
			slot, have, ok, first = p, h, true, p+1
		}
	}
	return slot, have, ok
}

// prevAbove is prev, unless it is below least. It descends no deeper than it must
// to know.
func (s *freeSet) prevAbove(k uint, from, least uint64) (i uint64, ok bool) {
	o := &s.orders[k&63]
	c := from >> 12
	if c >= uint64(len(o.nodes)) {
		i, ok = s.prev(k, from)
		return i, ok && i >= least
	}
	n := &o.nodes[c]
	words := upTo(n.words, from>>6)
	if words == 0 {
		if c<<12 <= least {
			return 0, false
		}
		if c, ok = o.prevNode(c); !ok || (c+1)<<12 <= least {
			return 0, false
		}
		n = &o.nodes[c]
		words = n.words
	}
	last := uint64(log2(words))
	i = c<<12 | last<<6
	if i+64 <= least {
		return 0, false
	}
	leaf := n.chunk[last]
	if i|63 > from {
		// The word of from, of which only the lower part counts.
		if leaf = upTo(leaf, from); leaf == 0 {
			if i == 0 {
				return 0, false
			}
			return s.prevAbove(k, i-1, least)
		}
	}
	i |= uint64(log2(leaf))
	return i, i >= least
}
