package bench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// The second sweep goes over the size of the object and asks what a builder
// costs: in time, in entries that it allocates and does not use, in memory that
// it holds for a moment. No strategy is in it, the blocks are made up; all
// builders are, whichever the run measures on its workloads.

// objectSizes are the sizes of the second sweep, 4 KiB to 16 GiB by fours.
func objectSizes() []uint64 {
	var sizes []uint64
	for size := uint64(4 << 10); size <= maxObject; size *= 4 {
		sizes = append(sizes, size)
	}
	return sizes
}

// A layout is how an object lies in memory. The blocks of a smaller object are
// the first ones of a larger object's.
type layout struct {
	name        string
	least, most uint64 // the objects it is measured on
	// blocks are those of an object of size bytes, at most most. They may be
	// changed by the next call, to what they were.
	blocks func(size uint64) []strategies.Block
}

// sizes are those of list that the layout is measured on.
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

// The largest objects measured: of all layouts, and of shuffled. The 16,384
// blocks of the latter take a millisecond to sort; more would say nothing new.
const (
	maxObject   = 16 << 30
	maxShuffled = 1 << 30
)

// layouts are the two ends of the scale for builders that merge what they find
// in order, an object in one block and one in blocks of 64 KiB of which no two
// adjoin; and shuffled, where the blocks of 64 KiB are in no order and a quarter
// of them go on where the one before ended. Only there does sorted sort, and
// does a block ever merge. An object below 64 KiB is one block in all of them.
func layouts() []layout {
	var apart, mixed []strategies.Block
	return []layout{
		{"whole", 0, maxObject, func(size uint64) []strategies.Block { return []strategies.Block{{Size: size}} }},
		{"pieces", 0, maxObject, func(size uint64) []strategies.Block {
			n := int(size / pieceSize)
			for i := len(apart); i < n; i++ {
				apart = append(apart, strategies.Block{Start: uint64(i) * 2 * pieceSize, Size: pieceSize})
			}
			return firstBytes(apart, size)
		}},
		{"shuffled", pieceSize, maxShuffled, func(size uint64) []strategies.Block {
			if mixed == nil {
				mixed = shuffled(maxShuffled / pieceSize)
			}
			return firstBytes(mixed, size)
		}},
	}
}

// firstBytes are the blocks of 64 KiB that make up size bytes, or one that is
// smaller.
func firstBytes(blocks []strategies.Block, size uint64) []strategies.Block {
	if size < pieceSize {
		return []strategies.Block{{Size: size}}
	}
	n := size / pieceSize
	return blocks[:n:n]
}

// shuffleSeed is fixed and not that of the run: all runs have the same order.
const shuffleSeed = 1

// shuffled are n blocks, a multiple of 4, in a pseudo-random order. Of each four
// in the list the last one begins where the third ends; no other two adjoin, in
// whichever order they are looked at. So all builders that merge make three
// segments of four blocks, sorted not fewer than the others.
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

// A sizeCell is one builder on one object.
type sizeCell struct {
	tableCell
	segs  int
	stats sgtable.PoolStats // of one table, in memory of the exact size
	took  time.Duration     // to build it, memory from the heap included
}

// newSizeCell builds the table once, for what is exact about it.
func newSizeCell(l layout, b sgtable.Builder, size uint64) *sizeCell {
	lists := new(blockLists)
	lists.hold(l.blocks(size), sgtable.OptionsFor(strategies.Request{Size: size}))
	c := &sizeCell{tableCell: tableCell{
		name:    fmt.Sprintf("Builders/layout=%s/builder=%s/size=%s", l.name, b.Name, sizeName(size)),
		what:    "builders on " + sizeName(size),
		lists:   lists,
		builder: b,
	}}
	p := sgtable.NewPool(false)
	start := time.Now()
	c.segs = lists.build(b, p)
	c.took = time.Since(start)
	c.stats = p.Stats()
	return c
}

// setUpSizes makes the cells of the second sweep.
func (r *runner) setUpSizes(ctx context.Context) error {
	for _, l := range layouts() {
		for _, b := range sgtable.Builders() {
			for _, size := range l.sizes(r.objects) {
				if err := ctx.Err(); err != nil {
					return err
				}
				r.sizes = append(r.sizes, newSizeCell(l, b, size))
			}
		}
	}
	return nil
}

// sizeTime is how long the table of a sizeCell is built for one sample, if one
// table does not take longer.
func (r *runner) sizeTime() time.Duration { return r.SampleTime / 40 }

// bigPeak is the memory of a build from which on the collector takes it away at
// once: without, the chains of one round would add up to half a gigabyte.
const bigPeak = 16 << 20

// sizeSample is a sample of the time to build one table. The pool is new: a chain
// of 16 GiB kept in one would be looked through by the collector before every
// other sample.
func (r *runner) sizeSample(c *sizeCell) (line, error) {
	t := newTableMeter().measure(&c.tableCell, 1, r.sizeTime())
	if c.stats.Peak > bigPeak {
		runtime.GC()
	}
	return line{c.name, t.tables, append(t.values(t.segs),
		value{float64(c.stats.Allocated), "entries/table"},
		value{float64(c.stats.Peak), "peak-B"},
	)}, nil
}

// sizesTook is what the cells of the second sweep take in one round, about: a
// table to warm the pool up, then one or more timed.
func (r *runner) sizesTook() time.Duration {
	sum := time.Duration(0)
	for _, c := range r.sizes {
		sum += c.took + max(c.took, r.sizeTime())
	}
	return sum
}
