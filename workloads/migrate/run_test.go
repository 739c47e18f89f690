package migrate_test

import (
	"context"
	"errors"
	"flag"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads/migrate"
)

var migrations = flag.Int("migrations", 4000, "how many TestMillions does, over all its parts")

// run runs c and checks the rules of every Result that came without an error.
func run(t *testing.T, ctx context.Context, c migrate.Config) migrate.Result {
	t.Helper()
	r, err := migrate.Run(ctx, c)
	if err != nil && ctx.Err() == nil {
		t.Fatalf("%s, %s, %d workers, seed %d: %v", c.Strategy.Name, c.Lifetime.Name, c.Workers, c.Seed, err)
	}
	check := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s, %s, %d workers, seed %d: %s: %d, want %d; %+v",
				c.Strategy.Name, c.Lifetime.Name, c.Workers, c.Seed, what, got, want, r)
		}
	}
	if err == nil {
		check("asked for and accounted for", r.Migrations-r.Evictions+r.Refused, c.Migrations)
	}
	check("bindings made and taken down", r.Binds+r.BindsSkipped, r.Unbinds+r.SyncUnbinds)
	check("the sum of the hazards", r.Hazards, r.CaptureHazards+r.RecoveryHazards+r.BindHazards)
	check("recoveries that failed with all memory in reach", r.Lost, r.RecoveryHazards)
	if c.Lifetime.Name != "resource" {
		check("hazards", r.Hazards, 0)
		check("binds skipped", r.BindsSkipped, 0)
	}
	if r.InFlight > 4 {
		t.Errorf("%d migrations of one object in flight, want 4 at most", r.InFlight)
	}
	return r
}

// each calls f with a load of n migrations for both strategies and all lifetimes, with
// and without workers.
func each(n int, f func(migrate.Config)) {
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		for _, l := range migrate.Lifetimes() {
			for _, w := range []int{0, 3} {
				f(migrate.Config{Strategy: s, Lifetime: l, Workers: w, Migrations: n, PageBytes: 16,
					CopyFaults: 0.1, AllocFaults: 0.05, CaptureRate: 0.2})
			}
		}
	}
}

// TestLoad: everything that the load has occurs in it, and only the lifetime resource
// has hazards.
func TestLoad(t *testing.T) {
	each(1200, func(c migrate.Config) {
		c.Seed = 1
		c.Tracker = sgtable.NewTracker()
		r := run(t, context.Background(), c)
		if min(r.Evictions, r.Clears, r.Refused, r.Recovered, r.Waited, r.Captures, r.CapturesLeftOut, r.Unbinds, r.SyncUnbinds) == 0 {
			t.Errorf("%s, %s, %d workers: something never happened: %+v", c.Strategy.Name, c.Lifetime.Name, c.Workers, r)
		}
		if c.Lifetime.Name == "resource" && (r.Hazards == 0 || c.Workers == 0 && min(r.CaptureHazards, r.RecoveryHazards) == 0) {
			t.Errorf("%s, %d workers: the design that was rejected has no hazards: %+v", c.Strategy.Name, c.Workers, r)
		}
		if c.Workers == 0 && r.InFlight < 3 {
			t.Errorf("%s, %s: at most %d migrations of an object in flight", c.Strategy.Name, c.Lifetime.Name, r.InFlight)
		}
	})
}

// exact is r without times.
func exact(r migrate.Result) migrate.Result {
	r.Elapsed, r.CaptureP50, r.CaptureP99 = 0, 0, 0
	return r
}

// TestReplay: without workers the seed decides everything, and the lifetimes without
// hazards have the same counts.
func TestReplay(t *testing.T) {
	results := map[string]migrate.Result{}
	each(1000, func(c migrate.Config) {
		if c.Workers != 0 {
			return
		}
		c.Seed = 2
		first := exact(run(t, context.Background(), c))
		if again := exact(run(t, context.Background(), c)); again != first {
			t.Errorf("%s, %s: one run had %+v, the next one %+v", c.Strategy.Name, c.Lifetime.Name, first, again)
		}
		c.Seed = 3
		if other := exact(run(t, context.Background(), c)); other == first {
			t.Errorf("%s, %s: another seed changes nothing: %+v", c.Strategy.Name, c.Lifetime.Name, first)
		}
		if c.Lifetime.Name == "copy" {
			if with := results[c.Strategy.Name].PeakTables; first.PeakTables <= with {
				t.Errorf("%s: %d tables at the peak with copies, %d without", c.Strategy.Name, first.PeakTables, with)
			}
			first.PeakTables, first.PeakBytes = results[c.Strategy.Name].PeakTables, results[c.Strategy.Name].PeakBytes
		}
		if want, ok := results[c.Strategy.Name]; !ok {
			results[c.Strategy.Name] = first
		} else if c.Lifetime.Name != "resource" && first != want {
			t.Errorf("%s, %s: %+v, with refcount %+v", c.Strategy.Name, c.Lifetime.Name, first, want)
		}
	})
}

// TestRates: the rates 0 and 1, and between.
func TestRates(t *testing.T) {
	for seed, p := range []float64{0, 0.1, 1} {
		each(300, func(c migrate.Config) {
			c.CopyFaults, c.AllocFaults, c.CaptureRate, c.Seed = p, 0, p, uint64(seed)
			r := run(t, context.Background(), c)
			if want := map[float64]int{0: 0, 1: r.Migrations}[p]; p != 0.1 && r.Recovered+r.Lost != want {
				t.Errorf("%s, %s: %d of %d copies failed at rate %v", c.Strategy.Name, c.Lifetime.Name, r.Recovered+r.Lost, r.Migrations, p)
			}
			if p == 0 && (r.Captures != 0 || r.Waited != 0) {
				t.Errorf("%s, %s: captures or failed allocations at rate 0: %+v", c.Strategy.Name, c.Lifetime.Name, r)
			}
			c.AllocFaults, c.Migrations = p, 100
			r = run(t, context.Background(), c)
			if p == 1 && r.Refused+r.Waited != c.Migrations {
				t.Errorf("%s, %s: an allocation fails for %d of %d migrations", c.Strategy.Name, c.Lifetime.Name, r.Refused+r.Waited, c.Migrations)
			}
		})
	}
}

// TestSmallBAR: where the CPU does not reach the memory, a failed copy cannot be
// recovered, with no hazard.
func TestSmallBAR(t *testing.T) {
	for _, w := range []int{0, 2} {
		r, err := migrate.Run(context.Background(), migrate.Config{
			Strategy: buddy.Strategy, Region: strategies.Region{Size: 4 << 20, Page: 4096, Visible: 1 << 20},
			Migrations: 2000, CopyFaults: 0.2, CaptureRate: 0.1, Workers: w,
		})
		if err != nil || r.Hazards != 0 || r.Lost == 0 || r.Recovered == 0 || r.BindsSkipped == 0 {
			t.Errorf("%d workers: %+v, %v", w, r, err)
		}
	}
}

// TestShapes: other pages, builders, sizes of memory, numbers of objects.
func TestShapes(t *testing.T) {
	check := func(c migrate.Config) {
		t.Helper()
		c.Strategy, c.Migrations, c.CopyFaults, c.CaptureRate = buddy.Strategy, 300, 0.3, 0.3
		if _, err := migrate.Run(context.Background(), c); err != nil {
			t.Error(err)
		}
	}
	for _, b := range sgtable.Builders() {
		check(migrate.Config{Builder: b})
	}
	check(migrate.Config{Region: strategies.Region{Size: 16<<20 + 5, Page: 64 << 10}})
	check(migrate.Config{Region: strategies.Region{Size: 4096, Page: 4096}})
	check(migrate.Config{PageBytes: 4096})
	check(migrate.Config{Objects: 1, InFlight: 1})
	check(migrate.Config{Objects: 3, InFlight: 20, Workers: 2})
	check(migrate.Config{Objects: 500})
}

// A countdown is a context that is cancelled after a number of calls of Err.
type countdown struct {
	context.Context
	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancel cancels the load at many points: nothing is left.
func TestCancel(t *testing.T) {
	before := runtime.NumGoroutine()
	for at := range 15 {
		each(300, func(c migrate.Config) {
			ctx := &countdown{Context: context.Background()}
			ctx.left.Store(int64(at * at))
			c.Seed, c.Tracker = uint64(at), sgtable.NewTracker()
			if r := run(t, ctx, c); r.Migrations-r.Evictions+r.Refused != at*at {
				t.Errorf("%s, %s: stopped after %d and %+v", c.Strategy.Name, c.Lifetime.Name, at*at, r)
			}
			if err := c.Tracker.Leaks(); err != nil {
				t.Error(err)
			}
		})
	}
	for end := time.Now().Add(5 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		}
	}
}

// TestCancelCause: the error is the cause of the cancellation, and nothing else.
func TestCancelCause(t *testing.T) {
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(why)
	_, err := migrate.Run(ctx, migrate.Config{Strategy: buddy.Strategy})
	if !errors.Is(err, why) || err.Error() != "enough" {
		t.Error(err)
	}
}

// TestMillions is the load in parts, for the race detector:
//
//	go test -race ./workloads/migrate -run TestMillions -timeout 0 -migrations 10000000
//
// The parts go through strategies, lifetimes without hazards and numbers of
// workers.
func TestMillions(t *testing.T) {
	const part = 100_000
	done, parts := 0, 0
	start := time.Now()
	for seed := uint64(0); done < *migrations; seed++ {
		each(min(part, (*migrations+15)/16), func(c migrate.Config) {
			if c.Lifetime.Name == "resource" || done >= *migrations {
				return
			}
			c.Seed, c.PageBytes = seed, 8
			done += run(t, context.Background(), c).Migrations
			parts++
			if parts%10 == 0 {
				t.Logf("%d migrations in %v", done, time.Since(start).Round(time.Second))
			}
		})
	}
}

func TestInvalid(t *testing.T) {
	check := func(want string, change func(*migrate.Config)) {
		t.Helper()
		c := migrate.Config{Strategy: buddy.Strategy}
		change(&c)
		_, err := migrate.Run(context.Background(), c)
		if !errors.Is(err, strategies.ErrInvalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want ErrInvalid with %q", err, want)
		}
	}
	check("name", func(c *migrate.Config) { c.Strategy = strategies.Strategy{} })
	check("page 100", func(c *migrate.Config) { c.Region = strategies.Region{Size: 1 << 20, Page: 100} })
	check("negative", func(c *migrate.Config) { c.Workers = -1 })
	check("rate of 1.5", func(c *migrate.Config) { c.CopyFaults = 1.5 })
	check("rate of -1", func(c *migrate.Config) { c.CaptureRate = -1 })
	check("12 bytes", func(c *migrate.Config) { c.PageBytes = 12 })
	check("8192 bytes", func(c *migrate.Config) { c.PageBytes = 8192 })
	for _, size := range []uint64{300 << 20, 2 << 30} { // with, and without, what is outside of the region
		check("more than", func(c *migrate.Config) {
			c.Region, c.PageBytes = strategies.Region{Size: size, Page: 4096}, 4096
		})
	}
	check("more than", func(c *migrate.Config) { c.Objects = 1 << 40 })
	check("the visible part of 4096 bytes is smaller than a page of 65536", func(c *migrate.Config) {
		c.Region = strategies.Region{Size: 4 << 20, Page: 64 << 10, Visible: 4096}
	})
	check("a small BAR needs windows, which buddy_lifo does not support", func(c *migrate.Config) {
		c.Strategy, c.Region = buddy.LIFO, strategies.Region{Size: 4 << 20, Page: 4096, Visible: 1 << 20}
	})
}

func TestLifetimes(t *testing.T) {
	seen := make(map[string]bool)
	for _, l := range migrate.Lifetimes() {
		if err := strategies.CheckName(l.Name); err != nil || seen[l.Name] || l.Doc == "" {
			t.Errorf("lifetime %q is there twice, says nothing of itself, or its name is wrong: %v", l.Name, err)
		}
		seen[l.Name] = true
	}
}
