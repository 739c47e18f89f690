package ttm

import (
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// Place is one place where a resource may live: a window of the region and how
// to use it. The kernel's ttm_place has the same in pages, fpfn and lpfn.
type Place struct {
	// Lo and Hi are the window [Lo, Hi) in bytes, multiples of
	// [strategies.MinPage]. Hi = 0 is the end of the region. A window that is
	// the whole region is no window at all.
	Lo, Hi uint64
	// Flags are TopDown, Contiguous and Clear. Range is ignored: it follows
	// from the window.
	Flags strategies.Flags
}

// String is the place in the words of the trace format.
func (p Place) String() string {
	r := strategies.Request{Lo: p.Lo, Hi: p.Hi, Flags: p.Flags | strategies.Range}
	return strings.TrimPrefix(r.String(), "0 bytes ")
}

// window is p's window with its end filled in: [lo, hi).
func (m *Manager) window(p Place) (lo, hi uint64) {
	if p.Hi == 0 {
		return p.Lo, m.managed
	}
	return p.Lo, p.Hi
}

// visiblePart is how many bytes of blocks lie below limit.
func visiblePart(blocks []strategies.Block, limit uint64) (bytes uint64) {
	for i := range blocks {
		if b := &blocks[i]; b.Start < limit {
			bytes += min(b.Size, limit-b.Start)
		}
	}
	return bytes
}

// Intersects reports whether evicting r could make room in p's window: whether
// any byte of r lies there. For the visible part of the region that is known
// without a look at the blocks.
//
// Like Blocks, it may be called while r holds memory and nobody frees it.
func (m *Manager) Intersects(r *Resource, p Place) bool {
	lo, hi := m.window(p)
	switch {
	case lo == 0 && hi == m.managed:
		return true
	case lo == 0 && hi == m.visible:
		return r.visible > 0
	}
	for i := range r.blocks {
		if b := &r.blocks[i]; b.Start < hi && b.End() > lo {
			return true
		}
	}
	return false
}

// Compatible reports whether r already lies where p wants it, so that no move
// is needed: whether all of it is inside p's window. Flags do not count. For the
// visible part of the region the bytes counted as visible must be the size of
// r; a grant larger than what was asked for, made without that window, does not
// count as compatible then (as in the kernel), however low it lies.
func (m *Manager) Compatible(r *Resource, p Place) bool {
	lo, hi := m.window(p)
	switch {
	case lo == 0 && hi == m.managed:
		return true
	case lo == 0 && hi == m.visible:
		return r.visible == wholePages(r.size)
	}
	for i := range r.blocks {
		if b := &r.blocks[i]; b.Start < lo || b.End() > hi {
			return false
		}
	}
	return true
}

// wholePages rounds size up to the kernel's page. A size that was granted
// cannot wrap.
func wholePages(size uint64) uint64 {
	return (size + strategies.MinPage - 1) &^ (strategies.MinPage - 1)
}
