package buddy_test

import (
	"cmp"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

const page = 4096

func TestConformance(t *testing.T) { strategytest.Run(t, buddy.Strategy) }
func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, buddy.Strategy) }

// TestGolden compares with what drm_buddy 6.11 did, block for block.
func TestGolden(t *testing.T) {
	strategytest.Golden(t, buddy.Strategy, "testdata/6.11/*.trace")
	strategytest.Golden(t, buddy.Strategy, "testdata/clear/*.trace")
	strategytest.Golden(t, buddy.Strategy, "testdata/sg/*.trace")
}

func newAllocator(t testing.TB, size uint64) strategies.Allocator {
	t.Helper()
	a, err := buddy.Strategy.New(strategies.Region{Size: size, Page: page})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func alloc(t testing.TB, a strategies.Allocator, r strategies.Request) []strategies.Block {
	t.Helper()
	blocks, err := a.Alloc(nil, r)
	if err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	return blocks
}

func footprint(a strategies.Allocator) uint64 { return a.(strategies.Footprinter).Footprint() }
func check(a strategies.Allocator) error      { return a.(strategies.Checker).Check() }

// TestLimit is the kernel's limit case: the largest region has max order 51 and
// grants a block of it; its metadata is not in proportion to its size.
func TestLimit(t *testing.T) {
	a := newAllocator(t, 1<<64-1)
	const order = 51
	blocks := alloc(t, a, strategies.Request{Size: page << order})
	if len(blocks) != 1 || blocks[0].Size != page<<order {
		t.Errorf("%d<<%d was granted as %v", page, order, blocks)
	}
	if _, err := a.Alloc(nil, strategies.Request{Size: page << order}); err == nil {
		t.Error("a second block of the largest order was granted")
	}
	small := alloc(t, a, strategies.Request{Size: page})
	if n := footprint(a); n > 64<<10 {
		t.Errorf("the metadata of a nearly empty region takes %d bytes", n)
	}
	a.Free(small)
	a.Free(blocks)
	if err := check(a); err != nil {
		t.Error(err)
	}
}

// TestMemoryFollowsWhatIsLive fills 1 GiB with pages, frees them in random
// order and wants the metadata of the peak back.
func TestMemoryFollowsWhatIsLive(t *testing.T) {
	a := newAllocator(t, 1<<30)
	idle := footprint(a)
	var live [][]strategies.Block
	for range 1 << 18 {
		live = append(live, alloc(t, a, strategies.Request{Size: page}))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
	peak := uint64(0)
	for _, blocks := range live {
		a.Free(blocks)
		peak = max(peak, footprint(a))
	}
	if perBlock := peak / uint64(len(live)); perBlock > 64 {
		t.Errorf("the peak was %d bytes a block", perBlock)
	}
	if now := footprint(a); now > 2*idle+4096 {
		t.Errorf("an emptied region holds %d bytes of metadata, a new one %d (peak %d)", now, idle, peak)
	}
	if err := check(a); err != nil {
		t.Error(err)
	}
}

// BenchmarkCheckerboard frees every second of n single pages and takes them again:
// no two are buddies, so up to n/2 free pages stay apart. The cost of one must not
// grow with n.
func BenchmarkCheckerboard(b *testing.B) {
	for _, order := range []string{"ascending", "random"} {
		for _, n := range []int{16 << 10, 256 << 10} {
			b.Run(fmt.Sprintf("order=%s/pages=%dKi", order, n>>10), func(b *testing.B) { checkerboard(b, n, order == "random") })
		}
	}
}

func checkerboard(b *testing.B, n int, random bool) {
	a := newAllocator(b, uint64(n)*page)
	var even []strategies.Block // one block an allocation
	for range n {
		if blocks := alloc(b, a, strategies.Request{Size: page}); blocks[0].Start/page%2 == 0 {
			even = append(even, blocks[0])
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for b.Loop() {
		// The list is walked in its own order; only the allocator sees this one.
		b.StopTimer()
		slices.SortFunc(even, func(x, y strategies.Block) int { return cmp.Compare(x.Start, y.Start) })
		if random {
			r.Shuffle(len(even), func(i, j int) { even[i], even[j] = even[j], even[i] })
		}
		b.StartTimer()
		for i := range even {
			a.Free(even[i : i+1])
		}
		for i := range even {
			a.Alloc(even[i:i], strategies.Request{Size: page})
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/each")
}

func Example() {
	a, _ := buddy.Strategy.New(strategies.Region{Size: 1 << 20, Page: 4096})
	blocks, _ := a.Alloc(nil, strategies.Request{Size: 28 << 10})
	for _, b := range blocks {
		fmt.Printf("%#x+%d KiB, order %d\n", b.Start, b.Size>>10, bits.TrailingZeros64(b.Size/4096))
	}
	a.Free(blocks)
	for b := range a.FreeBlocks() {
		fmt.Printf("free: %#x+%d KiB\n", b.Start, b.Size>>10)
	}
	// Output:
	// 0xfc000+16 KiB, order 2
	// 0xfa000+8 KiB, order 1
	// 0xf9000+4 KiB, order 0
	// free: 0x0+1024 KiB
}
