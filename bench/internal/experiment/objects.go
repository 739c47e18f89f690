package experiment

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// Objects measures all builders on objects of many sizes in made-up blocks, without
// a strategy.
var Objects = Experiment{
	Name:      "objects",
	Doc:       "What time, entries and memory does each builder need for the table of one object?",
	Synthetic: true,
	SetUp: func(ctx context.Context, e *Env) ([]Cell, error) {
		return setUpObjects(ctx, e, objectSizes())
	},
	Bench: func(b *testing.B, _ *Env) { benchObjects(b, objectSizes()) },
}

// objectSizes are 4 KiB to 16 GiB in factors of four.
func objectSizes() []uint64 {
	var sizes []uint64
	for size := uint64(4 << 10); size <= maxObject; size *= 4 {
		sizes = append(sizes, size)
	}
	return sizes
}

// An object is one builder on one object in one layout.
type object struct {
	meter.TableCell
	name  string // of the benchmark
	segs  int
	stats sgtable.PoolStats // of one table, in memory of the exact size
	took  time.Duration     // to build it, memory from the heap included
}

// newObject builds the table once for the values that are exact.
func newObject(l layout, b sgtable.Builder, size uint64) *object {
	lists := new(meter.BlockLists)
	lists.Hold(l.blocks(size), sgtable.OptionsFor(strategies.Request{Size: size}))
	o := &object{
		TableCell: meter.TableCell{Lists: lists, Builder: b},
		name:      schema.Builders.FullName(schema.Labels{schema.Layout: l.name, schema.Builder: b.Name, schema.Size: schema.FormatSize(size)}),
	}
	p := sgtable.NewPool(false)
	start := time.Now()
	o.segs = lists.Build(b, p)
	o.took = time.Since(start)
	o.stats = p.Stats()
	return o
}

// setUpObjects makes the cells for objects of these sizes.
func setUpObjects(ctx context.Context, e *Env, sizes []uint64) ([]Cell, error) {
	// A sample builds the table for this long, and once at least.
	atLeast := e.SampleTime / 40
	var cells []Cell
	for _, l := range layouts() {
		for _, b := range sgtable.Builders() {
			for _, size := range l.sizes(sizes) {
				if err := ctx.Err(); err != nil {
					return nil, err
				}
				o := newObject(l, b, size)
				cells = append(cells, Cell{
					What:   "builders on " + schema.FormatSize(size),
					Sample: func() ([]result.Line, error) { return one(o.sample(atLeast), nil) },
					Took:   o.took + max(o.took, atLeast), // a table to warm the pool up, then one or more timed
				})
			}
		}
	}
	return cells, nil
}

// bigPeak is the memory of a build that is collected right after the sample: the
// chains of a round would add up to half a gigabyte.
const bigPeak = 16 << 20

// sample is one sample of the time to build the table, with a new pool. One pool for
// the whole run was tried: a chain of 16 GiB kept in it made a collection take 12 ms
// instead of 0.5 ms, and there is one before every sample of a main lane.
func (o *object) sample(atLeast time.Duration) result.Line {
	t := meter.NewTables().Measure(&o.TableCell, 1, atLeast)
	if o.stats.Peak > bigPeak {
		runtime.GC()
	}
	return result.Line{Name: o.name, Iters: t.Tables, Values: append(t.Values(float64(o.segs)), pooled(o.stats)...)}
}

// pooled are the measurements of the memory that one table takes.
func pooled(s sgtable.PoolStats) []result.Value {
	return []result.Value{
		{V: float64(s.Allocated), Unit: schema.EntriesPerTable},
		{V: float64(s.Peak), Unit: schema.PeakBytes},
	}
}

// benchObjects is described at bench.Builders.
func benchObjects(b *testing.B, sizes []uint64) {
	for _, l := range layouts() {
		sizes := l.sizes(sizes)
		b.Run(schema.Layout.Is(l.name), func(b *testing.B) {
			for _, builder := range sgtable.Builders() {
				b.Run(schema.Builder.Is(builder.Name), func(b *testing.B) { benchSizes(b, l, builder, sizes) })
			}
			b.Run(schema.Builder.Is("copy"), func(b *testing.B) { benchCopies(b, l, copyAll, sizes) })
			b.Run(schema.Builder.Is("loop"), func(b *testing.B) { benchCopies(b, l, copyEach, sizes) })
		})
	}
}

// benchSizes runs one builder over the sizes.
func benchSizes(b *testing.B, l layout, builder sgtable.Builder, sizes []uint64) {
	for _, size := range sizes {
		b.Run(schema.Size.Is(schema.FormatSize(size)), func(b *testing.B) {
			o := newObject(l, builder, size)
			b.Run(schema.Reuse.Is("yes"), func(b *testing.B) { o.bench(b, true) })
			b.Run(schema.Reuse.Is("no"), func(b *testing.B) { o.bench(b, false) })
		})
	}
}

func (o *object) bench(b *testing.B, reuse bool) {
	p := sgtable.NewPool(reuse)
	o.Lists.Build(o.Builder, p)
	s := p.Stats()
	b.ReportAllocs()
	for b.Loop() {
		o.Lists.Build(o.Builder, p)
	}
	Report(b, append(o.perTable(b), pooled(s)...))
}

// benchCopies copies finished tables of these sizes, into used and into new memory.
func benchCopies(b *testing.B, l layout, copyTable func(dst, table []sgtable.Segment), sizes []uint64) {
	for _, size := range sizes {
		b.Run(schema.Size.Is(schema.FormatSize(size)), func(b *testing.B) {
			o := newObject(l, sgtable.Builders()[0], size)
			table := o.Builder.Build(sgtable.NewPool(false), l.blocks(size), sgtable.OptionsFor(strategies.Request{Size: size}))
			dst := make([]sgtable.Segment, len(table))
			b.Run(schema.Reuse.Is("yes"), func(b *testing.B) {
				for b.Loop() {
					copyTable(dst, table)
				}
				Report(b, o.perTable(b))
			})
			b.Run(schema.Reuse.Is("no"), func(b *testing.B) {
				for b.Loop() {
					copyTable(make([]sgtable.Segment, len(table)), table)
				}
				Report(b, o.perTable(b))
			})
		})
	}
}

func copyAll(dst, table []sgtable.Segment) { copy(dst, table) }

func copyEach(dst, table []sgtable.Segment) {
	for i := range dst {
		dst[i] = table[i]
	}
}

// perTable are the measurements of a benchmark whose iteration is one table.
func (o *object) perTable(b *testing.B) []result.Value {
	segs := float64(o.segs)
	return meter.TableTime{Median: PerIteration(b), Segs: segs}.Values(segs)
}
