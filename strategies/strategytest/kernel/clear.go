package kernel

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// buddyClear follows pages that were given back as zero. The kernel marks each
// block as clear or not; here the scenario knows which pages are clear, but not
// whether the strategy thinks so: memory merged by force may count as dirty, which
// cannot be seen.
func (k *player) buddyClear() {
	k.clearPreferred()
	k.clearMerged()
	k.clearRoots()
}

const clearOrder = 12

// clearPreferred has five clear pages and asks for five of each kind in turn,
// then for more clear pages than there are.
func (k *player) clearPreferred() {
	k.open(4096<<clearOrder, 4096)
	zero := k.granted(k.Page(5, strategies.TopDown))
	known := probe.Runs(slices.Clone(zero))
	k.freeCleared(zero)
	var clean, dirty [][]strategies.Block
	for i := range 10 {
		r := k.Page(1, 0)
		if i%2 == 1 {
			r.Flags = strategies.Clear
		}
		page := k.granted(r)
		if overlap(known, page[0]) != (i%2 == 1) {
			program.Failf("%v, page %d of 10, was granted as %s, with zero: %s", r, i+1, strategies.Blocks(page), strategies.Blocks(known))
		}
		if i%2 == 1 {
			clean = append(clean, page)
		} else {
			dirty = append(dirty, page)
		}
	}
	for _, page := range clean {
		k.freeCleared(page)
	}
	all := k.granted(k.Page(10, strategies.Clear))
	k.Release(dirty)
	k.freeCleared(all)
	k.Empty("after clear and dirty pages were given back")
}

// buddyClearReset says that all free memory is clear while clear and dirty pages
// alternate and some are live, frees one of these as dirty, and asks for the other pages
// as clear; then the other way round.
func (k *player) buddyClearReset() {
	k.open(4096<<clearOrder, 4096)
	reset, ok := strategies.As[strategies.ClearResetter](k.Allocator)
	if !ok {
		k.unable("no reset of clear memory")
	}
	for _, cleared := range []bool{true, false} {
		pages, _ := k.Full()
		odd, live := pages[0], pages[1:3]
		for i, page := range pages[3:] {
			k.freeAs(page, i%2 == 0)
		}
		reset.ResetClear(cleared)
		k.freeAs(odd, !cleared)
		page := k.granted(k.Page(1, strategies.Clear))
		if overlap(page, odd[0]) == cleared {
			program.Failf("a clear page was granted as %s; all free memory was said to be clear: %v; then %s was freed the other way",
				strategies.Blocks(page), cleared, strategies.Blocks(odd))
		}
		k.Allocator.Free(page)
		k.Release(live)
		reset.ResetClear(cleared)
		k.close()
	}
}

func (k *player) freeCleared(blocks []strategies.Block) {
	k.Allocator.(strategies.ClearFreer).FreeCleared(blocks)
}

func overlap(runs []strategies.Block, b strategies.Block) bool {
	for _, r := range runs {
		if b.Start < r.End() && r.Start < b.End() {
			return true
		}
	}
	return false
}

// clearMerged gives the pages of a full region back as clear and dirty in turn,
// so that no two buddies are of a kind, and asks for clear blocks of each order.
func (k *player) clearMerged() {
	k.open(4096<<clearOrder, 4096)
	pages, _ := k.Full()
	for i, page := range pages {
		if i%2 == 0 {
			k.Allocator.Free(page)
		} else {
			k.freeCleared(page)
		}
	}
	for order := 1; order <= clearOrder; order++ {
		r := aligned(k.Bytes(1 << order))
		r.Flags = strategies.Clear
		k.Allocator.Free(k.granted(r))
	}
	k.close()
}

// clearRoots gives clear pages back in both roots of a region, and asks for
// each root as one block: everything must have merged by force.
func (k *player) clearRoots() {
	const root, rest = 4096 << clearOrder, 4096 << (clearOrder - 2)
	k.open(root+rest, 4096)
	k.freeCleared(k.granted(within(4*4096, 0, root)))
	k.freeCleared(k.granted(k.Page(2, strategies.Clear)))
	k.freeCleared(k.granted(within(4096, root, root+rest)))
	held := [][]strategies.Block{k.granted(aligned(root)), k.granted(aligned(rest))}
	k.denied(k.Page(1, 0))
	k.Release(held)
	k.close()
}
