package bench

import (
	"context"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// Builders is the benchmark of every table builder on objects of 4 KiB to 16 GiB,
// as layout=L/builder=B/size=S/reuse=R. The layouts are whole, an object in one
// block; pieces, blocks of 64 KiB in ascending order of which no two adjoin; and
// shuffled, for objects of 64 KiB to 1 GiB, blocks of 64 KiB in a fixed
// pseudo-random order of which every fourth adjoins the one before. With reuse=yes
// a table gets the memory of the one before, with reuse=no each is new. An
// iteration is one table.
//
// Beside the builders stand two that copy the finished table of the first one, and
// so say what the memory alone costs: builder=copy with Go's copy, which moves 32
// bytes at a time where the processor can, and builder=loop one record of 16 bytes
// after the other, as any builder must write them.
//
// entries/table is what was allocated for a table, peak-B the memory at the most;
// of memory used again both are rounded up to powers of two.
func Builders(b *testing.B) {
	printUnits()
	buildersOn(b, objectSizes())
}

func buildersOn(b *testing.B, sizes []uint64) {
	for _, l := range layouts() {
		sizes := l.sizes(sizes)
		b.Run("layout="+l.name, func(b *testing.B) {
			for _, builder := range sgtable.Builders() {
				b.Run("builder="+builder.Name, func(b *testing.B) { benchSizes(b, l, builder, sizes) })
			}
			b.Run("builder=copy", func(b *testing.B) { benchCopies(b, l, copyAll, sizes) })
			b.Run("builder=loop", func(b *testing.B) { benchCopies(b, l, copyEach, sizes) })
		})
	}
}

// benchSizes runs one builder over the sizes.
func benchSizes(b *testing.B, l layout, builder sgtable.Builder, sizes []uint64) {
	for _, size := range sizes {
		b.Run("size="+sizeName(size), func(b *testing.B) {
			c := newSizeCell(l, builder, size)
			b.Run("reuse=yes", func(b *testing.B) { c.bench(b, true) })
			b.Run("reuse=no", func(b *testing.B) { c.bench(b, false) })
		})
	}
}

func (c *sizeCell) bench(b *testing.B, reuse bool) {
	p := sgtable.NewPool(reuse)
	c.lists.build(c.builder, p)
	s := p.Stats()
	b.ReportAllocs()
	for b.Loop() {
		c.lists.build(c.builder, p)
	}
	report(b, append(c.perTable(b),
		value{float64(s.Allocated), "entries/table"}, value{float64(s.Peak), "peak-B"}))
}

// benchCopies copies the finished tables of the sizes, with both kinds of memory.
func benchCopies(b *testing.B, l layout, copyTable func(dst, table []sgtable.Segment), sizes []uint64) {
	for _, size := range sizes {
		c := newSizeCell(l, sgtable.Builders()[0], size)
		table := c.builder.Build(sgtable.NewPool(false), c.lists.blocks, c.lists.lists[0].options)
		dst := make([]sgtable.Segment, len(table))
		b.Run("size="+sizeName(size)+"/reuse=yes", func(b *testing.B) {
			for b.Loop() {
				copyTable(dst, table)
			}
			report(b, c.perTable(b))
		})
		b.Run("size="+sizeName(size)+"/reuse=no", func(b *testing.B) {
			for b.Loop() {
				copyTable(make([]sgtable.Segment, len(table)), table)
			}
			report(b, c.perTable(b))
		})
	}
}

func copyAll(dst, table []sgtable.Segment) { copy(dst, table) }

func copyEach(dst, table []sgtable.Segment) {
	for i := range dst {
		dst[i] = table[i]
	}
}

// perTable are the times of a benchmark whose iteration is one table.
func (c *sizeCell) perTable(b *testing.B) []value {
	segs := float64(c.segs)
	return tableTime{median: perIteration(b), segs: segs}.values(segs)
}

// Migrate is the benchmark of migrations between device and system memory on the
// strategies of c, with tables of every lifetime, as strategy=S/lifetime=L. An
// iteration is one migration. All of them are one load, so that hazards, recovered
// and the peaks depend on how many there are; [Run] has loads of a fixed length.
func Migrate(b *testing.B, c Config) {
	c.forBenchmark(b)
	for _, s := range c.Strategies {
		b.Run("strategy="+s.Name, func(b *testing.B) {
			for _, l := range migrate.Lifetimes() {
				m := newMigration(s, l, sgtable.Builders()[0], c.Seed)
				b.Run("lifetime="+l.Name, m.bench)
			}
		})
	}
}

// bench is not a b.Loop: the length of a load has to be known before it begins.
func (m *migration) bench(b *testing.B) {
	load := *m
	load.config.Migrations = b.N
	b.ResetTimer()
	res, err := load.run(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	report(b, migrationValues(res))
}

// Ref is the benchmark of a reference to a counted table taken and put, as
// mode=uncontended and mode=contended. An iteration is one pair. Contended, there
// are as many goroutines as GOMAXPROCS: with -cpu 1 it is a single one. They share
// out the iterations among themselves as they go, so that all of them run but for
// the first and last fraction of a millisecond, unless the system runs them by turns
// since a core is busy: then the figure falls to the uncontended one. [Run] leaves
// such batches out.
func Ref(b *testing.B) {
	table := newRef()
	b.Run("mode=uncontended", func(b *testing.B) {
		for b.Loop() {
			getPut(table, 1)
		}
	})
	b.Run("mode=contended", func(b *testing.B) {
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				getPut(table, 1)
			}
		})
	})
}
