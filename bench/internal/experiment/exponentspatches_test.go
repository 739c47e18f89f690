package experiment

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// The states and operations for strategies that know what free memory contains.

// patches is quads, of which every hole is half clear: in turn the upper half and the
// lower one. Before, when all was free, the memory of every second level of the region
// was all dirty in the upper half, so that who remembers what a block was before it
// was split has something to remember.
func patches(s strategies.Strategy, n uint64) *board {
	stained := s
	stained.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := s.New(r)
		if err != nil {
			return nil, err
		}
		stain(&board{a: a}, r.Size)
		return a, nil
	}
	b := quads(stained, n)
	for i := range n {
		// Both halves: one of them may be clear since the stain.
		for half := range uint64(2) {
			b.giveBackPatch(b.take(i*b.cell+half*2*onePage, 2*onePage))
		}
	}
	return b
}

// stain takes a region in pieces of 64 pages and frees all as dirty, but some as clear.
func stain(b *board, size uint64) {
	const piece = 64 * onePage
	var taken [][]strategies.Block
	for at := uint64(0); at < size; at += piece {
		taken = append(taken, b.take(at, min(piece, size-at)))
	}
	for i, blocks := range taken {
		if i&0xaaaaaaaa == 0 {
			b.a.(strategies.ClearFreer).FreeCleared(blocks)
		} else {
			b.a.Free(blocks)
		}
	}
}

// giveBackPatch frees blocks of one half of a hole as what that half contains.
func (b *board) giveBackPatch(blocks []strategies.Block) {
	cell, at := blocks[0].Start/b.cell, blocks[0].Start%b.cell
	if upper := at >= 2*onePage; upper == (cell%2 == 0) {
		b.a.(strategies.ClearFreer).FreeCleared(blocks)
	} else {
		b.a.Free(blocks)
	}
}

// mustPatch asks for what lies in half a hole.
func (b *board) mustPatch(r strategies.Request) (calls int, err error) {
	blocks, err := b.a.Alloc(b.buf[:0], r)
	if err != nil {
		return 1, fmt.Errorf("%v: %w", r, err)
	}
	b.buf = blocks
	b.giveBackPatch(blocks)
	return 2, nil
}

func askPatch(flags strategies.Flags) func(b *board) (int, error) {
	return func(b *board) (int, error) { return b.mustPatch(pages(1+b.below(2), flags)) }
}

// askPatchInWindow asks in a window of random edges.
func askPatchInWindow(flags strategies.Flags) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		lo := b.below(b.n - 1)
		hi := lo + 1 + b.below(b.n-lo)
		return b.mustPatch(limited(pages(1+b.below(2), flags), lo*b.cell, hi*b.cell))
	}
}

func patchRefusedInWindow(b *board) (int, error) {
	lo := b.below(b.n - 2)
	hi := lo + 2 + b.below(b.n-1-lo)
	return b.mustNot(limited(pages(5+b.below(3), strategies.Clear), lo*b.cell, hi*b.cell))
}

// patchesAndRefused frees two pages as clear and then asks for a run in vain, upon which
// what is known of clear memory may be lost.
func patchesAndRefused(align uint64) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		blocks, err := b.a.Alloc(b.buf[:0], pages(2, 0))
		if err != nil {
			return 0, err
		}
		b.a.(strategies.ClearFreer).FreeCleared(blocks)
		calls, err := b.runRefused(align)
		return calls + 2, err
	}
}

// runRefused asks in vain for a run of five to seven pages.
func (b *board) runRefused(align uint64) (int, error) {
	r := pages(5+b.below(3), 0)
	r.Align = align
	return b.mustNot(r)
}

// besidePatches has n holes of four pages, and before each of them two pages, of which
// one is clear. No run at a large alignment has any of these.
func besidePatches(s strategies.Strategy, n uint64) *board {
	b := lay(s, n, []uint64{4, 2, 1, 1}, func(_ uint64, piece int) bool { return piece != 1 })
	for i := range n {
		b.a.(strategies.ClearFreer).FreeCleared(b.take(i*b.cell+6*onePage, onePage))
	}
	return b
}
