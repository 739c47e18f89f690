package rangemgr_test

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// slowStrategy is drm_mm under ttm_range_manager of Linux 6.11 once more, for
// the tests: every request sorts all holes into the order in which the kernel
// tries them and takes the first that fits. Written to be compared with the
// rules by eye; the fast allocator shares nothing with it.
var slowStrategy = strategies.Strategy{
	Name: "rangemgr.slow",
	Doc:  "drm_mm of Linux 6.11 on sorted lists; written to be read, for tests",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New: func(r strategies.Region) (strategies.Allocator, error) {
		if err := r.Validate(); err != nil {
			return nil, err
		}
		s := &slow{pages: r.Managed() / page, align: r.Page / page}
		s.addHole(0, s.pages)
		return s, nil
	},
}

// TestSlow holds the slow allocator to what drm_mm did.
func TestSlow(t *testing.T) {
	strategytest.Golden(t, slowStrategy, "testdata/golden/*.trace")
}

// page is what the kernel counts in, whatever the region's page: that is only
// the alignment of a request that names none.
const page = 4096

// slow is the allocator. It counts in pages.
type slow struct {
	pages  uint64
	align  uint64
	nodes  []extent // allocated, by address
	holes  []extent // what is between them, by address; never touching each other
	latest uint64   // the serial that was given last
	counts strategies.Counters

	visitless bool // the visits of the latest request are not defined
}

// extent is an allocation or a hole.
type extent struct {
	start, size uint64
	serial      uint64 // of a hole: the larger, the newer; of an allocation: its Node
}

func (e extent) end() uint64 { return e.start + e.size }

func byStart(e extent, start uint64) int { return cmp.Compare(e.start, start) }

// query is a request in pages.
type query struct{ size, align, lo, hi uint64 }

// Alloc translates as ttm_range_manager does: the size is rounded up to the
// page, everything else down; an upper limit of 0 is the end of the region. No
// request is invalid, but many have no place.
func (s *slow) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	q := query{size: r.Size / page, align: r.Align / page, hi: s.pages}
	if r.Size%page != 0 {
		q.size++
	}
	if r.Align == 0 {
		q.align = s.align
	}
	if r.Flags&strategies.Range != 0 {
		q.lo = r.Lo / page
		if hi := r.Hi / page; hi != 0 {
			q.hi = hi
		}
	}
	if q.size == 0 || q.hi-q.lo < q.size { // unsigned, also when lo > hi
		return dst, strategies.ErrNoSpace
	}
	s.visitless = q.align > 1 || r.Flags != 0
	if q.size <= s.pages {
		s.counts.Visits++ // the list of the smallest hole that is large enough
	}
	order, fit := s.best, lowEnd
	if r.Flags&strategies.TopDown != 0 {
		order, fit = s.high, highEnd
	}
	for _, hole := range order(q) {
		if start, ok := fit(hole, q); ok {
			s.insert(hole, start, q.size)
			return append(dst, strategies.Block{Start: start * page, Size: q.size * page, Node: uint32(s.latest)}), nil
		}
	}
	return dst, strategies.ErrNoSpace
}

// best is the order of DRM_MM_INSERT_BEST: the smallest hole that is as large
// as the request, of equals the newest, and so on upwards.
func (s *slow) best(q query) []extent {
	order := slices.DeleteFunc(slices.Clone(s.holes), func(h extent) bool { return h.size < q.size })
	slices.SortFunc(order, func(a, b extent) int {
		return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(b.serial, a.serial))
	})
	return order
}

// high is the order of DRM_MM_INSERT_HIGH: from the hole that the upper limit
// is in or above, by falling address, while holes reach into the window.
func (s *slow) high(q query) []extent {
	order := slices.DeleteFunc(slices.Clone(s.holes), func(h extent) bool { return h.start >= q.hi || h.end() <= q.lo })
	slices.Reverse(order)
	return order
}

// lowEnd is the lowest aligned place in the part of the hole in the window.
func lowEnd(hole extent, q query) (start uint64, ok bool) {
	lo, hi := max(hole.start, q.lo), min(hole.end(), q.hi)
	if hi <= lo || hi-lo < q.size {
		return 0, false
	}
	start = lo
	if q.align > 1 && start%q.align != 0 {
		start += q.align - start%q.align
	}
	return start, start+q.size <= hi
}

// highEnd is the highest aligned place in the part of the hole in the window.
func highEnd(hole extent, q query) (start uint64, ok bool) {
	lo, hi := max(hole.start, q.lo), min(hole.end(), q.hi)
	if hi <= lo || hi-lo < q.size {
		return 0, false
	}
	start = hi - q.size
	if q.align > 1 {
		start -= start % q.align
	}
	return start, start >= lo
}

// insert allocates a part of a hole. What is left before it becomes a hole first,
// what is left after it is newer; both are newer than all others.
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
	i, _ := slices.BinarySearchFunc(s.nodes, start, byStart)
	s.nodes = slices.Insert(s.nodes, i, extent{start, size, s.latest})
}

// Free makes one hole, the newest, of an allocation and the holes at its sides.
func (s *slow) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(fmt.Sprintf("slow rangemgr: free of %d blocks", len(blocks)))
	}
	b := blocks[0]
	i, found := slices.BinarySearchFunc(s.nodes, b.Start/page, byStart)
	if !found || s.nodes[i] != (extent{b.Start / page, b.Size / page, uint64(b.Node)}) {
		panic(fmt.Sprintf("slow rangemgr: free of %d+%d, which is not live", b.Start, b.Size))
	}
	start, end := uint64(0), s.pages
	if i > 0 {
		start = s.nodes[i-1].end()
	}
	if i+1 < len(s.nodes) {
		end = s.nodes[i+1].start
	}
	s.visitless = false
	if start < s.nodes[i].start {
		s.counts.Merges++
		s.removeHole(start)
	}
	if s.nodes[i].end() < end {
		s.counts.Merges++
		s.removeHole(s.nodes[i].end())
	}
	s.nodes = slices.Delete(s.nodes, i, i+1)
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

// Counters are the holes that grants left, the holes that frees joined and, for
// requests of nothing but a size, one visit each.
func (s *slow) Counters() strategies.Counters { return s.counts }

// KnowsVisits reports whether the visits of the latest operation are defined.
func (s *slow) KnowsVisits() bool { return !s.visitless }

func (s *slow) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, h := range s.holes {
			if !yield(strategies.Block{Start: h.start * page, Size: h.size * page}) {
				return
			}
		}
	}
}
