package experiment

import (
	"context"
	"errors"
	"flag"
	"math"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// benchmark does so many iterations, "3x", of a benchmark of go test on a clock that
// stands still but for what is slept.
func benchmark(t *testing.T, times string, f func(b *testing.B)) testing.BenchmarkResult {
	t.Helper()
	defer setIterations(times)()
	var r testing.BenchmarkResult
	synctest.Test(t, func(t *testing.T) {
		failed := true
		r = testing.Benchmark(func(b *testing.B) {
			defer func() { failed = b.Failed() }()
			f(b)
		})
		if failed {
			t.Error("the benchmark failed")
		}
	})
	return r
}

// setIterations has benchmarks do so many iterations, until the function that it returns
// is called.
func setIterations(times string) (restore func()) {
	const name = "test.benchtime"
	old := flag.Lookup(name).Value.String()
	flag.Set(name, times)
	return func() { flag.Set(name, old) }
}

// wantExtra holds what a benchmark reported, by unit, against all that it should.
func wantExtra(t *testing.T, r testing.BenchmarkResult, want map[string]float64) {
	t.Helper()
	for unit, v := range r.Extra {
		if w, ok := want[unit]; !ok || math.Abs(v-w) > 1e-9*w {
			t.Errorf("%v %s, want %v (%v)", v, unit, w, ok)
		}
	}
	if len(r.Extra) != len(want) {
		t.Errorf("reported %v, want %v", r.Extra, want)
	}
}

// TestBenchPopulation: 129 operations take three batches of 64, of which each request
// takes 30 ns and each free 10. In one of four batches before, eight were refused.
func TestBenchPopulation(t *testing.T) {
	h, err := newPopulation(sleeping(30, 10, math.MaxUint64), point{32 << 20, 500}, 1)
	if err != nil {
		t.Fatal(err)
	}
	counted := batch{allocs: 256, frees: 248, refused: 8, allocVisits: 640, freeVisits: 62}
	batches := 0
	allocs := benchmark(t, "129x", func(b *testing.B) {
		batches = 0
		h.bench(b, counted, counted.allocVisits, func(b batch) (time.Duration, int) {
			batches++
			return b.allocTime, b.allocs
		})
	})
	if batches != 3+1 { // and once for what is counted
		t.Errorf("129 operations in %d batches, want 3", batches-1)
	}
	wantExtra(t, allocs, map[string]float64{"ns/op": 30, "served-pct": 100 * 248. / 256})
	h.count = new(counter)
	frees := benchmark(t, "64x", func(b *testing.B) {
		batches = 0
		h.bench(b, counted, counted.freeVisits, func(b batch) (time.Duration, int) {
			batches++
			return b.freeTime, b.frees
		})
	})
	if batches != 1+1 {
		t.Errorf("64 operations in %d batches, want 1", batches-1)
	}
	wantExtra(t, frees, map[string]float64{"ns/op": 10, "visits/op": 62. / 248, "served-pct": 100 * 248. / 256})
}

// TestPerOp: the clock's part is no time of an operation, and no operation has none.
func TestPerOp(t *testing.T) {
	for _, test := range []struct {
		took  time.Duration
		clock float64
		n     int
		want  float64
	}{{130, 10, 4, 30}, {130, 0, 1, 130}, {5, 10, 4, 0}, {130, 10, 0, 120}} {
		if got := perOp(test.took, test.clock, test.n); got != test.want {
			t.Errorf("%v of %d, %v of the clock: %v ns, want %v", test.took, test.n, test.clock, got, test.want)
		}
	}
}

// TestStepsFor: a step is 256 operations.
func TestStepsFor(t *testing.T) {
	for ops, want := range map[int]int{1: 1, 256: 1, 257: 2, 512: 2, 513: 3} {
		if got := stepsFor(ops); got != want {
			t.Errorf("%d operations in %d steps, want %d", ops, got, want)
		}
	}
}

// TestBenchSharing: where every call takes 1 us, two steps of 256 take 512, and one
// operation more is a step more.
func TestBenchSharing(t *testing.T) {
	defer func(n int) { sharedSteps = n }(sharedSteps)
	sharedSteps = 4
	c := newShared(sleeping(1000, 1000, math.MaxUint64), 0, 1)
	for times, want := range map[string]time.Duration{"512x": 512_000, "513x": 768_000} {
		r := benchmark(t, times, c.bench)
		if r.T != want {
			t.Errorf("%s: %v, want %v", times, r.T, want)
		}
		wantExtra(t, r, map[string]float64{"p50-ns": 1000, "p99-ns": 1000, "p999-ns": 1000})
	}
	made, broken := 0, overlapping
	broken.New = func(r strategies.Region) (strategies.Allocator, error) {
		made++
		return overlapping.New(r)
	}
	if _, err := newShared(broken, 0, 1).newClients(); err != nil {
		t.Fatal(err)
	}
	once, failed := made, false
	testing.Benchmark(func(b *testing.B) {
		defer func() { failed = b.Failed() }()
		newShared(broken, 0, 1).bench(b)
	})
	if !failed || made != 2*once {
		t.Errorf("a strategy that breaks its contract was measured: %d allocators made, not %d", made, 2*once)
	}
}

// TestBenchRefs: an iteration is a reference taken and put. Three are three alone; side by
// side there is one before, to see how long that takes. The history of the table has its
// first reference, two events for each of the seven pairs, and the mistake after them.
func TestBenchRefs(t *testing.T) {
	table := newRef()
	table.Track(sgtable.NewTracker(), "table")
	benchmark(t, "3x", func(b *testing.B) { benchRefs(b, table) })
	wantEvents(t, table, 1+2*7)
}

// TestBenchFails: a benchmark fails if a strategy makes a single allocator not, whichever
// that is after those that show what can be shared.
func TestBenchFails(t *testing.T) {
	defer setIterations("1x")()
	defer func(p point, n, m int) { sharedPoint, sharedSteps, sampleLoad.Migrations = p, n, m }(sharedPoint, sharedSteps, sampleLoad.Migrations)
	sharedPoint, sharedSteps, sampleLoad.Migrations = point{32 << 20, 500}, 4, 20
	for _, x := range []Experiment{Growth, Migrations, Sharing} {
		made, broken := 0, -1
		s := churn.FirstFit
		s.New = func(r strategies.Region) (strategies.Allocator, error) {
			if made++; made == broken {
				return nil, errors.New("no more")
			}
			return churn.FirstFit.New(r)
		}
		e := testEnv(s)
		e.Grid, e.Goroutines = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}, []int{1}
		run := func() (failed bool) {
			made = 0
			testing.Benchmark(func(b *testing.B) {
				defer func() { failed = b.Failed() }()
				x.Bench(b, e)
			})
			return failed
		}
		first := 0
		if x.Name == Sharing.Name {
			sharedCells(e)
			first = made
		}
		if run() || made == first {
			t.Fatalf("%s: failed with %d allocators", x.Name, made)
		}
		all := made
		for broken = first + 1; broken <= all; broken++ {
			if !run() {
				t.Errorf("%s goes on without allocator %d of %d", x.Name, broken, all)
			}
		}
	}
}

// TestBenchMigration: an iteration is a migration, and all of them are one load.
func TestBenchMigration(t *testing.T) {
	m := newMigration(churn.FirstFit, migrate.Lifetimes()[0], 1)
	m.config.Migrations = 300
	if _, err := m.rehearse(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := m.want
	m.config.Migrations = 1
	r := benchmark(t, "300x", m.bench)
	wantExtra(t, r, map[string]float64{
		"hazards": float64(w.Hazards), "peak-tables": float64(w.PeakTables), "peak-B": float64(w.PeakBytes),
		"recovered": float64(w.Recovered), "capture-p50-ns": 0, "capture-p99-ns": 0,
	})
	if m.config.Migrations != 1 || w.PeakTables == 0 {
		t.Errorf("%d migrations, %d tables", m.config.Migrations, w.PeakTables)
	}
}

// race says that the race detector watches, which allocates too.
var race bool

// TestBenchObject: a table of five segments takes 25 us. Its memory is that of a power of
// two where it is used again.
func TestBenchObject(t *testing.T) {
	calls := 0
	builder := sgtable.Builder{Name: "scripted", Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
		calls++
		time.Sleep(25 * time.Microsecond)
		return p.Built(p.Take(5)[:5])
	}}
	lists := new(meter.BlockLists)
	lists.Hold(make([]strategies.Block, 1), sgtable.Options{})
	o := &object{TableCell: meter.TableCell{Lists: lists, Builder: builder}, segs: 5}
	for reuse, entries := range map[bool]float64{true: 8, false: 5} {
		calls = 0
		r := benchmark(t, "3x", func(b *testing.B) { o.bench(b, reuse) })
		wantExtra(t, r, map[string]float64{"ns/table": 25_000, "ns/seg": 5000, "segs/table": 5, "entries/table": entries, "peak-B": 16 * entries})
		if calls != 3+1 {
			t.Errorf("reuse %v: %d tables, want three and one for the memory", reuse, calls)
		}
		if reuse != (r.AllocsPerOp() == 0) && !race {
			t.Errorf("reuse %v: %d heap allocations for a table", reuse, r.AllocsPerOp())
		}
	}
}

// TestBenchCopies: the table of 4 of 64 KiB is copied as a whole, three times into one
// place and three times into a new one.
func TestBenchCopies(t *testing.T) {
	type place = *sgtable.Segment
	var places []place
	benchmark(t, "3x", func(b *testing.B) {
		benchCopies(b, layouts()[1], func(dst, table []sgtable.Segment) {
			if len(dst) != 4 || len(table) != 4 || table[3].Addr != 3*2*pieceSize {
				t.Errorf("%v is copied to %d places", table, len(dst))
			}
			places = append(places, &dst[0])
		}, []uint64{4 * pieceSize})
	})
	if len(places) != 6 {
		t.Fatalf("%d copies, want 6", len(places))
	}
	for i, p := range places {
		if i > 0 && (p == places[i-1]) != (i < 3) {
			t.Errorf("copy %d is in the place of the one before, or should be", i)
		}
	}
	table := []sgtable.Segment{{Addr: 1, Len: 2}, {Addr: 3, Len: 4}}
	for _, copyTable := range []func(dst, table []sgtable.Segment){copyAll, copyEach} {
		dst := make([]sgtable.Segment, 2)
		if copyTable(dst, table); !slices.Equal(dst, table) {
			t.Errorf("%v, want %v", dst, table)
		}
	}
}

// TestTook: what the budget sets aside for a sample of each kind.
func TestTook(t *testing.T) {
	e := testEnv(windowed, library)
	e.SampleTime, e.Goroutines = 8*time.Millisecond, []int{1}
	e.Grid = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}
	defer func(p point, n int) { sharedPoint, sharedSteps = p, n }(sharedPoint, sharedSteps)
	sharedPoint, sharedSteps = point{32 << 20, 500}, 4
	small := func(ctx context.Context, e *Env) ([]Cell, error) { return setUpObjects(ctx, e, []uint64{4096}) }
	synctest.Test(t, func(t *testing.T) { // so that nothing takes time that does not sleep
		for _, test := range []struct {
			x      Experiment
			want   time.Duration
			beside bool
		}{
			{Experiment{Name: "objects", SetUp: small}, 200 * time.Microsecond, false},
			{Growth, 0, true},
			{Sharing, 8 * time.Millisecond, false},
			{Crossings, 5 * time.Millisecond, false},
			{References, 27 * time.Millisecond, false},
		} {
			cells, err := test.x.SetUp(t.Context(), e)
			if err != nil || len(cells) == 0 {
				t.Fatalf("%s: %d cells, error %v", test.x.Name, len(cells), err)
			}
			for _, c := range cells {
				if c.Took != test.want || c.Beside != test.beside {
					t.Errorf("%s takes %v (%v), want %v (%v)", c.What, c.Took, c.Beside, test.want, test.beside)
				}
			}
		}
	})
	// A batch of tables takes 20 us.
	for sample, want := range map[time.Duration]int{0: 10, 4 * time.Millisecond: 10, 20 * time.Millisecond: 50, 40 * time.Millisecond: 100, time.Second: 100} {
		e.SampleTime = sample
		set := holeSet{Env: e}
		if got := set.batches(); got != want {
			t.Errorf("%d batches in a sample of %v, want %d", got, sample, want)
		}
		set.granted(schema.Labels{schema.Strategy: "s", schema.Hole: "4KiB", schema.Size: "4KiB"}, make([]strategies.Block, 1), strategies.Request{Size: 4096})
		if got := set.cells[0].Took; got != time.Duration(want)*20*time.Microsecond {
			t.Errorf("%d batches take %v", want, got)
		}
	}
}

// TestSampleTimes: growth has half the time of a sample and sharing a quarter. Where every
// call takes 1 us, 128 batches of 64 frees and 64 requests are in 16384 us, and 4 batches
// of four steps of 256 calls in 4096.
func TestSampleTimes(t *testing.T) {
	defer func(n int, p point) { sharedSteps, sharedPoint = n, p }(sharedSteps, sharedPoint)
	sharedSteps, sharedPoint = 4, point{32 << 20, 500}
	for _, test := range []struct {
		x      Experiment
		sample time.Duration
		iters  int
	}{{Growth, 2 * 16384 * time.Microsecond, 128 * batchObjects}, {Sharing, 4 * 4096 * time.Microsecond, 4 * 4 * sharedOps}} {
		synctest.Test(t, func(t *testing.T) {
			e := testEnv(sleeping(1000, 1000, math.MaxUint64))
			e.SampleTime, e.Goroutines = test.sample, []int{1}
			e.Grid = Grid{Regions: []uint64{8 << 20}, Live: []int{100}}
			cells, err := test.x.SetUp(t.Context(), e)
			if err != nil || len(cells) != 1 {
				t.Fatalf("%s: %d cells, error %v", test.x.Name, len(cells), err)
			}
			lines, err := cells[0].Sample()
			if err != nil || lines[0].Iters != test.iters {
				t.Errorf("%s: %d iterations, want %d; error %v", test.x.Name, lines[0].Iters, test.iters, err)
			}
		})
	}
}

// TestCores: without a core for each of them, goroutines do no batch. It is waited for
// 40 ms and the attempt that goes beyond.
func TestCores(t *testing.T) {
	defer func(f func(int) bool) { coreEach = f }(coreEach)
	clients, err := newShared(windowed, 0, 2).newClients()
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		for _, test := range []struct{ busy, tries, batches int }{
			{0, 3, 3}, // tries and batches that are done
			{2, 5, 3},
			{3, 3, 0},
		} {
			tries, batches := 0, 0
			coreEach = func(n int) bool {
				if n != 2 {
					t.Errorf("cores for %d goroutines", n)
				}
				time.Sleep(20 * time.Millisecond)
				tries++
				return tries > test.busy
			}
			w := crowd{clients: clients, times: meter.NewHistogram()}
			w.batches(0, func(*client) {}, func(time.Duration) { batches++ })
			if tries != test.tries || batches != test.batches {
				t.Errorf("busy for %d tries: %d batches in %d tries, want %d in %d", test.busy, batches, tries, test.batches, test.tries)
			}
		}
		for _, ready := range []int{0, 3} { // of a sample that needs three batches, and three of single calls
			tries := 0
			coreEach = func(int) bool { time.Sleep(time.Second); tries++; return tries <= ready }
			w := crowd{clients: clients, times: meter.NewHistogram()}
			if v := w.measure(0); v != nil || len(w.ns) != ready {
				t.Errorf("values %v of %d batches, none of single calls; want none of %d", v, len(w.ns), ready)
			}
		}
	})
}

// TestCollected: a sample begins with a collected heap, and the chains of a big object
// are collected behind it.
func TestCollected(t *testing.T) {
	collections := func(sample func()) int {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		sample()
		runtime.ReadMemStats(&after)
		return int(after.NumForcedGC - before.NumForcedGC)
	}
	must := func(_ any, err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	object := func(peak uint64) func() {
		o := newObject(layouts()[0], sgtable.Builders()[0], 4096)
		o.stats.Peak = peak
		return func() { o.sample(0) }
	}
	defer func(n int) { sharedSteps = n }(sharedSteps)
	sharedSteps = 4
	for name, test := range map[string]struct {
		sample func()
		want   int
	}{
		"growth":       {func() { must((&growthCell{strategy: windowed, point: point{8 << 20, 100}}).sample(0)) }, 1},
		"sharing":      {func() { must(newShared(windowed, 0, 1).sample(meter.NewHistogram(), 0)) }, 1},
		"objects":      {object(bigPeak), 0},
		"a big object": {object(bigPeak + 1), 1},
	} {
		if got := collections(test.sample); got != test.want {
			t.Errorf("%s: the heap was collected %d times, want %d", name, got, test.want)
		}
	}
}

// TestMostChecked: a strategy is held to the contract with so many objects and no more.
func TestMostChecked(t *testing.T) {
	for live, want := range map[int]bool{100: true, mostChecked: true, mostChecked + 1: false} {
		c := &growthCell{strategy: overlapping, point: point{1 << 40, live}}
		if err := c.check(); (err != nil) != want {
			t.Errorf("%d objects: error %v", live, err)
		}
	}
}

// TestOne: a sample with an error has no line.
func TestOne(t *testing.T) {
	if lines, err := one(result.Line{Name: "x"}, nil); len(lines) != 1 || lines[0].Name != "x" || err != nil {
		t.Errorf("lines %v, error %v", lines, err)
	}
	if lines, err := one(result.Line{}, strategies.ErrInvalid); lines != nil || err != strategies.ErrInvalid {
		t.Errorf("lines %v, error %v", lines, err)
	}
}
