package sgtable_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// slowTables are the builders' rules, built on the kernel's loop.
var slowTables = map[string]func(list []strategies.Block, o sgtable.Options) []sgtable.Segment{
	"counted": slowMerged, "grow": slowMerged, "worstcase": slowMerged,
	"nomerge": func(list []strategies.Block, o sgtable.Options) (table []sgtable.Segment) {
		o.MaxSegment = min(o.MaxSegment, 2<<30)
		for i := range list {
			table = appendSlow(table, list[i:i+1], o)
		}
		return table
	},
	"sorted": func(list []strategies.Block, o sgtable.Options) []sgtable.Segment {
		list = slices.Clone(list)
		slices.SortFunc(list, func(a, b strategies.Block) int { return int(int64(a.Start) - int64(b.Start)) })
		return slowMerged(list, o)
	},
}

func slowMerged(list []strategies.Block, o sgtable.Options) []sgtable.Segment {
	return appendSlow(nil, list, o)
}

// randomBlocks are up to n blocks that do not overlap, in any order; some are
// neighbours.
func randomBlocks(r *rand.Rand, n int) []strategies.Block {
	var list []strategies.Block
	start := r.Uint64N(4)
	for range r.IntN(n + 1) {
		size := 1 + r.Uint64N(9)
		list = append(list, blocks(start, size)...)
		start += size + r.Uint64N(2)*r.Uint64N(5)
	}
	for range r.IntN(4) {
		if n := len(list); n > 1 {
			i, j := r.IntN(n), r.IntN(n)
			list[i], list[j] = list[j], list[i]
		}
	}
	return list
}

// TestBuildersAgainstSlow compares every builder with the slow rules, with new and with
// reused tables, several at a time, and checks the pool's counts.
func TestBuildersAgainstSlow(t *testing.T) {
	for _, b := range sgtable.Builders() {
		for _, reuse := range []bool{false, true} {
			r := rand.New(rand.NewPCG(3, 4))
			p := sgtable.NewPool(reuse)
			var tables, wants [][]sgtable.Segment
			used := 0
			for range 5000 {
				list := randomBlocks(r, 400>>r.IntN(9))
				o := sgtable.Options{Base: r.Uint64N(3) << 40, MaxSegment: uint32(1+r.Uint64N(30)) * page, Size: r.Uint64N(9) * page}
				if r.IntN(4) == 0 { // not in pages
					o.MaxSegment = 500 + r.Uint32N(20000)
					for i := range list {
						list[i].Size -= r.Uint64N(page)
					}
				}
				before := slices.Clone(list)
				want := slowTables[b.Name](list, o)
				got := b.Build(p, list, o)
				if !slices.Equal(got, want) {
					t.Fatalf("%s, reuse %v, blocks %v, %+v:\n got %v\nwant %v", b.Name, reuse, list, o, got, want)
				}
				if !slices.Equal(list, before) {
					t.Fatalf("%s changed the blocks %v to %v", b.Name, before, list)
				}
				used += len(got)
				tables, wants = append(tables, got), append(wants, want)
				for len(tables) > 0 && r.IntN(3) > 0 {
					i := r.IntN(len(tables))
					if !slices.Equal(tables[i], wants[i]) {
						t.Fatalf("%s, reuse %v: a table changed while it was held: %v, was %v", b.Name, reuse, tables[i], wants[i])
					}
					p.Free(tables[i])
					tables, wants = slices.Delete(tables, i, i+1), slices.Delete(wants, i, i+1)
				}
			}
			for _, table := range tables {
				p.Free(table)
			}
			if s := p.Stats(); s.Bytes != 0 || s.Tables != 5000 || s.Used != uint64(used) || s.Allocated < s.Used {
				t.Errorf("%s, reuse %v: after all was freed: %+v, want 0 bytes, 5000 tables, %d used", b.Name, reuse, s, used)
			}
		}
	}
}

// TestPoolCounts checks the documented memory of each builder exactly.
func TestPoolCounts(t *testing.T) {
	const mib = 1 << 20
	whole := func(size uint64) []strategies.Block { return []strategies.Block{{Size: size}} }
	tests := []struct {
		builder         string
		blocks          []strategies.Block
		size            uint64
		allocated, peak uint64
	}{
		{"counted", whole(64 * mib), 64 * mib, 1, 16},
		{"grow", whole(64 * mib), 64 * mib, 1, 16},
		{"nomerge", whole(64 * mib), 64 * mib, 1, 16},
		{"worstcase", whole(4096), 4096, 1 + 1, 32 + 16},
		{"worstcase", whole(128 * page), 128 * page, 128 + 1, 4096 + 16}, // one chunk, full to the last entry
		{"worstcase", whole(129 * page), 129 * page, 129 + 1, 4096 + 2*32 + 16},
		{"worstcase", whole(2 * mib), 2 * mib, 512 + 1, 4*4096 + 4*32 + 16},
		{"worstcase", whole(1024 * mib), 1024 * mib, 1<<18 + 1, 2064*4096 + 16*32 + 16}, // 2065 chunks
		{"worstcase", blocks(9, 1, 7, 1), 2 * page, 2 + 2, 2*32 + 2*16},
		{"counted", blocks(9, 1, 7, 1, 8, 1), 3 * page, 2, 32},
		{"sorted", blocks(9, 1, 7, 1, 8, 1), 3 * page, 1, 3*24 + 16},
		{"grow", blocks(0, 1, 2, 1, 4, 1, 6, 1, 8, 1, 10, 1, 12, 1, 14, 1, 16, 1), 9 * page, 8 + 16, (8 + 16) * 16},
	}
	for _, tt := range tests {
		b, _ := sgtable.LookupBuilder(tt.builder)
		p := sgtable.NewPool(false)
		table := b.Build(p, tt.blocks, sgtable.Options{MaxSegment: sgtable.MaxSegment(page), Size: tt.size})
		if s := p.Stats(); s.Allocated != tt.allocated || s.Peak != tt.peak || s.Bytes != uint64(cap(table))*16 {
			t.Errorf("%s of %d bytes in %d blocks: %+v, want %d entries allocated and a peak of %d bytes, and %d held",
				tt.builder, tt.size, len(tt.blocks), s, tt.allocated, tt.peak, cap(table)*16)
		}
	}
}

// TestPoolPeak: the peak is the most that was held at a time, not what is held now or
// was held last.
func TestPoolPeak(t *testing.T) {
	for _, reuse := range []bool{false, true} {
		p := sgtable.NewPool(reuse)
		build := func(n uint64) []sgtable.Segment {
			var list []uint64
			for i := range n {
				list = append(list, 2*i, 1)
			}
			b, _ := sgtable.LookupBuilder("counted")
			return b.Build(p, blocks(list...), sgtable.Options{MaxSegment: sgtable.MaxSegment(page), Size: n * page})
		}
		check := func(what string, bytes, peak uint64) {
			t.Helper()
			if s := p.Stats(); s.Bytes != bytes || s.Peak != peak {
				t.Errorf("reuse %v, %s: %d bytes held and a peak of %d, want %d and %d", reuse, what, s.Bytes, s.Peak, bytes, peak)
			}
		}
		large, small := build(64), build(8)
		check("both held", 72*16, 72*16)
		p.Free(large)
		check("the large one freed", 8*16, 72*16)
		another := build(4)
		check("a smaller one built", 12*16, 72*16)
		p.ResetStats()
		check("counted anew", 12*16, 12*16)
		p.Free(small)
		p.Free(another)
		check("nothing held", 0, 12*16)
	}
}

// TestBuildersTakeNothing checks that with reuse no builder takes anything from
// the Go heap once the pool is warm.
func TestBuildersTakeNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, b := range sgtable.Builders() {
		p := sgtable.NewPool(true)
		var lists [][]strategies.Block
		for range 20 {
			lists = append(lists, randomBlocks(r, 300))
		}
		o := sgtable.Options{MaxSegment: sgtable.MaxSegment(page)}
		build := func() {
			for _, list := range lists {
				p.Free(b.Build(p, list, o))
			}
		}
		build()
		if n := testing.AllocsPerRun(10, build); n != 0 {
			t.Errorf("%s: %v allocations for %d tables", b.Name, n, len(lists))
		}
	}
}

// TestPoolFreeTwice checks the one mistake that a pool can notice.
func TestPoolFreeTwice(t *testing.T) {
	p := sgtable.NewPool(true)
	table := sgtable.Builders()[0].Build(p, blocks(0, 1), sgtable.Options{MaxSegment: page})
	p.Free(table)
	defer func() {
		if recover() == nil {
			t.Error("a table was freed twice")
		}
	}()
	p.Free(table)
}

func TestNoLongestSegment(t *testing.T) {
	for _, b := range sgtable.Builders() {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s built a table with MaxSegment 0", b.Name)
				}
			}()
			b.Build(sgtable.NewPool(false), blocks(0, 1), sgtable.Options{})
		}()
	}
}
