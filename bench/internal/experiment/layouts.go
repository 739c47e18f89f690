package experiment

import (
	"math/rand/v2"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
)

// A layout is how an object lies in memory. The blocks of a smaller object are
// the first ones of a larger object's.
type layout struct {
	name        string
	least, most uint64 // the objects it is measured on
	// blocks are the blocks of an object of size bytes, at most most. The caller
	// does not change them: they are shared with other sizes.
	blocks func(size uint64) []strategies.Block
}

// sizes are the sizes in list that the layout is measured on.
func (l *layout) sizes(list []uint64) []uint64 {
	var out []uint64
	for _, size := range list {
		if l.least <= size && size <= l.most {
			out = append(out, size)
		}
	}
	return out
}

// pieceSize is the size of the blocks of the layouts pieces and shuffled: a
// GPU's large page.
const pieceSize = 64 << 10

// The largest objects of all layouts, and of shuffled. The 16,384 blocks of the
// latter take a millisecond to sort; more would show nothing new.
const (
	maxObject   = 16 << 30
	maxShuffled = 1 << 30
)

// layouts are the two extremes for builders that merge blocks found in order, an
// object in one block and an object in blocks of 64 KiB of which no two adjoin; and
// shuffled, where blocks of 64 KiB are in no order and a quarter of them begin where
// the block before ends. Only in shuffled does a builder sort or merge anything. An
// object below 64 KiB is one block in all of them.
func layouts() []layout {
	var apart, mixed []strategies.Block
	return []layout{
		{schema.LayoutWhole, 0, maxObject, func(size uint64) []strategies.Block { return []strategies.Block{{Size: size}} }},
		{schema.LayoutPieces, 0, maxObject, func(size uint64) []strategies.Block {
			n := int(size / pieceSize)
			for i := len(apart); i < n; i++ {
				apart = append(apart, strategies.Block{Start: uint64(i) * 2 * pieceSize, Size: pieceSize})
			}
			return firstBytes(apart, size)
		}},
		{schema.LayoutShuffled, pieceSize, maxShuffled, func(size uint64) []strategies.Block {
			if mixed == nil {
				mixed = shuffled(maxShuffled / pieceSize)
			}
			return firstBytes(mixed, size)
		}},
	}
}

// firstBytes are the first blocks of 64 KiB that hold size bytes, or one smaller
// block.
func firstBytes(blocks []strategies.Block, size uint64) []strategies.Block {
	if size < pieceSize {
		return []strategies.Block{{Size: size}}
	}
	n := size / pieceSize
	return blocks[:n:n]
}

// shuffleSeed is fixed, so that all runs have the same order.
const shuffleSeed = 1

// shuffled returns n blocks, a multiple of 4, in a pseudo-random order. Of each four
// the last begins where the third ends; no other two adjoin, in whatever order they
// are taken. So every builder that merges makes three segments of four blocks, and
// sorted makes no fewer than the others: it pays for sorting and gains nothing.
func shuffled(n int) []strategies.Block {
	rng := rand.New(rand.NewPCG(shuffleSeed, 0))
	blocks := make([]strategies.Block, 0, n)
	for i, place := range rng.Perm(n / 4 * 3) { // places have room for two and a gap
		b := strategies.Block{Start: uint64(place) * 3 * pieceSize, Size: pieceSize}
		blocks = append(blocks, b)
		if i%3 == 2 {
			blocks = append(blocks, strategies.Block{Start: b.End(), Size: pieceSize})
		}
	}
	return blocks
}
