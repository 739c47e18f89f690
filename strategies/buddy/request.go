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
func (q request) kind() kind {
	if q.flags&strategies.Clear != 0 {
		return clear
	}
	return dirty
}

// parse applies the kernel's checks in the kernel's order.
func (m *memory) parse(r strategies.Request) (request, error) {
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
		return request{}, fmt.Errorf("%w: size %d is less than a page of %d", strategies.ErrInvalid, r.Size, page)
	case align < page || bits.OnesCount64(align) != 1:
		return request{}, fmt.Errorf("%w: align %d is not a power of two of at least a page of %d", strategies.ErrInvalid, align, page)
	case (r.Size|lo|hi)&(page-1) != 0:
		return request{}, fmt.Errorf("%w: size %d or window [%d, %d) is not a multiple of the page of %d", strategies.ErrInvalid, r.Size, lo, hi, page)
	}
	q := request{
		size:     r.Size >> m.shift,
		minOrder: uint(bits.TrailingZeros64(align)) - m.shift,
		lo:       lo >> m.shift,
		hi:       hi >> m.shift,
		flags:    r.Flags,
	}
	if q.hi > m.pages || q.lo >= m.pages || q.size > m.pages-q.lo {
		return request{}, fmt.Errorf("%w: %d bytes in the window [%d, %d) exceed the region of %d",
			strategies.ErrInvalid, r.Size, lo, hi, m.pages<<m.shift)
	}
	return q, nil
}
