package sgtable_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

const page = 4096

func blocks(pages ...uint64) (list []strategies.Block) {
	for i := 0; i < len(pages); i += 2 {
		list = append(list, strategies.Block{Start: pages[i] * page, Size: pages[i+1] * page})
	}
	return list
}

func segments(pages ...uint64) (list []sgtable.Segment) {
	for i := 0; i < len(pages); i += 2 {
		list = append(list, sgtable.Segment{Addr: pages[i] * page, Len: uint32(pages[i+1] * page)})
	}
	return list
}

func TestAppend(t *testing.T) {
	const gib = 1 << 18 // pages
	whole := sgtable.Options{MaxSegment: sgtable.MaxSegment(page)}
	tests := []struct {
		name    string
		blocks  []strategies.Block
		options sgtable.Options
		want    []sgtable.Segment
	}{
		{"no blocks", nil, whole, nil},
		{"one block at 0", blocks(0, 1), whole, segments(0, 1)},
		{"ascending neighbours merge", blocks(8, 4, 12, 2, 14, 1), whole, segments(8, 7)},
		{"descending neighbours do not", blocks(12, 4, 8, 4), whole, segments(12, 4, 8, 4)},
		{"a gap separates", blocks(0, 1, 2, 1), whole, segments(0, 1, 2, 1)},
		{"merging goes on after a gap", blocks(8, 4, 2, 1, 3, 1), whole, segments(8, 4, 2, 2)},
		{"split at the longest segment", blocks(0, 7), sgtable.Options{MaxSegment: 3 * page}, segments(0, 3, 3, 3, 6, 1)},
		{"split across merged blocks", blocks(0, 2, 2, 2), sgtable.Options{MaxSegment: 3 * page}, segments(0, 3, 3, 1)},
		{"a full segment is not continued", blocks(0, 3, 3, 3), sgtable.Options{MaxSegment: 3 * page}, segments(0, 3, 3, 3)},
		{"over 4 GiB at 4 KiB pages", blocks(0, 5*gib), whole, segments(0, 4*gib-1, 4*gib-1, gib+1)},
		{"base address", blocks(1, 1), sgtable.Options{Base: 16 * page, MaxSegment: page}, segments(17, 1)},
		{"a block counts for the object at most", blocks(0, 8), sgtable.Options{MaxSegment: 1 << 30, Size: 5 * page}, segments(0, 5)},
		{"but all blocks count", blocks(0, 8, 8, 8), sgtable.Options{MaxSegment: 1 << 30, Size: 9 * page}, segments(0, 16)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := sgtable.Append(nil, tt.blocks, tt.options); !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// TestAppendExtends: the segments in dst stay as they are, whatever its capacity, and
// none is continued.
func TestAppendExtends(t *testing.T) {
	o := sgtable.Options{MaxSegment: sgtable.MaxSegment(page)}
	want := segments(4, 1)
	for _, prefix := range [][]sgtable.Segment{nil, {}, segments(0, 4), append(make([]sgtable.Segment, 0, 9), segments(0, 4)...)} {
		got := sgtable.Append(prefix, blocks(4, 1), o)
		if !slices.Equal(got, append(slices.Clone(prefix), want...)) {
			t.Errorf("Append to %v gave %v", prefix, got)
		}
	}
}

// appendSlow is the rule of the kernel's loop, one range of bytes at a time, without
// regard to speed.
func appendSlow(dst []sgtable.Segment, list []strategies.Block, o sgtable.Options) []sgtable.Segment {
	first := len(dst)
	prevEnd := uint64(0)
	for _, b := range list {
		offset, left := b.Start, b.Size
		if o.Size != 0 && left > o.Size {
			left = o.Size
		}
		for left > 0 {
			if len(dst) == first || offset != prevEnd || dst[len(dst)-1].Len >= o.MaxSegment {
				dst = append(dst, sgtable.Segment{Addr: o.Base + offset})
			}
			last := &dst[len(dst)-1]
			n := min(left, uint64(o.MaxSegment-last.Len))
			last.Len += uint32(n)
			offset += n
			left -= n
			prevEnd = offset
		}
	}
	return dst
}

func TestAppendAgainstSlow(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		var list []strategies.Block
		start := r.Uint64N(64)
		for range r.IntN(8) {
			size := 1 + r.Uint64N(9)
			list = append(list, blocks(start, size)...)
			start += size
			if r.IntN(2) == 0 {
				start = r.Uint64N(64)
			}
		}
		o := sgtable.Options{Base: r.Uint64N(3) << 40, MaxSegment: uint32(1+r.Uint64N(7)) * page, Size: r.Uint64N(9) * page}
		got, want := sgtable.Append(nil, list, o), appendSlow(nil, list, o)
		if !slices.Equal(got, want) {
			t.Fatalf("blocks %v, %+v:\n got %v\nwant %v", list, o, got, want)
		}
	}
}

func TestMaxSegment(t *testing.T) {
	for page, want := range map[uint64]uint32{
		0: 1<<32 - 1, 1: 1<<32 - 1, 4096: 0xfffff000, 64 << 10: 0xffff0000, 2 << 20: 0xffe00000, 3 * 4096: 4294963200, 1 << 32: 0,
	} {
		if got := sgtable.MaxSegment(page); got != want {
			t.Errorf("MaxSegment(%d) = %#x, want %#x", page, got, want)
		}
	}
}

func TestOptionsFor(t *testing.T) {
	for _, tt := range []struct {
		size, align, wantSize uint64
		wantMax               uint32
	}{
		{7, 0, 4096, 0xfffff000},
		{8192, 4096, 8192, 0xfffff000},
		{1 << 21, 1 << 16, 1 << 21, 0xffff0000},
		{4097, 1 << 21, 8192, 0xffe00000},
		{4096, 1 << 33, 4096, 0xfffff000},
		{4096, 5000, 4096, 0xfffff000},
		{4096, 12288, 4096, 4294963200},
	} {
		got := sgtable.OptionsFor(strategies.Request{Size: tt.size, Align: tt.align})
		if want := (sgtable.Options{MaxSegment: tt.wantMax, Size: tt.wantSize}); got != want {
			t.Errorf("size %d, align %d: got %+v, want %+v", tt.size, tt.align, got, want)
		}
	}
}

func TestTooBig(t *testing.T) {
	for size, want := range map[uint64]bool{0: false, 1<<44 - 1: false, 1 << 44: true, 1<<64 - 1: true} {
		if got := sgtable.TooBig(size); got != want {
			t.Errorf("TooBig(%#x) = %v", size, got)
		}
	}
}

func TestAppendWithoutMaxSegment(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("Append with MaxSegment 0 did not panic")
		}
	}()
	sgtable.Append(nil, blocks(0, 1), sgtable.Options{})
}

func TestAppendAllocs(t *testing.T) {
	list := blocks(8, 8, 4, 2, 2, 1)
	dst := make([]sgtable.Segment, 0, len(list))
	o := sgtable.Options{MaxSegment: sgtable.MaxSegment(page)}
	if n := testing.AllocsPerRun(100, func() { dst = sgtable.Append(dst[:0], list, o) }); n != 0 {
		t.Errorf("a table in a slice with room took %v heap allocations", n)
	}
}

func ExampleAppend() {
	// The blocks of 28 KiB that a buddy granted: three, of which the last two adjoin.
	granted := []strategies.Block{
		{Start: 1 << 20, Size: 16 << 10},
		{Start: 64 << 10, Size: 8 << 10},
		{Start: 72 << 10, Size: 4 << 10},
	}
	for _, s := range sgtable.Append(nil, granted, sgtable.Options{MaxSegment: sgtable.MaxSegment(4096)}) {
		fmt.Printf("%#x+%d\n", s.Addr, s.Len)
	}
	// Output:
	// 0x100000+16384
	// 0x10000+12288
}

func BenchmarkAppend(b *testing.B) {
	o := sgtable.Options{MaxSegment: sgtable.MaxSegment(page)}
	for _, n := range []int{1, 3, 1000} {
		b.Run(fmt.Sprintf("segments=%dx", n), func(b *testing.B) {
			var list []strategies.Block
			for i := range n {
				list = append(list, blocks(uint64(4*i), 2)...)
			}
			dst := make([]sgtable.Segment, 0, n)
			for b.Loop() {
				dst = sgtable.Append(dst[:0], list, o)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/seg")
		})
	}
}
