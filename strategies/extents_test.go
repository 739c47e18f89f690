package strategies

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestExtents compares with a plain sorted slice, on a range small enough that
// extents often touch and overlap, with enough of them to split and empty runs.
func TestExtents(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var x extents
	var plain []extent
	for step := range 18000 {
		growing := step%6000 < 4000
		if e := (extent{start: rng.Uint64N(12000), size: 1 + rng.Uint64N(8)}); growing || rng.IntN(4) == 0 {
			at, overlap := insertPlain(plain, e)
			if _, ok := x.insert(e); ok == overlap {
				t.Fatalf("step %d: insert of %d+%d: got %v, overlaps: %v", step, e.start, e.size, ok, overlap)
			}
			if !overlap {
				plain = slices.Insert(plain, at, e)
			}
		} else if len(plain) > 0 {
			i := rng.IntN(len(plain))
			x.remove(plain[i].start)
			plain = slices.Delete(plain, i, i+1)
		}
		if step%1000 == 0 {
			sameExtents(t, &x, plain)
		}
	}
	for range 2 { // the second time with runs that were emptied
		for _, e := range plain {
			x.remove(e.start)
		}
		sameExtents(t, &x, nil)
		for _, e := range plain {
			x.insert(e)
		}
		sameExtents(t, &x, plain)
	}
}

// insertPlain returns where e belongs, and whether it overlaps something.
func insertPlain(plain []extent, e extent) (at int, overlap bool) {
	at = len(plain)
	for i, p := range plain {
		if p.start < e.end() && e.start < p.end() {
			return 0, true
		}
		if p.start > e.start {
			at = min(at, i)
		}
	}
	return at, false
}

func sameExtents(t *testing.T, x *extents, want []extent) {
	t.Helper()
	if got := slices.Collect(x.all); !slices.Equal(got, want) || x.len != len(want) {
		t.Fatalf("got %d extents %v, want %d: %v", x.len, got, len(want), want)
	}
	for _, run := range x.runs {
		if len(run) == 0 || cap(run) != maxRun {
			t.Fatalf("a run of length %d and capacity %d", len(run), cap(run))
		}
	}
	for _, e := range want {
		if got, ok := x.at(e.start); !ok || got != e {
			t.Fatalf("at(%d) is %v, %v", e.start, got, ok)
		}
		if _, ok := x.at(e.end()); ok != slices.ContainsFunc(want, func(o extent) bool { return o.start == e.end() }) {
			t.Fatalf("at(%d) is %v", e.end(), ok)
		}
	}
}

// TestExtentsEnd uses the last bytes of the address space, where an end that
// wraps would be 0.
func TestExtentsEnd(t *testing.T) {
	var x extents
	last := extent{start: 1<<64 - 8192, size: 4096}
	if _, ok := x.insert(last); !ok {
		t.Error("the last page of a region of 2^64-1 bytes is refused")
	}
	if other, ok := x.insert(extent{start: 0, size: 1<<64 - 4096}); ok || other != last {
		t.Errorf("the whole region fits beside its last page (%v, %v)", other, ok)
	}
	if _, ok := x.insert(extent{start: 0, size: 1<<64 - 8192}); !ok {
		t.Error("what is below the last page is refused")
	}
}
