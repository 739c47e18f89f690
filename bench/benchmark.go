package bench

import (
	"errors"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Benchmark runs the lab's two benchmarks under go test, for the strategies,
// workloads, builders, seed and length of c; its other fields are ignored.
// It is the benchmark of a strategy that lives in another module:
//
//	func BenchmarkMine(b *testing.B) {
//		bench.Benchmark(b, bench.Config{
//			Strategies: []strategies.Strategy{buddy.Strategy, mine.Strategy},
//			Workloads:  workloads.List(),
//		})
//	}
//
// The sub-benchmarks are pass=allocfree and pass=sgtable, with those of
// [AllocFree] and [SGTable] below them. go test runs one cell after the other,
// count samples of each in turn, on a machine that changes meanwhile: use
// [Run] for figures that decide something.
func Benchmark(b *testing.B, c Config) {
	b.Run(schema.Pass.Is("allocfree"), func(b *testing.B) { AllocFree(b, c) })
	b.Run(schema.Pass.Is("sgtable"), func(b *testing.B) { SGTable(b, c) })
}

// AllocFree is the benchmark of the operations of every workload on every
// strategy, as strategy=S/workload=W. An iteration is one replay of the whole
// stream on an allocator that is drained between them, drains not timed; N counts
// replays. ns/op is the time of one operation, as in a file of [Run], and so are the
// other units: it is the mean over all replays, and the whole time is shared out
// between ns/alloc and ns/free in the ratio that single calls have in two more
// replays with a clock.
func AllocFree(b *testing.B, c Config) {
	c.forBenchmark(b, schema.AllocFree)
	c.eachSubject(b, func(b *testing.B, s *subject.Subject) {
		session, _, err := s.Warm()
		if err != nil {
			b.Fatal(err)
		}
		var sum time.Duration
		for b.Loop() {
			_, took := session.Timed()
			sum += took
		}
		values := s.Values(experiment.NsEach(sum, b.N), meter.NewLatency().Measure(session, s.Load.Stream))
		for _, v := range values { // ns/op too, instead of go test's, which has the drains
			b.ReportMetric(v.V, v.Unit.Name)
		}
	})
}

// SGTable is the benchmark of the construction of tables from what every
// workload was granted by every strategy, as strategy=S/workload=W/builder=B.
// An iteration is one table.
func SGTable(b *testing.B, c Config) {
	c.forBenchmark(b, schema.SGTable)
	c.eachSubject(b, func(b *testing.B, s *subject.Subject) {
		for _, builder := range c.Builders {
			b.Run(schema.Builder.Is(builder.Name), func(b *testing.B) { benchTables(b, &s.Lists, builder) })
		}
	})
}

func benchTables(b *testing.B, l *meter.BlockLists, builder sgtable.Builder) {
	if l.Len() == 0 {
		b.Skip("nothing was granted")
	}
	pool := sgtable.NewPool(true)
	segs := l.Build(builder, pool)
	var next int
	for b.Loop() {
		l.BuildOne(next, builder, pool)
		if next++; next == l.Len() {
			next = 0
		}
	}
	mean := float64(segs) / float64(l.Len())
	experiment.Report(b, meter.TableTime{Median: experiment.PerIteration(b), Segs: mean}.Values(mean))
}

// Builders is the benchmark of every table builder on objects of 4 KiB to 16 GiB,
// as layout=L/builder=B/size=S/reuse=R. The layouts are whole, an object in one
// block; pieces, blocks of 64 KiB in ascending order of which no two adjoin; and
// shuffled, for objects of 64 KiB to 1 GiB, blocks of 64 KiB in a fixed
// pseudo-random order of which every fourth adjoins the one before. With reuse=yes
// a table gets the memory of the one before, with reuse=no each is new. An
// iteration is one table.
//
// Beside the builders stand two that copy the finished table of the first one, which is
// the cost of writing the memory alone: builder=copy with Go's copy, which moves 32
// bytes at a time where the processor can, and builder=loop one record of 16 bytes
// after the other, as any builder must write them.
//
// entries/table is what was allocated for a table, peak-B is the peak memory; with
// reuse=yes both are rounded up to powers of two.
func Builders(b *testing.B) {
	printUnits(schema.Builders)
	experiment.Objects.Bench(b, new(experiment.Env))
}

// Cursor is the benchmark of finding a byte in the table of an object of 1 MiB to 1 GiB in
// pieces of 64 KiB, as layout=pieces/size=S/lookup=L: linear, from the first segment on as
// drivers do, and index, by binary search over the ends of the segments. An iteration is
// one byte found; steps/lookup is the mean over all pages.
func Cursor(b *testing.B) {
	printUnits(schema.Lookups)
	experiment.Lookups.Bench(b, new(experiment.Env))
}

// Migrate is the benchmark of migrations between device and system memory on the
// strategies of c, with tables of every lifetime, as strategy=S/lifetime=L. An
// iteration is one migration. All of them are one load, so that hazards, recovered
// and the peaks depend on how many there are; [Run] has loads of a fixed length.
func Migrate(b *testing.B, c Config) {
	c.forBenchmark(b, schema.Migrate)
	experiment.Migrations.Bench(b, c.env())
}

// Ref is the benchmark of a reference to a counted table taken and put, as
// mode=uncontended and mode=contended. An iteration is one pair. Contended, there
// are as many goroutines as GOMAXPROCS: with -cpu 1 it is a single one. They share
// out the iterations among themselves as they go, so all run at the same time except
// in the first and last fraction of a millisecond. If the system makes them share a
// core, the figure falls to the uncontended one; [Run] drops such batches.
func Ref(b *testing.B) {
	printUnits(schema.Ref)
	experiment.References.Bench(b, new(experiment.Env))
}

// Scaling is the benchmark of what an allocation and a free cost as the region and
// the objects in it grow: the strategies of c at every point of its grid, which is
// [DefaultGrid] if it has none, as strategy=S/region=R/live=N/op=O. N live objects lie
// spread over the region, whatever its size. An iteration is one operation; neither the
// way into that state nor the operations of the other kind are timed.
func Scaling(b *testing.B, c Config) {
	c.Growth = Grid(experiment.Grid(c.Growth).Completed())
	c.forBenchmark(b, schema.Scaling)
	experiment.Growth.Bench(b, c.env())
}

// Concurrent is the benchmark of allocators that several goroutines share, as
// strategy=S/lock=L/goroutines=N, N being each of c.Goroutines: by default one and
// as many as GOMAXPROCS, but at least two and at most [MaxGoroutines]. An iteration is
// one operation of any of them, so that the time would halve from one goroutine to two
// if they did not wait for each other.
func Concurrent(b *testing.B, c Config) {
	if len(c.Goroutines) == 0 {
		c.Goroutines = defaultGoroutines()
	}
	c.forBenchmark(b, schema.Concurrent)
	experiment.Sharing.Bench(b, c.env())
}

// defaultGoroutines are those of a benchmark that names none.
func defaultGoroutines() []int {
	return []int{1, min(max(2, runtime.GOMAXPROCS(0)), MaxGoroutines)}
}

// forBenchmark completes the configuration of a benchmark, whose units are those of.
func (c *Config) forBenchmark(b *testing.B, of *schema.Bench) {
	c.Dir = "none" // nothing is written
	if err := c.complete(); err != nil {
		b.Fatal(err)
	}
	printUnits(of)
}

// eachSubject runs a sub-benchmark for every strategy and workload, recorded
// once and ready to be replayed.
func (c *Config) eachSubject(b *testing.B, run func(*testing.B, *subject.Subject)) {
	loads := make([]*subject.Load, len(c.Workloads))
	for _, strategy := range c.Strategies {
		b.Run(schema.Strategy.Is(strategy.Name), func(b *testing.B) {
			for i, w := range c.Workloads {
				b.Run(schema.Workload.Is(w.Name), func(b *testing.B) {
					var err error
					if loads[i] == nil {
						if loads[i], err = subject.NewLoad(w, c.Seed, c.Ops); err != nil {
							b.Fatal(err)
						}
					}
					s := &subject.Subject{Strategy: strategy, Load: loads[i]}
					if err = s.Begins(); err == nil {
						err = s.Prepare(c.Builders)
					}
					switch {
					case errors.Is(err, replay.ErrState):
						b.Skip(err)
					case err != nil:
						b.Fatal(err)
					}
					run(b, s)
				})
			}
		})
	}
}

// printUnits prints the Unit lines of a benchmark, which go test never does, each once in a
// process: they hold for all that follows. Processor time is only in the files of a run.
func printUnits(b *schema.Bench) {
	printed.Lock()
	defer printed.Unlock()
	fresh := schema.Bench{}
	for _, u := range b.Units {
		if u != schema.CPUNs && !slices.Contains(printed.units, u) {
			fresh.Units = append(fresh.Units, u)
		}
	}
	printed.units = append(printed.units, fresh.Units...)
	os.Stdout.WriteString(schema.UnitLines(&fresh))
}

var printed struct {
	sync.Mutex
	units []*schema.Unit
}
