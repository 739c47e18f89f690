package frag

import (
	"cmp"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// A series samples the free blocks of a replay 240 times in address order, and a region
// of small pages near full has a hundred thousand of them. Blocks start at multiples
// of a page, so a radix sort over the bits in use needs two or three rounds: 1 ms for
// a hundred thousand blocks, where a comparison sort takes 10 ms.
const (
	radixBits = 11
	radixMin  = 512 // below this the comparison sort is faster
)

// sortBlocks sorts b by start, with spare as a second array. It returns both, spare
// grown if need be; the two may have changed places.
func sortBlocks(b, spare []strategies.Block) (sorted, other []strategies.Block) {
	byStart := func(x, y strategies.Block) int { return cmp.Compare(x.Start, y.Start) }
	if slices.IsSortedFunc(b, byStart) {
		return b, spare
	}
	if len(b) < radixMin {
		slices.SortFunc(b, byStart)
		return b, spare
	}
	var used uint64 // the bits that any start has set
	for i := range b {
		used |= b[i].Start
	}
	spare = slices.Grow(spare[:0], len(b))[:len(b)]
	for shift := bits.TrailingZeros64(used); used>>shift != 0; shift += radixBits {
		radixPass(spare, b, shift)
		b, spare = spare, b
	}
	return b, spare
}

// radixPass moves src to dst in the order of radixBits bits of the starts, stable.
func radixPass(dst, src []strategies.Block, shift int) {
	const mask = 1<<radixBits - 1
	var place [mask + 1]int
	for i := range src {
		place[src[i].Start>>shift&mask]++
	}
	sum := 0
	for d, n := range place {
		place[d] = sum
		sum += n
	}
	for i := range src {
		d := src[i].Start >> shift & mask
		dst[place[d]] = src[i]
		place[d]++
	}
}

// coalesce merges neighbours of a sorted list that adjoin, in place.
func coalesce(b []strategies.Block) []strategies.Block {
	if len(b) == 0 {
		return b
	}
	n := 0
	for _, next := range b[1:] {
		if b[n].End() == next.Start {
			b[n].Size += next.Size
			continue
		}
		n++
		b[n] = next
	}
	return b[:n+1]
}
