package buddy

import (
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestAlignedSetsFollow changes memory under aligned sets of all orders and checks
// after each step that they have what is free; some are impatient and come and go.
func TestAlignedSetsFollow(t *testing.T) {
	for seed := range uint64(8) {
		rng := rand.New(rand.NewPCG(seed, 4))
		a, live := churned(t, rng, 300+rng.Uint64N(600), 0)
		dropped := 0
		for range 400 {
			sets := len(a.dirty.aligned) + len(a.clear.aligned)
			live = churn(t, a, live, rng, 1+rng.IntN(3), int(seed%2)*40)
			dropped += max(0, sets-len(a.dirty.aligned)-len(a.clear.aligned))
			r := strategies.Request{Size: 1 << 12 << rng.IntN(3), Align: 1 << 12 << rng.IntN(12)}
			if blocks, err := a.Alloc(nil, r); err == nil {
				live = append(live, blocks)
			}
			for _, x := range a.dirty.aligned {
				x.patience = 40
			}
			if err := a.Check(); err != nil {
				t.Fatal(err)
			}
		}
		if dropped == 0 {
			t.Errorf("seed %d: no set was dropped", seed)
		}
	}
}

// TestAlignedSetsOnDemand holds that the sets exist only for those who ask.
func TestAlignedSetsOnDemand(t *testing.T) {
	for _, c := range []struct {
		g    generation
		r    strategies.Request
		want bool
	}{
		{&linux71{}, strategies.Request{Size: 4096}, false},
		{&linux71{}, strategies.Request{Size: 3 * 4096, Align: 65536}, false},
		{&linux71{}, strategies.Request{Size: 4096, Align: 65536, Flags: strategies.Contiguous}, false},
		{&linux71{}, strategies.Request{Size: 4096, Align: 65536, Flags: strategies.Range}, false},
		{&linux618{}, strategies.Request{Size: 4096, Align: 65536}, false},
		{&linux71{}, strategies.Request{Size: 4096, Align: 65536}, true},
	} {
		a, err := newAllocator("buddy", strategies.Region{Size: 1 << 20, Page: 4096}, c.g)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second meets pieces of the first
			if _, err := a.Alloc(nil, c.r); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(a.dirty.aligned) != 0; got != c.want || a.clear.orders != nil != c.want {
			t.Errorf("%T, %v: aligned sets: %v, want %v", c.g, c.r, got, c.want)
		}
	}
}

// TestBuddyIsTheNewest holds that buddy and buddy_7.1 are the same code.
func TestBuddyIsTheNewest(t *testing.T) {
	var made [2]*allocator
	for i, s := range []strategies.Strategy{Strategy, Linux71} {
		a, err := s.New(strategies.Region{Size: 1 << 20, Page: 4096})
		if err != nil {
			t.Fatal(err)
		}
		made[i] = a.(*allocator)
	}
	if made[0].generation != made[1].generation || Strategy.Caps != Linux71.Caps {
		t.Errorf("buddy is %T with %v, buddy_7.1 is %T with %v", made[0].generation, Strategy.Caps, made[1].generation, Linux71.Caps)
	}
}
