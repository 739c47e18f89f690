package experiment

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/perf"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
)

// calling counts the calls of its allocators; with a drain it has all of a replay's.
type calling struct {
	strategies.Allocator
	n *uint64
}

func (c calling) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	*c.n++
	return c.Allocator.Alloc(dst, r)
}

func (c calling) Free(blocks []strategies.Block) {
	*c.n++
	c.Allocator.Free(blocks)
}

// The counts are those of one replay alone: without the one before it, without the drain,
// and by the number of its operations. Of the counters that there are, each has its unit.
func TestHardware(t *testing.T) {
	calls := uint64(0)
	s := strategies.Strategy{Name: "calling", New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return calling{a, &calls}, err
	}}
	ops := churn.Ops(1, 500, 40)
	e := testEnv(s)
	e.Streams = []Stream{{Workload: "churn", Region: churn.Region, Ops: ops, Strategies: e.Strategies}}
	for _, test := range []struct {
		can   []perf.Event
		units []*schema.Unit
	}{
		{hardwareEvents, schema.Hardware.Units},
		{[]perf.Event{perf.Cycles, perf.BranchMisses}, []*schema.Unit{schema.CyclesPerOp, schema.BranchMissPerOp}},
	} {
		busy := false
		from := counters{
			func(events ...perf.Event) ([]perf.Event, error) {
				if len(events) != 4 {
					t.Errorf("asked for %v", events)
				}
				return test.can, nil
			},
			func(do func(), events ...perf.Event) (counts []uint64, err error) {
				before := calls
				do()
				for i := range events {
					counts = append(counts, uint64(i+3)*(calls-before))
				}
				if busy {
					err = perf.ErrBusy
				}
				return counts, err
			},
		}
		cells, err := hardware(from).SetUp(context.Background(), e)
		if err != nil || len(cells) != 1 || cells[0].Took <= 0 {
			t.Fatalf("%d cells, %v", len(cells), err)
		}
		lines, err := cells[0].Sample()
		if err != nil || len(lines) != 1 {
			t.Fatalf("%d lines, %v", len(lines), err)
		}
		inTable(t, lines[0])
		if lines[0].Iters != len(ops) || len(lines[0].Values) != len(test.units) {
			t.Errorf("line %+v, want %d operations", lines[0], len(ops))
		}
		for i, u := range test.units { // each operation is one call
			if v, ok := value(lines[0], u); !ok || math.Abs(v-float64(i+3)) > 1e-9 {
				t.Errorf("%v %s, want %d", v, u.Name, i+3)
			}
		}
		busy = true
		if lines, err := cells[0].Sample(); err != nil || len(lines) != 0 {
			t.Errorf("while the counters were shared: %v, %v", lines, err)
		}
	}
}

// Where nothing can be counted there is nothing but a reason.
func TestUncounted(t *testing.T) {
	none := counters{available: func(...perf.Event) ([]perf.Event, error) { return nil, errors.New("instructions: none") }}
	if cells, err := hardware(none).SetUp(context.Background(), testEnv(churn.FirstFit)); err != nil || len(cells) != 0 {
		t.Errorf("%d cells, %v", len(cells), err)
	}
	why := errors.New("cycles: none")
	for n, want := range map[int]string{0: "not read (cycles: none)", 3: "3 of 4 read (cycles: none)"} {
		if got := uncounted(n, why); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := uncounted(4, nil); got != "" {
		t.Errorf("all are counted, and %q", got)
	}
	if can, err := perf.Available(hardwareEvents...); (Uncounted() == "") != (err == nil) || err != nil && !strings.Contains(Uncounted(), err.Error()) {
		t.Errorf("%q, though %v are there: %v", Uncounted(), can, err)
	}
}
