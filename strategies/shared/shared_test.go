package shared_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/radix"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/strategies/tlsf"
)

const page = 4096

// each is one strategy of each kind: a wrapper does not know which kernel a buddy is of.
func each() []strategies.Strategy {
	pinned := []string{buddy.Linux611.Name, buddy.Linux618.Name, buddy.Linux71.Name}
	return slices.DeleteFunc(all.List(), func(s strategies.Strategy) bool { return slices.Contains(pinned, s.Name) })
}

// sharded are the strategies that can be.
func sharded() []strategies.Strategy {
	return slices.DeleteFunc(each(), func(s strategies.Strategy) bool { return !s.Caps.Has(strategies.CapWindow) })
}

// race is set where the race detector runs, under which the kit is not worth its
// time: it uses one goroutine. TestConcurrent is what is.
var race bool

func TestLockedConformance(t *testing.T) {
	for _, s := range each() {
		if !race || s.Name == tlsf.Strategy.Name {
			t.Run(s.Name, func(t *testing.T) { strategytest.Run(t, shared.Locked(s)) })
		}
	}
}

// TestShardedConformance takes shard counts that divide the period of the rule
// "heap", so that a warm allocator sees the same requests in each shard again. One shard, and
// six, which are no power of two, are for a strategy that is a buddy and one that is none.
func TestShardedConformance(t *testing.T) {
	for _, s := range sharded() {
		for _, n := range []int{1, 4, 6} {
			if n != 4 && s.Name != buddy.Strategy.Name && s.Name != tlsf.Strategy.Name {
				continue
			}
			if !race || s.Name == buddy.Strategy.Name && n == 4 {
				t.Run(fmt.Sprintf("%s/shards=%d", s.Name, n), func(t *testing.T) { strategytest.Run(t, shared.Sharded(s, n)) })
			}
		}
	}
}

// TestCaps wants the names and exactly the abilities that are left.
func TestCaps(t *testing.T) {
	r := strategies.Region{Size: 1 << 24, Page: page}
	for _, s := range append(sharded(), strategytest.Reference) {
		inner := newAllocator(t, s, r)
		for _, w := range []strategies.Strategy{shared.Locked(s), shared.Sharded(s, 4), shared.Locked(strategies.Checked(s))} {
			if err := strategies.Validate(w); err != nil {
				t.Error(err)
			}
			a := newAllocator(t, w, r)
			for what, same := range map[string]bool{
				"Counter":     is[strategies.Counter](a) == is[strategies.Counter](inner),
				"Footprinter": is[strategies.Footprinter](a) == is[strategies.Footprinter](inner),
				"ClearFreer":  is[strategies.ClearFreer](a) == is[strategies.ClearFreer](inner),
				"Trimmer":     is[strategies.Trimmer](a) == is[strategies.Trimmer](inner),
				"resetter":    is[strategies.ClearResetter](a) == is[strategies.ClearResetter](inner),
			} {
				if !same {
					t.Errorf("%s: is a %s where %s is not, or the reverse", w.Name, what, s.Name)
				}
			}
		}
	}
	if got, want := shared.Sharded(buddy.Strategy, 2).Caps, strategies.CapScatter|strategies.CapWindow|strategies.CapTopDown|strategies.CapMisalignedWindow; got != want {
		t.Errorf("a sharded buddy has Caps %b, want %b", got, want)
	}
	if _, err := shared.Sharded(buddy.LIFO, 2).New(r); !errors.Is(err, strategies.ErrInvalid) {
		t.Errorf("a strategy without windows was sharded: %v", err)
	}
}

func is[T any](a strategies.Allocator) bool {
	_, ok := strategies.As[T](a)
	return ok
}

func newAllocator(t testing.TB, s strategies.Strategy, r strategies.Region) strategies.Allocator {
	t.Helper()
	a, err := s.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func alloc(t testing.TB, a strategies.Allocator, r strategies.Request) []strategies.Block {
	t.Helper()
	blocks, err := a.Alloc(nil, r)
	if err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	return blocks
}

// TestPlacement is where requests go in a region of 4 shards of 16 pages.
func TestPlacement(t *testing.T) {
	const none = 1 << 40 // refused
	type step struct {
		pages, align, lo, hi uint64
		flags                strategies.Flags
		want                 uint64 // page
	}
	top, window := strategies.TopDown, strategies.Range
	for name, steps := range map[string][]step{
		"in turn":        {{pages: 1, want: 0}, {pages: 1, want: 16}, {pages: 1, want: 32}, {pages: 1, want: 48}, {pages: 1, want: 1}},
		"next with room": {{pages: 16, want: 0}, {pages: 10, want: 16}, {pages: 10, want: 32}, {pages: 1, want: 48}, {pages: 10, want: 49}, {pages: 6, want: 26}},
		"from the top":   {{pages: 16, flags: top, want: 48}, {pages: 3, flags: top, want: 45}},
		"window":         {{pages: 2, lo: 30, hi: 33, flags: window, want: 30}, {pages: 2, lo: 30, hi: 34, flags: window, want: 32}},
		"across": {
			{pages: 1, want: 0}, {pages: 1, want: 16}, {pages: 1, want: 32}, // a page in each shard but the last
			{pages: 17, want: 33}, {pages: 15, want: 1}, {pages: 16, want: none}, {pages: 15, want: 17}, {pages: 14, want: 50},
		},
		"across from below": {{pages: 40, want: 0}, {pages: 24, want: 40}, {pages: 1, want: none}},
		"across from above": {{pages: 40, flags: top, want: 24}, {pages: 24, want: 0}, {pages: 1, want: none}},
		"across a window":   {{pages: 20, lo: 14, hi: 62, flags: window, want: 14}, {pages: 20, lo: 14, hi: 62, flags: window | top, want: 42}, {pages: 9, lo: 14, hi: 62, flags: window, want: none}},
		"highest across": {
			{pages: 9, lo: 20, hi: 29, flags: window, want: 20}, {pages: 8, lo: 36, hi: 44, flags: window, want: 36},
			{pages: 18, flags: top, want: 46}, {pages: 18, want: 0},
		},
		"across, aligned": {{pages: 1, want: 0}, {pages: 20, align: 4, want: 4}, {pages: 36, align: 16, want: none}, {pages: 32, align: 16, want: 32}},
		"large alignment": {{pages: 1, align: 32, want: 0}, {pages: 1, align: 32, want: 32}, {pages: 1, align: 32, want: none}, {pages: 1, align: 64, want: none}},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAllocator(t, strategies.Checked(shared.Sharded(radix.Strategy, 4)), strategies.Region{Size: 64 * page, Page: page})
			for i, s := range steps {
				got := uint64(none)
				blocks, err := a.Alloc(nil, strategies.Request{Size: s.pages * page, Align: s.align * page, Lo: s.lo * page, Hi: s.hi * page, Flags: s.flags})
				if err == nil {
					got = blocks[0].Start / page
				} else if err != strategies.ErrNoSpace {
					t.Fatal(err)
				}
				if got != s.want {
					t.Errorf("step %d, %+v: page %d", i, s, got)
				}
			}
		})
	}
}

// TestManyShards takes every page of a region and gives it back, with numbers of
// shards for which boundaries are no multiple of a cell.
func TestManyShards(t *testing.T) {
	const pages = 5003
	for _, n := range []int{1, 2, 3, 16, 33, 64, 100} {
		a := newAllocator(t, shared.Sharded(radix.Strategy, n), strategies.Region{Size: pages * page, Page: page})
		var live [][]strategies.Block
		for p := range uint64(pages) {
			live = append(live, alloc(t, a, strategies.Request{Size: page, Lo: p * page, Hi: (p + 1) * page, Flags: strategies.Range}))
		}
		for _, b := range live {
			a.Free(b)
		}
		if b := alloc(t, a, strategies.Request{Size: pages * page}); len(b) != min(n, shared.MaxShards) {
			t.Errorf("with %d shards the region is %d blocks", n, len(b))
		}
	}
}

// TestHome wants each view to stay in its shard while that has room, and blocks
// to be freed by any.
func TestHome(t *testing.T) {
	a := newAllocator(t, shared.Sharded(tlsf.Strategy, 4), strategies.Region{Size: 64 * page, Page: page})
	for i := range 8 {
		v, other := shared.Home(a, i), shared.Home(a, i+1)
		for range 3 {
			b := alloc(t, v, strategies.Request{Size: page})
			if got := b[0].Start / page / 16; got != uint64(i%4) {
				t.Errorf("home %d: a page in shard %d", i, got)
			}
			other.Free(b)
		}
		full := alloc(t, v, strategies.Request{Size: 16 * page})
		if b := alloc(t, v, strategies.Request{Size: page}); b[0].Start/page/16 != uint64(i+1)%4 {
			t.Errorf("home %d is full: a page at %d", i, b[0].Start/page)
		} else {
			a.Free(b)
		}
		a.Free(full)
	}
	if l := newAllocator(t, shared.Locked(tlsf.Strategy), strategies.Region{Size: page, Page: page}); shared.Home(l, 3) != l {
		t.Error("a locked allocator has a home")
	}
}

// TestPieces frees parts of a grant in several shards, which are whole grants of
// the allocators inside.
func TestPieces(t *testing.T) {
	for _, s := range []strategies.Strategy{radix.Strategy, buddy.Strategy} {
		a := newAllocator(t, shared.Sharded(s, 4), strategies.Region{Size: 64 * page, Page: page})
		two := [2][]strategies.Block{}
		for i := range two {
			two[i] = alloc(t, a, strategies.Request{Size: 32 * page})
		}
		if len(two[0]) != 2 || len(two[1]) != 2 {
			t.Fatalf("%s: grants of two shards each are %v", s.Name, two)
		}
		for _, wrong := range [][]strategies.Block{
			two[0][:1], two[0][1:], {two[0][1], two[0][0]}, {two[0][0], two[1][1]}, slices.Concat(two[0], two[1]),
		} {
			func() {
				defer func() {
					if _, ok := recover().(string); !ok {
						t.Errorf("%s: free of %v did not panic with a sentence", s.Name, wrong)
					}
				}()
				a.Free(wrong)
			}()
		}
		a.Free(two[1])
		a.Free(two[0])
		a.Free(alloc(t, a, strategies.Request{Size: 64 * page, Flags: strategies.Contiguous}))
		if err := a.(strategies.Checker).Check(); err != nil {
			t.Error(err)
		}
	}
}
