package fewest

import (
	"math"
	"math/bits"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// A wish is a request, or what is left of it, in whole pages.
type wish struct {
	size   uint64
	align  uint64 // of each run, a multiple of the page
	lo, hi uint64 // the window
	death  int
	all    bool // no hole may be left out
}

// wishOf is the request in whole pages of the region.
func (h *hindsight) wishOf(r strategies.Request) wish {
	below := h.page - 1
	w := wish{size: (r.Size + below) &^ below, align: max(h.page, r.Align-r.Align%h.page), hi: h.region.Managed(), death: h.deaths[h.op]}
	if r.Flags&strategies.Range != 0 {
		w.lo = r.Lo
		if w.lo += below; w.lo < below { // it wrapped: no page is above
			w.lo = math.MaxUint64
		}
		w.lo &^= below
		if r.Hi != 0 {
			w.hi = min(w.hi, r.Hi&^below)
		}
	}
	return w
}

// A spot is a place for one piece, and what it costs.
type spot struct {
	hole    int32 // none if there is no place
	start   uint64
	entries uint64
	cost    float64
}

// candidates are how many holes of a bin are looked at. The last added come first.
const candidates = 12

// enough are the holes of a bin that are looked at for the one that holds most.
const enough = 64

// holes yields free extents that are large enough for w, small ones first, not all of those
// that are about equally large but for a wish in a window or one that asks for all, until
// look returns false.
func (h *hindsight) holes(w wish, look func(hole int32) bool) {
	most := candidates
	if w.all || w.lo > 0 || w.hi < h.region.Managed() {
		most = math.MaxInt
	}
	for b := binOf(w.size / h.page); b < len(h.bins); b++ {
		bin := h.bins[b]
		for k := len(bin) - 1; k >= max(0, len(bin)-most); k-- {
			h.looks++
			if h.list[bin[k]].size() >= w.size && !look(bin[k]) {
				return
			}
		}
	}
}

// alignUp is the first multiple of align at or above n, which may wrap.
func alignUp(n, align uint64) uint64 {
	if rest := n % align; rest != 0 {
		return n + align - rest
	}
	return n
}

// inside is the part of a hole in the window of w, none if end is not above start.
func (h *hindsight) inside(hole int32, w wish) (start, end uint64) {
	return max(h.list[hole].start, w.lo), min(h.list[hole].end, w.hi)
}

// whole is the best place for the whole of w in one piece.
func (h *hindsight) whole(w wish) spot {
	best := spot{hole: none}
	ideal := leastEntries(w.size)
	seen := 0
	h.holes(w, func(hole int32) bool {
		start, end := h.inside(hole, w)
		for _, unit := range [...]uint64{h.natural(w), w.align} {
			if p, ok := h.ends(hole, start, end, unit, w); ok && better(p, best) {
				best = p
			}
		}
		seen++
		return best.hole == none || best.entries > ideal || seen < 2*candidates && best.cost > 0
	})
	return best
}

// natural is the alignment at which an object as large as w has the fewest entries.
func (h *hindsight) natural(w wish) uint64 {
	unit := uint64(sgtable.Page4K)
	for _, u := range [...]uint64{sgtable.Page64K, sgtable.Page2M} {
		if w.size >= u {
			unit = u
		}
	}
	if unit%w.align == 0 {
		return unit
	}
	return w.align
}

// ends is the better of the lowest and the highest place in [start, end) of a hole that is a
// multiple of unit.
func (h *hindsight) ends(hole int32, start, end, unit uint64, w wish) (best spot, ok bool) {
	low := alignUp(start, unit)
	if start >= end || low < start || low >= end || end-low < w.size {
		return spot{}, false
	}
	best = h.spot(hole, low, w)
	if high := end - w.size - (end-w.size)%unit; high > low {
		if p := h.spot(hole, high, w); better(p, best) {
			best = p
		}
	}
	return best, true
}

// better reports whether p is better than q.
func better(p, q spot) bool {
	switch {
	case q.hole == none || p.entries != q.entries:
		return q.hole == none || p.entries < q.entries
	case p.cost != q.cost:
		return p.cost < q.cost
	}
	return p.start < q.start
}

// spot is what it costs to place w at start in a hole.
func (h *hindsight) spot(hole int32, start uint64, w wish) spot {
	e := &h.list[hole]
	end := start + w.size
	p := spot{hole: hole, start: start, entries: entriesAt(start, w.size)}
	broken := frames(e.start, e.end) - frames(e.start, start) - frames(end, e.end)
	if used := w.size / sgtable.Page2M; broken > used {
		p.cost += h.frame * float64(broken-used)
	}
	if rest := (e.size() - w.size) / h.page; rest > 0 {
		p.cost += h.rest * float64(bits.Len64(rest))
	}
	if h.death > 0 {
		apart := 64
		if start == e.start {
			apart = min(apart, h.apartBy(w.death, e.prev))
		}
		if end == e.end {
			apart = min(apart, h.apartBy(w.death, e.next))
		}
		p.cost += h.death * float64(apart)
	}
	if h.window > 0 {
		for _, o := range h.windows {
			if o.end-o.start < w.hi-min(w.hi, w.lo) && start < o.end && end > o.start {
				p.cost += h.window
			}
		}
	}
	if h.apart > 0 {
		short := w.death != never && w.death-h.births[h.op] <= h.middle
		where := float64(start) / float64(h.region.Managed())
		if !short {
			where = 1 - where
		}
		p.cost += h.apart * where
	}
	return p
}

// apartBy is the logarithm of the time between a death and that of a neighbour. The edge of
// the region is as good as a neighbour that dies an allocation apart.
func (h *hindsight) apartBy(death int, neighbour int32) int {
	if neighbour == none {
		return 1
	}
	a, b := death, h.list[neighbour].death
	if a < b {
		a, b = b, a
	}
	return bits.Len(uint(a - b))
}

// frames is the number of whole frames of 2 MiB in [start, end).
func frames(start, end uint64) uint64 { return units(start, end, sgtable.Page2M) }

// units is the number of aligned units in [start, end).
func units(start, end, unit uint64) uint64 {
	first, last := start/unit, end/unit
	if start%unit != 0 {
		first++
	}
	if last <= first {
		return 0
	}
	return last - first
}

// entriesAt is the number of entries of one piece of so many bytes at an address, mapped at
// a virtual address that is a multiple of 2 MiB.
func entriesAt(start, size uint64) uint64 {
	switch {
	case start%sgtable.Page2M == 0:
		return leastEntries(size)
	case start%sgtable.Page64K == 0:
		return size/sgtable.Page64K + size%sgtable.Page64K/sgtable.Page4K
	}
	return size / sgtable.Page4K
}

// leastEntries is the fewest entries that map an object of size bytes, whole pages of 4 KiB.
func leastEntries(size uint64) uint64 {
	return size/sgtable.Page2M + size%sgtable.Page2M/sgtable.Page64K + size%sgtable.Page64K/sgtable.Page4K
}

// place grants w, in as many pieces as it takes.
func (h *hindsight) place(dst []strategies.Block, w wish) ([]strategies.Block, error) {
	best := h.whole(w)
	if best.hole != none && (!h.entries || best.entries == leastEntries(w.size)) {
		return h.grant(dst, h.take(best, w)), nil
	}
	n := len(dst)
	dst, cost, ok := h.pieces(dst, w)
	if ok && (best.hole == none || cost < best.entries) {
		return dst, nil
	}
	undone := dst[n:]
	h.Free(undone)
	dst = dst[:n]
	if best.hole == none {
		return dst, strategies.ErrNoSpace
	}
	for _, b := range undone { // a hole that was carved has the name of a piece now
		if !h.isHole(best.hole, best.start) {
			best.hole = int32(b.Node)
		}
	}
	return h.grant(dst, h.take(best, w)), nil
}

// isHole reports whether i is the hole that start lies in.
func (h *hindsight) isHole(i int32, start uint64) bool {
	e := &h.list[i]
	return e.state == isFree && e.start <= start && start < e.end
}

// pieces grants w in pieces and says how many entries they have, but for those of small pieces at large
// multiples, which have more. If the pieces are not enough, ok is false.
func (h *hindsight) pieces(dst []strategies.Block, w wish) (_ []strategies.Block, entries uint64, ok bool) {
	steps := []uint64{w.align}
	if h.entries {
		steps = nil
		for _, u := range [...]uint64{sgtable.Page2M, sgtable.Page64K} {
			if u > w.align && u%w.align == 0 && u <= w.size {
				steps = append(steps, u)
			}
		}
		steps = append(steps, w.align)
	}
	for _, unit := range steps {
		for w.size > 0 {
			p, size := h.piece(w, unit)
			if p.hole == none {
				break
			}
			part := w
			part.size = size
			dst = h.grant(dst, h.take(p, part))
			w.size -= size
			entries += entriesAt(p.start, size)
			if unit > w.align && w.size < unit {
				break
			}
		}
	}
	return dst, entries, w.size == 0
}

// piece is the next piece of w at a multiple of unit: all that is left where it fits, or
// else as much as the hole that holds most has of whole units.
func (h *hindsight) piece(w wish, unit uint64) (best spot, size uint64) {
	best = spot{hole: none}
	seen := 0
	h.holes(w, func(hole int32) bool {
		start, end := h.inside(hole, w)
		if p, ok := h.ends(hole, start, end, unit, w); ok && better(p, best) {
			best = p
		}
		seen++
		return best.hole == none || seen < candidates
	})
	if best.hole != none {
		return best, w.size
	}
	for b := len(h.bins) - 1; b >= binOf(min(unit, w.size)/h.page) && binOf(size/h.page) < b; b-- {
		for k, hole := range h.bins[b] {
			if size > 0 && k >= enough && !w.all {
				break
			}
			h.looks++
			start, end := h.inside(hole, w)
			low := alignUp(start, unit)
			if low < start || low >= end {
				continue
			}
			n := min(w.size, end-low)
			if n < w.size {
				n -= n % unit
			}
			if n > size || n == size && n > 0 && low < best.start {
				best, size = spot{hole: hole, start: low}, n
			}
		}
	}
	return best, size
}
