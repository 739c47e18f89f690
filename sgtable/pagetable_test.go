package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

func pte(n4K, n64K, n2M uint64) sgtable.PageTable {
	return sgtable.PageTable{Entries4K: n4K, Entries64K: n64K, Entries2M: n2M}
}

func TestMapCost(t *testing.T) {
	const small, large = sgtable.Page64K / page, sgtable.Page2M / page // in pages
	tests := []struct {
		name    string
		table   []sgtable.Segment
		vaAlign uint64
		want    sgtable.PageTable // entries of 4 KiB, 64 KiB, 2 MiB
	}{
		{"nothing", nil, sgtable.Page2M, pte(0, 0, 0)},
		{"a page", segments(7, 1), sgtable.Page2M, pte(1, 0, 0)},
		{"aligned 64 KiB", segments(3*small, small), sgtable.Page2M, pte(0, 1, 0)},
		{"aligned 2 MiB", segments(3*large, large), sgtable.Page2M, pte(0, 0, 1)},
		{"one of each", segments(0, large+small+1), sgtable.Page2M, pte(1, 1, 1)},
		{"device address between boundaries", segments(1, large), sgtable.Page2M, pte(large, 0, 0)},
		{"device address at 64 KiB", segments(small, large), sgtable.Page2M, pte(0, 32, 0)},
		{"virtual base at 64 KiB", segments(0, large), sgtable.Page64K, pte(0, 32, 0)},
		{"virtual base at a page", segments(0, large), page, pte(large, 0, 0)},
		{"virtual base unknown", segments(0, small), 0, pte(small, 0, 0)},
		{"virtual base at 192 KiB is one at 64", segments(0, large), 3 * sgtable.Page64K, pte(0, 32, 0)},
		{"a page in front displaces all behind", segments(9, 1, large, large), sgtable.Page2M, pte(1+large, 0, 0)},
		{"a page behind does not", segments(large, large, 9, 1), sgtable.Page2M, pte(1, 0, 1)},
		{"two displacements that cancel", segments(9, 1, 1, small-1, 0, small), sgtable.Page2M, pte(small, 1, 0)},
		{"adjoining halves are not joined", segments(0, small/2, small/2, small/2), sgtable.Page2M, pte(small, 0, 0)},
		{"the middle of a segment is aligned", segments(9, 7, 16+7, 9+large), sgtable.Page2M, pte(16, 32, 0)},
		{"part of a page is a page", []sgtable.Segment{{Addr: 100, Len: page}}, sgtable.Page2M, pte(2, 0, 0)},
		{"length 0 ends the table", []sgtable.Segment{{Len: page}, {}, {Len: page}}, sgtable.Page2M, pte(1, 0, 0)},
		{"the last page there is", []sgtable.Segment{{Addr: 1<<64 - page, Len: page}}, sgtable.Page2M, pte(1, 0, 0)},
	}
	for _, tt := range tests {
		if got := sgtable.MapCost(tt.table, tt.vaAlign); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

// mapSlow writes one entry after the other, each the largest that the rules allow.
func mapSlow(table []sgtable.Segment, vaAlign uint64) (t sgtable.PageTable) {
	virtual := uint64(0)
	for _, s := range table {
		device, left := s.Addr, uint64(s.Len)
		fits := func(p uint64) bool { return vaAlign%p == 0 && virtual%p == 0 && device%p == 0 && left >= p }
		for left > 0 {
			size := uint64(page)
			switch {
			case fits(sgtable.Page2M):
				size = sgtable.Page2M
				t.Entries2M++
			case fits(sgtable.Page64K):
				size = sgtable.Page64K
				t.Entries64K++
			default:
				t.Entries4K++
			}
			virtual, device, left = virtual+size, device+size, left-size
		}
	}
	return t
}

// randomAligned is a random table whose addresses and lengths are multiples of 4 KiB,
// 64 KiB or 2 MiB.
func randomAligned(r *rand.Rand) (table []sgtable.Segment) {
	for range 1 + r.IntN(6) {
		unit := func() uint64 { return [...]uint64{1, 16, 512}[r.IntN(3)] }
		table = append(table, segments(r.Uint64N(64)*unit(), (1+r.Uint64N(40))*unit())...)
	}
	return table
}

func TestMapCostAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var sum sgtable.PageTable
	for range 3000 {
		table := randomAligned(r)
		vaAlign := [...]uint64{page, sgtable.Page64K, 1 << 20, sgtable.Page2M, 1 << 30}[r.IntN(5)]
		got, want := sgtable.MapCost(table, vaAlign), mapSlow(table, vaAlign)
		if got != want {
			t.Fatalf("table %v, base at %#x:\n got %+v\nwant %+v", table, vaAlign, got, want)
		}
		sum.Add(got)
	}
	if sum.Entries4K == 0 || sum.Entries64K == 0 || sum.Entries2M == 0 {
		t.Errorf("the tables did not need entries of each size: %+v", sum)
	}
}

// TestMapCostMonotone: the bytes mapped do not depend on the virtual alignment, more
// alignment never needs more entries, and cutting a segment in two never needs fewer.
func TestMapCostMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	for range 1000 {
		table := randomAligned(r)
		bytes := uint64(0)
		for _, s := range table {
			bytes += uint64(s.Len)
		}
		before := uint64(1 << 63)
		for _, vaAlign := range []uint64{page, sgtable.Page64K, sgtable.Page2M, 1 << 40} {
			c := sgtable.MapCost(table, vaAlign)
			if c.Bytes() != bytes || c.Entries() > before {
				t.Fatalf("table %v, base at %#x: %+v maps %d of %d bytes; less alignment needed %d entries", table, vaAlign, c, c.Bytes(), bytes, before)
			}
			before = c.Entries()
		}
		if n := sgtable.MapCost(halveSegments(table), 1<<40).Entries(); n < before {
			t.Fatalf("table %v: %d entries, in halves %d", table, before, n)
		}
	}
}

// halveSegments cuts every segment of two pages or more.
func halveSegments(table []sgtable.Segment) (cut []sgtable.Segment) {
	for _, s := range table {
		if n := uint64(s.Len) / page; n > 1 {
			cut = append(cut, segments(s.Addr/page, n/2)...)
			s = segments(s.Addr/page+n/2, n-n/2)[0]
		}
		cut = append(cut, s)
	}
	return cut
}

func TestPageTable(t *testing.T) {
	one := sgtable.PageTable{Entries4K: 32, Entries64K: 30, Entries2M: 1} // 4 MiB
	for _, tt := range []struct {
		name      string
		got, want float64
	}{
		{"bytes", float64(one.Bytes()), 4 << 20},
		{"entries", float64(one.Entries()), 63},
		{"covered by 4 KiB", one.Coverage(page), 100},
		{"covered by 64 KiB", one.Coverage(sgtable.Page64K), 96.875},
		{"covered by more than 64 KiB", one.Coverage(sgtable.Page64K + 1), 50},
		{"covered by 2 MiB", one.Coverage(sgtable.Page2M), 50},
		{"covered by 1 GiB", one.Coverage(1 << 30), 0},
		{"reach of all", one.Reach(63), 4 << 20},
		{"reach of more", one.Reach(126), 8 << 20},
		{"coverage of nothing", sgtable.PageTable{}.Coverage(page), 0},
		{"reach of nothing", sgtable.PageTable{}.Reach(512), 0},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
}

func TestMapCostAllocs(t *testing.T) {
	table := segments(0, 600, 700, 5)
	if n := testing.AllocsPerRun(100, func() { sgtable.MapCost(table, sgtable.Page2M) }); n != 0 {
		t.Errorf("%v heap allocations", n)
	}
}

func ExampleMapCost() {
	// 4 MiB in two halves, and the same behind a segment of 64 KiB.
	halves := []sgtable.Segment{{Addr: 8 << 20, Len: 2 << 20}, {Addr: 4 << 20, Len: 2 << 20}}
	behind := append([]sgtable.Segment{{Addr: 0, Len: 64 << 10}}, halves...)
	for _, table := range [][]sgtable.Segment{halves, behind} {
		c := sgtable.MapCost(table, sgtable.Page2M)
		fmt.Printf("%d of 2 MiB, %d of 64 KiB: 512 entries reach %.0f MiB\n", c.Entries2M, c.Entries64K, c.Reach(512)/(1<<20))
	}
	// Output:
	// 2 of 2 MiB, 0 of 64 KiB: 512 entries reach 1024 MiB
	// 0 of 2 MiB, 65 of 64 KiB: 512 entries reach 32 MiB
}

func BenchmarkMapCost(b *testing.B) {
	r := rand.New(rand.NewPCG(6, 6))
	var table []sgtable.Segment
	for len(table) < 1000 {
		table = append(table, randomAligned(r)...)
	}
	for b.Loop() {
		sgtable.MapCost(table, sgtable.Page2M)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(table)), "ns/seg")
}
