package rangemgr_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
)

// An adversary makes a region with n holes most of which are in the way of the
// requests it then makes.
type adversary struct {
	name   string
	window bool
	region func(n uint64) strategies.Region
	holes  func(a strategies.Allocator, n uint64) [][]strategies.Block // what is live
	next   func(rng *rand.Rand, n uint64) strategies.Request
}

const size64 = 1<<64 - 1 // the largest region

var adversaries = []adversary{
	{"alignment", false, cells(16), grid(16, 15), aligned(2, 16)},
	{"alignments", false, cells(64), grid(64, 63), func(rng *rand.Rand, n uint64) strategies.Request {
		return strategies.Request{Size: 2 * page, Align: page << (2 + rng.Uint64N(5))}
	}},
	{"window", true, cells(4), grid(4, 2), func(rng *rand.Rand, n uint64) strategies.Request {
		return strategies.Request{Size: page, Lo: 2 * n * page, Hi: 2*n*page + 40*page, Flags: strategies.Range}
	}},
	{"windows", true, cells(4), grid(4, 2), anyWindow(1)},
	{"windows.sizes", true, cells(32), ramp, anyWindow(9)},
	{"windows.large", true, func(uint64) strategies.Region { return strategies.Region{Size: size64, Page: page} }, grid(4, 2), anyWindow(1)},
	{"topdown.alignment", true, cells(16), full(16, 15), func(rng *rand.Rand, n uint64) strategies.Request {
		return strategies.Request{Size: 2 * page, Align: 16 * page, Flags: strategies.TopDown}
	}},
	{"topdown.large", true, func(uint64) strategies.Region { return strategies.Region{Size: size64, Page: page} }, grid(4, 2),
		func(rng *rand.Rand, n uint64) strategies.Request {
			return strategies.Request{Size: 3 * page, Lo: 0, Hi: 4 * n * page, Flags: strategies.TopDown | strategies.Range}
		}},
}

// cells is a region of n cells of some pages, and as much again.
func cells(pages uint64) func(n uint64) strategies.Region {
	return func(n uint64) strategies.Region { return strategies.Region{Size: 2 * n * pages * page, Page: page} }
}

// grid cuts the lowest n cells of some pages in two, and frees the upper part,
// of hole pages.
func grid(cell, hole uint64) func(a strategies.Allocator, n uint64) [][]strategies.Block {
	return func(a strategies.Allocator, n uint64) [][]strategies.Block {
		return cut(a, n, cell, func(uint64) uint64 { return hole })
	}
}

// full is a grid in a region with no other hole.
func full(cell, hole uint64) func(a strategies.Allocator, n uint64) [][]strategies.Block {
	return func(a strategies.Allocator, n uint64) [][]strategies.Block {
		rest := must(a.Alloc(nil, strategies.Request{Size: n * cell * page, Lo: n * cell * page, Flags: strategies.Range}))
		return append(grid(cell, hole)(a, n), rest)
	}
}

// ramp has holes of 1 to 16 pages.
func ramp(a strategies.Allocator, n uint64) [][]strategies.Block {
	return cut(a, n, 32, func(i uint64) uint64 { return 1 + i*7%16 })
}

// cut fills n cells and frees the upper part of each, in an order that is
// neither that of their addresses nor its reverse.
func cut(a strategies.Allocator, n, cell uint64, hole func(i uint64) uint64) (live [][]strategies.Block) {
	var freed [][]strategies.Block
	for i := range n {
		lower := cell - hole(i)
		live = append(live, must(a.Alloc(nil, strategies.Request{Size: lower * page})))
		freed = append(freed, must(a.Alloc(nil, strategies.Request{Size: (cell - lower) * page})))
	}
	rand.New(rand.NewPCG(1, n)).Shuffle(len(freed), func(i, j int) { freed[i], freed[j] = freed[j], freed[i] })
	for _, blocks := range freed {
		a.Free(blocks)
	}
	return live
}

func aligned(size, align uint64) func(*rand.Rand, uint64) strategies.Request {
	return func(*rand.Rand, uint64) strategies.Request {
		return strategies.Request{Size: size * page, Align: align * page}
	}
}

// anyWindow asks for up to most pages in a window anywhere among the cells.
func anyWindow(most uint64) func(*rand.Rand, uint64) strategies.Request {
	return func(rng *rand.Rand, n uint64) strategies.Request {
		lo := rng.Uint64N(3 * n)
		return strategies.Request{
			Size: (1 + rng.Uint64N(most)) * page,
			Lo:   lo * page, Hi: (lo + 40 + rng.Uint64N(60)) * page, Flags: strategies.Range,
		}
	}
}

func must(blocks []strategies.Block, err error) []strategies.Block {
	if err != nil {
		panic(err)
	}
	return blocks
}

// visits is how many holes and index entries a request looks at on average,
// once a few thousand have been made.
func (adv adversary) visits(n uint64) float64 {
	const warm, measured = 6000, 2000
	a := made(rangemgr.Strategy.New(adv.region(n)))
	adv.holes(a, n)
	count := a.(strategies.Counter).Counters
	rng := rand.New(rand.NewPCG(2, n))
	var live [][]strategies.Block
	before := count().Visits
	for i := range warm + measured {
		if i == warm {
			before = count().Visits
		}
		if blocks, err := a.Alloc(nil, adv.next(rng, n)); err == nil {
			live = append(live, blocks)
		}
		if len(live) > 50 {
			a.Free(live[0])
			live = live[1:]
		}
	}
	if err := a.(strategies.Checker).Check(); err != nil {
		panic(err)
	}
	return float64(count().Visits-before) / measured
}

func made(a strategies.Allocator, err error) strategies.Allocator {
	if err != nil {
		panic(err)
	}
	return a
}

// TestLogarithmic wants the work of a request, counted exactly, within the
// square of the logarithm of the number of holes, and within a few logarithms
// where no window is involved.
func TestLogarithmic(t *testing.T) {
	for _, adv := range adversaries {
		t.Run(adv.name, func(t *testing.T) {
			t.Parallel()
			for _, n := range []uint64{1 << 11, 1 << 14} {
				log := math.Log2(float64(n))
				bound := 0.9 * log * log
				if !adv.window {
					bound = 3 * log
				}
				if visits := adv.visits(n); visits > bound {
					t.Errorf("%.0f visits a request among %d holes, want %.0f at most", visits, n, bound)
				}
			}
		})
	}
}

// TestAlignedFill fills a region with requests that each leave a hole in which
// no other fits.
func TestAlignedFill(t *testing.T) {
	const n = 1 << 14
	a := made(rangemgr.Strategy.New(strategies.Region{Size: n << 16, Page: page}))
	for i := range uint64(n) {
		b := must(a.Alloc(nil, strategies.Request{Size: 2 * page, Align: 16 * page}))
		if b[0].Start != i<<16 {
			t.Fatalf("request %d is granted at %#x, want %#x", i, b[0].Start, i<<16)
		}
	}
	if _, err := a.Alloc(nil, strategies.Request{Size: 2 * page, Align: 16 * page}); err == nil {
		t.Error("a full region grants one more")
	}
	if each := a.(strategies.Counter).Counters().Visits / n; each > 8 {
		t.Errorf("%d visits a request", each)
	}
	if all, _ := rangemgr.Indexes(a); all != 1 {
		t.Errorf("%d indexes, want one", all)
	}
}

// TestIndexesAreDropped wants the memory of an index back when no request has
// needed it for long, and when nothing is live.
func TestIndexesAreDropped(t *testing.T) {
	const n = 1 << 11
	a := made(rangemgr.Strategy.New(cells(4)(n)))
	idle := a.(strategies.Footprinter).Footprint()
	live := grid(4, 2)(a, n)
	before := a.(strategies.Footprinter).Footprint()
	ask := func(next func(*rand.Rand, uint64) strategies.Request, times int) {
		rng := rand.New(rand.NewPCG(3, n))
		for range times {
			a.Free(must(a.Alloc(nil, next(rng, n))))
		}
	}
	oneHole := func(rng *rand.Rand, n uint64) strategies.Request {
		lo := 4 * page * rng.Uint64N(n)
		return strategies.Request{Size: page, Lo: lo, Hi: lo + 4*page, Flags: strategies.Range}
	}
	ask(oneHole, 2000)
	if all, zoned := rangemgr.Indexes(a); all != 1 || zoned != 1 {
		t.Fatalf("%d indexes, %d of them with zones; want one that has", all, zoned)
	}
	ask(func(*rand.Rand, uint64) strategies.Request { return strategies.Request{Size: page} }, 100*n)
	if all, _ := rangemgr.Indexes(a); all != 0 {
		t.Errorf("%d indexes after %d requests that need none", all, 100*n)
	}
	if now := a.(strategies.Footprinter).Footprint(); now > before+before/8 {
		t.Errorf("%d bytes of metadata without an index, %d before there was one", now, before)
	}
	ask(oneHole, 2000)
	for _, blocks := range live {
		a.Free(blocks)
	}
	if now := a.(strategies.Footprinter).Footprint(); now > idle {
		t.Errorf("an emptied region holds %d bytes of metadata, a new one %d", now, idle)
	}
}

// BenchmarkAdversary is the time of a request and a free.
func BenchmarkAdversary(b *testing.B) {
	for _, adv := range adversaries {
		for n := uint64(1 << 12); n <= 1<<17; n <<= 5 {
			b.Run(fmt.Sprintf("%s/holes=%d", adv.name, n), func(b *testing.B) {
				a := made(rangemgr.Strategy.New(adv.region(n)))
				adv.holes(a, n)
				rng := rand.New(rand.NewPCG(2, n))
				var block []strategies.Block
				for i := range 3000 {
					if blocks, err := a.Alloc(nil, adv.next(rng, n)); err == nil && i > 50 {
						a.Free(blocks)
					}
				}
				visits := a.(strategies.Counter).Counters().Visits
				b.ResetTimer()
				for range b.N {
					var err error
					if block, err = a.Alloc(block[:0], adv.next(rng, n)); err == nil {
						a.Free(block)
					}
				}
				b.ReportMetric(float64(a.(strategies.Footprinter).Footprint()), "metadata-B")
				b.ReportMetric(float64(a.(strategies.Counter).Counters().Visits-visits)/float64(b.N), "visits/op")
			})
		}
	}
	b.Run("fill", func(b *testing.B) {
		var a strategies.Allocator
		var block []strategies.Block
		for i := range b.N {
			if i%65536 == 0 {
				a = made(rangemgr.Strategy.New(strategies.Region{Size: 4 << 30, Page: page}))
			}
			block = must(a.Alloc(block[:0], strategies.Request{Size: 2 * page, Align: 16 * page}))
		}
	})
}
