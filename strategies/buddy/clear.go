package buddy

// mergePairs merges free buddies of different kinds, orders and addresses falling,
// until a block of at least order minOrder comes out. Of a pair, the half of one of
// the kinds must lie in the window (where hi = 0 holds nothing).
//
// The kernel goes through its free blocks and looks at every buddy; here the pairs
// are listed, so only those that merge are visited.
func (a *allocator) mergePairs(minOrder uint, q request, of kinds) bool {
	for k := int(minOrder) - 1; k >= 0; k-- {
		k := uint(k)
		if (a.clear.mask&a.dirty.mask)>>k&1 == 0 {
			continue
		}
		last := (q.hi >> k) >> 1 // of the pairs of buddies that the window touches
		for pair, ok := a.pairBelow(k, last); ok && (2*pair+2)<<k > q.lo; pair, ok = a.pairBelow(k, pair-1) {
			i := 2 * pair // the clear half
			if !a.clear.has(k, i) {
				i++
			}
			inside := of.has(clear) && inWindow(k, i, q) || of.has(dirty) && inWindow(k, i^1, q)
			if inside && a.mergeAnyKind(k, i) >= minOrder {
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
func inWindow(k uint, i uint64, q request) bool {
	return i<<k >= q.lo && (i+1)<<k <= q.hi
}
