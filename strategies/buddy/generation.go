package buddy

// A generation is what the kernels do differently: the steps of allocSlow that
// changed since Linux 6.11, each in the file of the kernel that brought it. The
// values have no state, and a later generation embeds the one before it. The plain
// path (scatter, Free) is the same in all of them and asks none.
type generation interface {
	// round is what is searched for instead of the request's size: so many pages
	// in blocks of order minOrder and above.
	round(q request) (want uint64, minOrder uint)
	// admits reports whether a search begins for so many pages in the region of m.
	// Otherwise a contiguous request without a window tries harder at once, and all else
	// is invalid; or the kernel stops at an assertion, and that is what later ones do.
	admits(m *memory, want uint64) (ok, stops bool)
	// take removes a free block of order k from the free sets, split off where the
	// flags say. The caller counts it.
	take(m *memory, k uint, q request) (i uint64, c kind, ok bool)
	// forceMerge makes a block of at least order minOrder by merging free buddies
	// of different kinds inside the window (where hi = 0 holds nothing). The result
	// is dirty.
	forceMerge(m *memory, minOrder uint, q request) bool
	// passes are the kinds of block that trying harder visits, one set after the other.
	passes() []kinds
}
