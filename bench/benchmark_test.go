package bench

import (
	"errors"
	"flag"
	"maps"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestBenchmark runs the benchmarks of go test for one iteration each and
// looks at which pairs were there: all but that of a strategy and a state in which it
// cannot begin.
func TestBenchmark(t *testing.T) {
	oneIteration(t)
	c := Config{
		Strategies: []strategies.Strategy{churn.FirstFit, strategytest.Reference},
		Workloads:  []workloads.Workload{churn.Workload("churn", 300), begun, churn.Workload("small", 20)},
		Builders:   []sgtable.Builder{sgtable.Builders()[0]},
	}
	var ran []string
	failed := true
	testing.Benchmark(func(b *testing.B) {
		c.forBenchmark(b, schema.AllocFree)
		c.eachSubject(b, func(b *testing.B, s *subject.Subject) {
			if s.Counts.Granted() == 0 {
				t.Errorf("%s was not recorded", s.Name())
			}
			if !slices.Contains(ran, s.Name()) {
				ran = append(ran, s.Name())
			}
		})
		AllocFree(b, c)
		SGTable(b, c)
		Ref(b)
		failed = b.Failed()
	})
	if want := []string{"firstfit on churn", "firstfit on small", "reference on churn", "reference on begun", "reference on small"}; !slices.Equal(ran, want) {
		t.Errorf("ran %q, want %q", ran, want)
	}
	if failed {
		t.Error("a benchmark failed")
	}
}

// begun begins with half of the region live.
var begun = workloads.Workload{
	Name: "begun", Title: "Begun", Doc: "Half of the region is live.", Region: churn.Region,
	Ops: func(uint64, int) []workloads.Op {
		return []workloads.Op{
			{Kind: workloads.Live, Slot: 0, Req: trace.Extent{Start: churn.Region.Size / 2, Size: churn.Region.Size / 2}.Window()},
			{Slot: 1, Req: strategies.Request{Size: 4096}},
		}
	},
}

// byName are the benchmarks that have a configuration.
var byName = map[string]func(*testing.B, Config){
	"AllocFree": AllocFree, "SGTable": SGTable, "Migrate": Migrate, "Scaling": Scaling, "Concurrent": Concurrent,
}

// fails reports whether a benchmark does.
func fails(run func(*testing.B, Config), c Config) (failed bool) {
	testing.Benchmark(func(b *testing.B) {
		defer func() { failed = b.Failed() }()
		run(b, c)
	})
	return failed
}

// TestBenchmarkFails: a configuration that cannot be, a stream that cannot be, and any
// allocator that a strategy does not make end a benchmark.
func TestBenchmarkFails(t *testing.T) {
	oneIteration(t)
	for name, run := range byName {
		if c := (Config{Workloads: []workloads.Workload{churn.Workload("small", 20)}}); !fails(run, c) {
			t.Errorf("%s measured no strategy", name)
		}
	}
	freed := churn.Workload("freed", 20)
	freed.Ops = func(uint64, int) []workloads.Op { return []workloads.Op{{Kind: workloads.Free}} }
	for _, name := range []string{"AllocFree", "SGTable"} {
		if !fails(byName[name], Config{Strategies: []strategies.Strategy{churn.FirstFit}, Workloads: []workloads.Workload{freed}}) {
			t.Errorf("%s measured a stream that frees what it never got", name)
		}
		made, broken := 0, 0
		s := churn.FirstFit
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			if made++; made == broken {
				return nil, errors.New("no more")
			}
			return churn.FirstFit.New(r)
		}
		c := Config{Strategies: []strategies.Strategy{s}, Workloads: []workloads.Workload{churn.Workload("small", 20)}}
		if fails(byName[name], c) || made == 0 {
			t.Fatalf("%s failed with %d allocators", name, made)
		}
		for all := made; broken < all; {
			made = 0
			if broken++; !fails(byName[name], c) {
				t.Errorf("%s goes on without allocator %d of %d", name, broken, all)
			}
		}
	}
}

// TestDefaultGoroutines: one, and one on each core, but at least two and no more than may be.
func TestDefaultGoroutines(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for cores, want := range map[int]int{1: 2, 2: 2, 3: 3, 64: 64, 65: 64} {
		runtime.GOMAXPROCS(cores)
		if got := defaultGoroutines(); !slices.Equal(got, []int{1, want}) {
			t.Errorf("%d cores: %v goroutines, want 1 and %d", cores, got, want)
		}
		if n := runtime.GOMAXPROCS(0); n != cores {
			t.Errorf("asking made them %d cores of %d", n, cores)
		}
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
	for _, name := range []string{"AllocFree", "SGTable"} {
		if !fails(byName[name], Config{Strategies: []strategies.Strategy{blind}, Workloads: []workloads.Workload{windowed}}) {
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
