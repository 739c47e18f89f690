package buddy

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// linux611 is the policy of Linux 6.11.
type linux611 struct{}

// round makes one block of the next power of two of a contiguous request, and whole
// smallest blocks of any other.
func (*linux611) round(q *request) (want uint64, minOrder uint) {
	if q.flags&strategies.Contiguous != 0 {
		minOrder = uint(bits.Len64(q.size - 1))
		return 1 << minOrder, minOrder
	}
	return roundUp(q.size, 1<<q.minOrder), q.minOrder
}

// admits is where the kernel stops at an assertion. A size with an order that exists is
// searched for, in vain.
func (*linux611) admits(m *memory, want uint64) (ok, stops bool) {
	ok = log2(want) <= log2(m.pages)
	return ok, !ok
}

// forceMerge goes through the lists from the largest order down. A list has blocks
// of both kinds.
func (*linux611) forceMerge(m *memory, minOrder uint, q *request) bool {
	return m.mergePairs(minOrder, q, eitherKind)
}

// passes is one, from the highest block of either kind down.
func (*linux611) passes() []kinds { return justOnce }

var justOnce = []kinds{eitherKind}

// mergePairs merges free buddies of different kinds, orders and addresses falling,
// until a block of at least order minOrder comes out. Of a pair, the half of one of
// the kinds must lie in the window (where hi = 0 holds nothing).
//
// The kernel goes through its free blocks and looks at every buddy; here the pairs
// are listed, so only those that merge are visited.
func (m *memory) mergePairs(minOrder uint, q *request, of kinds) bool {
	for k := int(minOrder) - 1; k >= 0; k-- {
		k := uint(k)
		if (m.clear.mask&m.dirty.mask)>>k&1 == 0 {
			continue
		}
		last := (q.hi >> k) >> 1 // of the pairs of buddies that the window touches
		for pair, ok := m.pairBelow(k, last); ok && (2*pair+2)<<k > q.lo; pair, ok = m.pairBelow(k, pair-1) {
			i := 2 * pair // the clear half
			if !m.clear.has(k, i) {
				i++
			}
			inside := of.has(clear) && inWindow(k, i, q) || of.has(dirty) && inWindow(k, i^1, q)
			if inside && m.mergeAnyKind(k, i) >= minOrder {
				return true
			}
			if pair == 0 {
				break
			}
		}
	}
	return false
}

// inWindow reports whether block i of order k lies in the window of q.
func inWindow(k uint, i uint64, q *request) bool {
	return i<<k >= q.lo && (i+1)<<k <= q.hi
}
