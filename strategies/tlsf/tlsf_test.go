package tlsf_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/strategies/tlsf"
)

const page = 4096

func TestConformance(t *testing.T) { strategytest.Run(t, tlsf.Strategy) }
func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, tlsf.Strategy) }

// The flags make a long search of it:
//
//	go test ./strategies/tlsf -run AgainstSlow -timeout 0 -rounds 1000
var (
	rounds = flag.Int("rounds", 1, "seeds of each comparison with a slow allocator")
	ops    = flag.Int("ops", 4000, "operations of each seed")
)

// The mixes. Small sizes make long lists; above 64 pages bins have holes of
// several sizes.
var mixes = []program.Mix{
	{Name: "plain", Region: region(3000), Most: 12, Odd: 5},
	{Name: "page", Region: region(1), Most: 2, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 20},
	{Name: "tiny", Region: region(11), Most: 4, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 20},
	{Name: "bins", Region: region(20000), Most: 300, Odd: 2},
	// So few large holes that the own bin is all there is.
	{Name: "own", Region: region(8000), Most: 2000},
	{Name: "own.all", Region: region(3000), Most: 600, Window: 20, TopDown: 20, Aligned: 20},
	{Name: "large", Region: region(1<<21 + 77), Most: 30000, TopDown: 10, Odd: 2},
	{Name: "aligned", Region: region(4000), Most: 30, Aligned: 70, AnyAlign: true, Odd: 5},
	// Many gaps that no aligned request fits into.
	{Name: "gaps", Region: region(4000), Most: 3, Aligned: 60, TopDown: 5},
	{Name: "window", Region: region(4000), Most: 30, Window: 70, Aligned: 20, AnyAlign: true, Odd: 10},
	{Name: "topdown", Region: region(6000), Most: 40, TopDown: 60, Odd: 5},
	{Name: "all", Region: region(40000), Most: 500, TopDown: 50, Window: 50, Aligned: 40, AnyAlign: true, Odd: 5},
	{Name: "64k", Region: strategies.Region{Size: 1<<30 + 12345, Page: 1 << 16}, Most: 200, Window: 20, TopDown: 20, Aligned: 30, AnyAlign: true, Odd: 5},
	// 64-bit page numbers.
	{Name: "64bit", Region: region(1<<32 + 12345), Most: 1 << 27, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 5},
	{Name: "limit", Region: strategies.Region{Size: 1<<64 - 1, Page: page}, Most: 1 << 47, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 10},
}

func region(pages uint64) strategies.Region {
	return strategies.Region{Size: pages * page, Page: page}
}

// TestAgainstSlow compares every placement with the slow allocator's.
func TestAgainstSlow(t *testing.T) {
	for _, m := range mixes {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range *rounds {
				program.Compare(t, tlsf.Strategy, slowStrategy, m, uint64(seed), *ops)
			}
		})
	}
}

// TestBins compares with so many bins, in the mixes whose sizes share bins.
func TestBins(t *testing.T) {
	for bins, n := range map[string]uint64{"8": 8, "16": 16, "64": 64} {
		s, err := tlsf.Strategy.With(map[string]string{"bins": bins}, "")
		if err != nil {
			t.Fatal(err)
		}
		t.Run(s.Name, func(t *testing.T) {
			strategytest.Run(t, s)
			for _, m := range mixes {
				if m.Name == "bins" || m.Name == "own" || m.Name == "all" || m.Name == "limit" {
					program.Compare(t, s, slowWith(n), m, n, *ops/2)
				}
			}
		})
	}
}

// FuzzAgainstSlow searches for a difference.
func FuzzAgainstSlow(f *testing.F) { program.FuzzCompare(f, tlsf.Strategy, slowStrategy, mixes) }

func newAllocator(t testing.TB, r strategies.Region) strategies.Allocator {
	t.Helper()
	a, err := tlsf.Strategy.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func footprint(a strategies.Allocator) uint64 { return a.(strategies.Footprinter).Footprint() }

func alloc(t testing.TB, a strategies.Allocator, r strategies.Request) []strategies.Block {
	t.Helper()
	blocks, err := a.Alloc(nil, r)
	if err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	return blocks
}

// TestLastHole wants the one hole that is large enough found, in a bin where
// newer holes are not; with conditions too.
func TestLastHole(t *testing.T) {
	for _, flags := range []strategies.Flags{0, strategies.Range} {
		a := newAllocator(t, region(131+1+130+1+128+1))
		var live [][]strategies.Block
		for _, pages := range []uint64{131, 1, 130, 1, 128, 1} { // 128 to 131 are one bin
			live = append(live, alloc(t, a, strategies.Request{Size: pages * page}))
		}
		for _, i := range []int{0, 2, 4} {
			a.Free(live[i])
		}
		for _, c := range []struct{ pages, start uint64 }{{131, 0}, {129, 132}, {128, 263}} {
			if got := alloc(t, a, strategies.Request{Size: c.pages * page, Flags: flags})[0].Start / page; got != c.start {
				t.Errorf("%d pages went to page %d, want %d", c.pages, got, c.start)
			}
		}
		if blocks, err := a.Alloc(nil, strategies.Request{Size: 2 * page, Flags: flags}); err != strategies.ErrNoSpace {
			t.Errorf("2 pages with 1 free: %v, %v", blocks, err)
		}
	}
}

// TestMistakes is what cannot be granted however empty the region is.
func TestMistakes(t *testing.T) {
	a := newAllocator(t, region(16))
	for _, c := range []struct {
		r    strategies.Request
		want error
	}{
		{strategies.Request{}, strategies.ErrInvalid},
		{strategies.Request{Size: 16*page + 1}, strategies.ErrTooBig},
		{strategies.Request{Size: 1<<64 - 1, Align: 1 << 63}, strategies.ErrTooBig},
		{strategies.Request{Size: page, Lo: 2 * page, Hi: page, Flags: strategies.Range}, strategies.ErrNoSpace},
	} {
		if _, err := a.Alloc(nil, c.r); !errors.Is(err, c.want) {
			t.Errorf("%v: %v, want %v", c.r, err, c.want)
		}
	}
}

// TestVacantNode frees what a vacant node, read as an allocation, would be.
func TestVacantNode(t *testing.T) {
	a := newAllocator(t, region(16))
	blocks := alloc(t, a, strategies.Request{Size: page})
	a.Free(blocks)
	blocks[0].Start = (1<<32 - 1) * page
	for pages := range uint64(32) {
		blocks[0].Size = pages * page
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("free of %v did not panic with a sentence", blocks)
				}
			}()
			a.Free(blocks)
		}()
	}
}

// TestHeap wants nothing from the Go heap for requests with conditions either.
func TestHeap(t *testing.T) {
	a := newAllocator(t, region(5000))
	for at := uint64(0); at < 4000; at += 4 {
		alloc(t, a, strategies.Request{Size: 2 * page, Align: 4 * page})
	}
	dst := make([]strategies.Block, 0, 1)
	for _, r := range []strategies.Request{
		{Size: 3 * page},
		{Size: page, Align: 64 * page},
		{Size: page, Align: 3 * page, Flags: strategies.TopDown},
		{Size: page, Lo: 2000 * page, Hi: 2999 * page, Flags: strategies.Range},
		{Size: page, Hi: 2999 * page, Flags: strategies.Range | strategies.TopDown},
	} {
		n := testing.AllocsPerRun(10, func() {
			blocks, err := a.Alloc(dst, r)
			if err != nil {
				t.Fatalf("%v: %v", r, err)
			}
			a.Free(blocks)
		})
		if n != 0 {
			t.Errorf("%v: %v objects from the heap", r, n)
		}
	}
}

// TestMemoryFollowsWhatIsLive wants the metadata of a peak back once nothing is
// live, and no more than 48 bytes an allocation at the peak.
func TestMemoryFollowsWhatIsLive(t *testing.T) {
	const n = 1 << 16
	a := newAllocator(t, region(4*n))
	idle := footprint(a)
	var live [n][]strategies.Block
	for i := range live {
		live[i] = alloc(t, a, strategies.Request{Size: page})
	}
	if each := (footprint(a) - idle) / n; each > 48 {
		t.Errorf("%d bytes an allocation", each)
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(n, func(i, j int) { live[i], live[j] = live[j], live[i] })
	for _, blocks := range live {
		a.Free(blocks)
	}
	if now := footprint(a); now > idle {
		t.Errorf("an emptied region holds %d bytes of metadata, a new one %d", now, idle)
	}
	if err := a.(strategies.Checker).Check(); err != nil {
		t.Error(err)
	}
}

// BenchmarkChurn frees and allocates at random in a region that is three
// quarters full, sizes log-uniform from 4 KiB to 2 MiB. A turn is one free and
// one allocation; the cost must not grow with what is live but for the caches.
func BenchmarkChurn(b *testing.B) {
	for _, gib := range []uint64{1, 8, 64} {
		b.Run(fmt.Sprintf("region=%dGiB", gib), func(b *testing.B) { churn(b, gib<<30) })
	}
}

func churn(b *testing.B, size uint64) {
	a := newAllocator(b, strategies.Region{Size: size, Page: page})
	rng := rand.New(rand.NewPCG(1, 2))
	draw := func() strategies.Request {
		k := rng.IntN(9)
		return strategies.Request{Size: (1<<k + rng.Uint64N(1<<k)) * page}
	}
	var live [][]strategies.Block
	for used := uint64(0); used < size/4*3; {
		r := draw()
		live = append(live, alloc(b, a, r))
		used += r.Size
	}
	refused := 0
	for b.Loop() {
		i := rng.IntN(len(live))
		if len(live[i]) != 0 {
			a.Free(live[i])
		}
		var err error
		if live[i], err = a.Alloc(live[i][:0], draw()); err != nil {
			refused++
		}
	}
	b.ReportMetric(float64(refused)/float64(b.N)*100, "fail-pct")
}

func Example() {
	a, _ := tlsf.Strategy.New(strategies.Region{Size: 1 << 20, Page: page})
	var held [3][]strategies.Block
	for i := range held {
		held[i], _ = a.Alloc(nil, strategies.Request{Size: 28 << 10})
	}
	a.Free(held[1]) // a hole of 28 KiB between the others
	for _, r := range []strategies.Request{
		{Size: 16 << 10}, // the smallest hole
		{Size: 16 << 10}, // 12 KiB are left of that
		{Size: 16 << 10, Flags: strategies.TopDown},
		{Size: 4 << 10, Align: 64 << 10},
		{Size: 4 << 10, Lo: 512 << 10, Flags: strategies.Range},
		{Size: 1 << 20},
	} {
		if blocks, err := a.Alloc(nil, r); err != nil {
			fmt.Printf("%v: %v\n", r, err)
		} else {
			fmt.Printf("%v: %#x\n", r, blocks[0].Start)
		}
	}
	// Output:
	// 16384 bytes: 0x7000
	// 16384 bytes: 0x15000
	// 16384 bytes topdown: 0xfc000
	// 4096 bytes align=65536: 0x20000
	// 4096 bytes lo=524288 hi=0: 0x80000
	// 1048576 bytes: no space
}
