package buddy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
)

// able is what every generation can do.
type able interface {
	strategies.Allocator
	strategies.ClearFreer
	strategies.ClearResetter
	strategies.Trimmer
	strategies.Counter
}

// TestTrimAndReset trims grants and resets what is clear between other operations, and
// wants the same of the fast and the slow allocator at every step.
func TestTrimAndReset(t *testing.T) {
	for _, g := range generations {
		t.Run(g.fast.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(8) {
				trimAndReset(t, [2]strategies.Strategy{g.fast, g.slow}, region(61+97*seed, page), seed)
			}
		})
	}
}

func trimAndReset(t *testing.T, pair [2]strategies.Strategy, region strategies.Region, seed uint64) {
	var did [2][]string
	for i, s := range pair {
		did[i] = trims(t, s, region, rand.New(rand.NewPCG(seed, 3)))
	}
	for i := range did[0] {
		if did[0][i] != did[1][i] {
			t.Fatalf("seed %d, step %d:\nfast %s\nslow %s", seed, i, did[0][i], did[1][i])
		}
	}
}

// trims is what an allocator did at each of some thousand steps.
func trims(t *testing.T, s strategies.Strategy, region strategies.Region, rng *rand.Rand) (did []string) {
	checked, err := strategies.Checked(s).New(region)
	if err != nil {
		t.Fatal(err)
	}
	a := checked.(able)
	var live [][]strategies.Block
	for range 3000 {
		what := ""
		switch i := rng.IntN(max(len(live), 1)); {
		case rng.IntN(60) == 0:
			a.ResetClear(rng.IntN(2) == 0)
		case len(live) == 0 || rng.IntN(2) == 0:
			r := strategies.Request{Size: (1 + rng.Uint64N(20)) * page, Align: page << rng.IntN(5)}
			r.Flags = []strategies.Flags{0, strategies.Clear, strategies.Contiguous, strategies.Clear | strategies.Contiguous}[rng.IntN(4)]
			blocks, err := a.Alloc(nil, r)
			if what = fmt.Sprint(places(blocks), strategies.Errno(err)); err == nil {
				live = append(live, blocks)
			}
		case rng.IntN(3) == 0:
			b := live[i][0]
			start := b.Start + rng.Uint64N(b.Size/page)*page
			blocks, err := a.Trim(nil, live[i], start, (1+rng.Uint64N((b.End()-start)/page))*page)
			if what = fmt.Sprint(places(blocks), strategies.Errno(err)); err == nil {
				live[i] = blocks
			}
		default:
			if rng.IntN(2) == 0 {
				a.FreeCleared(live[i])
			} else {
				a.Free(live[i])
			}
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
		}
		n := a.Counters()
		did = append(did, fmt.Sprint(what, n.Splits, n.Merges))
	}
	return did
}

// TestTrimmedIsGone holds that the blocks given to Trim are live no longer, even if one
// of the new ones looks the same.
func TestTrimmedIsGone(t *testing.T) {
	a := newAllocator(t, 64*page).(able)
	blocks := alloc(t, a, strategies.Request{Size: 4 * page})
	kept, err := a.Trim(nil, blocks, blocks[0].Start, 4*page)
	if err != nil || kept[0].Start != blocks[0].Start {
		t.Fatal(kept, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a grant that was trimmed could be freed by its old blocks")
		}
		a.Free(kept)
	}()
	a.Free(blocks)
}

// TestResetOfAll holds that memory that is clear as a whole is one block a root again.
func TestResetOfAll(t *testing.T) {
	a, err := buddy.Strategy.New(region(24, page))
	if err != nil {
		t.Fatal(err)
	}
	first, second := alloc(t, a, strategies.Request{Size: page}), alloc(t, a, strategies.Request{Size: page})
	a.(able).FreeCleared(first)
	a.Free(second)
	a.(able).ResetClear(true)
	var got []strategies.Block
	for b := range a.FreeBlocks() {
		got = append(got, b)
	}
	if want := "[65536+32768 0+65536]"; fmt.Sprint(places(got)) != want {
		t.Errorf("free is %v, want %s", places(got), want)
	}
	if err := check(a); err != nil {
		t.Error(err)
	}
}
