package kernel

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// buddyRangeBias fills windows: first one after the other, each as wide as the
// next, then one that grows. A strategy that never scatters is asked for no more
// than the largest run in the window.
func (k *player) buddyRangeBias() {
	if !k.TakesAll() {
		k.unable("rounds up")
	}
	for range 4 {
		page := max(4096, uint64(1)<<bits.Len64(k.rng.Uint64N(bias)))
		size := uint64(8<<20-1) &^ (page - 1) // several roots
		k.open(size, page)
		k.biasUniform()
		k.open(size, page)
		k.biasGrowing()
	}
}

const bias = 1 << 20 // width of a window

// biasUniform goes through windows of 1 MiB in random order.
func (k *player) biasUniform() {
	var held [][]strategies.Block
	for _, i := range k.rng.Perm(int(k.Managed() / bias)) {
		lo := uint64(i) * bias
		k.biasLimits(lo, lo+bias)
		held = append(held, k.biasFill(lo, lo+bias)...)
	}
	k.Release(held)
	k.close()
}

// biasLimits asks for what an empty window [lo, hi) can hold, and cannot.
func (k *player) biasLimits(lo, hi uint64) {
	page, half := k.Region.Page, uint64(bias/2)
	at := func(size, align, lo, hi uint64) strategies.Request {
		r := within(size, lo, hi)
		r.Align = align
		return r
	}
	k.Refuse(at(bias+page, bias, lo, hi)) // too large, all the more when rounded up
	k.Refuse(at(bias+page, page, lo, hi))
	k.Refuse(at(bias, page, lo+page, hi)) // the window is too small
	if page <= half {
		k.Refuse(at(half, half, lo+page, hi-page)) // no aligned place in it
	}
	k.Allocator.Free(k.granted(at(bias, bias, lo, hi)))
	k.Allocator.Free(k.granted(at(page, bias, lo, hi)))
}

// biasFill fills [lo, hi) in two steps, the second of which may leave some of it
// free, and returns what is to stay.
func (k *player) biasFill(lo, hi uint64) [][]strategies.Block {
	page := k.Region.Page
	first := k.granted(within(k.someOf(k.room(lo, hi)), lo, hi))
	left := bias - probe.Total(first)
	k.denied(within(left+page, lo, hi))
	if left == 0 {
		return [][]strategies.Block{first}
	}
	second := k.granted(within(k.someOf(k.room(lo, hi)), lo, hi))
	k.Allocator.Free(first) // so that not every edge is that of a window
	return [][]strategies.Block{second}
}

// biasGrowing fills a random window, which grows in both directions until it is
// the region.
func (k *player) biasGrowing() {
	var held [][]strategies.Block
	lo := k.Bytes(k.rng.Uint64N(k.Pages()))
	hi := lo + k.someOf(k.Managed()-lo)
	for {
		if room := k.room(lo, hi); room > 0 {
			held = append(held, k.granted(within(k.someOf(room), lo, hi)))
		} else if lo == 0 && hi == k.Managed() {
			break
		}
		if lo > 0 {
			lo -= k.Bytes(k.rng.Uint64N(lo/k.Region.Page + 1))
		}
		if hi < k.Managed() {
			hi += k.Bytes(k.rng.Uint64N((k.Managed()-hi)/k.Region.Page + 1))
		}
	}
	k.denied(within(k.Region.Page, lo, hi))
	k.Release(held)
	k.close()
}
