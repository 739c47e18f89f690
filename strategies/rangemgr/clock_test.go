package rangemgr

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
	plain, built := decisions(t, func(*strategies.Counters) {})
	if built < 5 {
		t.Errorf("the stream builds %d indexes, want some to compare", built)
	}
	rng := rand.New(rand.NewPCG(5, 6))
	perturbed, _ := decisions(t, func(c *strategies.Counters) {
		*c = strategies.Counters{Splits: rng.Uint64(), Merges: rng.Uint64(), Visits: rng.Uint64()}
	})
	for i := range plain {
		if plain[i] != perturbed[i] {
			t.Fatalf("step %d: %s; with other counters %s", i, plain[i], perturbed[i])
		}
	}
}

// decisions says what an allocator did at each step of a stream on a region of many
// small holes, and how often it built an index. Phases with requests for windows and
// alignments and without alternate. before is called before each step.
func decisions(t *testing.T, before func(*strategies.Counters)) (steps []string, built int) {
	const n = 1 << 8
	made, err := newAllocator(strategies.Region{Size: 16 * n * unit, Page: unit})
	if err != nil {
		t.Fatal(err)
	}
	a := made.(*allocator)
	c := a.narrow
	smallHoles(t, a, n)
	var live [][]strategies.Block
	rng := rand.New(rand.NewPCG(7, 8))
	var had []*fitIndex[uint32]
	for step := range 60_000 {
		before(&c.counts)
		r := strategies.Request{Size: (1 + rng.Uint64N(2)) * unit}
		if step%6000 < 600 {
			switch rng.IntN(3) {
			case 0:
				r.Align = 16 * unit
			case 1:
				r.Flags |= strategies.TopDown
				fallthrough
			default:
				r.Lo = rng.Uint64N(15*n) * unit
				r.Hi, r.Flags = r.Lo+20*unit, r.Flags|strategies.Range
			}
		}
		blocks, err := a.Alloc(nil, r)
		did := fmt.Sprint(blocks, err)
		if err == nil {
			live = append(live, blocks)
		}
		if len(live) > 100 {
			i := rng.IntN(len(live))
			a.Free(live[i])
			live = slices.Delete(live, i, i+1)
		}
		for _, x := range c.fits {
			did += fmt.Sprintf(", index for %d with %d zones, trial %d, helped %v", x.align, len(x.zones), x.trial, x.helped)
			if !slices.Contains(had, x) {
				built++
			}
		}
		had = slices.Clone(c.fits)
		for _, d := range c.demands {
			did += fmt.Sprintf(", debt %d", d.debt)
		}
		steps = append(steps, did)
	}
	return steps, built
}

// smallHoles fills a region of 16n pages in n cells with a hole of two pages each,
// none of them at a multiple of 16 pages.
func smallHoles(t *testing.T, a strategies.Allocator, n int) {
	var holes [][]strategies.Block
	for range n {
		for _, pages := range []uint64{3, 2, 11} {
			blocks, err := a.Alloc(nil, strategies.Request{Size: pages * unit})
			if err != nil {
				t.Fatal(err)
			}
			if pages == 2 {
				holes = append(holes, blocks)
			}
		}
	}
	for _, blocks := range holes {
		a.Free(blocks)
	}
}
