package replay_test

import (
	"errors"
	"maps"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// TestTally: in parts of any length it counts what Replay counts, and what is live is what
// the slots hold.
func TestTally(t *testing.T) {
	buddy, _ := all.Lookup("buddy")
	for _, name := range []string{"contigfirst", "splinter", "window"} {
		w, _ := workloads.Lookup(name)
		ops := w.Ops(1, 20_000)
		live := replay.NewLive(ops)
		want := replay.Replay(allocator(t, buddy, w.Region), ops, live)
		held := uint64(0)
		for i := range live.Slots() {
			for _, b := range live.Held(uint32(i)) {
				held += b.Size
			}
		}
		for _, size := range []int{1, 31, 4096, 20_000} {
			tally := replay.NewTally(allocator(t, buddy, w.Region))
			peak := uint64(0)
			for rest := ops; len(rest) > 0; {
				part := rest[:min(size, len(rest))]
				rest = rest[len(part):]
				if err := tally.Replay(part, live.Slots()); err != nil {
					t.Fatal(err)
				}
				peak = max(peak, tally.Live)
			}
			refused := 0
			for _, n := range tally.Refusals {
				refused += n
			}
			if tally.Counts != want || tally.Operations != len(ops) || refused != want.Refused || tally.Live != held || tally.Time == 0 {
				t.Errorf("%s in parts of %d: %+v of %d, %d refused and %d bytes live; want %+v, %d", name, size, tally.Counts, tally.Operations, refused, tally.Live, want, held)
			}
			if tally.Peak < peak || size == 1 && tally.Peak != peak {
				t.Errorf("%s in parts of %d: a peak of %d, seen %d", name, size, tally.Peak, peak)
			}
		}
	}
}

// TestTallyByHand: a second attempt replaces the refusal of the first, and a refused trim
// and the free of what was refused change nothing.
func TestTallyByHand(t *testing.T) {
	buddy, _ := all.Lookup("buddy")
	tally := replay.NewTally(allocator(t, buddy, strategies.Region{Size: 65536, Page: 4096}))
	page := func(n uint64) strategies.Request { return strategies.Request{Size: 4096 * n} }
	part := []workloads.Op{
		{Kind: workloads.Live, Slot: 0, Req: strategies.Request{Size: 4096, Lo: 8192, Hi: 12288, Flags: strategies.Range}},
		{Kind: workloads.Alloc, Slot: 1, Req: page(16)},    // 1 is taken: ENOSPC
		{Kind: workloads.Fallback, Slot: 1, Req: page(4)},  // granted
		{Kind: workloads.Alloc, Slot: 2, Req: page(16)},    // ENOSPC
		{Kind: workloads.Fallback, Slot: 2, Req: page(99)}, // EINVAL
		{Kind: workloads.Free, Slot: 2},
		{Kind: workloads.Trim, Slot: 1, Req: strategies.Request{Size: 8192}}, // 2 stay
		{Kind: workloads.Free, Slot: 0},
	}
	if err := tally.Replay(part, 3); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"ENOSPC": 0, "EINVAL": 1}
	if !maps.Equal(tally.Refusals, want) || tally.Live != 2*4096 || tally.Peak != 5*4096 || tally.Operations != 8 || tally.Requests != 2 || tally.Refused != 1 {
		t.Errorf("%+v; want refusals %v, 2 pages live, 5 at most", tally, want)
	}
	if err := tally.Replay(part[:1], 3); err != nil { // as one more extent of a state
		t.Fatal(err)
	}
	if err := tally.Replay(part[:1], 3); !errors.Is(err, replay.ErrState) {
		t.Errorf("an extent that is taken: error %v, want %v", err, replay.ErrState)
	}
}

// TestTallyTakesNothingFromTheHeap once the slots hold what they ever hold.
func TestTallyTakesNothingFromTheHeap(t *testing.T) {
	w, _ := workloads.Lookup("frames")
	ops := w.Ops(1, 20_000)
	slots := replay.NewLive(ops).Slots()
	live := make(map[uint32]bool)
	for _, op := range ops {
		live[op.Slot] = op.Kind == workloads.Alloc
	}
	for slot := range uint32(slots) {
		if live[slot] {
			ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: slot})
		}
	}
	tally := replay.NewTally(allocator(t, replay.Null, w.Region))
	again := func() { tally.Replay(ops, slots) }
	for range 3 {
		again()
	}
	if n := testing.AllocsPerRun(5, again); n != 0 {
		t.Errorf("%v heap allocations in %d operations, want none", n, len(ops))
	}
}
