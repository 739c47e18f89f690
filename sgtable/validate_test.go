package sgtable_test

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

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
		{"address not in pages", []sgtable.Segment{{Addr: 100, Len: page}}, whole, "segment 0 (0x64, 4096 bytes) is not in whole pages of 4096"},
		{"length not in pages", odd, whole, "segment 0 (0x1000, 100 bytes) is not in whole pages of 4096"},
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

// TestValidateAppend validates the tables that Append builds of blocks that do not
// overlap.
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
