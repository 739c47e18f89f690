package buddy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestCountersDecideNothing replays one stream twice, once with counters that
// change at random between the calls, and wants the same placements and the same
// indexes at every step.
func TestCountersDecideNothing(t *testing.T) {
	plain, built := decisions(t, func(*allocator) {})
	if built < 10 {
		t.Errorf("the stream makes %d indexes, want some to compare", built)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	perturbed, _ := decisions(t, func(a *allocator) {
		for _, s := range []*freeSet{&a.dirty, &a.clear} {
			s.splits, s.merges, s.visits = rng.Uint64(), rng.Uint64(), rng.Uint64N(3)
		}
	})
	for i := range plain {
		if plain[i] != perturbed[i] {
			t.Fatalf("step %d: %s; with other counters %s", i, plain[i], perturbed[i])
		}
	}
}

// decisions says what an allocator did at each step of a stream on a region with
// many holes of two pages, and how often it made an index. Phases with requests for
// longer runs and without alternate. before is called before each step.
func decisions(t *testing.T, before func(*allocator)) (steps []string, built int) {
	a, live := twoPageHoles(t, 1<<10)
	rng := rand.New(rand.NewPCG(7, 8))
	indexes := 0
	for step := range 8000 {
		before(a)
		did := ""
		switch i := rng.IntN(len(live)); {
		case step%400 < 100: // most of these are refused
			r := strategies.Request{Size: (3 + 2*rng.Uint64N(2)) << 12, Flags: strategies.Contiguous}
			blocks, err := a.Alloc(nil, r)
			if did = fmt.Sprint(blocks, err); err == nil {
				a.Free(blocks)
			}
		case rng.IntN(2) == 0:
			blocks, err := a.Alloc(nil, strategies.Request{Size: 1 << 12})
			if did = fmt.Sprint(blocks, err); err == nil {
				live = append(live, blocks)
			}
		default:
			if live[i][0].Size == 1<<12 {
				a.Free(live[i])
				live = slices.Delete(live, i, i+1)
			}
		}
		held := indexes
		if indexes = 0; a.runs != nil {
			indexes = len(a.runs.indexes)
			for _, x := range a.runs.indexes {
				did += fmt.Sprintf(", index of %d with %d idle of %d", x.order, x.idle, x.patience)
			}
		}
		built += max(0, indexes-held)
		steps = append(steps, did)
	}
	return steps, built
}

// twoPageHoles is a region of 4n pages with n holes of two, and what is live.
func twoPageHoles(t *testing.T, n uint64) (*allocator, [][]strategies.Block) {
	a, err := newAllocator("buddy", strategies.Region{Size: 4 * n << 12, Page: 1 << 12}, &linux71{})
	if err != nil {
		t.Fatal(err)
	}
	var live, holes [][]strategies.Block
	for i := range 2 * n {
		blocks, err := a.Alloc(nil, strategies.Request{Size: 2 << 12})
		if err != nil {
			t.Fatal(err)
		}
		if i%2 == 0 {
			live = append(live, blocks)
		} else {
			holes = append(holes, blocks)
		}
	}
	for _, blocks := range holes {
		a.Free(blocks)
	}
	return a, live
}
