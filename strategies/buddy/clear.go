package buddy

// forceMerge is the kernel's force merge: it makes a block of at least order
// minOrder by merging free buddies of different kinds inside the window (where
// hi = 0 holds nothing). The result is dirty.
//
// The kernel goes through its free lists and looks at every buddy; here the pairs
// are listed, so only those that merge are visited.
func (a *allocator) forceMerge(minOrder uint, q request) bool {
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
			if (inWindow(k, 2*pair, q) || inWindow(k, 2*pair+1, q)) && a.mergeAnyKind(k, i) >= minOrder {
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
