package migrate

import (
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// TestMemory: copies and fills reach the right pages, and a check finds any wrong bit.
func TestMemory(t *testing.T) {
	const words = 6
	m := newMemory(words, 8*4096, 4*4096)
	im := image{object: 7, version: 3}
	device := []uint64{deviceBase + 5*4096, deviceBase, deviceBase + 7*4096}
	system := []uint64{3 * 4096, 0, 4096}
	m.fill(device, im)
	m.move(system, device)
	for _, pages := range [][]uint64{device, system} {
		if err := m.checkAll(pages, im); err != nil {
			t.Fatal(err)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for range 200 {
		word := &m.page(system[rng.IntN(3)])[rng.IntN(words)]
		bit := uint64(1) << rng.IntN(64)
		*word ^= bit
		if m.checkAll(system, im) == nil {
			t.Fatalf("bit %#x of a word was turned, and nothing found", bit)
		}
		*word ^= bit
	}
	for _, other := range []image{{7, 2}, {8, 3}} {
		if m.check(system[0], other, 0) == nil {
			t.Errorf("%+v passes for %+v", im, other)
		}
	}
	if m.check(system[0], im, 1) == nil {
		t.Error("page 0 passes for page 1")
	}
	m.scribble(system[:1])
	if m.check(system[0], im, 0) == nil || m.check(system[1], im, 1) != nil {
		t.Error("scribble destroys one page and no other")
	}
}

func TestAppendPages(t *testing.T) {
	s := sgtable.Segment{Addr: 8192, Len: 3 * 4096}
	if got := appendPages([]uint64{1}, s, 9); len(got) != 4 || got[3] != 8192+2*4096 {
		t.Errorf("%d", got)
	}
	if got := appendPages([]uint64{1}, s, 2); len(got) != 2 {
		t.Errorf("%d: more than the object has", got)
	}
}
