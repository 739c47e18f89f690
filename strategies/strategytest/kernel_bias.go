package strategytest

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// buddyRangeBias fills windows: first one after the other, each as wide as the
// next, then one that grows. A strategy that never scatters is asked for no more
// than the largest run in the window.
func (k *kernel) buddyRangeBias() {
	if !k.takesAll() {
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
func (k *kernel) biasUniform() {
	var held [][]strategies.Block
	for _, i := range k.rng.Perm(int(k.managed() / bias)) {
		lo := uint64(i) * bias
		k.biasLimits(lo, lo+bias)
		held = append(held, k.biasFill(lo, lo+bias)...)
	}
	k.release(held)
	k.close()
}

// biasLimits asks for what an empty window [lo, hi) can hold, and cannot.
func (k *kernel) biasLimits(lo, hi uint64) {
	page, half := k.region.Page, uint64(bias/2)
	at := func(size, align, lo, hi uint64) strategies.Request {
		r := within(size, lo, hi)
		r.Align = align
		return r
	}
	k.refuse(at(bias+page, bias, lo, hi)) // too large, all the more when rounded up
	k.refuse(at(bias+page, page, lo, hi))
	k.refuse(at(bias, page, lo+page, hi)) // the window is too small
	if page <= half {
		k.refuse(at(half, half, lo+page, hi-page)) // no aligned place in it
	}
	k.allocator.Free(k.granted(at(bias, bias, lo, hi)))
	k.allocator.Free(k.granted(at(page, bias, lo, hi)))
}

// biasFill fills [lo, hi) in two steps, the second of which may leave some of it
// free, and returns what is to stay.
func (k *kernel) biasFill(lo, hi uint64) [][]strategies.Block {
	page := k.region.Page
	first := k.granted(within(k.someOf(k.room(lo, hi)), lo, hi))
	left := bias - total(first)
	k.denied(within(left+page, lo, hi))
	if left == 0 {
		return [][]strategies.Block{first}
	}
	second := k.granted(within(k.someOf(k.room(lo, hi)), lo, hi))
	k.allocator.Free(first) // so that not every edge is that of a window
	return [][]strategies.Block{second}
}

// biasGrowing fills a random window, which grows in both directions until it is
// the region.
func (k *kernel) biasGrowing() {
	var held [][]strategies.Block
	lo := k.bytes(k.rng.Uint64N(k.pages()))
	hi := lo + k.someOf(k.managed()-lo)
	for {
		if room := k.room(lo, hi); room > 0 {
			held = append(held, k.granted(within(k.someOf(room), lo, hi)))
		} else if lo == 0 && hi == k.managed() {
			break
		}
		if lo > 0 {
			lo -= k.bytes(k.rng.Uint64N(lo/k.region.Page + 1))
		}
		if hi < k.managed() {
			hi += k.bytes(k.rng.Uint64N((k.managed()-hi)/k.region.Page + 1))
		}
	}
	k.denied(within(k.region.Page, lo, hi))
	k.release(held)
	k.close()
}
