package sgtable_test

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

// checkLookup compares both ways to find a byte with a list of all bytes, and walks from
// there in steps.
func checkLookup(t *testing.T, table []sgtable.Segment, offset, size, step uint64) {
	t.Helper()
	addrs, in := byteAddresses(table)
	total := uint64(len(addrs))
	passed := 0 // segments before the byte
	for i := uint64(1); i <= min(offset, total); i++ {
		if i == total || in[i] == 0 {
			passed++
		}
	}
	linear := sgtable.NewCursor(table)
	linear.Seek(total / 2) // First forgets it
	steps, ok := linear.First(offset, size)
	if ok != (offset < total) || steps != passed || linear.Offset() != min(offset, total) || linear.Remaining() != size {
		t.Fatalf("%v of %d bytes: First(%d, %d) = %d, %v at %d with %d left; want %d steps", table, total, offset, size, steps, ok, linear.Offset(), linear.Remaining(), passed)
	}
	x := sgtable.NewIndex(table)
	indexed, compared, found := x.First(offset, size)
	if found != ok || compared > bits.Len(uint(len(table))) {
		t.Fatalf("%v of %d bytes: by the index First(%d) = %v after %d comparisons", table, total, offset, found, compared)
	}
	at := offset
	for left := size; left > 0 && at < total; {
		for _, c := range []*sgtable.Cursor{&linear, &indexed} {
			run := uint64(1)
			for run < left && at+run < total && in[at+run] != 0 {
				run++
			}
			if c.Offset() != at || c.Contiguous() != run || c.Remaining() != left && left != math.MaxUint64 {
				t.Fatalf("%v: at %d of %d, %d contiguous, %d left; want %d, %d, %d", table, c.Offset(), total, c.Contiguous(), c.Remaining(), at, run, left)
			}
		}
		run := min(step, linear.Contiguous())
		a, ok1 := linear.Next(step)
		b, ok2 := indexed.Next(step)
		if a != addrs[at] || b != a || !ok1 || !ok2 {
			t.Fatalf("%v: byte %d is at %d, by the index at %d; want %d", table, at, a, b, addrs[at])
		}
		at += run
		if left != math.MaxUint64 {
			left -= run
		}
	}
	for _, c := range []*sgtable.Cursor{&linear, &indexed} {
		if _, ok := c.Next(step); ok || c.Contiguous() != 0 {
			t.Fatalf("%v: the walk of %d bytes from %d goes on", table, size, offset)
		}
		if got, want := c.Seek(0), total > 0; got != want || c.Remaining() != math.MaxUint64 {
			t.Fatalf("%v: Seek(0) = %v behind a walk, %d bytes remain", table, got, c.Remaining())
		}
	}
}

// TestLookup looks for bytes of small tables, within them and behind.
func TestLookup(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 5000 {
		table := shortTable(r)
		size := r.Uint64N(40)
		if r.IntN(4) == 0 {
			size = math.MaxUint64
		}
		checkLookup(t, table, r.Uint64N(sgtable.Total(table)+3), size, 1+r.Uint64N(9))
	}
	checkLookup(t, nil, math.MaxUint64, math.MaxUint64, math.MaxUint64)
}

// FuzzLookup is TestLookup on any table of short segments: two bytes each are one.
func FuzzLookup(f *testing.F) {
	f.Add([]byte{8, 3, 1, 3, 9, 0, 4, 4}, uint64(5), uint64(3), uint64(2))
	f.Add([]byte{}, uint64(0), uint64(math.MaxUint64), uint64(1))
	f.Fuzz(func(t *testing.T, b []byte, offset, size, step uint64) {
		var table []sgtable.Segment
		for ; len(b) >= 2 && len(table) < 64; b = b[2:] {
			table = append(table, sgtable.Segment{Addr: uint64(b[0]), Len: uint32(b[1] % 32)})
		}
		checkLookup(t, table, offset, size, max(step, 1))
	})
}

// TestLookups compares the sums with looking for every page.
func TestLookups(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	var all, want sgtable.Lookups
	for range 2000 {
		table, page := shortTable(r), 1+r.Uint64N(5)
		all.Add(table, page)
		c, x := sgtable.NewCursor(table), sgtable.NewIndex(table)
		var at uint64
		for _, s := range table {
			if s.Len == 0 {
				break
			}
			for in := uint64(0); in < uint64(s.Len); in += page {
				steps, ok := c.First(at+in, page)
				_, compared, found := x.First(at+in, page)
				if !ok || !found {
					t.Fatalf("%v: no byte %d", table, at+in)
				}
				want.Pages++
				want.Steps += uint64(steps)
				want.IndexSteps += uint64(compared)
			}
			at += uint64(s.Len)
		}
		if all != want {
			t.Fatalf("%v in pages of %d: sums %+v, want %+v", table, page, all, want)
		}
	}
	wantPanic(t, "Lookups.Add", func() { all.Add(nil, 0) })
}

// TestLookupsGrow: every page of n equal segments takes (n-1)/2 steps on average, so all
// pages the square; by the index the logarithm.
func TestLookupsGrow(t *testing.T) {
	for _, n := range []int{1, 2, 16, 1023, 4096} {
		table := make([]sgtable.Segment, n)
		for i := range table {
			table[i] = sgtable.Segment{Addr: uint64(i) * 2 * page, Len: page}
		}
		var l sgtable.Lookups
		l.Add(table, page)
		if want := uint64(n) * uint64(n-1) / 2; l.Steps != want || l.Pages != uint64(n) {
			t.Errorf("%d segments: %d steps for %d pages, want %d", n, l.Steps, l.Pages, want)
		}
		if most := l.Pages * uint64(bits.Len(uint(n))); l.IndexSteps > most || l.IndexSteps < most/2 {
			t.Errorf("%d segments: %d comparisons for %d pages, want %d at most", n, l.IndexSteps, l.Pages, most)
		}
		if x := sgtable.NewIndex(table); x.Bytes() != uint64(n)*8 {
			t.Errorf("the index of %d segments has %d bytes", n, x.Bytes())
		}
	}
}

// TestLookupAllocs: finding takes no memory.
func TestLookupAllocs(t *testing.T) {
	table := segments(8, 64, 100, 3)
	x := sgtable.NewIndex(table)
	if n := testing.AllocsPerRun(100, func() {
		c := sgtable.NewCursor(table)
		c.First(65*page, page)
		x.First(65*page, page)
		var l sgtable.Lookups
		l.Add(table, page)
	}); n != 0 {
		t.Errorf("looking for bytes took %v heap allocations", n)
	}
}
