package radix

import (
	"iter"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/pages"
)

// Strategy is address-ordered first fit as a strategy.
var Strategy = strategies.Strategy{
	Name: "radix",
	Doc:  "address-ordered first fit over a radix tree of summaries: one extent per request, lowest address (the page allocator of the Go runtime)",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New:  newAllocator,
}

// allocator is an address-ordered first fit allocator for one region. It translates
// between bytes and pages for one of two trees, which know what is free.
type allocator struct {
	narrow *tree[uint32] // if 32 bits hold page numbers, otherwise nil
	wide   *tree[uint64] // otherwise
	scale  pages.Scale
}

// newAllocator makes an allocator with everything free.
func newAllocator(r strategies.Region) (strategies.Allocator, error) {
	scale, err := pages.Of(r)
	if err != nil {
		return nil, err
	}
	a := &allocator{scale: scale}
	if scale.Narrow() {
		a.narrow = newTree[uint32](scale.Pages)
	} else {
		a.wide = newTree[uint64](scale.Pages)
	}
	return a, nil
}

// Alloc grants one extent for r: the lowest possible one, or the highest with
// TopDown.
func (a *allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	q, err := a.scale.Query(&r)
	if err != nil {
		return dst, err
	}
	var id recordID
	var start uint64
	var ok bool
	if a.narrow != nil {
		id, start, ok = a.narrow.take(q)
	} else {
		id, start, ok = a.wide.take(q)
	}
	if !ok {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, a.scale.Block(start, q.Size, uint32(id))), nil
}

// Free makes the pages of the extent free.
func (a *allocator) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(pages.BadFree("radix", blocks))
	}
	start, size, ok := a.scale.Extent(&blocks[0])
	if a.narrow != nil {
		ok = ok && a.narrow.give(recordID(blocks[0].Node), start, size)
	} else {
		ok = ok && a.wide.give(recordID(blocks[0].Node), start, size)
	}
	if !ok {
		panic(pages.BadFree("radix", blocks))
	}
}

// cold is what is asked of either tree, and never timed.
type cold interface {
	runs() iter.Seq2[uint64, uint64] // start and length of the maximal free runs in pages
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

// FreeBlocks yields the maximal free runs by address.
func (a *allocator) FreeBlocks() iter.Seq[strategies.Block] {
	runs := a.cold().runs()
	return func(yield func(strategies.Block) bool) {
		for start, size := range runs {
			if !yield(a.scale.Block(start, size, 0)) {
				return
			}
		}
	}
}

// Footprint is the metadata held, in bytes: the tree and the records.
func (a *allocator) Footprint() uint64 { return uint64(unsafe.Sizeof(*a)) + a.cold().footprint() }

// Counters are the nodes visited, in searches and in changes. Free space is bits,
// neither split nor merged.
func (a *allocator) Counters() strategies.Counters { return a.cold().counters() }

// Check compares every summary with what it summarizes, and the records with the
// pages that are not free.
func (a *allocator) Check() error { return a.cold().check() }
