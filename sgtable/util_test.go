package sgtable_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

func TestTotalAndDMASizes(t *testing.T) {
	for _, tt := range []struct {
		name         string
		table        []sgtable.Segment
		total, sizes uint64
	}{
		{"no segments", nil, 0, 0},
		{"one page", segments(9, 1), page, page},
		{"lengths, not addresses", segments(1, 512, 513, 512), 1024 * page, 512 * page},
		{"the smallest length decides the low bits", segments(0, 512, 600, 16), 528 * page, 528 * page},
		{"an empty segment ends it", segments(0, 2, 3, 0, 9, 1), 2 * page, 2 * page},
		{"an empty first segment", segments(3, 0, 9, 1), 0, 0},
		{"more than 32 bits", []sgtable.Segment{{Len: 0xfffff000}, {Addr: 1 << 32, Len: 0xfffff000}}, 0x1ffffe000, 0xfffff000},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := sgtable.Total(tt.table); got != tt.total {
				t.Errorf("Total %d, want %d", got, tt.total)
			}
			if got := sgtable.DMASizes(tt.table); got != tt.sizes {
				t.Errorf("DMASizes %#x, want %#x", got, tt.sizes)
			}
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

func TestSegmentLimit(t *testing.T) {
	for _, tt := range []struct {
		maxMapping, page uint64
		xenPV            bool
		want             uint32
	}{
		{math.MaxUint64, 4096, false, 0xfffff000},
		{math.MaxUint64, 64 << 10, false, 0xffff0000},
		{math.MaxUint64, 2 << 20, false, 0xffe00000},
		{2 << 30, 4096, false, 2 << 30},
		{256<<10 + 5, 4096, false, 256 << 10},
		{4095, 4096, false, 0},
		{0, 4096, false, 0},
		{math.MaxUint64, 0, false, math.MaxUint32},
		{math.MaxUint64, 4096, true, 4096},
		{2048, 4096, true, 4096},
		{math.MaxUint64, 64 << 10, true, 64 << 10},
		{math.MaxUint64, 1 << 32, false, 0},
		{math.MaxUint64, 1 << 32, true, 0},
		{math.MaxUint64, 1<<32 + 4096, true, 0},
	} {
		if got := sgtable.SegmentLimit(tt.maxMapping, tt.page, tt.xenPV); got != tt.want {
			t.Errorf("SegmentLimit(%d, %d, %v) = %#x, want %#x", tt.maxMapping, tt.page, tt.xenPV, got, tt.want)
		}
	}
	for _, page := range []uint64{0, 1, 4096, 12288, 64 << 10, 2 << 20, 1 << 32} {
		if got, want := sgtable.SegmentLimit(math.MaxUint64, page, false), sgtable.MaxSegment(page); got != want {
			t.Errorf("a device without a limit, pages of %d: %#x, but MaxSegment is %#x", page, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	whole := sgtable.Options{MaxSegment: sgtable.MaxSegment(page)}
	with := func(change func(o *sgtable.Options)) sgtable.Options {
		o := whole
		change(&o)
		return o
	}
	size := func(n uint64) sgtable.Options { return with(func(o *sgtable.Options) { o.Size = n }) }
	base := with(func(o *sgtable.Options) { o.Base = 4*page + 1 })
	odd := []sgtable.Segment{{Addr: page, Len: 100}}
	for _, tt := range []struct {
		name    string
		table   []sgtable.Segment
		options sgtable.Options
		want    string // in the error; empty: none
	}{
		{"no segments of no object", nil, whole, ""},
		{"no segments", nil, size(page), "0 bytes in 0 segments, less than the object's 4096"},
		{"neighbours and descending", segments(8, 2, 10, 2, 6, 2), size(6 * page), ""},
		{"more than the object", segments(8, 8), size(5 * page), ""},
		{"less than the object", segments(8, 1, 3, 1), size(3 * page), "8192 bytes in 2 segments, less than the object's 12288"},
		{"empty segment", segments(8, 1, 3, 0), whole, "segment 1 (0x3000, 0 bytes) is empty"},
		{"longest segment", segments(0, 3), sgtable.Options{MaxSegment: 3 * page}, ""},
		{"a page longer", segments(0, 4), sgtable.Options{MaxSegment: 3 * page}, "segment 0 (0x0, 16384 bytes) is longer than the 12288 of MaxSegment"},
		{"MaxSegment 0", segments(0, 1), sgtable.Options{}, "MaxSegment is 0"},
		{"up to the last address", []sgtable.Segment{{Addr: 1<<64 - page, Len: page}}, whole, ""},
		{"wraps", []sgtable.Segment{{Addr: 1<<64 - page, Len: 2 * page}}, whole, "segment 0 (0xfffffffffffff000, 8192 bytes) wraps"},
		{"below the base", segments(4, 1), base, "segment 0 (0x4000, 4096 bytes) begins below the region's base 0x4001"},
		{"pages are counted from the base", []sgtable.Segment{{Addr: 6*page + 1, Len: page}}, base, ""},
		{"address not in pages", []sgtable.Segment{{Addr: 100, Len: page}}, whole, "segment 0 (0x64, 4096 bytes) is not in pages of 4096"},
		{"length not in pages", odd, whole, "segment 0 (0x1000, 100 bytes) is not in pages of 4096"},
		{"an object not in pages", odd, size(100), ""},
		{"a cap not in pages", odd, sgtable.Options{MaxSegment: 100}, ""},
		{"twice the same", segments(8, 2, 3, 1, 8, 2), whole, "segments 0 (0x8000, 8192 bytes) and 2 (0x8000, 8192 bytes) overlap"},
		{"overlap of a page", segments(8, 2, 7, 2), whole, "segments 1 (0x7000, 8192 bytes) and 0 (0x8000, 8192 bytes) overlap"},
		{"one inside another", segments(0, 9, 3, 1, 20, 1), whole, "segments 0 (0x0, 36864 bytes) and 1 (0x3000, 4096 bytes) overlap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := sgtable.Validate(tt.table, tt.options)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got %v, want no error", err)
			case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want ... %s", err, tt.want)
			case err != nil && (!errors.Is(err, strategies.ErrInvalid) || strings.Contains(err.Error(), "\n")):
				t.Errorf("%q is not one line that wraps ErrInvalid", err)
			}
		})
	}
}

// TestValidateOverlap compares with a set of all bytes.
func TestValidateOverlap(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	valid := 0
	for range 10000 {
		table := shortTable(r)
		if slices.ContainsFunc(table, func(s sgtable.Segment) bool { return s.Len == 0 }) {
			continue
		}
		seen, shared := map[uint64]bool{}, false
		addrs, _ := byteAddresses(table)
		for _, addr := range addrs {
			shared = shared || seen[addr]
			seen[addr] = true
		}
		err := sgtable.Validate(table, sgtable.Options{MaxSegment: 1 << 20, Size: uint64(len(addrs))})
		if (err != nil) != shared {
			t.Fatalf("%v: overlap %v, but Validate says %v", table, shared, err)
		}
		if !shared {
			valid++
		}
	}
	if valid < 1000 {
		t.Errorf("only %d of the tables had no overlap", valid)
	}
}

// TestValidateAppend holds what Append builds of blocks that do not overlap to
// Validate's rules.
func TestValidateAppend(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	for range 2000 {
		var list []strategies.Block
		var start, size uint64
		for range 1 + r.IntN(8) {
			start += r.Uint64N(3)
			n := 1 + r.Uint64N(9)
			list = append(list, blocks(start, n)...)
			start, size = start+n, size+n*page
		}
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		o := sgtable.Options{Base: r.Uint64N(1 << 40), MaxSegment: (1 + r.Uint32N(5)) * page, Size: size}
		if err := sgtable.Validate(sgtable.Append(nil, list, o), o); err != nil {
			t.Fatalf("blocks %v, %+v: %v", list, o, err)
		}
	}
}

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
