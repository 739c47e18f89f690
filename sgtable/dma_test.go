package sgtable_test

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
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
