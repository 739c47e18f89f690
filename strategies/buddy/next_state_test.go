package buddy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
)

// TestNextStates compares the two allocators where what memory contains is told and
// retold: reset, trimmed, and asked for in windows, where split nodes remember.
func TestNextStates(t *testing.T) {
	for seed := range 40 * *rounds {
		rng := rand.New(rand.NewPCG(uint64(seed), 9))
		pages := 1 + rng.Uint64N(500)
		compareNextStates(t, fmt.Sprintf("seed %d", seed), rng, region(pages, page))
	}
}

type bothNext struct{ fast, slow []strategies.Block }

func compareNextStates(t *testing.T, name string, rng *rand.Rand, r strategies.Region) {
	t.Helper()
	f, err := buddy.Next.New(r)
	if err != nil {
		t.Fatal(err)
	}
	fast, slow := f.(nextAllocator), newSlowNext(r)
	pages := r.Size / page
	var live []bothNext
	clears := rng.IntN(100) // per cent
	for step := range 1500 {
		op := rng.IntN(100)
		i := rng.IntN(len(live) + 1)
		switch {
		case op == 0:
			cleared := rng.IntN(2) == 0
			fast.ResetClear(cleared)
			slow.ResetClear(cleared)
		case op < 10 && i < len(live):
			b := live[i].slow[0]
			start := b.Start + rng.Uint64N(b.Size/page)*page
			size := (1 + rng.Uint64N((b.End()-start)/page)) * page
			got, err := fast.Trim(nil, live[i].fast, start, size)
			want, wantErr := slow.Trim(nil, live[i].slow, start, size)
			if fmt.Sprint(places(got), strategies.Errno(err)) != fmt.Sprint(places(want), strategies.Errno(wantErr)) {
				t.Fatalf("%s, step %d: trim of %v to %d+%d: got %v %v, want %v %v", name, step, live[i].slow, start, size, places(got), err, places(want), wantErr)
			}
			if err == nil {
				live[i] = bothNext{got, want}
			}
		case op < 55 && i < len(live):
			if rng.IntN(100) < clears {
				fast.FreeCleared(live[i].fast)
				slow.FreeCleared(live[i].slow)
			} else {
				fast.Free(live[i].fast)
				slow.Free(live[i].slow)
			}
			live = slices.Delete(live, i, i+1)
		default:
			q := nextRequest(rng, pages)
			got, err := fast.Alloc(nil, q)
			want, wantErr := slow.Alloc(nil, q)
			if fmt.Sprint(places(got), strategies.Errno(err)) != fmt.Sprint(places(want), strategies.Errno(wantErr)) {
				t.Fatalf("%s, step %d: %v: got %v %v, want %v %v", name, step, q, places(got), err, places(want), wantErr)
			}
			if err == nil {
				live = append(live, bothNext{got, want})
			}
		}
		if step%16 == 0 {
			if err := fast.Check(); err != nil {
				t.Fatalf("%s, step %d: %v", name, step, err)
			}
		}
	}
}

// nextAllocator is what the fast allocator can do.
type nextAllocator interface {
	strategies.Allocator
	strategies.ClearFreer
	strategies.ClearResetter
	strategies.Trimmer
	strategies.Checker
}

// nextRequest is any request that makes sense, most of them small and for clear memory.
func nextRequest(rng *rand.Rand, pages uint64) strategies.Request {
	q := strategies.Request{Size: (1 + rng.Uint64N(1+rng.Uint64N(min(pages, 40)))) * page}
	if rng.IntN(3) == 0 {
		q.Align = page << rng.IntN(8)
	}
	if rng.IntN(2) == 0 {
		q.Flags |= strategies.Clear
	}
	if rng.IntN(4) == 0 {
		q.Flags |= topDown
	}
	if rng.IntN(4) == 0 {
		q.Flags |= contiguous
	}
	if rng.IntN(2) == 0 {
		lo := rng.Uint64N(pages)
		q.Flags |= window
		q.Lo, q.Hi = lo*page, (lo+rng.Uint64N(pages-lo+1))*page
	}
	return q
}
