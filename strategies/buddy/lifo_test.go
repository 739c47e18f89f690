package buddy_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

func TestConformanceLIFO(t *testing.T) { strategytest.Run(t, buddy.LIFO) }
func FuzzConformanceLIFO(f *testing.F) { strategytest.Fuzz(f, buddy.LIFO) }

// TestGoldenLIFO compares with what i915_buddy did in 2021, block for block.
func TestGoldenLIFO(t *testing.T) {
	strategytest.Golden(t, buddy.LIFO, "testdata/lifo/*.trace")
}

// TestPlaceLIFO takes extents out of 13 pages: roots of 8, 4 and 1.
func TestPlaceLIFO(t *testing.T) {
	const page = 4096
	a, err := buddy.LIFO.New(strategies.Region{Size: 13 * page, Page: page})
	if err != nil {
		t.Fatal(err)
	}
	check := func(start, size uint64, want string) {
		t.Helper()
		got := ""
		blocks, err := a.(strategies.Placer).Place(nil, start*page, size*page)
		for _, b := range blocks {
			got += fmt.Sprintf(" %d+%d", b.Start/page, b.Size/page)
		}
		if errors.Is(err, strategies.ErrInvalid) {
			got = " invalid"
		} else if err != nil {
			got = " " + err.Error()
		}
		if got != want {
			t.Errorf("pages %d+%d:%s, want%s", start, size, got, want)
		}
	}
	check(3, 7, " 3+1 4+4 8+2") // of two roots; 0, 2 and 10 are left of them
	check(2, 2, " no space")
	check(9, 2, " no space")
	check(10, 3, " 10+2 12+1")
	check(0, 13, " no space")
	check(0, 3, " 0+2 2+1")
	check(12, 2, " invalid")
	check(14, 1, " invalid")
	check(4, 0, " invalid")
	check(1, 1<<52, " invalid") // wraps
	if free := slices.Collect(a.FreeBlocks()); len(free) != 0 {
		t.Errorf("free: %v", free)
	}
}

// TestPlaceLIFOAgainstSlow compares with the kernel's walk in a random program: the answers,
// and the order of the free lists.
func TestPlaceLIFOAgainstSlow(t *testing.T) {
	const page, pages = 4096, 1<<7 + 1<<5 + 1<<2 + 1
	region := strategies.Region{Size: pages * page, Page: page}
	fast, err := buddy.LIFO.New(region)
	if err != nil {
		t.Fatal(err)
	}
	slow := newSlowLIFO(region)
	rng := rand.New(rand.NewPCG(1, 2))
	var live [2][][]strategies.Block
	granted, refused := 0, 0
	for i := range 40000 {
		var got, want []strategies.Block
		var gotErr, wantErr error
		n := 1 + rng.Uint64N(1+rng.Uint64N(20))
		switch k := rng.IntN(5); {
		case k < 2 && len(live[0]) > 0:
			at := rng.IntN(len(live[0]))
			fast.Free(live[0][at])
			slow.Free(live[1][at])
			live[0], live[1] = slices.Delete(live[0], at, at+1), slices.Delete(live[1], at, at+1)
		case k == 2:
			r := strategies.Request{Size: n * page}
			got, gotErr = fast.Alloc(nil, r)
			want, wantErr = slow.Alloc(nil, r)
		default:
			start := rng.Uint64N(pages) * page
			got, gotErr = fast.(strategies.Placer).Place(nil, start, n*page)
			want, wantErr = slow.Place(nil, start, n*page)
			if wantErr == nil {
				granted++
			} else {
				refused++
			}
		}
		same := func(a, b strategies.Block) bool { return a.Start == b.Start && a.Size == b.Size }
		if strategies.Errno(gotErr) != strategies.Errno(wantErr) || !slices.EqualFunc(got, want, same) {
			t.Fatalf("operation %d: %v (%v), want %v (%v)", i, strategies.Blocks(got), gotErr, strategies.Blocks(want), wantErr)
		}
		if len(got) > 0 {
			live[0], live[1] = append(live[0], got), append(live[1], want)
		}
		for order, list := range slow.free {
			var free []uint64
			for b := range fast.FreeBlocks() {
				if b.Size == page<<order {
					free = append(free, b.Start/page)
				}
			}
			slices.Reverse(free) // the slow one has its head last
			if !slices.EqualFunc(free, list, func(start uint64, n *node) bool { return start == n.start }) {
				t.Fatalf("operation %d: free list %d is %v", i, order, free)
			}
		}
		if err := fast.(strategies.Checker).Check(); err != nil {
			t.Fatal(err)
		}
	}
	if granted < 2000 || refused < 2000 {
		t.Errorf("%d extents placed, %d refused: this tests little", granted, refused)
	}
}

// TestPlaceLIFOShrunk places an extent at the end of the last root after the tree was large
// and was dropped.
func TestPlaceLIFOShrunk(t *testing.T) {
	const page, pages = 4096, 1<<11 + 1<<4 + 1
	a, err := buddy.LIFO.New(strategies.Region{Size: pages * page, Page: page})
	if err != nil {
		t.Fatal(err)
	}
	var live [][]strategies.Block
	for range pages {
		blocks, err := a.Alloc(nil, strategies.Request{Size: page})
		if err != nil {
			t.Fatal(err)
		}
		live = append(live, blocks)
	}
	for _, blocks := range live {
		a.Free(blocks)
	}
	for _, start := range []uint64{0, 1<<11 - 1, 1 << 11, 1<<11 + 15, pages - 1} {
		blocks, err := a.(strategies.Placer).Place(nil, start*page, page)
		if err != nil || len(blocks) != 1 || blocks[0].Start != start*page || blocks[0].Size != page {
			t.Errorf("page %d: %v, %v", start, strategies.Blocks(blocks), err)
		}
	}
}
