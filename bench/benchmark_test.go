package bench

import (
	"flag"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestBenchmark runs the benchmarks of go test for one iteration each and
// looks at which pairs were there.
func TestBenchmark(t *testing.T) {
	oneIteration(t)
	c := Config{
		Strategies: []strategies.Strategy{churn.FirstFit, churn.ScatterFit},
		Workloads:  []workloads.Workload{churn.Workload("churn", 300), churn.Workload("small", 20)},
		Builders:   []sgtable.Builder{sgtable.Builders()[0]},
	}
	var ran []string
	failed := true
	testing.Benchmark(func(b *testing.B) {
		c.forBenchmark(b)
		c.eachSubject(b, func(b *testing.B, s *subject.Subject) {
			if s.Counts.Granted() > 0 && !slices.Contains(ran, s.Name()) {
				ran = append(ran, s.Name())
			}
		})
		AllocFree(b, c)
		SGTable(b, c)
		Ref(b)
		failed = b.Failed()
	})
	if want := []string{"firstfit on churn", "firstfit on small", "scatterfit on churn", "scatterfit on small"}; !slices.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
	if failed {
		t.Error("a benchmark failed")
	}
}

// oneIteration has benchmarks do one iteration for the rest of the test.
func oneIteration(t *testing.T) {
	old := flag.Lookup("test.benchtime").Value.String()
	flag.Set("test.benchtime", "1x")
	t.Cleanup(func() { flag.Set("test.benchtime", old) })
}

// tally is firstfit that counts allocations in all its allocators.
type tally struct {
	strategies.Allocator
	allocs *int
}

func (c tally) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	*c.allocs++
	return c.Allocator.Alloc(dst, r)
}

// TestAllocFreeReplaysWholeStreams: an iteration is the whole stream, so that times
// and their ratio are of the same operations. One iteration more or less of a
// stream whose beginning is unlike its end would say nothing.
func TestAllocFreeReplaysWholeStreams(t *testing.T) {
	oneIteration(t)
	allocs := 0
	s := churn.FirstFit
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return tally{a, &allocs}, err
	}
	w := churn.Workload("churn", 300)
	stream := 0
	for _, op := range w.Ops(0, 0) {
		if op.Kind == workloads.Alloc {
			stream++
		}
	}
	testing.Benchmark(func(b *testing.B) {
		AllocFree(b, Config{Strategies: []strategies.Strategy{s}, Workloads: []workloads.Workload{w}})
	})
	// Recorded, warmed up, timed once, and twice with a clock.
	if allocs == 0 || allocs%stream != 0 || allocs < 5*stream {
		t.Errorf("%d allocations, want whole streams of %d", allocs, stream)
	}
}

// TestBenchmarkNoticesABrokenContract: the benchmark fails, and nothing is timed.
func TestBenchmarkNoticesABrokenContract(t *testing.T) {
	oneIteration(t)
	for name, run := range map[string]func(*testing.B, Config){"AllocFree": AllocFree, "SGTable": SGTable} {
		failed := false
		testing.Benchmark(func(b *testing.B) {
			run(b, Config{Strategies: []strategies.Strategy{blind}, Workloads: []workloads.Workload{windowed}})
			failed = b.Failed()
		})
		if !failed {
			t.Errorf("%s measured a strategy that ignores windows", name)
		}
	}
}

// TestBenchTables: five tables of two lists, in turns, of which one takes 100 ns and one
// 300, after both have been built once. They have one and two segments.
func TestBenchTables(t *testing.T) {
	old := flag.Lookup("test.benchtime").Value.String()
	flag.Set("test.benchtime", "6x")
	defer flag.Set("test.benchtime", old)
	var lists meter.BlockLists
	lists.Add(make([]strategies.Block, 1), strategies.Request{Size: 4096})
	lists.Add(make([]strategies.Block, 2), strategies.Request{Size: 8192})
	built := make([]int, 0, 100)
	builder := sgtable.Builder{Name: "scripted", Build: func(p *sgtable.Pool, b []strategies.Block, _ sgtable.Options) []sgtable.Segment {
		built = append(built, len(b))
		time.Sleep(time.Duration(200*len(b) - 100))
		return p.Built(p.Take(len(b))[:len(b)])
	}}
	synctest.Test(t, func(t *testing.T) {
		r := testing.Benchmark(func(b *testing.B) { benchTables(b, &lists, builder) })
		if want := map[string]float64{"ns/table": 200, "ns/seg": 200 / 1.5, "segs/table": 1.5}; !maps.Equal(r.Extra, want) {
			t.Errorf("reported %v, want %v", r.Extra, want)
		}
		if n := r.AllocsPerOp(); n != 0 {
			t.Errorf("%d heap allocations for a table", n)
		}
	})
	if want := []int{1, 2, 1, 2, 1, 2, 1, 2}; !slices.Equal(built, want) {
		t.Errorf("built %v, want %v", built, want)
	}
	skipped := false
	testing.Benchmark(func(b *testing.B) {
		defer func() { skipped = b.Skipped() }()
		benchTables(b, new(meter.BlockLists), builder)
	})
	if !skipped {
		t.Error("the tables of nothing were measured")
	}
}
