package experiment

import (
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// windowed is firstfit that claims to know windows, which the load does not use.
var windowed = func() strategies.Strategy {
	s := churn.FirstFit
	s.Name, s.Caps = "windowed", strategies.CapWindow
	return s
}()

// newShared is a cell small enough for firstfit.
func newShared(s strategies.Strategy, lock, goroutines int) *sharedCell {
	return &sharedCell{s, guardings()[lock], goroutines, point{32 << 20, 500}, 3}
}

// TestSharedStream: a stream ends with what it began with, never asks for what
// is live, and asks again later for what was freed.
func TestSharedStream(t *testing.T) {
	sizes := point{32 << 20, 500}.sizes()
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
	for lock := range guardings() {
		for _, n := range []int{1, 3} {
			c := newShared(windowed, lock, n)
			c.strategy = strategies.Checked(c.strategy)
			clients, err := c.newClients()
			if err != nil {
				t.Fatal(err)
			}
			sideBySide(n, 60, func(i int) { clients[i].step() })
			sideBySide(n, 60, func(i int) { clients[i].timed() })
			var all []strategies.Block
			timed := 0
			for _, c := range clients {
				for slot := range c.live.Slots() {
					all = append(all, c.live.Held(uint32(slot))...)
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
	clients, err := newShared(windowed, 0, 1).newClients()
	if err != nil {
		t.Fatal(err)
	}
	w := crowd{clients: clients, times: meter.NewHistogram()}
	v := w.measure(0)
	if len(v) != 4 || len(w.ns) < 3 {
		t.Fatalf("%v of %d batches", v, len(w.ns))
	}
	if v[1].V > v[2].V || v[2].V > v[3].V || v[0].V <= 0 {
		t.Errorf("values %v", v)
	}
	if n := w.times.Count(); n == 0 || n%sharedOps != 0 {
		t.Errorf("%d calls in the histogram, every one of a step counts and none twice", n)
	}
}

// TestCrowdFault: the fault of an allocator comes to the goroutine that measures.
func TestCrowdFault(t *testing.T) {
	clients, err := newShared(windowed, 0, runtime.GOMAXPROCS(0)+1).newClients() // who need not wait for cores
	if err != nil {
		t.Fatal(err)
	}
	want := &strategies.Violation{Detail: "overlap"}
	failing := func(*client) { panic(want) }
	func() {
		defer strategies.Catch(&err)
		w := crowd{clients: clients, times: meter.NewHistogram()}
		w.batches(0, failing, func(time.Duration) {})
	}()
	if err != want {
		t.Errorf("error %v, want %v", err, want)
	}
}

// TestSharedCells: what cannot be shared, or does not take the region, is
// left out, and so are shards in a library, which wait for each other.
func TestSharedCells(t *testing.T) {
	tooLarge := windowed
	tooLarge.Name = "modest"
	tooLarge.New = func(strategies.Region) (strategies.Allocator, error) { return nil, strategies.ErrInvalid }
	e := testEnv(churn.FirstFit, windowed, tooLarge, library)
	e.Goroutines = []int{1, 2}
	var got []string
	for _, cell := range sharedCells(e) {
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

// library is windowed behind a boundary that cannot batch.
var library = func() strategies.Strategy {
	s := windowed
	s.Name = "far"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := windowed.New(r)
		return &behind{Allocator: a}, err
	}
	return s
}()

type behind struct {
	strategies.Allocator
	crossings int
}

func (b *behind) Cross() { b.crossings++ }

func (b *behind) Batch([]workloads.Op) (replay.Batch, error) { return nil, errors.ErrUnsupported }

// TestCrossings: strategies with a boundary have a cell, others none.
func TestCrossings(t *testing.T) {
	cells, err := setUpCrossings(t.Context(), testEnv(windowed, library))
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, cells, 2)
	lines := got["Crossing/strategy=far"]
	if len(got) != 1 || len(lines) != 2 {
		t.Fatalf("lines %v", got)
	}
	one, _ := value(lines[0], schema.NsPerOp)
	if part, ok := value(lines[0], schema.NsPerBatchedOp); !ok || part != one/replay.BatchOps {
		t.Errorf("a crossing takes %v ns, %v of an operation", one, part)
	}
}

// TestSharing measures with one and with more goroutines than there are cores,
// which always count, and looks for the lines.
func TestSharing(t *testing.T) {
	defer func(p point, n int) { sharedPoint, sharedSteps = p, n }(sharedPoint, sharedSteps)
	sharedPoint, sharedSteps = point{32 << 20, 500}, 4
	e := testEnv(windowed)
	e.Goroutines = []int{1, runtime.GOMAXPROCS(0) + 1}
	cells, err := setUpSharing(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	got := samples(t, cells, 3)
	if len(got) != 4 {
		t.Errorf("%d benchmarks, want 4", len(got))
	}
	for name, lines := range got {
		for _, l := range lines {
			for _, u := range schema.Concurrent.Units {
				if v, ok := value(l, u); !ok || v <= 0 {
					t.Errorf("%s: %v %s", name, v, u.Name)
				}
			}
		}
	}
}
