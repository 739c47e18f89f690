package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Object describes a buffer object as its creator does, in the terms of i915.
// [PlaceFor] and [Manager.AllocObject] turn it into a place.
type Object struct {
	Size uint64 // bytes, rounded up to Page
	Page uint64 // smallest block and alignment, a power of two; 0 is the manager's default

	Contiguous bool   // one run of addresses
	GPUOnly    bool   // the CPU never accesses it
	Fixed      bool   // it must be at Offset
	Offset     uint64 // bytes

	Priority uint8  // as in a [Request]
	Group    *Group // as in a [Request]
	Bulk     *Bulk  // as in a [Request]
}

// PlaceFor is the place of an object in a region by i915's rules for a small BAR;
// o.Size is in whole pages already. A fixed object gets exactly its own range. On a
// region of which the CPU sees only a part, a GPUOnly object may be anywhere, top-down,
// and any other object must be in the visible part. On any other region there is no
// limit.
func PlaceFor(r strategies.Region, o Object) Place {
	var p Place
	if o.Contiguous {
		p.Flags |= strategies.Contiguous
	}
	switch smallBAR := 0 < r.Visible && r.Visible < r.Size; {
	case o.Fixed:
		p.Lo, p.Hi = o.Offset, o.Offset+o.Size
	case smallBAR && o.GPUOnly:
		p.Flags |= strategies.TopDown
	case smallBAR:
		p.Hi = visibleSize(r, false)
	}
	return p
}

// AllocObject gives r memory for an object as i915 does: the size is rounded up to the
// object's page, and an object of a single page is contiguous. Its refusals are those
// of [Manager.Alloc]; i915 turns ErrNoSpace into ENXIO here.
func (m *Manager) AllocObject(r *Resource, o Object) error {
	page := o.Page
	if page == 0 {
		page = m.align
	}
	if page&(page-1) != 0 {
		return fmt.Errorf("%w: an object with pages of %d, which is not a power of two", strategies.ErrInvalid, page)
	}
	size := (o.Size + page - 1) &^ (page - 1)
	if size < o.Size || o.Fixed && o.Offset+size < size {
		return fmt.Errorf("%w: an object of %d bytes at %d", strategies.ErrTooBig, o.Size, o.Offset)
	}
	o.Size = size
	o.Contiguous = o.Contiguous || size == page
	region := m.region
	if m.visible == 0 {
		region.Visible = 0 // no BAR: no limits
	}
	places := [1]Place{PlaceFor(region, o)}
	return m.Alloc(r, Request{Size: size, Align: o.Page, Places: places[:], Priority: o.Priority, Group: o.Group, Bulk: o.Bulk})
}
