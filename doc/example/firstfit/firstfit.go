// Package firstfit is an allocator as a textbook has it: a request gets the lowest
// addresses that fit. Every call walks a sorted list.
package firstfit

import (
	"cmp"
	"iter"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Strategy is first fit over a sorted list.
var Strategy = strategies.Strategy{
	Name: "firstfit",
	Doc:  "first fit over a sorted list of free blocks, one block per request (textbook)",
	Caps: strategies.CapWindow,
	New:  newAllocator,
}

// allocator manages one region. Both lists are sorted by address.
type allocator struct {
	page, end uint64
	free      []strategies.Block // no two adjoin
	live      []strategies.Block // the grants
}

func newAllocator(r strategies.Region) (strategies.Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	end := r.Managed()
	return &allocator{page: r.Page, end: end, free: []strategies.Block{{Size: end}}}, nil
}

// Alloc takes the first free block that holds r, and frees what is left of it.
func (a *allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Size == 0 || r.Size > a.end {
		return dst, strategies.ErrInvalid
	}
	size := (r.Size + a.page - 1) &^ (a.page - 1)
	for i, f := range a.free {
		start, ok := a.fit(f, size, r)
		if !ok {
			continue
		}
		b := strategies.Block{Start: start, Size: size}
		a.free = slices.Delete(a.free, i, i+1)
		a.addFree(strategies.Block{Start: f.Start, Size: start - f.Start})
		a.addFree(strategies.Block{Start: b.End(), Size: f.End() - b.End()})
		a.live = insert(a.live, b)
		return append(dst, b), nil
	}
	return dst, strategies.ErrNoSpace
}

// fit returns the lowest address in f where size bytes fit, aligned and inside the
// window of r.
func (a *allocator) fit(f strategies.Block, size uint64, r strategies.Request) (start uint64, ok bool) {
	lo, hi := f.Start, f.End()
	if r.Flags&strategies.Range != 0 {
		lo = max(lo, r.Lo)
		if r.Hi != 0 {
			hi = min(hi, r.Hi)
		}
	}
	align := max(a.page, r.Align&^(a.page-1))
	skip := (align - lo%align) % align
	return lo + skip, lo < hi && skip < hi-lo && size <= hi-lo-skip
}

// Free gives back one grant and merges it with the free blocks beside it.
func (a *allocator) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic("firstfit: Free of blocks that are not one grant")
	}
	b := blocks[0]
	i, found := search(a.live, b)
	if !found || a.live[i] != b {
		panic("firstfit: Free of a block that is not live")
	}
	a.live = slices.Delete(a.live, i, i+1)
	a.addFree(b)
}

// FreeBlocks yields the free blocks by address.
func (a *allocator) FreeBlocks() iter.Seq[strategies.Block] { return slices.Values(a.free) }

// addFree adds b, which may be empty, to the free blocks and merges neighbours.
func (a *allocator) addFree(b strategies.Block) {
	if b.Size == 0 {
		return
	}
	i, _ := search(a.free, b)
	if i < len(a.free) && b.End() == a.free[i].Start {
		b.Size += a.free[i].Size
		a.free = slices.Delete(a.free, i, i+1)
	}
	if i > 0 && a.free[i-1].End() == b.Start {
		a.free[i-1].Size += b.Size
		return
	}
	a.free = insert(a.free, b)
}

// search returns where b is, or belongs, in a list sorted by address.
func search(list []strategies.Block, b strategies.Block) (at int, found bool) {
	return slices.BinarySearchFunc(list, b, func(x, y strategies.Block) int { return cmp.Compare(x.Start, y.Start) })
}

func insert(list []strategies.Block, b strategies.Block) []strategies.Block {
	i, _ := search(list, b)
	return slices.Insert(list, i, b)
}
