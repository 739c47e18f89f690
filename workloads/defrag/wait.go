package defrag

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Wait is what becomes of a refused request if nothing is done.
type Wait struct {
	Op       int  `json:"op"`       // after which it would be granted, by replay; 0 for none up to the end of the stream
	Searched bool `json:"searched"` // if not, nobody knows: the region has too many pages to look, or too many trials failed
}

// mostPages is the largest region that is watched, in pages of MinPage, and mostAsks how often a replay asks
// for a request whose place seems free.
const (
	mostPages = 1 << 26
	mostAsks  = 4
)

// pages are those of a region that something lies in, a bit each. They are of the size that
// any grant is a multiple of.
type pages struct {
	bits []uint64
	n    uint64
}

// newPages is nil for a region of too many pages.
func newPages(r strategies.Region) *pages {
	n := r.Managed() / strategies.MinPage
	if n > mostPages {
		return nil
	}
	return &pages{n: n, bits: make([]uint64, (n+63)/64)}
}

// set makes the pages of [lo, hi) taken, or free.
func (p *pages) set(lo, hi uint64, taken bool) {
	a, b := lo/strategies.MinPage, hi/strategies.MinPage
	for a < b {
		from, n := a%64, min(64-a%64, b-a)
		mask := ^uint64(0) >> (64 - n) << from
		if taken {
			p.bits[a/64] |= mask
		} else {
			p.bits[a/64] &^= mask
		}
		a += n
	}
}

// hole is the free run of bytes around [lo, hi), which is free; it looks no further than far
// bytes to each side.
func (p *pages) hole(lo, hi, far uint64) (from, to uint64) {
	a, b := lo/strategies.MinPage, hi/strategies.MinPage
	most := far/strategies.MinPage + 1
	for least := a - min(a, most); a > least; {
		w := p.bits[(a-1)/64] << (63 - (a-1)%64) // the pages below a are the highest bits
		a -= min(uint64(bits.LeadingZeros64(w)), (a-1)%64+1)
		if w != 0 {
			break
		}
	}
	for last := min(p.n, b+most); b < last; {
		w := p.bits[b/64] >> (b % 64)
		b += min(uint64(bits.TrailingZeros64(w)), 64-b%64)
		if w != 0 {
			break
		}
	}
	return a * strategies.MinPage, min(b, p.n) * strategies.MinPage
}

// watch is a request that waits for its place.
type watch struct {
	shape reason.Shape
	hits  []int // operations after which a place was free
	full  bool  // there are more hits
}

// watching looks at each operation whether it makes the place that some request waits for.
type watching struct {
	*session
	pages *pages
	list  []*watch
	freed []strategies.Block
}

// do does the next operation.
func (w *watching) do() {
	op := &w.Ops[w.done]
	w.freed = w.freed[:0]
	switch op.Kind {
	case workloads.Free, workloads.FreeCleared, workloads.Trim:
		w.freed = append(w.freed, w.live.Held(op.Slot)...)
	}
	what, _ := w.session.do()
	switch what {
	case replay.Granted, replay.Given:
		for _, b := range w.live.Held(op.Slot) {
			w.pages.set(b.Start, b.End(), true)
		}
		return
	case replay.Freed, replay.Trimmed:
	default:
		return
	}
	for _, b := range w.freed {
		w.pages.set(b.Start, b.End(), false)
	}
	for _, b := range w.live.Held(op.Slot) {
		w.pages.set(b.Start, b.End(), true)
	}
	for _, x := range w.list {
		if len(x.hits) < mostAsks && w.serves(x.shape) {
			x.hits = append(x.hits, w.done)
		} else if len(x.hits) == mostAsks {
			x.full = true
		}
	}
}

// serves reports whether one of the extents that were just freed is in a place of the shape.
func (w *watching) serves(shape reason.Shape) bool {
	for _, b := range w.freed {
		for _, h := range w.left(b) {
			from, to := w.pages.hole(h.Start, h.End(), shape.Size+shape.Align)
			if _, ok := shape.Fits(from, to); ok {
				return true
			}
		}
	}
	return false
}

// left is what is free of an extent that was freed, or trimmed.
func (w *watching) left(b strategies.Block) []strategies.Block {
	out := []strategies.Block{b}
	for _, h := range w.live.Held(w.Ops[w.done-1].Slot) {
		var next []strategies.Block
		for _, e := range out {
			if h.Start >= e.End() || h.End() <= e.Start {
				next = append(next, e)
				continue
			}
			if e.Start < h.Start {
				next = append(next, strategies.Block{Start: e.Start, Size: h.Start - e.Start})
			}
			if h.End() < e.End() {
				next = append(next, strategies.Block{Start: h.End(), Size: e.End() - h.End()})
			}
		}
		out = next
	}
	return out
}
