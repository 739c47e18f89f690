// Package firstfit is first fit on a sorted list of live blocks, written to be
// read: every gap is looked at in order, nothing is remembered between calls. It
// is what another strategy can be compared with where only success, totals and
// rules count, and what the conformance kit tests itself with: strategytest exports
// its strategies.
package firstfit

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// The strategies. Their names are those of strategytest.
var (
	// Single grants every request as one block.
	Single = strategies.Strategy{
		Name: "reference",
		Doc:  "first fit on a sorted list, one block a grant; written to be read, for tests",
		Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
		New:  func(r strategies.Region) (strategies.Allocator, error) { return New(r, false) },
	}
	// Scattering takes gap after gap until the request is satisfied, unless it
	// is contiguous: it refuses a plain request only when memory is short.
	Scattering = strategies.Strategy{
		Name: "reference.scatter",
		Doc:  "first fit on a sorted list, as many blocks as it takes; written to be read, for tests",
		Caps: Single.Caps | strategies.CapScatter,
		New:  func(r strategies.Region) (strategies.Allocator, error) { return New(r, true) },
	}
)

// Allocator is the allocator of both reference strategies.
type Allocator struct {
	Region  strategies.Region
	scatter bool
	Live    []LiveBlock // by address, disjoint
	Serial  uint32      // Node of the latest grant: all its blocks carry it
}

// LiveBlock is a block granted, with its place in its grant.
type LiveBlock struct {
	strategies.Block
	Index, Count int
}

// New makes an allocator, of one block a grant or of many.
func New(r strategies.Region, scatter bool) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	return &Allocator{Region: r, scatter: scatter}, nil
}

// Alloc takes pieces of the gaps in address order, from above for TopDown.
func (a *Allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	page, managed := a.Region.Page, a.Region.Managed()
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

	for n := range len(a.Live) + 1 {
		if topDown {
			n = len(a.Live) - n
		}
		b := piece(a.window(r, a.Gap(n)), want, align, topDown)
		if b.Size == 0 || whole && b.Size < want {
			continue
		}
		dst = append(dst, b)
		if want -= b.Size; want == 0 {
			a.Enter(dst[from:])
			return dst, nil
		}
	}
	return dst[:from], strategies.ErrNoSpace
}

// Gap is what is free in front of live[n], perhaps nothing; behind the last for
// n = len(live).
func (a *Allocator) Gap(n int) strategies.Block {
	start, end := uint64(0), a.Region.Managed()
	if n > 0 {
		start = a.Live[n-1].End()
	}
	if n < len(a.Live) {
		end = a.Live[n].Start
	}
	return strategies.Block{Start: start, Size: end - start}
}

// window is the part of a gap that r may use, in whole pages.
func (a *Allocator) window(r strategies.Request, gap strategies.Block) strategies.Block {
	if r.Flags&strategies.Range == 0 {
		return gap
	}
	start, end := max(gap.Start, r.Lo), gap.End()
	if r.Hi != 0 {
		end = min(end, r.Hi&^(a.Region.Page-1))
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

// Enter makes blocks live, as one grant.
func (a *Allocator) Enter(blocks []strategies.Block) {
	a.Serial++
	for i := range blocks {
		blocks[i].Node = a.Serial
		at, _ := a.Find(blocks[i].Start)
		a.Live = slices.Insert(a.Live, at, LiveBlock{blocks[i], i, len(blocks)})
	}
}

// Find returns where a block that starts at start is in the live list, or
// would be.
func (a *Allocator) Find(start uint64) (at int, found bool) {
	return slices.BinarySearchFunc(a.Live, start, func(l LiveBlock, start uint64) int {
		return cmp.Compare(l.Start, start)
	})
}

// Free looks every block up before it takes the first one back.
func (a *Allocator) Free(blocks []strategies.Block) {
	a.mustHold(blocks)
	for _, b := range blocks {
		at, _ := a.Find(b.Start)
		a.Live = slices.Delete(a.Live, at, at+1)
	}
}

// mustHold panics unless blocks are one live grant.
func (a *Allocator) mustHold(blocks []strategies.Block) {
	if len(blocks) == 0 {
		panic("reference: free of an empty list, which no allocation returned")
	}
	for i, b := range blocks {
		at, found := a.Find(b.Start)
		if !found || a.Live[at] != (LiveBlock{b, i, len(blocks)}) || b.Node != blocks[0].Node {
			panic(fmt.Sprintf("reference: free of %d+%d, block %d of %d, which was not granted so", b.Start, b.Size, i+1, len(blocks)))
		}
	}
}

// Trim puts a smaller block into the place of the one given.
func (a *Allocator) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	a.mustHold(blocks)
	b, page := blocks[0], a.Region.Page
	if len(blocks) > 1 || size == 0 || (start|size)&(page-1) != 0 || start < b.Start || start > b.End() || size > b.End()-start {
		return dst, fmt.Errorf("%w: trim of %v to %d+%d", strategies.ErrInvalid, strategies.Blocks(blocks), start, size)
	}
	a.Free(blocks)
	dst = append(dst, strategies.Block{Start: start, Size: size})
	a.Enter(dst[len(dst)-1:])
	return dst, nil
}

// FreeBlocks yields the gaps that are not empty.
func (a *Allocator) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for n := range len(a.Live) + 1 {
			if gap := a.Gap(n); gap.Size > 0 && !yield(gap) {
				return
			}
		}
	}
}

// Check verifies that the live blocks ascend, disjoint and inside the region.
func (a *Allocator) Check() error {
	var end uint64
	for _, b := range a.Live {
		if b.Start < end || b.Size == 0 || b.Size > a.Region.Managed()-b.Start {
			return fmt.Errorf("reference: live block %d+%d overlaps the one before it or the end of the region", b.Start, b.Size)
		}
		end = b.End()
	}
	return nil
}

// Footprint is the live list.
func (a *Allocator) Footprint() uint64 {
	return uint64(unsafe.Sizeof(*a)) + uint64(cap(a.Live))*uint64(unsafe.Sizeof(LiveBlock{}))
}
