package buddy_test

import (
	"flag"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// The flags make a long search of it:
//
//	go test ./strategies/buddy -run AgainstSlow -timeout 0 -rounds 1000
var (
	rounds = flag.Int("rounds", 1, "seeds of each comparison with a slow allocator")
	ops    = flag.Int("ops", 4000, "operations of each seed")
)

// The mixes: regions of every shape that the fast allocator stores in another
// way, and where the rules have edges.
var mixes = []program.Mix{
	// Plain requests on a region of many roots.
	{Name: "plain", Region: region(1023, 4096), Most: 24, Odd: 2},
	// So few pages that everything happens, among it the whole region.
	{Name: "page", Region: region(1, 4096), Most: 2, Window: 30, Contiguous: 30, Aligned: 20, Odd: 20},
	{Name: "tiny", Region: region(7, 4096), Most: 4, Window: 40, Contiguous: 30, TopDown: 20, Aligned: 30, Clear: 30, Zero: 30, Odd: 10, Trim: 10, Reset: 2},
	{Name: "small", Region: strategies.Region{Size: 47*4096 + 123, Page: 4096}, Most: 9, Window: 20, Contiguous: 30, TopDown: 30, Aligned: 20, Clear: 30, Zero: 30, Odd: 5},
	// Contiguous on fragmented memory: trying harder succeeds on both sides.
	{Name: "pages", Region: region(300, 4096), Most: 3, Contiguous: 50, Aligned: 5},
	{Name: "contiguous", Region: region(1000, 4096), Most: 24, Contiguous: 60, Aligned: 30, TopDown: 10},
	// Minimum blocks that round sizes up, beyond the largest root too.
	{Name: "aligned", Region: region(640, 4096), Most: 64, Aligned: 80, Contiguous: 20, Window: 20},
	{Name: "window", Region: region(777, 4096), Most: 40, Window: 70, Aligned: 30, TopDown: 20, Contiguous: 10, Odd: 5},
	{Name: "topdown", Region: region(1536, 4096), Most: 40, TopDown: 70, Aligned: 20},
	{Name: "clear", Region: region(512, 4096), Most: 24, Clear: 50, Zero: 50, TopDown: 10, Aligned: 20},
	// Trying harder where the clear memory runs out on the way; and above the
	// largest root, where free halves are met that are not alike (smaller
	// requests merge them first).
	{Name: "clear.few", Region: region(200, 4096), Most: 12, Clear: 7, Zero: 7, Contiguous: 60, Aligned: 10},
	{Name: "clear.roots", Region: region(61, 4096), Most: 50, Clear: 50, Zero: 50, Contiguous: 60, Aligned: 10},
	{Name: "clear.all", Region: region(700, 4096), Most: 24, Clear: 50, Zero: 50, Window: 25, TopDown: 20, Contiguous: 25, Aligned: 30},
	{Name: "trim", Region: region(700, 4096), Most: 40, Clear: 30, Zero: 30, Window: 10, TopDown: 20, Contiguous: 40, Aligned: 30, Trim: 25, Reset: 1},
	{Name: "64k", Region: strategies.Region{Size: 1073938432, Page: 1 << 16}, Most: 1000, Window: 20, Contiguous: 20, TopDown: 20, Aligned: 30, Clear: 20, Zero: 20},
	{Name: "2m", Region: strategies.Region{Size: 6457131008, Page: 2 << 20}, Most: 100, Window: 20, Contiguous: 20, TopDown: 20, Aligned: 30, Clear: 20, Zero: 20, Odd: 5},
	// Free blocks far from each other, in as many pages as four levels reach and
	// in more, which are five.
	{Name: "spread", Region: region(1<<24-1, 4096), Most: 64, Window: 60, TopDown: 20, Aligned: 10, Clear: 20, Zero: 20},
	{Name: "wide.spread", Region: region(1<<26+77, 4096), Most: 64, Window: 60, TopDown: 20, Aligned: 10, Clear: 20, Zero: 20},
	{Name: "wide", Region: region(1<<26+12345, 4096), Most: 1 << 20, Window: 40, Contiguous: 20, TopDown: 20, Aligned: 20, Clear: 20, Zero: 20},
	// 2^30 pages and more: a hash table for the low orders.
	{Name: "sparse", Region: strategies.Region{Size: 1<<63 + 3<<40 + 12345, Page: 4096}, Most: 1 << 46, Window: 30, Contiguous: 20, TopDown: 20, Aligned: 20, Clear: 20, Zero: 20},
	{Name: "sparse.spread", Region: region(1<<33+77, 4096), Most: 64, Window: 60, TopDown: 20, Aligned: 10},
	{Name: "limit", Region: strategies.Region{Size: 1<<64 - 1, Page: 4096}, Most: 1 << 50, Window: 30, Contiguous: 30, TopDown: 20, Aligned: 20, Odd: 10},
}

func region(pages, page uint64) strategies.Region {
	return strategies.Region{Size: pages * page, Page: page}
}

// The mixes for the policy of 2021, which knows less: a window is an error, and
// so is a size that is no multiple of the alignment.
var mixesLIFO = []program.Mix{
	{Name: "plain", Region: region(1023, 4096), Most: 24, Odd: 5},
	{Name: "tiny", Region: region(7, 4096), Most: 4, Window: 5, Contiguous: 30, TopDown: 20, Aligned: 20, Odd: 10},
	{Name: "small", Region: strategies.Region{Size: 47*4096 + 123, Page: 4096}, Most: 9, Contiguous: 30, Aligned: 20, Odd: 5},
	{Name: "aligned", Region: region(640, 4096), Most: 64, Aligned: 80, Contiguous: 20},
	{Name: "contiguous", Region: region(1000, 4096), Most: 24, Contiguous: 60, Aligned: 10},
	{Name: "2m", Region: strategies.Region{Size: 6457131008, Page: 2 << 20}, Most: 100, Contiguous: 20, Aligned: 10, Odd: 5},
	{Name: "limit", Region: strategies.Region{Size: 1<<64 - 1, Page: 4096}, Most: 1 << 50, Contiguous: 30, Aligned: 20, Odd: 10},
}

// TestAgainstSlow compares every placement with the slow allocator's.
func TestAgainstSlow(t *testing.T) {
	for _, g := range generations {
		t.Run(g.fast.Name, func(t *testing.T) { againstSlow(t, g.fast, g.slow, mixes) })
	}
}

// TestAgainstSlowLIFO does for the policy of 2021.
func TestAgainstSlowLIFO(t *testing.T) { againstSlow(t, buddy.LIFO, slowLIFOStrategy, mixesLIFO) }

func againstSlow(t *testing.T, fast, slow strategies.Strategy, mixes []program.Mix) {
	for _, m := range mixes {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			for seed := range *rounds {
				program.Compare(t, fast, slow, m, uint64(seed), *ops)
			}
		})
	}
}

// The fuzz targets search for a difference.
func FuzzAgainstSlow(f *testing.F)    { program.FuzzCompare(f, buddy.Linux71, slow71, mixes) }
func FuzzAgainstSlow611(f *testing.F) { program.FuzzCompare(f, buddy.Linux611, slow611, mixes) }
func FuzzAgainstSlow618(f *testing.F) { program.FuzzCompare(f, buddy.Linux618, slow618, mixes) }
func FuzzAgainstSlowLIFO(f *testing.F) {
	program.FuzzCompare(f, buddy.LIFO, slowLIFOStrategy, mixesLIFO)
}
