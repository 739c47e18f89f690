package buddy

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// linux71 is the policy of Linux 7.1. A request that is smaller than its alignment
// and a power of two is one block of exactly its size, at an offset that is aligned.
// There is no smaller block to step down to.
type linux71 struct{ linux618 }

func (g *linux71) round(q request) (want uint64, minOrder uint) {
	if q.byOffset() {
		return q.size, log2(q.size)
	}
	return g.linux618.round(q)
}

// take looks at the offset only outside windows. Inside, a small block is granted
// wherever its own size fits, an upstream defect.
func (g *linux71) take(m *memory, k uint, q request) (i uint64, c kind, ok bool) {
	if q.byOffset() && q.flags&strategies.Range == 0 {
		return m.takeAligned(k, q)
	}
	return g.linux618.take(m, k, q)
}

// byOffset reports whether q is searched for by the alignment of offsets.
func (q request) byOffset() bool {
	return q.size < 1<<q.minOrder && bits.OnesCount64(q.size) == 1 && q.flags&strategies.Contiguous == 0
}

// takeAligned takes a block of order k at a multiple of the alignment of q, which is
// larger: out of the highest free block of the smallest order that begins at such a
// multiple, its highest one. Page 0 is a multiple of anything.
//
// The kernel forgets to begin each order with the kind asked for: it begins with the
// one that it looked at last, so that the first of two to be looked at alternates.
func (m *memory) takeAligned(k uint, q request) (i uint64, c kind, ok bool) {
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
