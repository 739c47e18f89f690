package kernel

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// The unit tests of drm_mm, for any strategy. To them a node is one interval;
// a strategy that scatters may serve one in pieces where that cannot matter, and
// is asked for contiguous ones where it does. Of drm_mm's modes BEST is a request
// without flags and HIGH is TopDown. LOW is expressed by a window that ends where the
// lowest place ends, ONCE, which gives up after the first hole, by a window that is
// the hole.

// mmInit takes everything at once.
func (k *player) mmInit() {
	k.open(4096*4096, 4096)
	k.Empty("in a new region")
	r := strategies.Request{Size: k.Managed()}
	if k.Can(strategies.CapWindow) {
		r = within(r.Size, 0, r.Size)
	}
	all := k.granted(r)
	if free := k.FreeRuns(); len(free) > 0 {
		program.Failf("after %v was granted, free is %s", r, strategies.Blocks(free))
	}
	k.Allocator.Free(all)
	k.close()
}

// mmSizes are sizes of nodes in pages: the kernel's powers of two and the
// numbers beside them, as far as a thousand nodes fit into 64 bits. It has more
// of them.
var mmSizes = []uint64{1, 2, 3, 1 << 13, 1<<23 - 1, 1<<41 + 1}

// mmReserve reserves the cells of a region in random order, by exact windows,
// and tries ranges that are outside or taken all along.
func (k *player) mmReserve() {
	for _, pages := range mmSizes {
		c := k.openCells(1024, pages)
		k.mmBoundaries(uint64(len(c.held)), c.size)
		order := k.rng.Perm(len(c.held))
		for _, i := range order {
			c.reserve(i)
			k.denied(c.window(i))
		}
		for _, i := range order {
			k.denied(within(k.Region.Page, c.start(i), c.start(i)+k.Region.Page))
			c.drop(i)
			c.reserve(i)
		}
		k.Refuse(within(k.Managed(), 0, k.Managed()))
		c.batches(order, func(batch []int) {
			for _, i := range batch {
				c.reserve(i)
			}
		})
		k.Release(c.held)
		k.close()
	}
}

// mmBoundaries reserves ranges that are empty, outside, or wrap at 64 bits.
func (k *player) mmBoundaries(n, size uint64) {
	for _, b := range [...]strategies.Block{
		{Start: 0, Size: 0},
		{Start: size, Size: 0},
		{Start: size * n, Size: 0},
		{Start: -size, Size: 0},
		{Start: -size, Size: size},
		{Start: -size, Size: -size},
		{Start: -size, Size: 2 * size},
		{Start: 0, Size: -size},
		{Start: size, Size: -size},
		{Start: n * size, Size: size},
		{Start: n * size, Size: -size},
		{Start: n * size, Size: n * size},
		{Start: n * size, Size: -n * size},
		{Start: n * size, Size: -(n + 1) * size},
		{Start: (n + 1) * size, Size: size},
		{Start: (n + 1) * size, Size: -size},
		{Start: (n + 1) * size, Size: -(2 * size)},
	} {
		k.Refuse(within(b.Size, b.Start, b.End()))
	}
}

// cells are a region in parts of equal size, each held or free.
type cells struct {
	*player
	size uint64               // of each, in bytes
	held [][]strategies.Block // by cell
}

// openCells opens a region of n cells.
func (k *player) openCells(n, pages uint64) *cells {
	n = k.scaled(n)
	k.open(n*pages*4096, 4096)
	return &cells{k, k.Bytes(pages), make([][]strategies.Block, n)}
}

func (c *cells) start(i int) uint64 { return uint64(i) * c.size }

// window is the request for exactly cell i.
func (c *cells) window(i int) strategies.Request {
	return within(c.size, c.start(i), c.start(i)+c.size)
}

func (c *cells) reserve(i int) { c.held[i] = c.granted(c.window(i)) }

func (c *cells) drop(i int) { c.Allocator.Free(c.held[i]) }

// batches frees 1, 2, 3, 5, 7, ... of the cells in the order given, always going
// on where the last batch ended, and has each batch filled again.
func (c *cells) batches(order []int, refill func(batch []int)) {
	at := 0
	for n := range primes {
		if n > min(128, uint64(len(order))) {
			break
		}
		batch := make([]int, n)
		for j := range batch {
			batch[j] = order[(at+j)%len(order)]
			c.drop(batch[j])
		}
		refill(batch)
		if free := c.FreeRuns(); len(free) > 0 {
			program.Failf("after %d of %d nodes were freed and put back, free is %s", n, len(order), strategies.Blocks(free))
		}
		at += int(n)
	}
}

// mmInsert fills a region with nodes of one size, takes some out and puts them
// back, from below and from the top: what was full is full again.
func (k *player) mmInsert() {
	for _, pages := range mmSizes {
		c := k.openCells(1024, pages)
		for _, flags := range []strategies.Flags{0, strategies.TopDown} {
			if flags == 0 || k.Can(strategies.CapTopDown) {
				c.insertAll(strategies.Request{Size: c.size, Flags: flags})
			}
		}
	}
}

func (c *cells) insertAll(node strategies.Request) {
	for i := range c.held {
		c.held[i] = c.granted(node)
	}
	c.denied(node)
	for i := range c.held {
		c.drop(i)
		c.held[i] = c.granted(node)
	}
	c.batches(c.rng.Perm(len(c.held)), func(batch []int) {
		for _, i := range batch {
			c.held[i] = c.granted(node)
		}
	})
	c.denied(node)
	c.Release(c.held)
	c.close()
}

// mmAlign asks for nodes at multiples of primes, where those are honoured, and
// at every power of two of the address space, each a bit larger than half its
// alignment. A strategy that rounds up may insist on whole multiples.
func (k *player) mmAlign() {
	k.open(1<<64-1, 4096)
	var held [][]strategies.Block
	last := uint64(0)
	for n := range primes {
		if n > 128 || !k.Can(strategies.CapAnyAlign) {
			break
		}
		if last != 0 {
			held = append(held, k.granted(strategies.Request{Size: k.Bytes(n), Align: k.Bytes(last)}))
		}
		last = n
	}
	k.Release(held)
	k.close()

	held = nil
	for align := k.Largest(); align > k.Region.Page; align /= 2 {
		r := strategies.Request{Size: align/2 + k.Region.Page, Align: align}
		if k.Can(strategies.CapRoundUp) {
			r.Size = align
		}
		held = append(held, k.granted(r))
	}
	k.Release(held)
	k.close()
}

// sevenPages opens a region of seven pages of which two are taken, 1 and 5: two
// holes of a page and, between them, one of three.
func (k *player) sevenPages() (taken [][]strategies.Block) {
	k.open(7*4096, 4096)
	pages, ok := k.Full()
	if !ok {
		k.unable("does not fill the region")
	}
	for i, page := range pages {
		if i == 1 || i == 5 {
			taken = append(taken, page)
		} else {
			k.Allocator.Free(page)
		}
	}
	return taken
}

// mmHighest asks for two pages from the top, where the highest hole is too small:
// first with one hole that has room, as in the kernel, then with three, of which the
// other two fit better.
func (k *player) mmHighest() {
	taken := k.sevenPages()
	k.Allocator.Free(k.inMiddle(k.Page(2, strategies.Contiguous|strategies.TopDown)))
	k.Release(taken)
	k.close()

	taken = k.holes(0, 1, 4, 5, 8, 9, 10, 11, 15)
	r := k.Page(2, strategies.Contiguous|strategies.TopDown)
	blocks := k.granted(r)
	switch start := probe.Runs(slices.Clone(blocks))[0].Start / k.Region.Page; {
	case start < 4:
		program.Failf("%v was granted as %s, in the lowest of three holes", r, strategies.Blocks(blocks))
	case start < 8:
		k.unable(preferenceOnly)
	}
	k.Allocator.Free(blocks)
	k.Release(taken)
	k.close()
}

// preferenceOnly is why a strategy is not able to take the highest of several holes.
const preferenceOnly = "top-down only as a preference"

// holes opens a region of sixteen pages of which only the free ones are not taken.
func (k *player) holes(free ...int) (taken [][]strategies.Block) {
	k.open(16*4096, 4096)
	pages, ok := k.Full()
	if !ok {
		k.unable("does not fill the region")
	}
	for i, page := range pages {
		if slices.Contains(free, i) {
			k.Allocator.Free(page)
		} else {
			taken = append(taken, page)
		}
	}
	return taken
}

// inMiddle grants r, for which only the middle hole of seven pages has room.
func (k *player) inMiddle(r strategies.Request) []strategies.Block {
	blocks := k.granted(r)
	if b := probe.Runs(slices.Clone(blocks))[0]; b.Start < 2*4096 || b.End() > 5*4096 {
		program.Failf("%v was granted as %s, of which not all is in the hole 8192+12288", r, strategies.Blocks(blocks))
	}
	return blocks
}

// mmLowest asks for two pages, for which the lowest hole is too small; and for
// the lowest two pages there are, by windows from 0 on that grow until they have
// room: first with one hole that has it, as in the kernel, then with three.
func (k *player) mmLowest() {
	taken := k.sevenPages()
	k.Allocator.Free(k.inMiddle(k.Page(2, strategies.Contiguous)))
	if k.Can(strategies.CapWindow) {
		taken = append(taken, k.lowestTwo(4))
	}
	k.Release(taken)
	k.close()

	taken = k.holes(0, 4, 5, 8, 9, 10, 11, 14, 15)
	if k.Can(strategies.CapWindow) {
		for _, end := range []uint64{6, 10, 12, 16} {
			taken = append(taken, k.lowestTwo(end))
		}
	} else {
		for range 4 {
			taken = append(taken, k.granted(k.Page(2, strategies.Contiguous)))
		}
	}
	k.denied(k.Page(2, strategies.Contiguous))
	k.Release(taken)
	k.close()
}

// lowestTwo takes the lowest two pages in one run that are free: those before page
// end.
func (k *player) lowestTwo(end uint64) []strategies.Block {
	for hi := uint64(1); hi < end; hi++ {
		k.Refuse(probe.With(k.In(2, 0, hi), strategies.Contiguous))
	}
	return k.granted(probe.With(k.In(2, 0, end), strategies.Contiguous))
}

// mmOnce asks for two pages in the highest hole, in the lowest, and in the
// middle one.
func (k *player) mmOnce() {
	taken := k.sevenPages()
	k.Refuse(k.In(2, 6, 7))
	k.Refuse(k.In(2, 0, 1))
	k.Allocator.Free(k.granted(probe.With(k.In(2, 2, 5), strategies.Contiguous)))
	k.Release(taken)
	k.close()
}

// mmBottomUp fills a region from below, by windows that end where the next node
// shall, and puts nodes that were taken out back into the lowest gap.
func (k *player) mmBottomUp() {
	for pages := uint64(1); pages <= 64; pages *= 2 {
		c := k.openCells(8192, pages)
		for i := range c.held {
			c.putLowest(i)
		}
		c.batches(k.rng.Perm(len(c.held)), func(batch []int) {
			slices.Sort(batch)
			for _, i := range batch {
				c.putLowest(i)
			}
		})
		k.Release(c.held)
		k.close()
	}
}

// putLowest fills cell i, the lowest free one.
func (c *cells) putLowest(i int) {
	end := c.start(i) + c.size
	if i > 0 {
		c.denied(within(c.size, 0, end-c.Region.Page))
	}
	c.held[i] = c.granted(within(c.size, 0, end))
}

// mmTopDown fills a region from the top, each node right below the one before,
// and puts nodes that were taken out back into the highest gap. In the contract
// TopDown is a preference: a strategy that fills an empty region from the top, but
// does not take the highest of several gaps, is not able.
func (k *player) mmTopDown() {
	for pages := uint64(1); pages <= 64; pages *= 2 {
		c := k.openCells(8192, pages)
		for i := len(c.held) - 1; i >= 0; i-- {
			if blocks := c.putHighest(i); blocks[0].Start != c.start(i) {
				program.Failf("with [0, %d) free, the node was put at %s", c.start(i)+c.size, strategies.Blocks(blocks))
			}
		}
		c.batches(k.rng.Perm(len(c.held)), func(batch []int) {
			slices.Sort(batch)
			for _, i := range slices.Backward(batch) {
				if blocks := c.putHighest(i); blocks[0].Start != c.start(i) {
					k.unable(preferenceOnly)
				}
			}
		})
		k.Release(c.held)
		k.close()
	}
}

// putHighest fills a cell: i, the highest free one, if TopDown is strict.
func (c *cells) putHighest(i int) []strategies.Block {
	c.held[i] = c.granted(strategies.Request{Size: c.size, Flags: strategies.TopDown})
	return c.held[i]
}
