package kernel

import (
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// The unit tests of the kernel's buddy allocator, for any strategy. "A block of
// order n" is a request for 2^n pages aligned to its size. A buddy puts such
// blocks where later ones still fit, and the pessimistic, optimistic and
// pathological scenarios rely on it. Any other strategy may put them elsewhere, so
// those scenarios ask for each by an exact window where a buddy could have put it.

// randomRegion opens a region of up to 8 GiB whose page is a random power of
// two, as the old tests did, but of most pages at most.
func (k *player) randomRegion(most uint64) {
	pages := 1 + k.rng.Uint64N(1<<21)
	chunk := uint64(1) << k.rng.IntN(bits.Len64(pages))
	for pages/chunk > most {
		chunk *= 2
	}
	pages &^= chunk - 1
	k.open(pages<<12, chunk<<12)
}

// buddySmoke fills the region from every order downwards, in random order.
func (k *player) buddySmoke() {
	for range 3 {
		k.randomRegion(k.scaled(1 << 13))
		for _, order := range k.rng.Perm(bits.Len64(k.Pages())) {
			k.Release(k.fillFrom(uint(order)))
			k.close()
		}
	}
}

// fillFrom fills the region with blocks of order, and of the next one below
// whenever there is no room.
func (k *player) fillFrom(order uint) (held [][]strategies.Block) {
	for left := k.Managed(); left > 0; {
		r := aligned(k.Bytes(1 << order))
		blocks, err := k.Allocator.Alloc(nil, r)
		switch {
		case err == strategies.ErrNoSpace && order > 0:
			order--
			continue
		case err != nil:
			program.Failf("%v was refused (%v) with free: %s", r, err, strategies.Blocks(k.FreeRuns()))
		case probe.Total(blocks) != r.Size || k.Can(strategies.CapPow2Blocks) && len(blocks) != 1:
			program.Failf("%v was granted as %s", r, strategies.Blocks(blocks))
		}
		held = append(held, blocks)
		left -= r.Size
	}
	k.denied(k.Page(1, 0))
	return held
}

// block is a block of order: at page at, if the strategy must be told.
func (k *player) block(order uint, at uint64) []strategies.Block {
	r := aligned(k.Bytes(1 << order))
	if !k.Can(strategies.CapPow2Blocks) {
		if !k.Can(strategies.CapWindow) {
			k.unable("neither power-of-two blocks nor windows")
		}
		r = within(r.Size, k.Bytes(at), k.Bytes(at)+r.Size)
	}
	return k.granted(r)
}

// buddyPessimistic takes one block of each order and the page left over, then
// frees them from the smallest on: each free makes the next order possible.
func (k *player) buddyPessimistic() {
	const most = 16
	k.open(4096<<most, 4096)
	var held [][]strategies.Block
	for order := range uint(most) {
		held = append(held, k.block(order, 1<<order))
	}
	last := k.block(0, 0)
	for order := range uint(most + 1) {
		k.denied(aligned(k.Bytes(1 << order)))
	}
	k.Allocator.Free(last)
	for i, blocks := range held {
		k.Allocator.Free(blocks)
		k.Allocator.Free(k.granted(aligned(k.Bytes(2 << i))))
	}
	k.close()
}

// buddyOptimistic takes every root of a region that has one of each order.
func (k *player) buddyOptimistic() {
	const most = 16
	k.open((2<<most-1)*4096, 4096)
	var held [][]strategies.Block
	for order := range uint(most + 1) {
		above := k.Pages() &^ (2<<order - 1) // the larger roots come first
		held = append(held, k.block(order, above))
	}
	k.denied(k.Page(1, 0))
	k.Release(held)
	k.close()
}

// buddyPathological leaves single pages free, none beside another: of the blocks
// that fill the region it frees the largest and fills its place with one of each
// smaller order and a page that will be a hole, then does so with the next
// smaller, down to single pages.
func (k *player) buddyPathological() {
	const most = 16
	k.open(4096<<most, 4096)
	var held, holes [][]strategies.Block
	base := uint64(0)
	for top := uint(most); top > 0; top-- {
		if len(held) > 0 {
			base = held[0][0].Start / k.Region.Page
			k.Allocator.Free(held[0])
			held = held[1:]
		}
		for order := top; order > 0; order-- {
			held = append(held, k.block(order-1, base+1<<(order-1)))
		}
		holes = append(holes, k.block(0, base))
		k.denied(aligned(k.Bytes(1 << top)))
	}
	k.Release(holes)
	for order := range uint(most) {
		k.denied(strategies.Request{Size: k.Bytes(2 << order), Flags: strategies.Contiguous})
	}
	k.Release(held)
	k.close()
}

// buddyLimit asks for the largest block of the largest region.
func (k *player) buddyLimit() {
	const order = 63 - 12
	k.open(1<<64-1, 4096)
	r := strategies.Request{Size: 4096 << order}
	blocks := k.granted(r)
	if n := len(probe.Runs(slices.Clone(blocks))); n != 1 || k.Can(strategies.CapPow2Blocks) && len(blocks) != 1 {
		program.Failf("%v was granted as %s, not as one block", r, strategies.Blocks(blocks))
	}
	k.Allocator.Free(blocks)
	k.close()
}

// buddyRange walks the region in exact windows of 1, 2, 3, 5, 7, ... pages.
func (k *player) buddyRange() {
	k.randomRegion(1 << 21)
	var held [][]strategies.Block
	at := uint64(0)
	for n := range primes {
		if at == k.Managed() {
			break
		}
		size := min(k.Bytes(n), k.Managed()-at)
		blocks := k.granted(within(size, at, at+size))
		for i, b := range blocks {
			if i == 0 && b.Start != at || i > 0 && b.Start != blocks[i-1].End() {
				program.Failf("the window [%d, %d) was granted as %s, which does not ascend from its start without a gap", at, at+size, strategies.Blocks(blocks))
			}
		}
		held = append(held, blocks)
		at += size
	}
	k.Release(held)
	k.close()
}

// buddyContiguous takes 48 pages one by one, in turn for a left, a middle and a
// right list, downwards as the kernel's buddy does, and frees list after list:
// runs of one, two and, beside two pages that are held, more.
func (k *player) buddyContiguous() {
	k.open(16*3*4096, 4096)
	pages, ok := k.Full()
	if !ok {
		k.unable("does not fill the region")
	}
	lists := [3][][]strategies.Block{}
	for i := range pages {
		lists[i%3] = append(lists[i%3], pages[len(pages)-1-i])
	}
	left, middle, right := lists[0], lists[1], lists[2]
	two := k.Page(2, strategies.Contiguous)
	three := k.Page(3, strategies.Contiguous)

	k.denied(three)
	k.Release(middle)
	k.denied(three)
	k.denied(two)
	k.Release(right)
	k.denied(three)
	held := [][]strategies.Block{k.granted(two)}
	k.Release(left)
	held = append(held, k.granted(three))
	k.Release(held)
	k.close()
}

// buddyExceedsMaxOrder asks for more than the larger of two roots. The kernel's
// buddy once tripped over its own rounding; now it grants the run where it can and
// calls the rest invalid. A strategy without orders grants all four requests, one
// that rounds up none.
func (k *player) buddyExceedsMaxOrder() {
	const size, root = 9 << 30, 8 << 30
	k.open(10<<30, 4096)
	window := within(size, 0, 10<<30)
	window.Align = root
	requests := []strategies.Request{
		{Size: size, Flags: strategies.Contiguous},
		{Size: size, Align: root},
	}
	if k.Can(strategies.CapWindow) {
		requests = append(requests, window, probe.With(within(size, 0, 10<<30), strategies.Contiguous))
	}
	for i, r := range requests {
		switch pow2 := k.Can(strategies.CapPow2Blocks); {
		case k.Can(strategies.CapRoundUp):
			k.Refuse(r, strategies.ErrInvalid, strategies.ErrTooBig)
		case pow2 && i > 0:
			k.Refuse(r, strategies.ErrInvalid)
		default:
			k.Allocator.Free(k.granted(r))
		}
	}
	if a, ok := strategies.As[strategies.Asserter](k.Allocator); ok {
		if _, latest := a.Assertions(); latest != "" {
			k.note(latest)
		}
	}
	k.close()
}
