package strategytest

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// The reference strategies are first fit on a sorted list of live blocks,
// written to be read: every gap is looked at in order, nothing is remembered
// between calls. They are what another strategy can be compared with where only
// success, totals and rules count, and what the kit tests itself with.
var (
	// Reference grants every request as one block.
	Reference = strategies.Strategy{
		Name: "reference",
		Doc:  "first fit on a sorted list, one block a grant; written to be read, for tests",
		Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
		New:  func(r strategies.Region) (strategies.Allocator, error) { return newFirstFit(r, false) },
	}
	// Scattering takes gap after gap until the request is satisfied, unless it
	// is contiguous: it refuses a plain request only when memory is short.
	Scattering = strategies.Strategy{
		Name: "reference.scatter",
		Doc:  "first fit on a sorted list, as many blocks as it takes; written to be read, for tests",
		Caps: Reference.Caps | strategies.CapScatter,
		New:  func(r strategies.Region) (strategies.Allocator, error) { return newFirstFit(r, true) },
	}
)

// firstFit is the allocator of both reference strategies.
type firstFit struct {
	region  strategies.Region
	scatter bool
	live    []liveBlock // by address, disjoint
	serial  uint32      // Node of the latest grant: all its blocks carry it
}

// liveBlock is a block granted, with its place in its grant.
type liveBlock struct {
	strategies.Block
	index, count int
}

func newFirstFit(r strategies.Region, scatter bool) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return &firstFit{region: r, scatter: scatter}, nil
}

// Alloc takes pieces of the gaps in address order, from above for TopDown.
func (a *firstFit) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	page, managed := a.region.Page, a.region.Managed()
	switch {
	case r.Size == 0:
		return dst, fmt.Errorf("%w: 0 bytes", strategies.ErrInvalid)
	case r.Size > managed:
		return dst, fmt.Errorf("%w: %d bytes in a region of %d", strategies.ErrTooBig, r.Size, managed)
	}
	from, want := len(dst), (r.Size+page-1)&^(page-1)
	align := max(page, r.Align-r.Align%page)
	topDown := r.Flags&strategies.TopDown != 0
	whole := !a.scatter || r.Flags&strategies.Contiguous != 0

	for n := range len(a.live) + 1 {
		if topDown {
			n = len(a.live) - n
		}
		b := piece(a.window(r, a.gap(n)), want, align, topDown)
		if b.Size == 0 || whole && b.Size < want {
			continue
		}
		dst = append(dst, b)
		if want -= b.Size; want == 0 {
			a.enter(dst[from:])
			return dst, nil
		}
	}
	return dst[:from], strategies.ErrNoSpace
}

// gap is what is free in front of live[n], perhaps nothing; behind the last for
// n = len(live).
func (a *firstFit) gap(n int) strategies.Block {
	start, end := uint64(0), a.region.Managed()
	if n > 0 {
		start = a.live[n-1].End()
	}
	if n < len(a.live) {
		end = a.live[n].Start
	}
	return strategies.Block{Start: start, Size: end - start}
}

// window is the part of a gap that r may use, in whole pages.
func (a *firstFit) window(r strategies.Request, gap strategies.Block) strategies.Block {
	if r.Flags&strategies.Range == 0 {
		return gap
	}
	start, end := max(gap.Start, r.Lo), gap.End()
	if r.Hi != 0 {
		end = min(end, r.Hi&^(a.region.Page-1))
	}
	if start >= end {
		return strategies.Block{}
	}
	return strategies.Block{Start: start, Size: end - start}
}

// piece is the largest block of at most want bytes that starts at a multiple of
// align in the gap: the lowest such, or the highest.
func piece(gap strategies.Block, want, align uint64, topDown bool) strategies.Block {
	if topDown && gap.Size >= want {
		start := gap.End() - want
		if start -= start % align; start >= gap.Start {
			return strategies.Block{Start: start, Size: want}
		}
	}
	var skip uint64
	if off := gap.Start % align; off != 0 {
		skip = align - off
	}
	if skip >= gap.Size {
		return strategies.Block{}
	}
	return strategies.Block{Start: gap.Start + skip, Size: min(want, gap.Size-skip)}
}

// enter makes blocks live, as one grant.
func (a *firstFit) enter(blocks []strategies.Block) {
	a.serial++
	for i := range blocks {
		blocks[i].Node = a.serial
		at, _ := a.find(blocks[i].Start)
		a.live = slices.Insert(a.live, at, liveBlock{blocks[i], i, len(blocks)})
	}
}

// find returns where a block that starts at start is in the live list, or
// would be.
func (a *firstFit) find(start uint64) (at int, found bool) {
	return slices.BinarySearchFunc(a.live, start, func(l liveBlock, start uint64) int {
		return cmp.Compare(l.Start, start)
	})
}

// Free looks every block up before it takes the first one back.
func (a *firstFit) Free(blocks []strategies.Block) {
	if len(blocks) == 0 {
		panic("reference: free of an empty list, which no allocation returned")
	}
	for i, b := range blocks {
		at, found := a.find(b.Start)
		if !found || a.live[at] != (liveBlock{b, i, len(blocks)}) || b.Node != blocks[0].Node {
			panic(fmt.Sprintf("reference: free of %d+%d, block %d of %d, which was not granted so", b.Start, b.Size, i+1, len(blocks)))
		}
	}
	for _, b := range blocks {
		at, _ := a.find(b.Start)
		a.live = slices.Delete(a.live, at, at+1)
	}
}

// FreeBlocks yields the gaps that are not empty.
func (a *firstFit) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for n := range len(a.live) + 1 {
			if gap := a.gap(n); gap.Size > 0 && !yield(gap) {
				return
			}
		}
	}
}

// Check verifies that the live blocks ascend, disjoint and inside the region.
func (a *firstFit) Check() error {
	var end uint64
	for _, b := range a.live {
		if b.Start < end || b.Size == 0 || b.Size > a.region.Managed()-b.Start {
			return fmt.Errorf("reference: live block %d+%d overlaps the one before it or the end of the region", b.Start, b.Size)
		}
		end = b.End()
	}
	return nil
}

// Footprint is the live list.
func (a *firstFit) Footprint() uint64 {
	return uint64(unsafe.Sizeof(*a)) + uint64(cap(a.live))*uint64(unsafe.Sizeof(liveBlock{}))
}
