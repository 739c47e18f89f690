package kernel

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// The unit tests that came with Linux 7.1, for small requests with a large alignment,
// and with the block that an address belongs to. Before 7.1 the kernel's buddy rounds
// a request up to its alignment and gives back the rest; what it grants in an empty
// region is the same, and beside live pages it finds less.

// needsSmallAligned ends the scenario for a strategy that takes only multiples of an
// alignment.
func (k *player) needsSmallAligned() {
	if k.Can(strategies.CapRoundUp) {
		k.unable("rounds up")
	}
}

// buddyOffsetAligned takes 8 KiB and then 16 KiB at every 256 KiB of 4 MiB, frees every
// second and takes them again. Then it asks beside a live page in the middle of each
// 256 KiB.
func (k *player) buddyOffsetAligned() {
	const cell, cells = 256 << 10, 16
	k.needsSmallAligned()
	for _, size := range []uint64{8 << 10, 16 << 10} {
		r := strategies.Request{Size: size, Align: cell}
		k.open(cells*cell, 4096)
		held := k.allOf(r)
		k.live(cells, held, r)
		held = k.freeEverySecond(held)
		held = append(held, k.allOf(r)...)
		k.live(cells, held, r)
		k.Release(held)
		k.close()
	}
	if !k.Can(strategies.CapWindow) {
		return
	}
	k.open(cells*cell, 4096)
	var held [][]strategies.Block
	for at := uint64(cell / 2); at < k.Managed(); at += cell {
		held = append(held, k.granted(within(4096, at, at+4096)))
	}
	r := strategies.Request{Size: 8 << 10, Align: cell}
	small := k.allOf(r)
	if len(small) == 0 && k.Can(strategies.CapPow2Blocks) {
		k.note("it rounds 8 KiB up to 256 KiB, as Linux before 7.1: none fits beside a live page")
	} else {
		k.live(cells, small, r)
	}
	k.Release(append(held, small...))
	k.close()
}

// buddySubtreeOffset takes pages at multiples of 1 MiB until there is none, then of 512
// KiB and so on down to 8 KiB, and frees them in reverse.
func (k *player) buddySubtreeOffset() {
	k.needsSmallAligned()
	k.open(16<<20, 4096)
	var held [][]strategies.Block
	for align := uint64(1 << 20); align >= 8<<10; align /= 2 {
		r := strategies.Request{Size: 4096, Align: align}
		held = append(held, k.allOf(r)...)
		k.live(k.Managed()/align, held, r)
	}
	slices.Reverse(held)
	k.Release(held)
	k.close()
}

// allOf grants r until there is no space for it, each time as one run of exactly its
// size.
func (k *player) allOf(r strategies.Request) (held [][]strategies.Block) {
	for {
		blocks, err := k.Allocator.Alloc(nil, r)
		switch {
		case err == strategies.ErrNoSpace:
			return held
		case err != nil:
			program.Failf("%v was refused with %q, not with ErrNoSpace", r, err)
		case probe.Total(blocks) != r.Size || len(probe.Runs(slices.Clone(blocks))) != 1:
			program.Failf("%v was granted as %s", r, strategies.Blocks(blocks))
		}
		held = append(held, blocks)
	}
}

// live demands that n grants are live when r is refused.
func (k *player) live(n uint64, held [][]strategies.Block, r strategies.Request) {
	if uint64(len(held)) != n {
		program.Failf("%v was refused with %d live grants, not with %d; free: %s", r, len(held), n, strategies.Blocks(k.FreeRuns()))
	}
}

// buddyAddrToBlock asks for the block of addresses: of a live block it is that one,
// from its first byte to its last, elsewhere there is none. The kernel's buddy walks
// its tree. Here a strategy is asked what it has free, and the shadow model, which
// holds what callers hold, the rest.
func (k *player) buddyAddrToBlock() {
	k.open(1<<20+3*4096, 4096)
	holder := k.Allocator.(strategies.Holder)
	var held [][]strategies.Block
	for range 40 {
		if blocks, err := k.Allocator.Alloc(nil, k.Page(1+k.rng.Uint64N(12), 0)); err == nil {
			held = append(held, blocks)
		}
	}
	held = k.freeEverySecond(held)
	for _, blocks := range held {
		for _, b := range blocks {
			for _, addr := range []uint64{b.Start, b.Start + b.Size/2, b.End() - 1} {
				if got, ok := holder.Holding(addr); !ok || got != b {
					program.Failf("address %d is held by %v (%v), not by %v", addr, got, ok, b)
				}
			}
		}
	}
	for _, b := range k.FreeRuns() {
		for _, addr := range []uint64{b.Start, b.Start + b.Size/2, b.End() - 1} {
			if got, ok := holder.Holding(addr); ok {
				program.Failf("address %d is free, and held by %v", addr, got)
			}
		}
	}
	if got, ok := holder.Holding(k.Managed()); ok {
		program.Failf("the address behind the region is held by %v", got)
	}
	k.Release(held)
	k.close()
}
