package replay

import (
	"slices"
	"testing"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestReplayCounts compares the fast loop with one that is plain enough to be
// believed, under the shadow model.
func TestReplayCounts(t *testing.T) {
	for _, s := range []strategies.Strategy{churn.FirstFit, churn.ScatterFit} {
		ops := churn.WithFallbacks(churn.Ops(7, 5000, 300))
		want := plainReplay(churn.New(strategies.Checked(s)), ops)
		if want.Refused == 0 || want.Fallbacks == 0 {
			t.Fatalf("the stream tests neither refusals nor fallbacks: %+v", want)
		}
		live := NewLive(ops)
		a := churn.New(strategies.Checked(s))
		if got := Replay(a, ops, live); got != want {
			t.Errorf("%s: Replay = %+v, want %+v", s.Name, got, want)
		}
		live.Drain(a)
		if free := slices.Collect(a.FreeBlocks()); len(free) != 1 || free[0].Size != churn.Region.Size {
			t.Errorf("%s: after Drain %v is free", s.Name, free)
		}
		a, live = churn.New(s), NewLive(ops)
		p := NewPlayer(a, live)
		var noted Counts
		for i := range ops {
			what, _ := p.Do(&ops[i])
			noted.Note(&ops[i], what, live.Held(ops[i].Slot))
		}
		if noted != want {
			t.Errorf("%s: one by one %+v was noted, want %+v", s.Name, noted, want)
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

func TestReplayInParts(t *testing.T) {
	ops := churn.WithFallbacks(churn.Ops(3, 1000, 300))
	whole := Replay(churn.New(churn.FirstFit), ops, NewLive(ops))
	a, live := churn.New(churn.FirstFit), NewLive(ops)
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
	ops := churn.Ops(3, 1000, 20)
	want := 0
	for _, op := range ops {
		if op.Kind == workloads.FreeCleared {
			want++
		}
	}
	a := churn.New(churn.FirstFit)
	if Replay(a, ops, NewLive(ops)); a.(*churn.Allocator).Cleared != want {
		t.Errorf("%d blocks came through FreeCleared, want %d", a.(*churn.Allocator).Cleared, want)
	}
	// An allocator without the ability gets plain frees.
	plain := struct{ strategies.Allocator }{churn.New(churn.FirstFit)}
	if c := Replay(plain, ops, NewLive(ops)); c.Frees == 0 || plain.Allocator.(*churn.Allocator).Cleared != 0 {
		t.Errorf("without ClearFreer: %+v, %d cleared", c, plain.Allocator.(*churn.Allocator).Cleared)
	}
}

// TestReplayTakesNothingFromTheHeap is the promise that makes a replay's time
// the allocator's.
func TestReplayTakesNothingFromTheHeap(t *testing.T) {
	for _, s := range []strategies.Strategy{Null, churn.FirstFit, churn.ScatterFit} {
		ops := churn.Ops(1, 4000, 200)
		a, live := churn.New(s), NewLive(ops)
		room := make([]uint32, live.Slots())
		p := NewPlayer(a, live)
		for i := range ops {
			p.Do(&ops[i])
			slot := ops[i].Slot
			room[slot] = max(room[slot], uint32(len(live.Held(slot))))
		}
		live.Drain(a)
		live.Fit(room)
		n := testing.AllocsPerRun(5, func() {
			Replay(a, ops, live)
			live.Drain(a)
		})
		if n != 0 {
			t.Errorf("%s: %v heap allocations in a replay after warm-up, want 0", s.Name, n)
		}
	}
}

func TestCheck(t *testing.T) {
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
		if err := Check(test.ops); (err == nil) != test.ok {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
