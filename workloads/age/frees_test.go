package age

import (
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestReturns against all sets of objects: what the rule finds can be had, nothing is better
// than the bound, and one free is exact.
func TestReturns(t *testing.T) {
	const pagesMade, tail = 6, 1 << 20
	rng := rand.New(rand.NewPCG(5, 5))
	best, met, bound := 0, 0, 0
	for range 400 {
		objects := make([][]strategies.Block, 2+rng.IntN(9))
		for page := range uint64(pagesMade) { // pieces of objects, of which some lie in two pages
			for at := uint64(0); at < 8; at += 1 + rng.Uint64N(3) {
				if rng.IntN(3) > 0 {
					b := strategies.Block{Start: page*LargePage + at<<18, Size: 1 << 18}
					if page+1 < pagesMade && at == 7 && rng.IntN(2) == 0 {
						b.Size = 1<<18 + 4096
					}
					o := rng.IntN(len(objects))
					objects[o] = append(objects[o], b)
				}
			}
		}
		objects[0] = append(objects[0], strategies.Block{Start: pagesMade * LargePage, Size: tail}) // no whole page
		managed := uint64(pagesMade*LargePage + tail)
		for n := 1; n <= 4; n++ {
			want := 0
			for set := range 1 << len(objects) {
				if bits.OnesCount(uint(set)) <= n {
					want = max(want, freedBy(objects, set)-freedBy(objects, 0))
				}
			}
			got := returns(objects, managed, n)
			if got.Frees != n || got.Found > want || got.Most < want || n == 1 && (got.Found != want || got.Most != want) {
				t.Fatalf("%d frees return %d to %d pages, want %d", n, got.Found, got.Most, want)
			}
			best, met, bound = best+want, met+got.Found, bound+got.Most
		}
	}
	t.Logf("found %d of %d, bound %d", met, best, bound)
	if met*100 < best*85 || bound*100 > best*160 {
		t.Errorf("the rule finds %d of %d pages, the bound is %d", met, best, bound)
	}
}

// freedBy is the number of free whole pages without the objects of a set.
func freedBy(objects [][]strategies.Block, set int) (free int) {
	p := newPages(6*LargePage, LargePage)
	for o, blocks := range objects {
		if set>>o&1 == 0 {
			p.take(blocks)
		}
	}
	return p.free
}

// TestReturnsOfNothing: where nothing is live, or frees are none, nothing returns.
func TestReturnsOfNothing(t *testing.T) {
	if got := returns(nil, 8<<20, 8); got != (Returns{8, 0, 0}) {
		t.Errorf("%+v of nothing", got)
	}
	one := [][]strategies.Block{{{Start: 0, Size: 4096}}}
	if got := returns(one, 8<<20, 0); got != (Returns{}) {
		t.Errorf("%+v of no frees", got)
	}
	if got := returns(one, 8<<20, 8); got != (Returns{8, 1, 1}) {
		t.Errorf("%+v of one object", got)
	}
}

// TestPages: blocks across edges and behind the last whole page.
func TestPages(t *testing.T) {
	p := newPages(5<<20, LargePage)
	blocks := []strategies.Block{{Start: 1 << 20, Size: 2 << 20}, {Start: 4 << 20, Size: 1 << 20}}
	if p.take(blocks); p.free != 0 || p.used[0] != 1<<20 || p.used[1] != 1<<20 {
		t.Errorf("taken: %+v", p)
	}
	if p.release(blocks); p.free != 2 || p.used[0]+p.used[1] != 0 {
		t.Errorf("released: %+v", p)
	}
}
