package buddy

import "math/bits"

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
	n, w := &o.nodes[c], from>>6&63
	words := n.words << (63 - w) >> (63 - w)
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
		if leaf = leaf << (63 - from&63) >> (63 - from&63); leaf == 0 {
			if i == 0 {
				return 0, false
			}
			return s.prevAbove(k, i-1, least)
		}
	}
	i |= uint64(log2(leaf))
	return i, i >= least
}
