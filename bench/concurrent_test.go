package bench

import (
	"context"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// windowed is firstFit that claims to know windows, which the load does not use.
var windowed = func() strategies.Strategy {
	s := firstFit
	s.Name, s.Caps = "windowed", strategies.CapWindow
	return s
}()

// sharedCell is a cell small enough for firstFit.
func sharedCell(s strategies.Strategy, lock, goroutines int) *concurrentCell {
	return &concurrentCell{s, sharings()[lock], goroutines, sweepPoint{32 << 20, 500}, 3}
}

// TestSharedStream: a stream ends with what it began with, never asks for what
// is live, and asks again later for what was freed.
func TestSharedStream(t *testing.T) {
	sizes := sweepPoint{32 << 20, 500}.sizes()
	fill, ops := sharedStream(sizes, rand.NewPCG(1, 2))
	if len(fill) != len(sizes) || len(ops) != streamOps || len(ops)%sharedOps != 0 {
		t.Fatalf("%d and %d operations", len(fill), len(ops))
	}
	live := make([]bool, len(sizes))
	since := make([]int, len(sizes))
	gap := 0
	for round, ops := range [][]workloads.Op{fill, ops, ops} {
		for i, op := range ops {
			isAlloc := op.Kind == workloads.Alloc
			if live[op.Slot] == isAlloc || isAlloc && op.Req.Size != sizes[op.Slot] {
				t.Fatalf("round %d, operation %d: %+v", round, i, op)
			}
			if live[op.Slot] = isAlloc; isAlloc {
				gap += i - since[op.Slot]
			}
			since[op.Slot] = i
		}
		if slices.Contains(live, false) {
			t.Fatalf("round %d ends with something freed", round)
		}
	}
	if mean := float64(gap) / streamOps; mean < apart/2 {
		t.Errorf("what is freed is asked for again after %.0f operations on average", mean)
	}
}

// TestClients lets goroutines work on one allocator under the shadow model,
// and looks at what they hold then.
func TestClients(t *testing.T) {
	for lock := range sharings() {
		for _, n := range []int{1, 3} {
			c := sharedCell(windowed, lock, n)
			c.strategy = strategies.Checked(c.strategy)
			clients, err := c.newClients()
			if err != nil {
				t.Fatal(err)
			}
			meter := newLatencyMeter()
			sideBySide(n, 60, func(i int) { clients[i].step() })
			sideBySide(n, 60, func(i int) { clients[i].timed(meter) })
			var all []strategies.Block
			timed := 0
			for _, c := range clients {
				for _, blocks := range c.play.live.slots {
					all = append(all, blocks...)
				}
				timed += len(c.ns)
			}
			slices.SortFunc(all, func(a, b strategies.Block) int { return int(int64(a.Start) - int64(b.Start)) })
			for i := 1; i < len(all); i++ {
				if all[i-1].End() > all[i].Start {
					t.Fatalf("%s: %v and %v overlap", c.what(), all[i-1], all[i])
				}
			}
			if len(all) < 400 || timed != 60*sharedOps {
				t.Errorf("%s: %d blocks live, %d operations timed", c.what(), len(all), timed)
			}
		}
	}
}

// TestCrowd: there are times of batches and of calls, and the calls of one
// goroutine take no longer than the batches say.
func TestCrowd(t *testing.T) {
	clients, err := sharedCell(windowed, 0, 1).newClients()
	if err != nil {
		t.Fatal(err)
	}
	w := crowd{clients: clients, meter: newLatencyMeter()}
	v := w.measure(0)
	if len(v) != 4 || len(w.ns) < 3 {
		t.Fatalf("%v of %d batches", v, len(w.ns))
	}
	if v[1].v > v[2].v || v[2].v > v[3].v || v[0].v <= 0 {
		t.Errorf("values %v", v)
	}
	if n := w.meter.hist.TotalCount(); n == 0 || n%sharedOps != 0 {
		t.Errorf("%d calls in the histogram, every one of a step counts and none twice", n)
	}
}

// TestCrowdFault: the fault of an allocator comes to the goroutine that measures.
func TestCrowdFault(t *testing.T) {
	clients, err := sharedCell(windowed, 0, runtime.GOMAXPROCS(0)+1).newClients() // who need not wait for cores
	if err != nil {
		t.Fatal(err)
	}
	want := &strategies.Violation{Detail: "overlap"}
	failing := func(*client) { panic(want) }
	func() {
		defer strategies.Catch(&err)
		w := crowd{clients: clients, meter: newLatencyMeter()}
		w.batches(0, failing, func(time.Duration) {})
	}()
	if err != want {
		t.Errorf("error %v, want %v", err, want)
	}
}

// TestConcurrentCells: what cannot be shared, or does not take the region, is
// left out, and so are shards in a library, which wait for each other.
func TestConcurrentCells(t *testing.T) {
	tooLarge := windowed
	tooLarge.Name = "modest"
	tooLarge.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	library := far(new(farSide))
	library.Caps = strategies.CapWindow
	c := Config{Strategies: []strategies.Strategy{firstFit, windowed, tooLarge, library}, CPU: []int{1, 2}}
	var got []string
	for _, cell := range c.concurrentCells() {
		got = append(got, cell.name())
	}
	want := []string{
		"Concurrent/strategy=firstfit/lock=locked/goroutines=1",
		"Concurrent/strategy=windowed/lock=locked/goroutines=1",
		"Concurrent/strategy=far/lock=locked/goroutines=1",
		"Concurrent/strategy=windowed/lock=sharded/goroutines=1",
		"Concurrent/strategy=firstfit/lock=locked/goroutines=2",
		"Concurrent/strategy=windowed/lock=locked/goroutines=2",
		"Concurrent/strategy=far/lock=locked/goroutines=2",
		"Concurrent/strategy=windowed/lock=sharded/goroutines=2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("cells %q, want %q", got, want)
	}
}

// TestRunConcurrent runs with one and with more goroutines than there are
// cores, which always count, and looks for the lines.
func TestRunConcurrent(t *testing.T) {
	defer func(p sweepPoint, n int) { sharedPoint, sharedSteps = p, n }(sharedPoint, sharedSteps)
	sharedPoint, sharedSteps = sweepPoint{32 << 20, 500}, 4
	c := tiny(t)
	c.Strategies, c.Workloads = []strategies.Strategy{windowed}, c.Workloads[1:]
	c.CPU = []int{1, runtime.GOMAXPROCS(0) + 1}
	if err := Run(context.Background(), c); err != nil {
		t.Fatal(err)
	}
	all, units := results(t, filepath.Join(c.Dir, curvesFile))
	samples := 0
	for _, r := range all {
		if !strings.HasPrefix(name(r), "Concurrent/") {
			continue
		}
		samples++
		for _, unit := range []string{"sec/op", "p50-sec", "p99-sec", "p999-sec"} {
			if v, ok := r.Value(unit); !ok || v <= 0 || units.GetBetter(unit) == 0 {
				t.Errorf("%s: %v %s", r.Name, v, unit)
			}
		}
	}
	if want := 4 * c.Count; samples != want {
		t.Errorf("%d samples, want %d", samples, want)
	}
}

func TestCPURefused(t *testing.T) {
	for _, n := range []int{-1, 0, 65} {
		c := Config{Dir: "x", Strategies: []strategies.Strategy{firstFit}, Workloads: []workloads.Workload{churn("churn", 20)}, CPU: []int{1, n}}
		if err := c.complete(); err == nil || !strings.Contains(err.Error(), "not between 1 and 64") {
			t.Errorf("%d goroutines: %v", n, err)
		}
	}
}
