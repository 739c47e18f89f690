package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
)

func TestSlice(t *testing.T) {
	table := segments(8, 3, 1, 3)
	for _, tt := range []struct {
		name   string
		lo, hi uint64 // pages
		want   []sgtable.Segment
	}{
		{"all", 0, 6, table},
		{"nothing, at the start", 0, 0, nil},
		{"nothing, inside", 2, 2, nil},
		{"nothing, at the end", 6, 6, nil},
		{"the first segment", 0, 3, segments(8, 3)},
		{"the second segment", 3, 6, segments(1, 3)},
		{"inside a segment", 1, 2, segments(9, 1)},
		{"the end of one, the start of the next", 2, 4, segments(10, 1, 1, 1)},
		{"the last page", 5, 6, segments(3, 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sgtable.Slice(nil, table, tt.lo*page, tt.hi*page); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestSliceAgainstSlow cuts at random bytes, appends to a prefix that the cut
// might wrongly continue, and cuts in place.
func TestSliceAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 12))
	for range 10000 {
		table := shortTable(r)
		addrs, _ := byteAddresses(table)
		hi := r.Uint64N(uint64(len(addrs)) + 1)
		lo := r.Uint64N(hi + 1)
		prefix := []sgtable.Segment{{Addr: 1000, Len: 7}}
		if lo < hi {
			prefix[0].Addr = addrs[lo] - 7
		}
		before := slices.Clone(table)
		got := sgtable.Slice(prefix, table, lo, hi)
		if bytes, _ := byteAddresses(got[1:]); got[0] != prefix[0] || !slices.Equal(bytes, addrs[lo:hi]) || !slices.Equal(table, before) {
			t.Fatalf("Slice(%v, %v, %d, %d) = %v", prefix, before, lo, hi, got)
		}
		if in := sgtable.Slice(table[:0], table, lo, hi); !slices.Equal(in, got[1:]) {
			t.Fatalf("Slice of %v, [%d, %d), in place: %v, want %v", before, lo, hi, in, got[1:])
		}
	}
}

func TestSlicePanics(t *testing.T) {
	table := segments(8, 3, 1, 3)
	for _, bounds := range [][2]uint64{{1, 0}, {0, 6*page + 1}, {6*page + 1, 6*page + 1}, {7 * page, 8 * page}, {0, 1<<64 - 1}, {1<<64 - 1, 1<<64 - 1}} {
		wantPanic(t, fmt.Sprintf("Slice %d of a table of %d bytes", bounds, 6*page), func() {
			sgtable.Slice(nil, table, bounds[0], bounds[1])
		})
	}
}

func TestTrim(t *testing.T) {
	for _, capacity := range []int{0, 1, 3, 4, 5, 127, 4096} {
		for length := range min(capacity, 6) + 1 {
			table := make([]sgtable.Segment, length, capacity)
			for i := range table {
				table[i] = segments(uint64(i), 1)[0]
			}
			got, trimmed := sgtable.Trim(table)
			if trimmed != (length < capacity) || cap(got) != length || !slices.Equal(got, table) {
				t.Errorf("Trim of %d in %d: %v, %d in %d", length, capacity, trimmed, len(got), cap(got))
			}
			if trimmed && length > 0 && &got[0] == &table[0] {
				t.Errorf("Trim of %d in %d kept the memory", length, capacity)
			}
			if again, trimmed := sgtable.Trim(got); trimmed || len(again) != length {
				t.Errorf("Trim of a trimmed table did something")
			}
		}
	}
}
