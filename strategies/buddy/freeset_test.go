package buddy

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFreeSet compares a free set with a sorted list, in regions at the limits of
// every way to store one and with blocks at the limits of every level.
func TestFreeSet(t *testing.T) {
	for _, pages := range []uint64{
		1, 64, 4096, 1<<18 + 1, 1<<24 - 1, // four levels
		1 << 24, 1<<24 + 1, 1 << 26, 1<<30 - 1, // five
		1 << 30, 1<<30 + 1, 1<<40 + 12345, 1<<52 - 1, // sparse
	} {
		s := newFreeSet(pages)
		for _, k := range []uint{0, 1, 6, 13} {
			if pages>>k > 0 {
				compareFreeSet(t, &s, pages, k)
			}
		}
	}
}

func compareFreeSet(t *testing.T, s *freeSet, pages uint64, k uint) {
	blocks := pages >> k
	rng := rand.New(rand.NewPCG(pages, uint64(k)))
	var want []uint64 // the set
	for range 2000 {
		i := edge(rng, blocks)
		at, there := slices.BinarySearch(want, i)
		if there {
			want = slices.Delete(want, at, at+1)
			s.remove(k, i)
		} else {
			want = slices.Insert(want, at, i)
			s.insert(k, i)
		}
		if got := s.mask>>k&1 != 0; got != (len(want) > 0) {
			t.Fatalf("%d pages, order %d: the mask says %v, the set is %v", pages, k, got, want)
		}
		if len(want) == 0 {
			continue
		}
		if got := s.highest(k); got != want[len(want)-1] {
			t.Fatalf("%d pages, order %d: highest is %d in %v", pages, k, got, want)
		}
		// One past the last block may be asked for.
		from := edge(rng, blocks+1)
		at, there = slices.BinarySearch(want, from)
		if s.has(k, from) != there {
			t.Fatalf("%d pages, order %d: has(%d) is %v in %v", pages, k, from, !there, want)
		}
		if got, ok := s.next(k, from); ok != (at < len(want)) || ok && got != want[at] {
			t.Fatalf("%d pages, order %d: next(%d) is %d, %v in %v", pages, k, from, got, ok, want)
		}
		if at, there = slices.BinarySearch(want, from); there {
			at++
		}
		if got, ok := s.prev(k, from); ok != (at > 0) || ok && got != want[at-1] {
			t.Fatalf("%d pages, order %d: prev(%d) is %d, %v in %v", pages, k, from, got, ok, want)
		}
	}
	for len(want) > 0 {
		last := len(want) - 1
		if got := s.popHighest(k); got != want[last] {
			t.Fatalf("%d pages, order %d: popped %d of %v", pages, k, got, want)
		}
		want = want[:last]
	}
	s.compact(0)
}

// edge is a block number near a multiple of what a word of some level covers, near
// the last block, or any.
func edge(rng *rand.Rand, blocks uint64) uint64 {
	switch rng.IntN(8) {
	case 0:
		return rng.Uint64N(blocks)
	case 1:
		return blocks - 1 - rng.Uint64N(min(blocks, 3))
	}
	unit := uint64(1) << (6 * rng.IntN(9))
	near := unit*rng.Uint64N(4) + rng.Uint64N(4) - 2
	return near % blocks
}
