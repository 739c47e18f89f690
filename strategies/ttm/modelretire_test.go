package ttm_test

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// isFree reports whether no byte of the page is in use.
func (m *model) isFree(at uint64) bool {
	for _, t := range m.live() {
		if _, touch, _ := pagesIn(t.blocks, at, at+m.page); touch > 0 {
			return false
		}
	}
	return !m.isReserved(at)
}

func (m *model) isReserved(at uint64) bool {
	return slices.ContainsFunc(m.reserved, func(blocks []strategies.Block) bool {
		_, touch, _ := pagesIn(blocks, at, at+m.page)
		return touch > 0
	})
}

func (m *model) retire(start, size uint64) {
	for at := start; at < start+size; at += m.page {
		if !m.isReserved(at) {
			m.pending[at] = true
		}
	}
	for at := uint64(0); at < m.managed; at += m.page {
		end := at
		for end < m.managed && m.isFree(end) {
			end += m.page
		}
		if end > at {
			m.takePending(at, end)
			at = end
		}
	}
}

// takePending takes the runs of pending pages that begin in [lo, hi) out of use, as far
// as they are free.
func (m *model) takePending(lo, hi uint64) {
	for at := lo; at < hi; at += m.page {
		end := at
		for end < hi && m.pending[end] {
			end += m.page
		}
		if end > at {
			m.takeOut(at, end)
			at = end
		}
	}
}

func (m *model) takeOut(lo, hi uint64) {
	pages := (hi - lo) / m.page
	switch mid := lo + pages/2*m.page; {
	case m.reserve(lo, hi-lo) == nil:
		m.retired += hi - lo
		for at := lo; at < hi; at += m.page {
			delete(m.pending, at)
		}
	case pages > 1:
		m.takeOut(lo, mid)
		m.takeOut(mid, hi)
	}
}
