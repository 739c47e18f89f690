package reason

import (
	"cmp"
	"slices"
)

// Best are the sets of objects to free for size bytes in one piece inside [lo, hi) at a
// multiple of align, the cheapest first, most of them. fits says that there is room for
// the size at all.
//
// Over all starting points of an extent the set changes only where the extent leaves a
// piece behind or meets one. Moving it down until just behind a piece, up to the
// alignment, only loses objects; so the starting points behind each piece are all that
// count, and the lowest one. An object with several pieces counts once.
func (s *State) Best(size, align, lo, hi uint64, most int) (sets []Set, fits bool) {
	if size == 0 || hi < lo || size > hi-lo {
		return nil, false
	}
	w := sliding{State: s, times: make([]int32, len(s.Objects))}
	var found []spot
	try := func(start uint64) {
		if start < lo || start > hi-size || fits && found[len(found)-1].at == start {
			return
		}
		fits = true
		w.move(start, start+size)
		found = append(found, spot{start, w.bytes, w.n})
	}
	try(roundUp(lo, align))
	for _, p := range s.Pieces {
		if p.End() > lo {
			try(roundUp(p.End(), align))
		}
	}
	slices.SortStableFunc(found, func(a, b spot) int { return cmp.Or(cmp.Compare(a.bytes, b.bytes), cmp.Compare(a.n, b.n)) })
	// Of those alike in bytes and number the ids decide: enough of them are looked at.
	const alike = 256
	for i, f := range found {
		if i >= most && (i >= most+alike || f.bytes != found[i-1].bytes || f.n != found[i-1].n) {
			break
		}
		sets = append(sets, s.set(s.in(f.at, f.at+size), f.at))
	}
	slices.SortStableFunc(sets, s.Compare)
	sets = slices.CompactFunc(sets, func(a, b Set) bool { return slices.Equal(a.Of, b.Of) })
	return sets[:min(most, len(sets))], fits
}

// spot is a starting point with what stands there.
type spot struct {
	at, bytes uint64
	n         int
}

// sliding is a range of addresses that moves up, with the objects that reach into it.
type sliding struct {
	*State
	times       []int32 // by object: its pieces in the range
	first, next int     // the pieces in the range are Pieces[first:next]
	bytes       uint64
	n           int
}

// move makes the range [from, to), of which neither bound is below that of before.
func (w *sliding) move(from, to uint64) {
	for ; w.next < len(w.Pieces) && w.Pieces[w.next].Start < to; w.next++ {
		of := w.Pieces[w.next].Of
		if w.times[of]++; w.times[of] == 1 {
			w.bytes += w.Objects[of].Bytes
			w.n++
		}
	}
	for ; w.first < w.next && w.Pieces[w.first].End() <= from; w.first++ {
		of := w.Pieces[w.first].Of
		if w.times[of]--; w.times[of] == 0 {
			w.bytes -= w.Objects[of].Bytes
			w.n--
		}
	}
}

// alone counts the places of unit bytes at multiples of that, inside [lo, hi), that one
// object of so many bytes spoils alone.
func (s *State) alone(unit, lo, hi, bytes uint64) (n int) {
	w := sliding{State: s, times: make([]int32, len(s.Objects))}
	last := ^uint64(0)
	for _, p := range s.Pieces {
		first, end := p.Start/unit, (p.End()-1)/unit
		for _, slot := range [...]uint64{first, end} {
			at := slot * unit
			if slot == last || last != ^uint64(0) && slot < last || at < lo || at > hi || unit > hi-at {
				continue
			}
			last = slot
			w.move(at, at+unit)
			if w.n == 1 && w.bytes == bytes {
				n++
			}
		}
	}
	return n
}
