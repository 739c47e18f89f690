package tlsf

import (
	"iter"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/pages"
)

// Strategy is two-level segregated fit as a strategy.
var Strategy = strategies.Strategy{
	Name: "tlsf",
	Doc:  "two-level segregated fit: one extent per request, good fit in constant time (Vulkan Memory Allocator, OffsetAllocator, real-time systems)",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return newAllocator(r, usualDivision) },
	Params: []strategies.Param{{
		Name: "bins", Doc: "bins per power of two of the size: more fit better and take more memory",
		Values: []string{"32", "8", "16", "64"},
	}},
	Choose: func(s *strategies.Strategy, values map[string]string) {
		d := divisions[values["bins"]]
		s.New = func(r strategies.Region) (strategies.Allocator, error) { return newAllocator(r, d) }
	},
}

// divisions are those that there are, by the number of bins.
var divisions = map[string]division{"8": 3, "16": 4, "32": usualDivision, "64": 6}

// allocator is a two-level segregated fit allocator for one region. It translates
// between bytes and pages for one of two cores, which have the extents. It is not
// generic itself: behind an interface the dictionary is a tenth argument of Alloc, so
// that all of them go over the stack through a wrapper, 9 ns; choosing between two
// cores costs 0.8. 64-bit page numbers for all regions cost 1 to 5 ns, in misses.
type allocator struct {
	narrow *core[uint32] // if 32 bits hold page numbers, otherwise nil
	wide   *core[uint64] // otherwise
	scale  pages.Scale
}

// newAllocator makes an allocator with one hole, the region.
func newAllocator(r strategies.Region, d division) (strategies.Allocator, error) {
	scale, err := pages.Of(r)
	if err != nil {
		return nil, err
	}
	a := &allocator{scale: scale}
	if scale.Narrow() {
		a.narrow = newCore[uint32](scale.Pages, d)
	} else {
		a.wide = newCore[uint64](scale.Pages, d)
	}
	return a, nil
}

// Alloc grants one extent for r. See the package comment for the policy.
func (a *allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	size, plain := a.scale.Plain(&r)
	if !plain {
		return a.allocSlow(dst, r)
	}
	var id nodeID
	var start uint64
	if a.narrow != nil {
		id, start = a.narrow.take(size)
	} else {
		id, start = a.wide.take(size)
	}
	if id == none {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, a.scale.Block(start, size, uint32(id))), nil
}

// allocSlow is Alloc for requests with conditions, and of sizes that are no whole
// pages or impossible.
func (a *allocator) allocSlow(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	q, err := a.scale.Query(&r)
	if err != nil {
		return dst, err
	}
	var id nodeID
	var start uint64
	if a.narrow != nil {
		id, start = a.narrow.search(q)
	} else {
		id, start = a.wide.search(q)
	}
	if id == none {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, a.scale.Block(start, q.Size, uint32(id))), nil
}

// Free makes one hole of the extent and the holes at its sides.
func (a *allocator) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(pages.BadFree("tlsf", blocks))
	}
	start, size, ok := a.scale.Extent(&blocks[0])
	if a.narrow != nil {
		ok = ok && a.narrow.give(nodeID(blocks[0].Node), start, size)
	} else {
		ok = ok && a.wide.give(nodeID(blocks[0].Node), start, size)
	}
	if !ok {
		panic(pages.BadFree("tlsf", blocks))
	}
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
		a.cold().holes(func(start, size uint64) bool { return yield(a.scale.Block(start, size, 0)) })
	}
}

// Footprint is the metadata held, in bytes: the bins and the nodes.
func (a *allocator) Footprint() uint64 { return uint64(unsafe.Sizeof(*a)) + a.cold().footprint() }

// Counters are the parts of holes left by grants, the holes merged by frees, and the
// holes visited.
func (a *allocator) Counters() strategies.Counters { return a.cold().counters() }

// Check walks the nodes by address, the holes by bin and the vacant nodes, and
// compares them with each other and with the bits.
func (a *allocator) Check() error { return a.cold().check() }
