package rangemgr_test

import (
	"fmt"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

func TestConformance(t *testing.T) { strategytest.Run(t, rangemgr.Strategy) }

// TestHigh wants all from the top, as if every request had said so.
func TestHigh(t *testing.T) {
	high, err := rangemgr.Strategy.With(map[string]string{"insert": "high"}, "")
	if err != nil || high.Name != "rangemgr_high" || high.Models != "" {
		t.Fatalf("%s, models %q, %v", high.Name, high.Models, err)
	}
	strategytest.Run(t, high)
	r := strategies.Region{Size: 1 << 24, Page: 4096}
	a, _ := high.New(r)
	b, _ := rangemgr.Strategy.New(r)
	for i := range uint64(200) {
		q := strategies.Request{Size: (1 + i*i%13) << 12}
		got, _ := a.Alloc(nil, q)
		q.Flags = strategies.TopDown
		want, _ := b.Alloc(nil, q)
		if got[0] != want[0] {
			t.Fatalf("request %d: %v, from the top %v", i, got, want)
		}
		if i%3 == 0 {
			a.Free(got)
			b.Free(want)
		}
	}
}

func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, rangemgr.Strategy) }

// TestGolden compares with what drm_mm under ttm_range_manager did in 6.11.
func TestGolden(t *testing.T) {
	strategytest.Golden(t, rangemgr.Strategy, "testdata/golden/*.trace")
	strategytest.Golden(t, rangemgr.Strategy, "testdata/sg/*.trace")
}

// TestMemoryFollowsWhatIsLive wants the metadata of a peak back once nothing is
// live, and no more than 48 bytes an allocation at the peak.
func TestMemoryFollowsWhatIsLive(t *testing.T) {
	const n = 1 << 16
	a, err := rangemgr.Strategy.New(strategies.Region{Size: 1 << 30, Page: 4096})
	if err != nil {
		t.Fatal(err)
	}
	footprint := a.(strategies.Footprinter).Footprint
	idle := footprint()
	var live [n][]strategies.Block
	for i := range live {
		if live[i], err = a.Alloc(nil, strategies.Request{Size: 4096}); err != nil {
			t.Fatal(err)
		}
	}
	if each := (footprint() - idle) / n; each > 48 {
		t.Errorf("%d bytes an allocation", each)
	}
	for _, blocks := range live {
		a.Free(blocks)
	}
	if now := footprint(); now > idle {
		t.Errorf("an emptied region holds %d bytes of metadata, a new one %d", now, idle)
	}
}

func Example() {
	a, _ := rangemgr.Strategy.New(strategies.Region{Size: 1 << 20, Page: 4096})
	var held [3][]strategies.Block
	for i := range held {
		held[i], _ = a.Alloc(nil, strategies.Request{Size: 28 << 10})
	}
	a.Free(held[1]) // a hole of 28 KiB between the others
	blocks, _ := a.Alloc(nil, strategies.Request{Size: 16 << 10})
	fmt.Printf("best fit: %#x+%d KiB\n", blocks[0].Start, blocks[0].Size>>10)
	blocks, _ = a.Alloc(nil, strategies.Request{Size: 16 << 10, Flags: strategies.TopDown})
	fmt.Printf("top-down: %#x+%d KiB\n", blocks[0].Start, blocks[0].Size>>10)
	for b := range a.FreeBlocks() {
		fmt.Printf("hole: %#x+%d KiB\n", b.Start, b.Size>>10)
	}
	// Output:
	// best fit: 0x7000+16 KiB
	// top-down: 0xfc000+16 KiB
	// hole: 0xb000+12 KiB
	// hole: 0x15000+924 KiB
}
