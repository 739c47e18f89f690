package bench

import (
	"context"
	"fmt"
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
	for size := uint64(4 << 10); size <= 16<<30; size *= 4 {
		sizes = append(sizes, size)
	}
	return sizes
}

// A layout is how an object lies in memory. The blocks of a smaller object are
// the first ones of a larger object's.
type layout struct {
	name string
	// blocks are those of an object of size bytes. They may be changed by the
	// next call, to what they were.
	blocks func(size uint64) []strategies.Block
}

// pieceSize is the size of the blocks of the layout pieces: a GPU's large page.
const pieceSize = 64 << 10

// layouts are the two ends of the scale: an object in one block, and one in
// blocks of 64 KiB of which no two adjoin. A smaller object is one block in both.
func layouts() []layout {
	var pieces []strategies.Block
	return []layout{
		{"whole", func(size uint64) []strategies.Block { return []strategies.Block{{Size: size}} }},
		{"pieces", func(size uint64) []strategies.Block {
			if size < pieceSize {
				return []strategies.Block{{Size: size}}
			}
			n := int(size / pieceSize)
			for i := len(pieces); i < n; i++ {
				pieces = append(pieces, strategies.Block{Start: uint64(i) * 2 * pieceSize, Size: pieceSize})
			}
			return pieces[:n:n]
		}},
	}
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
			for _, size := range r.objects {
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
