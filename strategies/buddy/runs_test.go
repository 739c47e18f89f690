package buddy

import (
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestReach verifies what an index rests on: a block serves exactly the sizes of
// its order up to its reach. The walk says whether it does.
func TestReach(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		a, _ := churned(t, rng, 400+rng.Uint64N(300), 0)
		for k := uint(1); k < 6; k++ {
			x := runIndex{order: k, minOrder: uint(rng.IntN(8))}
			for i, ok := a.dirty.next(k, 0); ok; i, ok = a.dirty.next(k, i+1) {
				p, reach := i<<k, a.reach(&x, i<<k)
				for size := uint64(1)<<k + 1; size < 2<<k; size++ {
					_, found := a.runAround(nil, p, &request{size: size, minOrder: x.minOrder})
					if found != (size <= reach) {
						t.Fatalf("seed %d: order %d at page %d, smallest block 2^%d: %d pages found: %v, reach %d", seed, k, p, x.minOrder, size, found, reach)
					}
				}
			}
		}
	}
}

// TestIndexFollows changes memory under indexes and compares them with new ones.
func TestIndexFollows(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 2))
		cleared := int(seed%2) * 40 // %
		a, live := churned(t, rng, 300+rng.Uint64N(600), 0)
		for k := range uint(4) {
			a.newIndex(k+1, uint(rng.IntN(6)), kinds(1+k%3), 0).patience = 1 << 30
		}
		for range 80 {
			live = churn(t, a, live, rng, 1+rng.IntN(3), cleared)
			a.followUp()
			for j := range a.runs.indexes {
				compareIndex(t, a, &a.runs.indexes[j])
			}
			if err := a.Check(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func compareIndex(t *testing.T, a *allocator, x *runIndex) {
	t.Helper()
	below := a.pages
	for {
		got, ok := x.tree.find(x.tree.root, below, 1, new(uint64))
		want, reach := uint64(0), uint64(0)
		for i := min(below, a.pages>>x.order); i > 0 && reach == 0; {
			i--
			if want = i; a.hasOf(x.of, x.order, i) {
				reach = a.reach(x, i<<x.order)
			}
		}
		if ok != (reach != 0) || ok && got != want {
			t.Fatalf("order %d, smallest 2^%d: below block %d the index has %d (%v), it should have %d with reach %d", x.order, x.minOrder, below, got, ok, want, reach)
		}
		if !ok {
			return
		}
		if _, ok := x.tree.find(x.tree.root, got+1, reach+1, new(uint64)); ok {
			if h, _ := x.tree.find(x.tree.root, got+1, reach+1, new(uint64)); h == got {
				t.Fatalf("order %d, block %d: the index says more than the reach of %d", x.order, got, reach)
			}
		}
		below = got
	}
}

// churned is an allocator with a fragmented region, and what is live.
func churned(t *testing.T, rng *rand.Rand, pages uint64, steps int) (*allocator, [][]strategies.Block) {
	t.Helper()
	a, err := newAllocator("buddy", strategies.Region{Size: pages << 12, Page: 1 << 12}, &linux71{})
	if err != nil {
		t.Fatal(err)
	}
	var live [][]strategies.Block
	for a.avail > 0 {
		blocks, err := a.Alloc(nil, strategies.Request{Size: (1 + rng.Uint64N(min(a.avail, 3))) << 12})
		if err != nil {
			break
		}
		live = append(live, blocks)
	}
	for j := len(live) / 2; j > 0; j-- {
		i := rng.IntN(len(live))
		a.Free(live[i])
		live[i] = live[len(live)-1]
		live = live[:len(live)-1]
	}
	return a, churn(t, a, live, rng, steps, 0)
}

// churn grants and frees at random, cleared per cent of the frees as cleared.
func churn(t *testing.T, a *allocator, live [][]strategies.Block, rng *rand.Rand, steps, cleared int) [][]strategies.Block {
	t.Helper()
	for range steps {
		if i := rng.IntN(2*len(live) + 1); i < len(live) {
			if rng.IntN(100) < cleared {
				a.FreeCleared(live[i])
			} else {
				a.Free(live[i])
			}
			live[i] = live[len(live)-1]
			live = live[:len(live)-1]
			continue
		}
		r := strategies.Request{Size: (1 + rng.Uint64N(12)) << 12}
		if rng.IntN(2) == 0 {
			r.Flags = strategies.Contiguous
		}
		if blocks, err := a.Alloc(nil, r); err == nil {
			live = append(live, blocks)
		}
	}
	return live
}

// TestRefusalDoesNotGrow counts the visits of a contiguous request that fails on a
// checkerboard: every second run of a few pages is free, and each is too short. A
// larger board must not cost more.
func TestRefusalDoesNotGrow(t *testing.T) {
	for _, g := range []generation{&linux611{}, &linux618{}} {
		for _, clear := range []bool{false, true} {
			for _, run := range []uint64{2, 3, 5, 7, 12, 24} {
				small, large := refusal(t, g, run, 1<<8, clear), refusal(t, g, run, 1<<12, clear)
				if large > small+32 || small > 400 {
					t.Errorf("%T, runs of %d pages, clear ones among them: %v: a refusal looks at %.1f places on a small board, at %.1f on one 16 times as large", g, run, clear, small, large)
				}
			}
		}
	}
}

// refusal is the mean number of visits of a refusal on a board of so many runs, with
// a grant and a free between refusals.
func refusal(t *testing.T, g generation, run, runs uint64, clear bool) float64 {
	t.Helper()
	const unit = 64 // pages of a run and of the gap after it
	a, err := newAllocator("buddy", strategies.Region{Size: unit * runs << 12, Page: 1 << 12}, g)
	if err != nil {
		t.Fatal(err)
	}
	var free [][]strategies.Block
	for i := range runs {
		at := i * unit << 12
		grant := func(lo, hi uint64) []strategies.Block {
			blocks, err := a.Alloc(nil, strategies.Request{Size: hi - lo, Lo: lo, Hi: hi, Flags: strategies.Range})
			if err != nil {
				t.Fatal(err)
			}
			return blocks
		}
		grant(at, at+20<<12)
		free = append(free, grant(at+20<<12, at+(20+run)<<12))
		grant(at+(20+run)<<12, at+unit<<12)
	}
	for j, blocks := range free {
		if clear && j%2 == 0 {
			a.FreeCleared(blocks)
		} else {
			a.Free(blocks)
		}
	}
	refuse := func() {
		if _, err := a.Alloc(nil, strategies.Request{Size: (run + 1) << 12, Flags: strategies.Contiguous}); err == nil {
			t.Fatalf("%d pages in a row were found among runs of %d", run+1, run)
		}
	}
	refuse()
	refuse() // makes the index: the first refusal may try a block for each granted before
	const rounds = 500
	before := a.Counters().Visits
	for range rounds {
		blocks, err := a.Alloc(nil, strategies.Request{Size: 1 << 12})
		if err != nil {
			t.Fatal(err)
		}
		refuse()
		a.Free(blocks)
	}
	return float64(a.Counters().Visits-before) / rounds
}
