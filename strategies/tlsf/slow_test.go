package tlsf_test

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// slowStrategy is good fit once more, for the tests: every request sorts all
// holes into the order of the policy and looks at them one by one. Written to be
// compared with the package comment by eye; the allocator shares nothing with
// it.
var slowStrategy = slowWith(32)

// slowWith has so many bins between two powers of two.
func slowWith(bins uint64) strategies.Strategy {
	return strategies.Strategy{
		Name: "tlsf.slow",
		Doc:  "good fit on sorted lists; written to be read, for tests",
		Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
		New: func(r strategies.Region) (strategies.Allocator, error) {
			if err := r.Validate(); err != nil {
				return nil, err
			}
			s := &slow{page: r.Page, pages: r.Size / r.Page, bins: bins}
			s.addHole(0, s.pages)
			return s, nil
		},
	}
}

// slow is the allocator. It counts in pages.
type slow struct {
	page, pages uint64
	bins        uint64   // between two powers of two
	live        []extent // by address
	holes       []extent // by address; never touching each other
	latest      uint64   // the serial that was given last
	counts      strategies.Counters
}

// extent is an allocation or a hole.
type extent struct {
	start, size uint64
	serial      uint64 // of a hole: the larger, the newer; of an allocation: its Node
}

func (e extent) end() uint64 { return e.start + e.size }

func byStart(e extent, start uint64) int { return cmp.Compare(e.start, start) }

// bin is the smallest size of the bin that a size falls into: below twice the bins every
// size is a bin, above there are so many between two powers of two.
func (s *slow) bin(size uint64) uint64 {
	if size < 2*s.bins {
		return size
	}
	width := uint64(1) << (bits.Len64(size) - 1) / s.bins
	return size / width * width
}

// byBin sorts holes by bin, in each the newest first.
func (s *slow) byBin(a, b extent) int {
	return cmp.Or(cmp.Compare(s.bin(a.size), s.bin(b.size)), cmp.Compare(b.serial, a.serial))
}

// query is a request in pages.
type query struct {
	size, align, lo, hi uint64
	top                 bool
}

func (s *slow) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	switch {
	case r.Size == 0:
		return dst, strategies.ErrInvalid
	case r.Size > s.pages*s.page:
		return dst, strategies.ErrTooBig
	}
	q := query{size: s.roundUp(r.Size), align: max(1, r.Align/s.page), hi: s.pages, top: r.Flags&strategies.TopDown != 0}
	if r.Flags&strategies.Range != 0 {
		q.lo = s.roundUp(r.Lo)
		if r.Hi != 0 {
			q.hi = min(r.Hi/s.page, s.pages)
		}
	}
	if q.lo >= q.hi || q.hi-q.lo < q.size {
		return dst, strategies.ErrNoSpace // no hole is looked at
	}
	plain := r.Size%s.page == 0 && r.Align == 0 && r.Flags&(strategies.Range|strategies.TopDown) == 0
	if plain {
		s.counts.Visits += s.plainVisits(q.size)
	}
	hole, start, ok := s.choose(q, plain)
	if !ok {
		return dst, strategies.ErrNoSpace
	}
	s.insert(hole, start, q.size)
	return append(dst, strategies.Block{Start: start * s.page, Size: q.size * s.page, Node: uint32(s.latest)}), nil
}

func (s *slow) roundUp(n uint64) uint64 {
	if n%s.page != 0 {
		return n/s.page + 1
	}
	return n / s.page
}

// choose takes the first candidate with a place, or the highest place of the
// first 8 from the top; and it looks for no better than it has, or than it is
// sure of, once there were 32.
func (s *slow) choose(q query, plain bool) (hole extent, start uint64, ok bool) {
	places := 0
	for i, c := range s.candidates(q.size) {
		if i >= 32 && ok {
			break
		}
		if sure := s.sure(q); i == 32 && len(sure) > 0 {
			start, ok = place(sure[0], q)
			return sure[0], start, ok
		}
		if !plain {
			s.counts.Visits++
		}
		if at, fits := place(c, q); fits {
			if places++; !ok || at > start {
				hole, start, ok = c, at, true
			}
			if !q.top || places == 8 {
				break
			}
		}
	}
	return hole, start, ok
}

// plainVisits is the visits of a request for nothing but whole pages: one for the
// search by bins, and one for each hole of the own bin where that finds none.
func (s *slow) plainVisits(size uint64) (visits uint64) {
	own := true
	for i, c := range s.candidates(size) {
		own = own && s.bin(c.size) == s.bin(size)
		if i == 0 && c.size >= size || !own {
			return 1
		}
	}
	for _, c := range s.candidates(size) {
		if visits++; c.size >= size {
			break
		}
	}
	return 1 + visits
}

// candidates are the newest hole of the size's own bin, those of bins that have
// only holes which are large enough, and the rest of the own bin.
func (s *slow) candidates(size uint64) []extent {
	var own, safe []extent
	for _, h := range slices.SortedFunc(slices.Values(s.holes), s.byBin) {
		switch {
		case s.bin(h.size) == s.bin(size):
			own = append(own, h)
		case s.bin(h.size) > s.bin(size):
			safe = append(safe, h)
		}
	}
	if len(own) > 0 && s.bin(size) < size {
		return slices.Concat(own[:1], safe, own[1:])
	}
	return append(own, safe...) // all of the own bin are large enough
}

// sure are the holes of the bins in which every hole has a place for q, however
// it is aligned.
func (s *slow) sure(q query) []extent {
	if q.lo > 0 || q.hi < s.pages {
		return nil
	}
	holes := slices.SortedFunc(slices.Values(s.holes), s.byBin)
	return slices.DeleteFunc(holes, func(h extent) bool { return s.bin(h.size) < q.size+q.align-1 })
}

// place is the lowest place for q in a hole, or the highest from the top.
func place(hole extent, q query) (start uint64, ok bool) {
	lo, hi := max(hole.start, q.lo), min(hole.end(), q.hi)
	if hi < lo || hi-lo < q.size {
		return 0, false
	}
	if q.top {
		start = (hi - q.size) / q.align * q.align
		return start, start >= lo
	}
	start = (lo + q.align - 1) / q.align * q.align
	return start, start+q.size <= hi
}

// insert allocates a part of a hole. What is left before it becomes a hole
// first, what is left after it is newer.
func (s *slow) insert(hole extent, start, size uint64) {
	s.removeHole(hole.start)
	if start > hole.start {
		s.counts.Splits++
		s.addHole(hole.start, start-hole.start)
	}
	if end := start + size; end < hole.end() {
		s.counts.Splits++
		s.addHole(end, hole.end()-end)
	}
	s.latest++
	i, _ := slices.BinarySearchFunc(s.live, start, byStart)
	s.live = slices.Insert(s.live, i, extent{start, size, s.latest})
}

// Free makes one hole, the newest, of an allocation and the holes at its sides.
func (s *slow) Free(blocks []strategies.Block) {
	b := blocks[0]
	i, found := slices.BinarySearchFunc(s.live, b.Start/s.page, byStart)
	if !found || len(blocks) != 1 || s.live[i] != (extent{b.Start / s.page, b.Size / s.page, uint64(b.Node)}) {
		panic(fmt.Sprintf("slow tlsf: free of %d+%d, which is not live", b.Start, b.Size))
	}
	start, end := uint64(0), s.pages
	if i > 0 {
		start = s.live[i-1].end()
	}
	if i+1 < len(s.live) {
		end = s.live[i+1].start
	}
	before := len(s.holes)
	s.holes = slices.DeleteFunc(s.holes, func(h extent) bool { return start <= h.start && h.end() <= end })
	s.counts.Merges += uint64(before - len(s.holes))
	s.live = slices.Delete(s.live, i, i+1)
	s.addHole(start, end-start)
}

func (s *slow) addHole(start, size uint64) {
	s.latest++
	i, _ := slices.BinarySearchFunc(s.holes, start, byStart)
	s.holes = slices.Insert(s.holes, i, extent{start, size, s.latest})
}

func (s *slow) removeHole(start uint64) {
	i, _ := slices.BinarySearchFunc(s.holes, start, byStart)
	s.holes = slices.Delete(s.holes, i, i+1)
}

// Counters are the holes that grants left, the holes that frees joined and the
// holes looked at.
func (s *slow) Counters() strategies.Counters { return s.counts }

func (s *slow) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, h := range s.holes {
			if !yield(strategies.Block{Start: h.start * s.page, Size: h.size * s.page}) {
				return
			}
		}
	}
}
