package experiment

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// Lookups measures how long it takes to find a byte in the table of an object in pieces of
// 64 KiB, as drivers do it and by an index. What the steps are in the tables of the
// workloads is counted with the policies.
var Lookups = Experiment{
	Name:      "lookups",
	Doc:       "What does it take to find a byte in a table, from its first segment on and by an index?",
	Synthetic: true,
	SetUp: func(context.Context, *Env) ([]Cell, error) {
		return setUpLookups(lookupSizes()), nil
	},
	Bench: func(b *testing.B, _ *Env) { benchLookups(b, lookupSizes()) },
}

// lookupSizes are 1 MiB to 1 GiB in factors of four: 16 to 16,384 segments.
func lookupSizes() []uint64 {
	var sizes []uint64
	for size := uint64(1 << 20); size <= maxShuffled; size *= 4 {
		sizes = append(sizes, size)
	}
	return sizes
}

// lookupsAround is the number of bytes that are looked for in turn: the middle one of as
// many equal parts of the object, in an order that jumps about. They are on average behind
// as many segments as all bytes are.
const lookupsAround = 256

// lookupBatches is the number of batches of a sample, whose median it is.
const lookupBatches = 5

// A lookup is one way to find bytes in one table.
type lookup struct {
	way     string // of the key
	name    string // of the benchmark
	offsets []uint64
	find    func(offset uint64) (steps int, ok bool)
	steps   float64 // of a page, on average
	segs    int
}

// newLookups are the two ways to find bytes of an object of size bytes.
func newLookups(size uint64) []*lookup {
	l := layouts()[1]
	table := sgtable.Append(nil, l.blocks(size), sgtable.OptionsFor(strategies.Request{Size: size}))
	c, index := sgtable.NewCursor(table), sgtable.NewIndex(table)
	var cost sgtable.Lookups
	cost.Add(table, strategies.MinPage)
	offsets := make([]uint64, lookupsAround)
	for i := range offsets {
		offsets[i] = uint64(2*(i*167%lookupsAround)+1) * (size / lookupsAround / 2)
	}
	of := func(way string, steps uint64, find func(uint64) (int, bool)) *lookup {
		name := schema.Lookups.FullName(schema.Labels{schema.Layout: l.name, schema.Size: schema.FormatSize(size), schema.Lookup: way})
		return &lookup{way, name, offsets, find, float64(steps) / float64(cost.Pages), len(table)}
	}
	return []*lookup{
		of(schema.LookupLinear, cost.Steps, func(offset uint64) (int, bool) { return c.First(offset, strategies.MinPage) }),
		of(schema.LookupIndex, cost.IndexSteps, func(offset uint64) (int, bool) {
			_, steps, ok := index.First(offset, strategies.MinPage)
			return steps, ok
		}),
	}
}

// around looks for all offsets and returns the number of steps.
func (l *lookup) around() (steps int) {
	for _, offset := range l.offsets {
		n, ok := l.find(offset)
		if !ok {
			panic("experiment: a byte of an object is not in its table")
		}
		steps += n
	}
	return steps
}

// setUpLookups makes the cells for objects of these sizes.
func setUpLookups(sizes []uint64) (cells []Cell) {
	for _, size := range sizes {
		for _, l := range newLookups(size) {
			start := time.Now()
			l.around()
			took := time.Since(start)
			cells = append(cells, Cell{
				What:   "looking for bytes of " + schema.FormatSize(size),
				Sample: func() ([]result.Line, error) { return one(l.sample(), nil) },
				Took:   lookupBatches * max(took, meter.TableBatch),
			})
		}
	}
	return cells
}

// lookupSteps are about as many steps as a batch has, so that reading the clock does not
// count: a step and what is around the steps of a byte take a nanosecond or more.
const lookupSteps = 1 << 14

// sample is one sample of the time to find a byte.
func (l *lookup) sample() result.Line {
	rounds := 1 + lookupSteps/(l.around()+lookupsAround)
	times := make([]float64, lookupBatches)
	for i := range times {
		start := time.Now()
		for range rounds {
			l.around()
		}
		times[i] = NsEach(time.Since(start), rounds*lookupsAround)
	}
	slices.Sort(times)
	return result.Line{Name: l.name, Iters: len(times) * rounds * lookupsAround, Values: append([]result.Value{
		{V: meter.LowerMedian(times), Unit: schema.NsPerLookup}}, l.exact()...)}
}

// exact are the measurements that are always the same.
func (l *lookup) exact() []result.Value {
	return []result.Value{{V: l.steps, Unit: schema.StepsPerLookup}, {V: float64(l.segs), Unit: schema.SegsPerTable}}
}

// benchLookups is described at bench.Cursor.
func benchLookups(b *testing.B, sizes []uint64) {
	b.Run(schema.Layout.Is(schema.LayoutPieces), func(b *testing.B) {
		for _, size := range sizes {
			b.Run(schema.Size.Is(schema.FormatSize(size)), func(b *testing.B) {
				for _, l := range newLookups(size) {
					b.Run(schema.Lookup.Is(l.way), l.bench)
				}
			})
		}
	})
}

func (l *lookup) bench(b *testing.B) {
	var next int
	for b.Loop() {
		l.find(l.offsets[next])
		if next++; next == len(l.offsets) {
			next = 0
		}
	}
	Report(b, append(l.exact(), result.Value{V: PerIteration(b), Unit: schema.NsPerLookup}))
}
