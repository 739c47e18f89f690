package experiment

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

const (
	onePage    = strategies.MinPage
	largeAlign = 64 << 10
)

// growings are what TestExponents holds. Contiguous is no condition for a
// strategy that never scatters.
func growings() []growing {
	const (
		window  = strategies.CapWindow
		topDown = strategies.CapTopDown
		anyAt   = strategies.CapAnyAlign
	)
	return []growing{
		{"live_one_region", 0, steady(func(uint64) uint64 { return 64 << 30 }), churnBatch},
		{"live_and_region", 0, steady(func(n uint64) uint64 { return n << 19 }), churnBatch},
		{"checkerboard_page", 0, checkerboard, func(b *board) (int, error) { return b.must(pages(1, 0)) }},
		{"checkerboard_contiguous_refused", 0, checkerboard, refusedRun(0)},
		{"quads_contiguous_refused", 0, quads, func(b *board) (int, error) { return b.mustNot(pages(5+b.below(3), 0)) }},
		{"checkerboard_clear_contiguous_refused", strategies.CapClear, clearboard, clearedAndRefused},
		{"checkerboard_topdown", topDown, checkerboard, func(b *board) (int, error) { return b.must(pages(1, strategies.TopDown)) }},
		{"checkerboard_topdown_refused", topDown, checkerboard, refusedRun(strategies.TopDown)},
		{"checkerboard_window", window, checkerboard, inWindow(1, 0)},
		{"checkerboard_window_topdown", window | topDown, checkerboard, inWindow(1, strategies.TopDown)},
		{"checkerboard_window_scatter", window | strategies.CapScatter, checkerboard, scatterInWindow},
		{"checkerboard_window_exact", window, checkerboard, exactWindow},
		{"checkerboard_window_narrow", window, checkerboard, inNarrowWindow(1)},
		{"checkerboard_window_refused", window, checkerboard, refusedInWindow(1, 1)},
		{"stairs_window", window, stairs, inWindow(4, 0)},
		{"stairs_window_topdown", window | topDown, stairs, inWindow(4, strategies.TopDown)},
		{"stairs_window_narrow", window, stairs, inNarrowWindow(4)},
		{"stairs_window_cut", window, stairs, inCutWindow},
		{"halves_window_refused", window, halves, refusedInWindow(1, 2)},
		{"aligned_fill", 0, alignedFill, fillAligned},
		{"crooked_aligned_refused", 0, crooked, func(b *board) (int, error) { return b.mustNot(alignedPair()) }},
		{"crooked_aligned_one_fits", anyAt, crookedButOne, func(b *board) (int, error) { return b.must(alignedPair()) }},
		{"crooked_alignments_refused", 0, crooked, func(b *board) (int, error) { return b.mustNot(alignedAt(2 << b.below(6))) }},
		{"crooked_odd_alignments", anyAt, crooked, oddAlignment},
		{"crooked_aligned_window_refused", window, crooked, alignedInWindow},
		{"ladder_aligned_refused", 0, ladder(-1), func(b *board) (int, error) { return b.mustNot(alignedPair()) }},
		{"ladder_aligned_one_fits", 0, ladder(0), func(b *board) (int, error) { return b.must(alignedPair()) }},
		{"ladder_alignments", 0, ladder(0), severalAlignments(0)},
		{"ladder_alignments_clear", strategies.CapClear, clearLadder, severalAlignments(strategies.Clear)},
		{"ladder_alignments_churn", 0, ladder(0), alignedChurn},
		{"patches_dirty", strategies.CapClear, patches, askPatch(0)},
		{"patches_dirty_topdown", strategies.CapClear | topDown, patches, askPatch(strategies.TopDown)},
		{"patches_clear", strategies.CapClear, patches, askPatch(strategies.Clear)},
		{"patches_clear_topdown", strategies.CapClear | topDown, patches, askPatch(strategies.Clear | strategies.TopDown)},
		{"patches_window", strategies.CapClear | window, patches, askPatchInWindow(0)},
		{"patches_window_clear", strategies.CapClear | window, patches, askPatchInWindow(strategies.Clear)},
		{"patches_window_clear_refused", strategies.CapClear | window, patches, patchRefusedInWindow},
		{"patches_contiguous_refused", strategies.CapClear, patches, patchesAndRefused(0)},
		{"patches_aligned_refused", strategies.CapClear, patches, patchesAndRefused(largeAlign)},
		{"patches_beside_aligned_refused", strategies.CapClear, besidePatches, func(b *board) (int, error) { return b.runRefused(largeAlign) }},
	}
}

// pages is a contiguous request for n pages.
func pages(n uint64, flags strategies.Flags) strategies.Request {
	return strategies.Request{Size: n * onePage, Flags: flags | strategies.Contiguous}
}

// steady is a population of n objects.
func steady(region func(n uint64) uint64) func(s strategies.Strategy, n uint64) *board {
	return func(s strategies.Strategy, n uint64) *board {
		h, err := newPopulation(s, point{region(n), int(n)}, 1)
		if err != nil {
			panic(err)
		}
		return &board{a: h.a, n: n, pop: h}
	}
}

func churnBatch(b *board) (int, error) {
	did := b.pop.churn()
	if did.refused > 0 {
		return 0, fmt.Errorf("%d of %d requests refused at %d %%", did.refused, did.allocs, fillPercent)
	}
	return did.allocs + did.frees, nil
}

// lay fills a region cell by cell, each in pieces of so many pages, and what is
// behind them as one block; then it frees the pieces for which free says so. A
// piece is placed by an exact window, so that the state is the same for all.
func lay(s strategies.Strategy, n uint64, pieces []uint64, free func(i uint64, piece int) bool) *board {
	b := &board{n: n}
	for _, p := range pieces {
		b.cell += p * onePage
	}
	region := strategies.Region{Size: n*b.cell + 1<<20, Page: onePage}
	a, err := s.New(region)
	if err != nil {
		panic(err)
	}
	b.a = a
	var toFree [][]strategies.Block
	at := uint64(0)
	for i := range n {
		for j, p := range pieces {
			blocks := b.take(at, p*onePage)
			if at += p * onePage; free(i, j) {
				toFree = append(toFree, blocks)
			}
		}
	}
	b.take(at, region.Size-at)
	for _, blocks := range toFree {
		a.Free(blocks)
	}
	return b
}

// take allocates [start, start+size), which is free.
func (b *board) take(start, size uint64) []strategies.Block {
	r := strategies.Request{Size: size, Lo: start, Hi: start + size, Flags: strategies.Range}
	blocks, err := b.a.Alloc(nil, r)
	if err != nil {
		panic(fmt.Sprintf("%v: %v", r, err))
	}
	return blocks
}

// checkerboard has n holes of a page, each before a live page.
func checkerboard(s strategies.Strategy, n uint64) *board {
	return lay(s, n, []uint64{1, 1}, func(_ uint64, piece int) bool { return piece == 0 })
}

// quads has n holes of four pages, each before four live ones: blocks of a buddy
// that it can try to extend to five and more.
func quads(s strategies.Strategy, n uint64) *board {
	return lay(s, n, []uint64{4, 4}, func(_ uint64, piece int) bool { return piece == 0 })
}

// clearboard is a checkerboard of which every second hole is clear.
func clearboard(s strategies.Strategy, n uint64) *board {
	b := checkerboard(s, n)
	for i := uint64(0); i < n; i += 2 {
		b.a.(strategies.ClearFreer).FreeCleared(b.take(i*b.cell, onePage))
	}
	return b
}

// stairs has n holes of one to eight pages in turn, each behind a live page, in
// cells of eight.
func stairs(s strategies.Strategy, n uint64) *board {
	return lay(s, n/8, []uint64{1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1, 6, 1, 7, 1, 8}, func(_ uint64, piece int) bool { return piece%2 == 1 })
}

// halves has holes of a page in its lower half, and of two in its upper half.
func halves(s strategies.Strategy, n uint64) *board {
	return lay(s, n, []uint64{2, 1, 1}, func(i uint64, piece int) bool { return i >= n/2 && piece == 0 || i < n/2 && piece == 1 })
}

// crooked has n holes of two pages, none of which begins at a multiple of 64 KiB:
// each is large enough for alignedPair, and of no use to it.
func crooked(s strategies.Strategy, n uint64) *board {
	return lay(s, n, []uint64{1, 2, 13}, func(_ uint64, piece int) bool { return piece == 1 })
}

// crookedButOne is crooked, with one hole of four pages that is of use.
func crookedButOne(s strategies.Strategy, n uint64) *board {
	return lay(s, n, []uint64{4, 1, 2, 9}, func(i uint64, piece int) bool { return piece == 2 || i == n/2 && piece == 0 })
}

// ladder has n/4 holes of blocks of two, four and eight pages, each at a multiple of
// its own size and of no more: many that are large enough for alignedPair, and of no
// use to it. The first two pages of one cell fit.
func ladder(fits int) func(s strategies.Strategy, n uint64) *board {
	return func(s strategies.Strategy, n uint64) *board {
		return lay(s, n/4, []uint64{2, 2, 4, 8}, func(i uint64, piece int) bool { return piece > 0 || fits >= 0 && i == n/8 })
	}
}

// clearLadder is a ladder in which the blocks of every second cell are clear.
func clearLadder(s strategies.Strategy, n uint64) *board {
	b := ladder(0)(s, n)
	for i := uint64(1); i < b.n; i += 2 {
		at := i * b.cell
		for _, size := range []uint64{2, 4, 8} {
			b.a.(strategies.ClearFreer).FreeCleared(b.take(at+size*onePage, size*onePage))
		}
	}
	return b
}

// severalAlignments asks for one to eight pages at a multiple of more, which is found
// or not.
func severalAlignments(flags strategies.Flags) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		k := b.below(4)
		calls, _ := b.ask(strategies.Request{Size: onePage << k, Align: onePage << (k + 1 + b.below(6)), Flags: flags})
		return calls, nil
	}
}

// alignedChurn takes some pages, asks at several alignments, and gives them back: so
// what was known to be aligned is gone, or comes anew, at each request.
func alignedChurn(b *board) (calls int, err error) {
	var held [4][]strategies.Block
	for i := range held {
		if held[i], err = b.a.Alloc(nil, strategies.Request{Size: onePage << b.below(4)}); err != nil {
			return 0, err
		}
	}
	for range held {
		did, _ := severalAlignments(0)(b)
		calls += did
	}
	for _, blocks := range held {
		b.a.Free(blocks)
	}
	return calls + 2*len(held), nil
}

func alignedPair() strategies.Request { return alignedAt(largeAlign / onePage) }

// alignedAt is a request for two pages at a multiple of so many.
func alignedAt(unit uint64) strategies.Request {
	return strategies.Request{Size: 2 * onePage, Align: unit * onePage}
}

// alignedFill is a region that is full of alignedPairs, but for what is still to come.
func alignedFill(s strategies.Strategy, n uint64) *board {
	a, err := s.New(strategies.Region{Size: (n + warmUps + countedOps) * largeAlign, Page: onePage})
	if err != nil {
		panic(err)
	}
	b := &board{a: a, n: n, cell: largeAlign}
	for range n {
		if _, err := fillAligned(b); err != nil {
			panic(err)
		}
	}
	return b
}

// fillAligned keeps what it gets.
func fillAligned(b *board) (int, error) {
	_, err := b.a.Alloc(nil, alignedPair())
	return 1, err
}

// refusedRun asks for two pages or more, up to as many as there are holes.
func refusedRun(flags strategies.Flags) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		n := b.below(8)
		if b.below(4) == 0 {
			n = b.below(b.n - 2)
		}
		return b.mustNot(pages(2+n, flags))
	}
}

// clearedAndRefused frees a page as clear and then asks in vain, upon which
// clear memory may be merged with dirty.
func clearedAndRefused(b *board) (int, error) {
	blocks, err := b.a.Alloc(b.buf[:0], pages(1, strategies.Clear))
	if err != nil {
		return 0, err
	}
	b.a.(strategies.ClearFreer).FreeCleared(blocks)
	calls, err := b.mustNot(pages(2+b.below(8), 0))
	return calls + 2, err
}

// limited is r in a window.
func limited(r strategies.Request, lo, hi uint64) strategies.Request {
	r.Lo, r.Hi, r.Flags = lo, hi, r.Flags|strategies.Range
	return r
}

// inWindow asks for up to most pages in a window of random edges that holds a
// cell at least. Of stairs that is four pages: a buddy needs an aligned block.
func inWindow(most uint64, flags strategies.Flags) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		lo := b.below(b.n - 1)
		hi := lo + 2 + b.below(b.n-1-lo)
		skew := b.below(b.cell/onePage) * onePage // the edges are no cells'
		return b.must(limited(pages(1+b.below(most), flags), lo*b.cell+skew, hi*b.cell+skew))
	}
}

// scatterInWindow asks for up to four pages, which lie apart, in a window of
// random edges.
func scatterInWindow(b *board) (int, error) {
	lo := b.below(b.n - 4)
	hi := lo + 4 + b.below(b.n-3-lo)
	return b.must(limited(strategies.Request{Size: (1 + b.below(4)) * onePage}, lo*b.cell, hi*b.cell))
}

// exactWindow asks for one hole and no other.
func exactWindow(b *board) (int, error) {
	lo := b.below(b.n) * b.cell
	return b.must(limited(pages(1, 0), lo, lo+onePage))
}

// inNarrowWindow asks in a window of two cells.
func inNarrowWindow(most uint64) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		lo := b.below(b.n - 1)
		return b.must(limited(pages(1+b.below(most), 0), lo*b.cell, (lo+2)*b.cell))
	}
}

// inCutWindow asks in a window of a few pages, which is or is not granted.
func inCutWindow(b *board) (int, error) {
	lo := b.below(b.n*b.cell/onePage - 16)
	size := 1 + b.below(8)
	calls, _ := b.ask(limited(pages(size, 0), lo*onePage, (lo+size+b.below(8))*onePage))
	return calls, nil
}

// refusedInWindow asks for two pages in a window of random edges in the lowest
// num/den of the cells, where all holes have one.
func refusedInWindow(num, den uint64) func(b *board) (int, error) {
	return func(b *board) (int, error) {
		n := b.n * num / den
		lo := b.below(n - 1)
		hi := lo + 2 + b.below(n-1-lo)
		return b.mustNot(limited(pages(2, 0), lo*b.cell, hi*b.cell))
	}
}

// oddAlignment asks at alignments of 3 to 29 pages, which fit some hole or none.
func oddAlignment(b *board) (int, error) {
	calls, _ := b.ask(alignedAt(3 + 2*b.below(14)))
	return calls, nil
}

// alignedInWindow asks for an alignedPair in a window of random edges.
func alignedInWindow(b *board) (int, error) {
	lo := b.below(b.n - 1)
	return b.mustNot(limited(alignedPair(), lo*b.cell, (lo+2+b.below(b.n-1-lo))*b.cell))
}
