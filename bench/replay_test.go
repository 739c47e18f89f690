package bench

import (
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestReplayCounts compares the fast loop with one that is plain enough to be
// believed, under the shadow model.
func TestReplayCounts(t *testing.T) {
	for _, s := range []strategies.Strategy{firstFit, scatterFit} {
		ops := withFallbacks(churnOps(7, 5000, 300))
		want := plainReplay(newAllocator(strategies.Checked(s)), ops)
		if want.Refused == 0 || want.Fallbacks == 0 {
			t.Fatalf("the stream tests neither refusals nor fallbacks: %+v", want)
		}
		live := NewLive(ops)
		a := newAllocator(strategies.Checked(s))
		if got := Replay(a, ops, live); got != want {
			t.Errorf("%s: Replay = %+v, want %+v", s.Name, got, want)
		}
		live.Drain(a)
		if f := Measure(a.FreeBlocks()); f.Holes() != 1 || f.Free != testRegion.Size {
			t.Errorf("%s: after Drain %d bytes are free in %d holes", s.Name, f.Free, f.Holes())
		}
		sub := &subject{strategy: s, load: newLoad(churn("churn", 300), ops)}
		sub.observe(newAllocator(s), nil, []sgtable.Builder{testBuilder})
		if sub.counts != want {
			t.Errorf("%s: the recording counts %+v, want %+v", s.Name, sub.counts, want)
		}
	}
}

// plainReplay is Replay with a map and no tricks.
func plainReplay(a strategies.Allocator, ops []workloads.Op) (c Counts) {
	held := make(map[uint32][]strategies.Block)
	for _, op := range ops {
		blocks, there := held[op.Slot]
		switch op.Kind {
		case workloads.Fallback:
			if there {
				continue
			}
			c.Fallbacks++
			c.Refused--
		case workloads.Alloc:
			c.Requests++
		default:
			if there {
				c.Frees++
				a.Free(blocks)
				delete(held, op.Slot)
			}
			continue
		}
		blocks, err := a.Alloc(nil, op.Req)
		if err != nil {
			c.Refused++
			continue
		}
		c.Blocks += len(blocks)
		held[op.Slot] = blocks
	}
	return c
}

// withFallbacks gives every third allocation a fallback of half the size.
func withFallbacks(ops []workloads.Op) []workloads.Op {
	var out []workloads.Op
	for i, op := range ops {
		out = append(out, op)
		if op.Kind == workloads.Alloc && i%3 == 0 {
			op.Kind = workloads.Fallback
			op.Req.Size /= 2
			out = append(out, op)
		}
	}
	return out
}

func TestReplayInParts(t *testing.T) {
	ops := withFallbacks(churnOps(3, 1000, 300))
	whole := Replay(newAllocator(firstFit), ops, NewLive(ops))
	a, live := newAllocator(firstFit), NewLive(ops)
	var sum Counts
	for i := range ops {
		c := Replay(a, ops[i:i+1], live)
		sum.Requests += c.Requests
		sum.Refused += c.Refused
		sum.Fallbacks += c.Fallbacks
		sum.Frees += c.Frees
		sum.Blocks += c.Blocks
	}
	if sum != whole {
		t.Errorf("one by one %+v, in one go %+v", sum, whole)
	}
}

func TestReplayFreesClearedOnes(t *testing.T) {
	ops := churnOps(3, 1000, 20)
	want := 0
	for _, op := range ops {
		if op.Kind == workloads.FreeCleared {
			want++
		}
	}
	a := newAllocator(firstFit)
	if Replay(a, ops, NewLive(ops)); a.(*fitter).cleared != want {
		t.Errorf("%d blocks came through FreeCleared, want %d", a.(*fitter).cleared, want)
	}
	// An allocator without the ability gets plain frees.
	plain := struct{ strategies.Allocator }{newAllocator(firstFit)}
	if c := Replay(plain, ops, NewLive(ops)); c.Frees == 0 || plain.Allocator.(*fitter).cleared != 0 {
		t.Errorf("without ClearFreer: %+v, %d cleared", c, plain.Allocator.(*fitter).cleared)
	}
}

// TestReplayTakesNothingFromTheHeap is the promise that makes a replay's time
// the allocator's.
func TestReplayTakesNothingFromTheHeap(t *testing.T) {
	for _, s := range []strategies.Strategy{Null, firstFit, scatterFit} {
		sub := &subject{strategy: s, load: newLoad(churn("churn", 200), churnOps(1, 4000, 200))}
		sub.observe(newAllocator(s), nil, []sgtable.Builder{testBuilder})
		a := newAllocator(s)
		n := testing.AllocsPerRun(5, func() {
			Replay(a, sub.load.ops, sub.live)
			sub.live.Drain(a)
		})
		if n != 0 {
			t.Errorf("%s: %v heap allocations in a replay after warm-up, want 0", s.Name, n)
		}
	}
}

func TestCheckOps(t *testing.T) {
	alloc := func(slot uint32) workloads.Op { return workloads.Op{Slot: slot} }
	free := func(slot uint32) workloads.Op { return workloads.Op{Slot: slot, Kind: workloads.Free} }
	again := func(slot uint32) workloads.Op { return workloads.Op{Slot: slot, Kind: workloads.Fallback} }
	for _, test := range []struct {
		name string
		ops  []workloads.Op
		ok   bool
	}{
		{"empty", nil, false},
		{"alloc", []workloads.Op{alloc(0)}, true},
		{"reuse", []workloads.Op{alloc(0), free(0), alloc(0)}, true},
		{"twice", []workloads.Op{alloc(0), alloc(0)}, false},
		{"free first", []workloads.Op{alloc(0), free(1)}, false},
		{"free twice", []workloads.Op{alloc(0), free(0), free(0)}, false},
		{"sparse", []workloads.Op{alloc(1 << 20)}, false},
		{"kind", []workloads.Op{{Kind: 200}}, false},
		{"fallback", []workloads.Op{alloc(0), again(0)}, true},
		{"fallback of another", []workloads.Op{alloc(0), alloc(1), again(0)}, false},
		{"fallback first", []workloads.Op{again(0)}, false},
	} {
		if err := checkOps(test.ops); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
