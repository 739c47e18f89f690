package radix_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/radix"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

const page = 4096

func TestConformance(t *testing.T) { strategytest.Run(t, radix.Strategy) }
func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, radix.Strategy) }

// The flags make a long search of it:
//
//	go test ./strategies/radix -run AgainstReference -timeout 0 -rounds 1000
var (
	rounds = flag.Int("rounds", 1, "seeds of each comparison with the reference")
	ops    = flag.Int("ops", 4000, "operations of each seed")
)

// The mixes: regions of one level and of many, where words and nodes end.
var mixes = []program.Mix{
	{Name: "plain", Region: region(1000), Most: 12, Odd: 5},
	{Name: "page", Region: region(1), Most: 2, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 20},
	{Name: "tiny", Region: region(11), Most: 4, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 20},
	{Name: "word", Region: region(64), Most: 8, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 5},
	{Name: "pages", Region: region(600), Most: 3, Window: 20, TopDown: 30, Aligned: 10, Odd: 5},
	{Name: "node", Region: region(512), Most: 70, Window: 30, TopDown: 30, Aligned: 20, Odd: 5},
	{Name: "aligned", Region: region(2000), Most: 30, Aligned: 70, AnyAlign: true, TopDown: 30, Odd: 5},
	{Name: "aligned.pow2", Region: region(5000), Most: 8, Aligned: 80, TopDown: 40, Window: 20},
	{Name: "window", Region: region(2000), Most: 30, Window: 70, Aligned: 20, AnyAlign: true, Odd: 10},
	{Name: "topdown", Region: region(4096), Most: 40, TopDown: 60, Odd: 5},
	{Name: "all", Region: region(40000), Most: 500, TopDown: 50, Window: 50, Aligned: 40, AnyAlign: true, Odd: 5},
	{Name: "large", Region: region(1<<21 + 77), Most: 30000, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 5},
	{Name: "64k", Region: strategies.Region{Size: 1<<30 + 12345, Page: 1 << 16}, Most: 200, Window: 20, TopDown: 20, Aligned: 30, AnyAlign: true, Odd: 5},
	// 64-bit page numbers.
	{Name: "64bit", Region: region(1<<32 + 12345), Most: 1 << 27, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 5},
	{Name: "limit", Region: strategies.Region{Size: 1<<64 - 1, Page: page}, Most: 1 << 47, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 10},
	{Name: "limit.small", Region: strategies.Region{Size: 1<<64 - 1, Page: page}, Most: 1000, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true},
}

func region(pages uint64) strategies.Region {
	return strategies.Region{Size: pages * page, Page: page}
}

// TestAgainstReference compares every placement with first fit on a sorted
// list: the policy is the same.
func TestAgainstReference(t *testing.T) {
	for _, m := range mixes {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range *rounds {
				program.Compare(t, radix.Strategy, strategytest.Reference, m, uint64(seed), *ops)
			}
		})
	}
}

// FuzzAgainstReference searches for a difference.
func FuzzAgainstReference(f *testing.F) {
	program.FuzzCompare(f, radix.Strategy, strategytest.Reference, mixes)
}

func newAllocator(t testing.TB, r strategies.Region) strategies.Allocator {
	t.Helper()
	a, err := radix.Strategy.New(r)
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

// TestPlaces is the policy on a region with every second pair of pages free.
func TestPlaces(t *testing.T) {
	a := newAllocator(t, region(1024))
	for at := uint64(0); at < 1024; at += 4 {
		alloc(t, a, strategies.Request{Size: 2 * page, Align: 4 * page})
	}
	check := func(r strategies.Request, want uint64) {
		t.Helper()
		blocks, err := a.Alloc(nil, r)
		if err != nil {
			t.Errorf("%v: %v", r, err)
			return
		}
		if got := blocks[0].Start / page; got != want {
			t.Errorf("%v: page %d, want %d", r, got, want)
		}
		a.Free(blocks)
	}
	check(strategies.Request{Size: page}, 2)
	check(strategies.Request{Size: 2 * page, Align: 2 * page}, 2)
	check(strategies.Request{Size: page, Align: 3 * page}, 3)
	check(strategies.Request{Size: page, Flags: strategies.TopDown}, 1023)
	check(strategies.Request{Size: page, Align: 2 * page, Flags: strategies.TopDown}, 1022)
	check(strategies.Request{Size: page, Lo: 511 * page, Flags: strategies.Range}, 511)
	check(strategies.Request{Size: 2 * page, Lo: 511 * page, Flags: strategies.Range}, 514)
	check(strategies.Request{Size: 2 * page, Hi: 513 * page, Flags: strategies.Range | strategies.TopDown}, 510)
	for _, r := range []strategies.Request{
		{Size: 3 * page},
		{Size: page, Align: 4 * page},
		{Size: page, Align: 4 * page, Flags: strategies.TopDown},
		{Size: 2 * page, Lo: 511 * page, Hi: 515 * page, Flags: strategies.Range},
	} {
		if blocks, err := a.Alloc(nil, r); err != strategies.ErrNoSpace {
			t.Errorf("%v: %v, %v, want no space", r, blocks, err)
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
// live, and next to none for one large extent.
func TestMemoryFollowsWhatIsLive(t *testing.T) {
	const n = 1 << 16
	a := newAllocator(t, region(4*n))
	idle := footprint(a)
	large := alloc(t, a, strategies.Request{Size: 3 * n * page})
	if now := footprint(a); now > idle+4096 {
		t.Errorf("one extent took %d bytes of metadata", now-idle)
	}
	a.Free(large)
	var live [n][]strategies.Block
	for i := range live {
		live[i] = alloc(t, a, strategies.Request{Size: page, Align: 4 * page})
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

// BenchmarkFill takes and frees small extents in a region that is full of
// others, by their alignment: the gaps that alignment leaves must not be
// visited one by one.
func BenchmarkFill(b *testing.B) {
	for _, align := range []uint64{1, 2, 16} {
		for _, n := range []int{4 << 10, 64 << 10} {
			b.Run(fmt.Sprintf("align=%d/live=%dKi", align, n>>10), func(b *testing.B) { fill(b, n, align) })
		}
	}
}

func fill(b *testing.B, n int, align uint64) {
	a := newAllocator(b, region(uint64(n)*(1+align)))
	r := strategies.Request{Size: page, Align: align * page}
	live := make([][]strategies.Block, n)
	for i := range live {
		live[i] = alloc(b, a, r)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		i := rng.IntN(n)
		a.Free(live[i])
		live[i], _ = a.Alloc(live[i][:0], r)
	}
}

func Example() {
	a, _ := radix.Strategy.New(strategies.Region{Size: 1 << 20, Page: page})
	var held [3][]strategies.Block
	for i := range held {
		held[i], _ = a.Alloc(nil, strategies.Request{Size: 28 << 10})
	}
	a.Free(held[0])
	for _, r := range []strategies.Request{
		{Size: 32 << 10}, // does not fit in front
		{Size: 16 << 10},
		{Size: 16 << 10, Flags: strategies.TopDown},
		{Size: 4 << 10, Lo: 512 << 10, Flags: strategies.Range},
	} {
		blocks, _ := a.Alloc(nil, r)
		fmt.Printf("%v: %#x\n", r, blocks[0].Start)
	}
	for b := range a.FreeBlocks() {
		fmt.Printf("free: %#x+%d KiB\n", b.Start, b.Size>>10)
	}
	// Output:
	// 32768 bytes: 0x15000
	// 16384 bytes: 0x0
	// 16384 bytes topdown: 0xfc000
	// 4096 bytes lo=524288 hi=0: 0x80000
	// free: 0x4000+12 KiB
	// free: 0x1d000+396 KiB
	// free: 0x81000+492 KiB
}
