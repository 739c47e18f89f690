package buddy

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// linux71 is the policy of Linux 7.1. A request that is smaller than its alignment
// and a power of two is one block of exactly its size, at an offset that is aligned.
// There is no smaller block to step down to.
type linux71 struct{ linux618 }

// round leaves alone what is searched for by its offset.
func (g *linux71) round(q *request) (want uint64, minOrder uint) {
	if k := log2(q.size); q.size == 1<<k && q.byOffset(k) {
		return q.size, k
	}
	return g.linux618.round(q)
}

// byOffset reports whether a block of order k for q is searched for by the alignment of
// its offset: the block is smaller than the alignment, which counts in no other way
// unless q is contiguous. Until 7.1 no request is left with such a block.
func (q *request) byOffset(k uint) bool {
	return k < q.minOrder && q.flags&strategies.Contiguous == 0
}

// takeAligned takes a block of order k at a multiple of the alignment of q, which is
// larger: out of the highest free block of the smallest order that begins at such a
// multiple, its highest one. Page 0 is a multiple of anything.
//
// The kernel forgets to begin each order with the kind asked for: it begins with the
// one that it looked at last, so that the first of two to be looked at alternates.
func (m *memory) takeAligned(k uint, q *request) (i uint64, c kind, ok bool) {
	m.track()
	for orders := (m.dirty.mask | m.clear.mask) >> k << k; orders != 0; orders &= orders - 1 {
		have := uint(bits.TrailingZeros64(orders))
		first := q.kind() ^ kind((have-k)&1)
		for _, c := range [2]kind{first, first ^ 1} {
			p, found := m.set(c).highestAligned(have, q.minOrder)
			if !found {
				continue
			}
			if have > q.minOrder {
				p += 1<<have - 1<<q.minOrder
			}
			m.set(c).carve(have, k, p>>k)
			return p >> k, c, true
		}
	}
	return 0, dirty, false
}
