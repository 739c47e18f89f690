package bench

import (
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// Benchmark runs the lab's two benchmarks under go test, for the strategies,
// workloads, builders, seed and length of c; its other fields are not heeded.
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
	b.Run("pass=allocfree", func(b *testing.B) { AllocFree(b, c) })
	b.Run("pass=sgtable", func(b *testing.B) { SGTable(b, c) })
}

// AllocFree is the benchmark of the operations of every workload on every
// strategy, as strategy=S/workload=W. An iteration is one operation, done by a
// call of its own, which costs 2 ns more than the loop of [Replay]. The other
// units are those of [Run].
func AllocFree(b *testing.B, c Config) {
	c.forBenchmark(b)
	c.eachSubject(b, func(b *testing.B, s *subject) {
		a, _, err := s.warm()
		if err != nil {
			b.Fatal(err)
		}
		p := newPlayer(a, s.live)
		ops, next := s.load.ops, 0
		for b.Loop() {
			if next == len(ops) {
				b.StopTimer()
				s.live.Drain(a)
				next = 0
				b.StartTimer()
			}
			p.do(&ops[next])
			next++
		}
		s.live.Drain(a)
		lat := newLatencyMeter().measure(a, ops, s.live)
		report(b, s.values(perIteration(b), lat))
	})
}

// SGTable is the benchmark of the construction of tables from what every
// workload was granted by every strategy, as strategy=S/workload=W/builder=B.
// An iteration is one table.
func SGTable(b *testing.B, c Config) {
	c.forBenchmark(b)
	c.eachSubject(b, func(b *testing.B, s *subject) {
		for _, builder := range c.Builders {
			b.Run("builder="+builder.Name, func(b *testing.B) { s.benchTables(b, builder) })
		}
	})
}

func (s *subject) benchTables(b *testing.B, builder sgtable.Builder) {
	l := &s.lists
	if len(l.lists) == 0 {
		b.Skip("nothing was granted")
	}
	pool := sgtable.NewPool(true)
	segs := l.build(builder, pool)
	next := 0
	for b.Loop() {
		l.buildOne(next, builder, pool)
		if next++; next == len(l.lists) {
			next = 0
		}
	}
	mean := float64(segs) / float64(len(l.lists))
	report(b, tableTime{median: perIteration(b), segs: mean}.values(mean))
}

// forBenchmark completes the configuration of a benchmark.
func (c *Config) forBenchmark(b *testing.B) {
	c.Dir = "none" // nothing is written
	if err := c.complete(); err != nil {
		b.Fatal(err)
	}
	printUnits()
}

// eachSubject runs a sub-benchmark for every strategy and workload, recorded
// once and ready to be replayed.
func (c *Config) eachSubject(b *testing.B, run func(*testing.B, *subject)) {
	loads := make([]*load, len(c.Workloads))
	for _, strategy := range c.Strategies {
		b.Run("strategy="+strategy.Name, func(b *testing.B) {
			for i, w := range c.Workloads {
				b.Run("workload="+w.Name, func(b *testing.B) {
					if loads[i] == nil {
						loads[i] = newLoad(w, w.Ops(c.Seed, c.Ops))
					}
					s := &subject{strategy: strategy, load: loads[i]}
					if err := s.prepare(c.Builders); err != nil {
						b.Fatal(err)
					}
					run(b, s)
				})
			}
		})
	}
}

// prepare checks and records a subject without writing anything.
func (s *subject) prepare(builders []sgtable.Builder) error {
	if err := checkOps(s.load.ops); err != nil {
		return fmt.Errorf("workload %s: %w", s.load.Name, err)
	}
	a, err := s.allocator()
	if err != nil {
		return err
	}
	s.observe(a, nil, builders)
	return nil
}

// printUnits prints the Unit lines, which go test never does, once in a
// process: they hold for all that follows.
var printUnits = sync.OnceFunc(func() {
	units := slices.Clone(comparisonUnits)
	for _, u := range curveUnits {
		if !slices.Contains(units, u) {
			units = append(units, u)
		}
	}
	os.Stdout.Write(appendUnits(nil, units))
})

// perIteration is the time of an iteration in nanoseconds.
func perIteration(b *testing.B) float64 {
	return float64(b.Elapsed().Nanoseconds()) / float64(b.N)
}

// report reports values; the time of an iteration is go test's own part.
func report(b *testing.B, values []value) {
	for _, v := range values {
		if v.unit != "ns/op" {
			b.ReportMetric(v.v, v.unit)
		}
	}
}
