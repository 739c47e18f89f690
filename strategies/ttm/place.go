package ttm

import (
	"strings"

	"github.com/vramlab/vramlab/strategies"
)

// Place is a place where a resource may be: a window of the region, and how to use
// it. The kernel's ttm_place has the window in pages, as fpfn and lpfn.
type Place struct {
	// Lo and Hi are the window [Lo, Hi) in bytes, multiples of
	// [strategies.MinPage]. Hi = 0 is the end of the region. A window that is the
	// whole region is no limit, even for a strategy without windows.
	Lo, Hi uint64
	// Flags are TopDown, Contiguous and Clear. The flag Range is ignored: the
	// window decides.
	Flags strategies.Flags
	// Use says when an allocation tries the place; usually [Always].
	Use Use
}

// Use says in which round of an allocation a place is tried: in the first, which takes
// free room, or in the second, which evicts.
type Use uint8

const (
	Always   Use = iota // in both rounds
	Desired             // only in the first: nothing is evicted for it (TTM_PL_FLAG_DESIRED)
	Fallback            // only in the second, where free room comes before eviction (TTM_PL_FLAG_FALLBACK)
)

// String is the place as written in the trace format, which has no word for its Use.
func (p Place) String() string {
	r := strategies.Request{Lo: p.Lo, Hi: p.Hi, Flags: p.Flags | strategies.Range}
	return strings.TrimPrefix(r.String(), "0 bytes ")
}

// window is p's window [lo, hi), with the end of the region for a Hi of 0.
func (m *Manager) window(p Place) (lo, hi uint64) {
	if p.Hi == 0 {
		return p.Lo, m.managed
	}
	return p.Lo, p.Hi
}

// span is the addresses [lo, hi), in whole pages of the region.
type span struct{ lo, hi uint64 }

// visiblePart is how many bytes of blocks lie below limit.
func visiblePart(blocks []strategies.Block, limit uint64) (bytes uint64) {
	for i := range blocks {
		if b := &blocks[i]; b.Start < limit {
			bytes += min(b.Size, limit-b.Start)
		}
	}
	return bytes
}

// Intersects reports whether any byte of r lies in p's window, so that evicting r
// could make room there. For the visible part of the region it does not look at the
// blocks.
//
// Like Blocks, it may be called only while r holds memory and nobody frees it.
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

// Compatible reports whether all of r lies in p's window, so that no move is needed.
// Flags do not count. For the visible part of the region, it compares the bytes that
// r counts as visible with its size; so, as in the kernel, a grant larger than the
// request that was made without that window is not compatible, wherever it lies.
//
// Like Blocks, it may be called only while r holds memory and nobody frees it.
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

// wholePages rounds size up to the kernel's page. A granted size cannot wrap around.
func wholePages(size uint64) uint64 {
	return (size + strategies.MinPage - 1) &^ (strategies.MinPage - 1)
}
