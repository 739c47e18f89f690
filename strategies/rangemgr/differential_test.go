package rangemgr_test

import (
	"flag"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/rangemgr"
)

// The flags make a long search of it:
//
//	go test ./strategies/rangemgr -run AgainstSlow -timeout 0 -rounds 1000
var (
	rounds = flag.Int("rounds", 1, "seeds of each comparison with a slow allocator")
	ops    = flag.Int("ops", 4000, "operations of each seed")
)

// The mixes. Small sizes on a region of few pages make many holes of one size,
// so that their age decides.
var mixes = []program.Mix{
	{Name: "plain", Region: region(1000), Most: 12, Odd: 5},
	{Name: "page", Region: region(1), Most: 2, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 20},
	{Name: "tiny", Region: region(11), Most: 4, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 20},
	{Name: "ties", Region: region(300), Most: 3, Window: 10, TopDown: 10, Odd: 5},
	{Name: "aligned", Region: region(2000), Most: 30, Aligned: 70, AnyAlign: true, Odd: 5},
	{Name: "window", Region: region(2000), Most: 30, Window: 70, Aligned: 20, AnyAlign: true, Odd: 10},
	{Name: "topdown", Region: region(3000), Most: 40, TopDown: 60, Odd: 5},
	// 600 cells: three levels of the index by address.
	{Name: "topdown.all", Region: region(40000), Most: 500, TopDown: 60, Window: 50, Aligned: 40, AnyAlign: true, Odd: 5},
	{Name: "64k", Region: strategies.Region{Size: 1<<30 + 12345, Page: 1 << 16}, Most: 200, Window: 20, TopDown: 20, Aligned: 30, AnyAlign: true, Odd: 5},
	// Holes of 16 MiB and more have tries instead of bins.
	{Name: "large", Region: region(1 << 20), Most: 20000, TopDown: 10, Odd: 2},
	{Name: "large.all", Region: region(1<<21 + 77), Most: 30000, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 5},
	// Cells of more than 64 pages, and holes above what their bounds can say.
	{Name: "cells", Region: region(100 << 20), Most: 1 << 20, Window: 20, TopDown: 60, Aligned: 20, AnyAlign: true},
	{Name: "cells.small", Region: region(100 << 20), Most: 300, Window: 50, TopDown: 60, Aligned: 20, AnyAlign: true},
	// Hundreds of holes: zones of zones.
	{Name: "zones", Region: region(6000), Most: 4, Window: 60, TopDown: 30, Aligned: 40, AnyAlign: true},
	{Name: "zones.wide", Region: region(1<<33 + 5), Most: 4, Window: 60, TopDown: 30, Aligned: 40, AnyAlign: true},
	// 64-bit page numbers.
	{Name: "64bit", Region: region(1<<32 + 12345), Most: 1 << 27, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 5},
	{Name: "limit", Region: strategies.Region{Size: 1<<64 - 1, Page: 4096}, Most: 1 << 47, Window: 30, TopDown: 30, Aligned: 30, AnyAlign: true, Odd: 10},
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
				program.Compare(t, rangemgr.Strategy, slowStrategy, m, uint64(seed), *ops)
				program.Compare(t, rangemgr.Eager, slowStrategy, m, uint64(seed), *ops)
			}
		})
	}
}

// FuzzAgainstSlow searches for a difference.
func FuzzAgainstSlow(f *testing.F) { program.FuzzCompare(f, rangemgr.Strategy, slowStrategy, mixes) }
