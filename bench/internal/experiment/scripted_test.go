package experiment

import (
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/migrate"
)

// The tests below run on a clock that stands still but for what allocators and builders
// sleep (package synctest), so that every value of a line is known before.

// sleepy is firstfit whose calls take times known before. It refuses what is larger
// than most.
type sleepy struct {
	strategies.Allocator
	alloc, free time.Duration
	most        uint64
}

func (s *sleepy) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	time.Sleep(s.alloc)
	if r.Size > s.most {
		return dst, strategies.ErrNoSpace
	}
	return s.Allocator.Alloc(dst, r)
}

func (s *sleepy) Free(b []strategies.Block) {
	time.Sleep(s.free)
	s.Allocator.Free(b)
}

func sleeping(alloc, free time.Duration, most uint64) strategies.Strategy {
	s := churn.FirstFit
	s.Name = "sleepy"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return &sleepy{a, alloc, free, most}, err
	}
	return s
}

// wantLine holds a line against its values in the order written.
func wantLine(t *testing.T, l result.Line, iters int, values ...float64) {
	t.Helper()
	ok := l.Iters == iters && len(l.Values) == len(values)
	for i := range l.Values {
		ok = ok && math.Abs(l.Values[i].V-values[i]) < 1e-9*(1+values[i])
	}
	if !ok {
		t.Errorf("%s, want %d iterations and %v", l.Append(nil), iters, values)
	}
}

// TestScriptedHoles: a table takes 1000 to 1900 ns in ten batches. In one of 20 us or
// more there are 32; before them are one table to warm up and 63 to find that out.
func TestScriptedHoles(t *testing.T) {
	extra := []time.Duration{500, 300, 900, 0, 700, 100, 800, 200, 600, 400}
	calls := 0
	b := sgtable.Builder{Name: "scripted", Build: func(p *sgtable.Pool, blocks []strategies.Block, _ sgtable.Options) []sgtable.Segment {
		took := time.Microsecond
		if calls >= 64 {
			took += extra[(calls-64)/32]
		}
		calls++
		time.Sleep(took)
		return p.Built(p.Take(len(blocks))[:len(blocks)])
	}}
	synctest.Test(t, func(t *testing.T) {
		lists := new(meter.BlockLists)
		lists.Hold(make([]strategies.Block, 3), sgtable.Options{})
		set := holeSet{Env: testEnv(), meter: meter.NewTables()}
		// The lower median of ten, and the longest as 99th percentile.
		wantLine(t, set.sample("Sweep", &meter.TableCell{Lists: lists, Builder: b}), 10*32, 1400, 1900, 3)
	})
}

// TestScriptedObjects: a table of five segments takes 25, 27 and 26 us, which is more
// than the 60 asked for.
func TestScriptedObjects(t *testing.T) {
	took := []time.Duration{99, 25, 25, 27, 26} // to warm up, to find the batch, timed
	b := sgtable.Builder{Name: "scripted", Build: func(p *sgtable.Pool, _ []strategies.Block, _ sgtable.Options) []sgtable.Segment {
		time.Sleep(took[0] * time.Microsecond)
		took = took[1:]
		return p.Built(p.Take(5)[:5])
	}}
	synctest.Test(t, func(t *testing.T) {
		lists := new(meter.BlockLists)
		lists.Hold(make([]strategies.Block, 1), sgtable.Options{})
		o := &object{TableCell: meter.TableCell{Lists: lists, Builder: b}, name: "Builders", segs: 5, stats: sgtable.PoolStats{Allocated: 7, Peak: 112}}
		wantLine(t, o.sample(60*time.Microsecond), 3, 26_000, 5200, 5, 7, 112)
	})
}

// TestScriptedSharing: a goroutine alone, with 30 ns for a request and 10 for a free.
func TestScriptedSharing(t *testing.T) {
	defer func(n int) { sharedSteps = n }(sharedSteps)
	sharedSteps = 4
	synctest.Test(t, func(t *testing.T) {
		l, err := newShared(sleeping(30, 10, math.MaxUint64), 0, 1).sample(meter.NewHistogram(), 1)
		if err != nil {
			t.Fatal(err)
		}
		// Three batches of 1024. The first begins with 32 frees, and takes less; in all
		// others, those of single calls too, half are frees. In half nanoseconds there
		// are 1536 calls of 20 and as many of 60, and each stands for what is up to 20
		// away.
		wantLine(t, l, 3*1024, 20, 40./2, (40+20*(.99*3072-1536)/1536)/2, (40+20*(.999*3072-1536)/1536)/2)
	})
}

// TestScriptedRefusals: where every call takes 10 ns an operation does too, whatever is
// refused. The free of what was refused is no operation.
func TestScriptedRefusals(t *testing.T) {
	defer func(n int) { sharedSteps = n }(sharedSteps)
	sharedSteps = 4
	s := sleeping(10, 10, 64<<10)
	synctest.Test(t, func(t *testing.T) {
		l, err := newShared(s, 0, 1).sample(meter.NewHistogram(), 1)
		if err != nil {
			t.Fatal(err)
		}
		wantLine(t, l, 3*1024, 10, 10, 10, 10)
		g := &growthCell{strategy: s, point: point{32 << 20, 500}, seed: 3}
		lines, err := g.sample(0)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range lines {
			served := l.Values[len(l.Values)-1].V
			if served < 30 || served > 90 {
				t.Errorf("%v %% served: too many or too few to tell", served)
			}
			wantLine(t, l, countedBatches*batchObjects, 10, served)
		}
	})
}

// TestMigrationValues: each value of a line is that of its unit.
func TestMigrationValues(t *testing.T) {
	r := migrate.Result{
		Migrations: 50, Elapsed: 4500, CaptureP50: 120, CaptureP99: 1300,
		Hazards: 7, PeakTables: 71, PeakBytes: 30976, Recovered: 204,
	}
	want := map[string]float64{
		"ns/op": 90, "capture-p50-ns": 120, "capture-p99-ns": 1300,
		"hazards": 7, "peak-tables": 71, "peak-B": 30976, "recovered": 204,
	}
	values := migrationValues(r)
	if len(values) != len(want) {
		t.Errorf("%d values, want %d", len(values), len(want))
	}
	for _, v := range values {
		if v.V != want[v.Unit.Name] {
			t.Errorf("%v %s, want %v", v.V, v.Unit.Name, want[v.Unit.Name])
		}
	}
}

// TestMigrationTime: of one migration, or none, the time is the whole.
func TestMigrationTime(t *testing.T) {
	for migrations, ns := range map[int]float64{0: 120, 1: 120, 4: 30} {
		if v := migrationValues(migrate.Result{Migrations: migrations, Elapsed: 120})[0]; v.V != ns {
			t.Errorf("120 ns in %d migrations are %v %s, want %v", migrations, v.V, v.Unit.Name, ns)
		}
	}
}

// TestSeeds: the seed of a run is that of its experiments.
func TestSeeds(t *testing.T) {
	e := testEnv(windowed)
	e.Goroutines = []int{1}
	for _, c := range sharedCells(e) {
		if c.seed != e.Seed {
			t.Errorf("%s has the seed %d, the run %d", c.what(), c.seed, e.Seed)
		}
	}
	exact := func(seed uint64) migrate.Result {
		m := newMigration(churn.FirstFit, migrate.Lifetimes()[0], seed)
		m.config.Migrations = 200
		if _, err := m.rehearse(t.Context()); err != nil {
			t.Fatal(err)
		}
		return m.want
	}
	if one := exact(1); one != exact(1) || one == exact(2) {
		t.Errorf("%+v with two seeds, or not twice with one", one)
	}
}
