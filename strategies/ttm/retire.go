package ttm

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Retire takes the bytes [start, start+size) out of use until Close, though they may be
// in use: bad memory, found by its error correction. What is free, or reserved already,
// is out of use at once. What somebody holds is pending: it leaves together with its
// holder's memory, when that is freed or evicted, before anybody else can get it. The
// error is ErrInvalid as from [Manager.Reserve]; a range that is in use is none.
//
// The kernel has this in amdgpu_vram_mgr_reserve_range: there a range leaves as a whole,
// so pages of it that are freed can be granted again while another is in use; here each
// page leaves by itself. Nobody is evicted for it. A driver that wants the pages at once
// finds the holders with [Manager.Oldest] and [Manager.Intersects].
//
// Retire looks at all free blocks. While a page is pending, each free also costs a search
// of the pending ranges for each block.
func (m *Manager) Retire(start, size uint64) error {
	if err := m.checkRange("retirement", start, size); err != nil {
		return err
	}
	since := m.lock()
	defer func() { m.leave(sectionRetire, since) }()
	if m.closed {
		return errClosed
	}
	m.pending = join(append(m.pending, m.without(span{start, start + size})...))
	for _, s := range m.freeSpans() {
		m.takePending(s)
	}
	return nil
}

// Retired is how many bytes [Manager.Retire] has taken out of use, and how many are
// pending, in use still.
func (m *Manager) Retired() (taken, pending uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.reserved {
		if r.state == retired {
			taken += r.size
		}
	}
	for _, s := range m.pending {
		pending += s.hi - s.lo
	}
	return taken, pending
}

// without is s without what is reserved or retired.
func (m *Manager) without(s span) (rest []span) {
	var out []span
	for _, r := range m.reserved {
		out = append(out, span{r.place.Lo, r.place.Hi})
	}
	for _, o := range join(out) {
		if o.hi <= s.lo || o.lo >= s.hi {
			continue
		}
		if o.lo > s.lo {
			rest = append(rest, span{s.lo, o.lo})
		}
		if s.lo = o.hi; s.lo >= s.hi {
			return rest
		}
	}
	return append(rest, s)
}

// freeSpans is the free memory in runs of whole pages of the region.
func (m *Manager) freeSpans() (free []span) {
	for b := range m.allocator.FreeBlocks() {
		free = append(free, span{b.Start, b.End()})
	}
	free = join(free)
	for i := range free {
		f, less := &free[i], m.region.Page-1
		f.lo, f.hi = (f.lo+less)&^less, f.hi&^less
	}
	return free
}

// join sorts spans, in place, and makes one of those that touch.
func join(spans []span) []span {
	slices.SortFunc(spans, func(x, y span) int { return cmp.Compare(x.lo, y.lo) })
	joined := spans[:0]
	for _, s := range spans {
		if last := len(joined) - 1; last >= 0 && s.lo <= joined[last].hi {
			joined[last].hi = max(joined[last].hi, s.hi)
			continue
		}
		joined = append(joined, s)
	}
	return joined
}

// retireFreed takes what is pending of blocks, which were just freed, out of use.
func (m *Manager) retireFreed(blocks []strategies.Block) {
	less := m.region.Page - 1
	for _, b := range blocks {
		// Pages of which others hold a part stay pending.
		m.takePending(span{b.Start &^ less, (b.End() + less) &^ less})
	}
}

// takePending takes what is pending inside s, and free, out of use.
func (m *Manager) takePending(s span) {
	i, _ := slices.BinarySearchFunc(m.pending, s.lo, func(p span, lo uint64) int {
		if p.hi <= lo {
			return -1
		}
		return 1
	})
	for i < len(m.pending) && m.pending[i].lo < s.hi {
		p := m.pending[i]
		var left []span
		if p.lo < s.lo {
			left = append(left, span{p.lo, s.lo})
		}
		left = m.takeOut(span{max(p.lo, s.lo), min(p.hi, s.hi)}, left)
		if p.hi > s.hi {
			left = append(left, span{s.hi, p.hi})
		}
		left = join(left)
		m.pending = slices.Replace(m.pending, i, i+1, left...)
		i += len(left)
	}
}

// takeOut takes s out of use, by halves as far as it is free, and appends the rest to
// left.
func (m *Manager) takeOut(s span, left []span) []span {
	if s.lo >= s.hi {
		return left
	}
	if m.reserve(s, retired) == nil {
		return left
	}
	pages := (s.hi - s.lo) / m.region.Page
	if pages == 1 {
		return append(left, s)
	}
	mid := s.lo + pages/2*m.region.Page
	return m.takeOut(span{mid, s.hi}, m.takeOut(span{s.lo, mid}, left))
}

// checkPending checks that what is pending is in use.
func (m *Manager) checkPending() error {
	for i, p := range m.pending {
		if p.lo >= p.hi || i > 0 && m.pending[i-1].hi >= p.lo {
			return fmt.Errorf("ttm: the pending range %d+%d is empty or not behind the one before", p.lo, p.hi-p.lo)
		}
	}
	for _, f := range m.freeSpans() {
		for _, p := range m.pending {
			if lo, hi := max(p.lo, f.lo), min(p.hi, f.hi); lo < hi {
				return fmt.Errorf("ttm: %d+%d is pending to be retired, but free", lo, hi-lo)
			}
		}
	}
	return nil
}
