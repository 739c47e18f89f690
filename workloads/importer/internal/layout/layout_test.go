package layout

import (
	"math/bits"
	"testing"

	"github.com/vramlab/vramlab/workloads/trace"
)

// freeOrders are the free blocks by order of a buddy of n chunks, of which those with a bit
// in live are in use.
func freeOrders(n uint, live uint64) (free [64]uint64) {
	var count func(start, k uint)
	count = func(start, k uint) {
		switch mask := uint64(1)<<(1<<k) - 1; {
		case live>>start&mask == 0:
			free[k]++
		case k > 0:
			count(start, k-1)
			count(start+1<<(k-1), k-1)
		}
	}
	start := uint(0)
	for k := bits.Len(n) - 1; k >= 0; k-- {
		if n>>k&1 != 0 {
			count(start, uint(k))
			start += 1 << k
		}
	}
	return free
}

// chunkMask has a bit for each chunk of the extents.
func chunkMask(extents []trace.Extent) (mask uint64) {
	for _, e := range extents {
		mask |= (1<<e.Size - 1) << e.Start
	}
	return mask
}

// TestLayoutAll tries all states of small regions: each has a layout without a merge. Then
// all other counts: each is merged to one of a state with as much free, or is more than
// the region has.
func TestLayoutAll(t *testing.T) {
	const orders = 4
	for n := uint(1); n <= 12; n++ {
		states := make(map[[64]uint64]bool)
		for live := range uint64(1) << n {
			states[freeOrders(n, live)] = true
		}
		most := [orders]uint64{uint64(n), uint64(n) / 2, uint64(n) / 4, uint64(n) / 8}
		for f0 := range most[0] + 2 {
			for f1 := range most[1] + 2 {
				for f2 := range most[2] + 2 {
					for f3 := range most[3] + 2 {
						want := [64]uint64{f0, f1, f2, f3}
						chunks := f0 + 2*f1 + 4*f2 + 8*f3
						l := Layout{Chunks: uint64(n), Free: want}
						if err := l.Check(); (err == nil) != (chunks <= uint64(n)) {
							t.Fatalf("%d chunks, free %v: error %v", n, want[:orders], err)
						} else if err != nil {
							continue
						}
						if states[want] != (l.Merged == 0) {
							t.Fatalf("%d chunks, free %v: a state %v, merged %d", n, want[:orders], states[want], l.Merged)
						}
						live := chunkMask(l.Live())
						if got := freeOrders(n, live); got != l.Free || !states[got] || bits.OnesCount64(live) != int(uint64(n)-chunks) {
							t.Fatalf("%d chunks, free %v: live %b has free %v, want %v", n, want[:orders], live, got[:orders], l.Free[:orders])
						}
					}
				}
			}
		}
	}
}

func TestLayoutBounds(t *testing.T) {
	huge := Layout{Chunks: 1 << 52}
	huge.Free[0] = MostFree
	if err := huge.Check(); err != nil {
		t.Errorf("got %v", err)
	}
	huge.Free[1] = 1
	if err := huge.Check(); err != ErrTooManyFree {
		t.Errorf("got %v, want %v", err, ErrTooManyFree)
	}
	whole := Layout{Chunks: 1<<64 - 1}
	for k := range whole.Free {
		whole.Free[k] = 1
	}
	if err := whole.Check(); err != nil || len(whole.Live()) != 0 {
		t.Errorf("got %v, live %v", err, whole.Live())
	}
}
