// Package frag measures fragmentation: what the free memory of an allocator looks
// like, by every metric that drivers, kernels and profilers use. [Measure] looks at
// the free blocks once; the metrics are methods of the [State] it returns.
package frag

import (
	"iter"
	"math"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// State is what the free memory of an allocator looks like: its holes, which are
// the maximal runs of free addresses. Every metric is a method that says what it
// predicts for a driver, its unit, its range and where the formula comes from; f
// stands for the bytes of a hole, F for the sum of all f.
//
// The metrics say different things, and none of them is "the fragmentation":
// [State.External] asks for the best single hole, [State.Unusable] for large
// pages, [State.MeanHole] for the typical hole. Without free memory all of them
// are 0 or 1 by definition, and each says which.
//
// The zero value is a region without free memory. Measuring again into the same
// value reuses its memory, so that sampling a long replay costs the sort and
// takes nothing from the heap.
type State struct {
	Free    uint64 // F, in bytes
	Largest uint64 // the largest hole, in bytes: what a contiguous request can have now

	holes []strategies.Block // ascending, disjoint, not adjoining
	spare []strategies.Block // the sort's second array
}

// Measure looks at the free blocks that an allocator yields, in any order and
// with neighbours merged or not.
func Measure(free iter.Seq[strategies.Block]) *State {
	f := new(State)
	f.Measure(free)
	return f
}

// Measure replaces what f describes by the free blocks given.
func (f *State) Measure(free iter.Seq[strategies.Block]) {
	f.holes = f.holes[:0]
	for b := range free {
		f.holes = append(f.holes, b)
	}
	f.holes, f.spare = sortBlocks(f.holes, f.spare)
	f.holes = coalesce(f.holes)
	f.Free, f.Largest = 0, 0
	for _, h := range f.holes {
		f.Free += h.Size
		f.Largest = max(f.Largest, h.Size)
	}
}

// Holes is the number of holes. Source: every allocator's debugfs file. It
// predicts little by itself (a thousand holes of a gigabyte hurt nobody), but
// it is what a search that walks them pays for.
func (f *State) Holes() int { return len(f.holes) }

// External is 1 - max f/F, the largest-hole metric of allocator folklore: the
// share of the free memory that one contiguous request cannot have. 0 to
// below 1, no unit; 0 without free memory. It predicts which scan-out buffers
// and firmware images still fit, and nothing about small ones: a single large
// hole hides any amount of dust.
func (f *State) External() float64 {
	if f.Free == 0 {
		return 0
	}
	return 1 - float64(f.Largest)/float64(f.Free)
}

// Sawicki is 1 - sum f^2/F^2, by the author of the Vulkan Memory Allocator:
// the probability that two free bytes picked at random lie in different holes.
// 0 to below 1, no unit; 0 without free memory. It predicts, better than
// External, how far free memory is from being one piece when several large
// holes are left.
func (f *State) Sawicki() float64 {
	if f.Free == 0 {
		return 0
	}
	return 1 - f.quality()
}

// PyTorch is sum f^2/F^2, as PyTorch's memory viewer prints it: Sawicki seen
// from the other side. Above 0 to 1, no unit; 1 is good, and is also the value
// without free memory. It is here to compare with what that viewer shows.
func (f *State) PyTorch() float64 {
	if f.Free == 0 {
		return 1
	}
	return f.quality()
}

// SquareRoot is 1 - sqrt(sum f^2)/F, which firmware heaps (ESP8266, Pigweed)
// call fragmentation too. It gives other numbers than Sawicki for the same
// holes, so that figures from the two must not be compared. 0 to below 1, no
// unit; 0 without free memory.
func (f *State) SquareRoot() float64 {
	if f.Free == 0 {
		return 0
	}
	return 1 - math.Sqrt(f.squares())/float64(f.Free)
}

// EffectiveHoles is F^2/sum f^2, the inverse of the Herfindahl index: how many
// holes of one size would be as scattered as these. 1 to Holes, in holes; 0
// without free memory. It predicts over how many pieces a request for a large
// share of the free memory is spread.
func (f *State) EffectiveHoles() float64 {
	if f.Free == 0 {
		return 0
	}
	return 1 / f.quality()
}

// MeanHole is sum f^2/F, in bytes: the size of the hole that a free byte
// picked at random lies in. 0 (no free memory) to F. It is the horizontal axis
// of the lab's key picture, since a request much above it must be scattered
// and a request much below it need not be.
func (f *State) MeanHole() float64 {
	if f.Free == 0 {
		return 0
	}
	return f.squares() / float64(f.Free)
}

// Entropy is -sum f/F ln(f/F), in nat: 0 (one hole, or none) to ln Holes.
// Source: Wright, Parker and Lord 2013, who used it on optical spectrum. It
// sees many small holes beside a large one, which the squares hardly do.
func (f *State) Entropy() float64 {
	sum := 0.0
	for _, h := range f.holes {
		p := float64(h.Size) / float64(f.Free)
		sum -= float64(p * math.Log(p))
	}
	return sum
}

// EntropyNormalised is Entropy over its maximum, ln Holes: 0 to 1, no unit, 0
// for fewer than two holes. It predicts how alike the holes are, whatever
// their number.
func (f *State) EntropyNormalised() float64 {
	if len(f.holes) < 2 {
		return 0
	}
	return f.Entropy() / math.Log(float64(len(f.holes)))
}

// Unusable is the kernel's unusable free space index for pages of the size
// given, a power of two: the share of the free memory in which no such page
// fits at its natural alignment. 0 to 1, no unit; 1 without free memory, as
// the kernel has it. Source: unusable_free_index in mm/vmstat.c, where the sum
// runs over the free lists of a buddy; taken over the pages that fit into the
// holes it is the same number for every allocator. At 64 KiB and 2 MiB it
// predicts how much of what is allocated next cannot be mapped by large pages
// of the GPU.
func (f *State) Unusable(page uint64) float64 {
	if f.Free == 0 {
		return 1
	}
	return float64(f.Free-f.pages(page)) / float64(f.Free)
}

// Coverage is the share of the free memory that large pages of the size given
// can cover: 1 - Unusable. 0 to 1, no unit; 0 without free memory.
func (f *State) Coverage(page uint64) float64 { return 1 - f.Unusable(page) }

// Index is the kernel's fragmentation index for a page of the size given, a
// power of two. It is 0 without free memory, -1 when such a page is free, and
// otherwise says why none is: towards 0 for lack of memory, towards 1 because
// of fragmentation. Below 1, no unit. Source: fragmentation_index in
// mm/vmstat.c, compared there with the sysctl extfrag_threshold; N is the
// number of free buddy blocks, here the fewest aligned powers of two that tile
// the holes. Its flaw is known: for N blocks below the size it is at least
// 1/2 - 1/N, so that it never comes near 0, and it is negative for N = 1.
func (f *State) Index(page uint64) float64 {
	switch {
	case f.Free == 0:
		return 0
	case f.pages(page) > 0:
		return -1
	}
	n := 0
	for _, h := range f.holes {
		n += alignedBlocks(h.Start, h.End())
	}
	return 1 - (1+float64(f.Free)/float64(page))/float64(n)
}

// squares is sum f^2. The conversion forbids a fused multiply and add, which
// would give other last digits on other machines.
func (f *State) squares() float64 {
	sum := 0.0
	for _, h := range f.holes {
		s := float64(h.Size)
		sum += float64(s * s)
	}
	return sum
}

// quality is sum f^2/F^2 of a region with free memory.
func (f *State) quality() float64 {
	free := float64(f.Free)
	return f.squares() / float64(free*free)
}

// pages is the number of bytes in whole pages of the size given that lie
// inside the holes.
func (f *State) pages(page uint64) uint64 {
	sum := uint64(0)
	for _, h := range f.holes {
		sum += pagesWithin(h.Start, h.End(), page)
	}
	return sum
}

// pagesWithin is the number of bytes of [lo, hi) that whole pages, aligned to
// their own size, can cover.
func pagesWithin(lo, hi, page uint64) uint64 {
	first, last := (lo+page-1)&^(page-1), hi&^(page-1)
	if first < lo || last <= first {
		return 0
	}
	return last - first
}

// alignedBlocks is the number of blocks in the shortest tiling of [lo, hi) by
// powers of two at multiples of their own size: the free blocks that a buddy
// would hold there.
func alignedBlocks(lo, hi uint64) int {
	n := 0
	for lo < hi {
		size := uint64(1) << (bits.Len64(hi-lo) - 1)
		if lo != 0 {
			size = min(size, lo&-lo)
		}
		lo += size
		n++
	}
	return n
}
