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
	lo, hi   uint64 // window; hi = 0 is no upper limit
	flags    strategies.Flags
}

// kind is the kind of memory that q asks for first.
func (q *request) kind() kind {
	if q.flags&strategies.Clear != 0 {
		return clear
	}
	return dirty
}

// parse applies the kernel's checks in the kernel's order. The result stands in m, and
// until the next call.
func (m *memory) parse(r strategies.Request) (*request, error) {
	page := uint64(1) << m.shift
	align, lo, hi := r.Align, uint64(0), m.pages<<m.shift
	if align == 0 {
		align = page
	}
	if r.Flags&strategies.Range != 0 {
		lo, hi = r.Lo, r.Hi
	}
	switch {
	case r.Size < page:
		return nil, fmt.Errorf("%w: size %d is less than a page of %d", strategies.ErrInvalid, r.Size, page)
	case align < page || bits.OnesCount64(align) != 1:
		return nil, fmt.Errorf("%w: align %d is not a power of two of at least a page of %d", strategies.ErrInvalid, align, page)
	case (r.Size|lo|hi)&(page-1) != 0:
		return nil, fmt.Errorf("%w: size %d or window [%d, %d) is not a multiple of the page of %d", strategies.ErrInvalid, r.Size, lo, hi, page)
	}
	m.request = request{
		size:     r.Size >> m.shift,
		minOrder: uint(bits.TrailingZeros64(align)) - m.shift,
		lo:       lo >> m.shift,
		hi:       hi >> m.shift,
		flags:    r.Flags,
	}
	q := &m.request
	if q.hi > m.pages || q.lo >= m.pages || q.size > m.pages-q.lo {
		return nil, fmt.Errorf("%w: %d bytes in the window [%d, %d) exceed the region of %d",
			strategies.ErrInvalid, r.Size, lo, hi, m.pages<<m.shift)
	}
	return q, nil
}

// A generation is what the kernels do differently: the steps of allocSlow that
// changed since Linux 6.11, each in the file of the kernel that brought it. The
// values have no state, and a later generation embeds the one before it. The plain
// path (scatter, Free) and the search for a block are the same in all of them and ask
// none.
//
// A call through an interface is not inlined. So a generation is asked once for a
// request, and the request stands in one place instead of being passed on by value: on
// range4g all of them then execute as many instructions as one fixed policy, within 0.2 %.
// Asked for every block, with requests by value, they executed 2 % more and [Linux71]
// 5 %; 3.5 and more when their methods were of values instead of pointers.
type generation interface {
	// round is what is searched for instead of the request's size: so many pages
	// in blocks of order minOrder and above.
	round(q *request) (want uint64, minOrder uint)
	// admits reports whether a search begins for more pages than the region of m
	// has. Otherwise a contiguous request without a window tries harder at once, and all
	// else is invalid; or the kernel stops at an assertion, and that is what later ones do.
	admits(m *memory, want uint64) (ok, stops bool)
	// forceMerge makes a block of at least order minOrder by merging free buddies
	// of different kinds inside the window (where hi = 0 holds nothing). The result
	// is dirty.
	forceMerge(m *memory, minOrder uint, q *request) bool
	// passes are the kinds of block that trying harder visits, one set after the other.
	passes() []kinds
}
