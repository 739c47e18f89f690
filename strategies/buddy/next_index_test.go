package buddy

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestIndexNext compares an allocator that has an index for every order and alignment
// with one that tries each block: every grant, and after each operation what is free and
// what it contains.
func TestIndexNext(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 3))
		region := strategies.Region{Size: (200 + rng.Uint64N(400)) << 12, Page: 1 << 12}
		with, without := newTestNext(t, region), newTestNext(t, region)
		for k := uint(1); k < 5; k++ {
			for least := range uint(7) {
				with.newIndex(k, least, justDirty).patience = 1 << 30
			}
		}
		var live [][2][]strategies.Block
		harder, watched := 0, 0
		for step := range 600 {
			if i := rng.IntN(len(live) + 1); i < len(live) && (step > 100 || rng.IntN(2) == 0) && rng.IntN(3) > 0 {
				cleared := rng.IntN(2) == 0
				free(with, live[i][0], cleared)
				free(without, live[i][1], cleared)
				live = slices.Delete(live, i, i+1)
			} else {
				r := strategies.Request{Size: (1 + rng.Uint64N(3)) << 12}
				if step > 100 && rng.IntN(2) == 0 {
					r = strategies.Request{Size: (1 + rng.Uint64N(40)) << 12, Align: 1 << (12 + rng.IntN(7)), Flags: strategies.Contiguous}
				}
				if rng.IntN(3) == 0 {
					r.Flags |= strategies.Clear
				}
				got, err := with.Alloc(nil, r)
				want, wantErr := without.Alloc(nil, r)
				if fmt.Sprint(places(got), err) != fmt.Sprint(places(want), wantErr) {
					t.Fatalf("seed %d, step %d: %v: with indexes %v %v, without %v %v", seed, step, r, places(got), err, places(want), wantErr)
				}
				if err == nil {
					live = append(live, [2][]strategies.Block{got, want})
					if len(got) > 1 && r.Flags&strategies.Contiguous != 0 {
						harder++
					}
				}
			}
			watched += int(with.watched)
			if got, want := contents(with), contents(without); got != want {
				t.Fatalf("seed %d, step %d: with indexes %s\nwithout %s", seed, step, got, want)
			}
		}
		if err := with.Check(); err != nil {
			t.Fatal(err)
		}
		if watched < 100 || harder == 0 {
			t.Errorf("seed %d: this tests no index: %d runs, %d operations with", seed, harder, watched)
		}
	}
}

func newTestNext(t *testing.T, r strategies.Region) *next {
	a, err := newNext("next", r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func free(a *next, blocks []strategies.Block, cleared bool) {
	if cleared {
		a.FreeCleared(blocks)
	} else {
		a.Free(blocks)
	}
}

func places(blocks []strategies.Block) []string {
	var s []string
	for _, b := range blocks {
		s = append(s, b.String())
	}
	return s
}

// contents is what is free, and what of it is dirty.
func contents(a *next) string {
	s := ""
	for k, i := range a.all().all() {
		s += fmt.Sprintf(" %d/%d", i<<k, k)
	}
	if a.known != nil {
		s += " dirty"
		for k, i := range a.known.dirty.all() {
			s += fmt.Sprintf(" %d/%d", i<<k, k)
		}
	}
	return s
}

// TestTrackerGoes wants nothing left of clear memory when all of it was used, and its
// metadata in proportion to what is live.
func TestTrackerGoes(t *testing.T) {
	a := newTestNext(t, strategies.Region{Size: 256 << 20, Page: 1 << 12})
	idle := a.Footprint()
	var live [][]strategies.Block
	for range 1 << 16 {
		blocks, err := a.Alloc(nil, strategies.Request{Size: 1 << 12})
		if err != nil {
			t.Fatal(err)
		}
		live = append(live, blocks)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	rng.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
	peak := uint64(0)
	for i, blocks := range live {
		free(a, blocks, i%2 == 0)
		peak = max(peak, a.Footprint())
	}
	if perBlock := peak / uint64(len(live)); perBlock > 96 {
		t.Errorf("the peak was %d bytes a block", perBlock)
	}
	if a.known == nil || a.known.clearAvail == 0 {
		t.Error("half the memory was freed as clear, and is not")
	}
	all, err := a.Alloc(nil, strategies.Request{Size: 256 << 20})
	if err != nil {
		t.Fatal(err)
	}
	a.Free(all)
	if now := a.Footprint(); a.known != nil || now > idle+64<<10 {
		t.Errorf("an emptied region holds %d bytes of metadata, a new one %d (peak %d), and a tracker: %v", now, idle, peak, a.known != nil)
	}
}
