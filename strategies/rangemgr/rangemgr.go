package rangemgr

import (
	"fmt"
	"iter"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Strategy is the kernel's range manager as a strategy.
var Strategy = strategies.Strategy{
	Name: "rangemgr", Models: "Linux 6.11 to 7.1",
	Doc:  "range manager: one extent per request, best fit, newest hole first (Linux drm_mm under ttm_range_manager: nouveau, vmwgfx, radeon)",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New:  newAllocator,
	Params: []strategies.Param{{
		Name: "insert", Doc: "where a request goes that does not say: best, the best fit, or high, the highest address as for TopDown (DRM_MM_INSERT_BEST, _HIGH)",
		Values: []string{"best", "high"},
	}},
	Choose: func(s *strategies.Strategy, values map[string]string) {
		if values["insert"] == "high" {
			s.Models, s.New = "", newHighest // no driver of the kernels named does so for all
		}
	},
}

// newHighest makes an allocator that serves all from the top.
func newHighest(r strategies.Region) (strategies.Allocator, error) {
	a, err := newAllocator(r)
	if err != nil {
		return nil, err
	}
	return highest{a.(*allocator)}, nil
}

// highest is an allocator that serves all requests from the top.
type highest struct{ *allocator }

// Alloc grants one extent for r at the highest address that has room.
func (h highest) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	r.Flags |= strategies.TopDown
	return h.allocator.Alloc(dst, r)
}

// unit is the granularity of the manager in bytes: the kernel's page, whatever
// page the region has (a coarser one acts as the default alignment).
const (
	unitShift = 12
	unit      = 1 << unitShift
)

// newAllocator makes an allocator with one hole, the region.
func newAllocator(r strategies.Region) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	a := &allocator{pages: r.Managed() >> unitShift, align: r.Page >> unitShift}
	// In bytes: Go's compiler for s390x (1.26.8) folds n>>12 < c to true, whatever n
	// is, where the constant c is 1<<31 or more and fits into 32 bits.
	if r.Managed() < (1<<32-1)<<unitShift {
		a.narrow = newCore[uint32](a.pages)
	} else {
		a.wide = newCore[uint64](a.pages)
	}
	return a, nil
}

// allocator translates requests to pages for one of two cores: regions of up to 16
// TiB take 32-bit page numbers, larger ones 64-bit ones. It is not generic itself:
// behind an interface the dictionary is a tenth argument of Alloc, so that all of
// them go over the stack through a wrapper, 8 to 10 ns. 64-bit page numbers for all
// regions are a third more memory, and misses are what a large region costs.
type allocator struct {
	narrow *core[uint32] // nil in a larger region
	wide   *core[uint64] // nil if narrow is not
	pages  uint64        // of the region
	align  uint64        // default alignment in pages
}

// Alloc grants one extent for r as drm_mm_insert_node_in_range does when
// ttm_range_manager calls it.
func (a *allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	size := (r.Size-1)>>unitShift + 1
	align := r.Align >> unitShift
	if r.Align == 0 {
		align = a.align
	}
	if r.Size == 0 || size > a.pages {
		return dst, strategies.ErrNoSpace
	}
	var id nodeID
	var start uint64
	switch {
	case align > 1 || r.Flags&(strategies.Range|strategies.TopDown) != 0:
		id, start = a.search(size, align, r)
	case a.narrow != nil:
		id, start = a.narrow.take(size)
	default:
		id, start = a.wide.take(size)
	}
	if id == none {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, strategies.Block{Start: start << unitShift, Size: size << unitShift, Node: uint32(id)}), nil
}

// search grants a request with a window, an alignment or TopDown.
func (a *allocator) search(size, align uint64, r strategies.Request) (id nodeID, start uint64) {
	q := query{size: size, align: max(align, 1), hi: a.pages, top: r.Flags&strategies.TopDown != 0}
	if r.Flags&strategies.Range != 0 {
		q.lo = r.Lo >> unitShift
		if hi := r.Hi >> unitShift; hi != 0 {
			q.hi = min(hi, a.pages)
		}
	}
	if q.lo >= q.hi || q.hi-q.lo < size {
		return none, 0
	}
	if a.narrow != nil {
		return a.narrow.search(q)
	}
	return a.wide.search(q)
}

// Free makes one hole, the newest, of the allocation and the holes at its sides.
func (a *allocator) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(badFree(blocks))
	}
	b := &blocks[0]
	start, size := b.Start>>unitShift, b.Size>>unitShift
	ok := (b.Start|b.Size)&(unit-1) == 0
	if a.narrow != nil {
		ok = ok && a.narrow.give(nodeID(b.Node), start, size)
	} else {
		ok = ok && a.wide.give(nodeID(b.Node), start, size)
	}
	if !ok {
		panic(badFree(blocks))
	}
}

// badFree says what is wrong with a list that is not one live allocation.
func badFree(blocks []strategies.Block) string {
	if len(blocks) != 1 {
		return fmt.Sprintf("rangemgr: free of %d blocks, where every allocation is one", len(blocks))
	}
	return fmt.Sprintf("rangemgr: free of %d+%d, which is not (or no longer) a live allocation", blocks[0].Start, blocks[0].Size)
}

// cold is what is asked of either core, and never timed.
type cold interface {
	holes(yield func(start, size uint64) bool) // by address
	footprint() uint64
	counters() strategies.Counters
	check() error
}

func (a *allocator) cold() cold {
	if a.narrow != nil {
		return a.narrow
	}
	return a.wide
}

// FreeBlocks yields the holes by address.
func (a *allocator) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		a.cold().holes(func(start, size uint64) bool {
			return yield(strategies.Block{Start: start << unitShift, Size: size << unitShift})
		})
	}
}

// Footprint is the metadata held, in bytes: the nodes, the bins and the indexes.
func (a *allocator) Footprint() uint64 { return uint64(unsafe.Sizeof(*a)) + a.cold().footprint() }

// Counters are the parts of holes left by grants, the holes merged by frees, and the
// holes and index entries visited. They decide nothing.
func (a *allocator) Counters() strategies.Counters { return a.cold().counters() }

// Check compares the nodes by address, the holes by size and the indexes.
func (a *allocator) Check() error { return a.cold().check() }
