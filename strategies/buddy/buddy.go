package buddy

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Linux611 is the buddy of Linux 6.11 to 6.17: one list an order, sorted by address.
var Linux611 = strategyOf("buddy_6.11", "Linux 6.11",
	"binary buddy of Linux 6.11 to 6.17: one list an order, sorted by address, highest first (drm_buddy: i915, xe, amdgpu)",
	0, &linux611{})

// Linux618 is the buddy of the 6.18 stable series, 6.19 and 7.0: two trees an order,
// one of clear and one of dirty blocks.
var Linux618 = strategyOf("buddy_6.18", "Linux 6.18",
	"binary buddy of Linux 6.18 to 7.0: clear and dirty blocks in two trees an order (drm_buddy: i915, xe, amdgpu)",
	0, &linux618{})

// Linux71 is the buddy of Linux 7.1: requests smaller than their alignment are no
// longer rounded up to it.
var Linux71 = strategyOf("buddy_7.1", "Linux 7.1",
	"binary buddy of Linux 7.1: "+small,
	strategies.CapMisalignedWindow, &linux71{})

// small is what 7.1 brought, for the strategies that have it.
const small = "small aligned requests at an aligned offset instead of rounded up (gpu_buddy: i915, xe, amdgpu)"

// Strategy is the buddy of the newest mainline Linux released: [Linux71] under the
// name that moves on with it.
var Strategy = strategyOf("buddy", Linux71.Models,
	"binary buddy of Linux 7.1, the newest released, as buddy_7.1: "+small,
	Linux71.Caps, &linux71{})

// strategyOf is the strategy of a generation.
func strategyOf(name, models, doc string, caps strategies.Caps, g generation) strategies.Strategy {
	return strategies.Strategy{Name: name, Models: models, Doc: doc, Caps: buddyCaps | caps,
		New: func(r strategies.Region) (strategies.Allocator, error) { return newAllocator(name, r, g) }}
}

const buddyCaps = strategies.CapScatter | strategies.CapWindow | strategies.CapTopDown | strategies.CapPow2Blocks | strategies.CapClear

// allocator is a buddy for one region: the steps in alloc.go over the memory they
// take from, and those in which its generation differs.
type allocator struct {
	memory
	ledger ledger

	patience int   // frees until the free sets are compacted
	clock    clock // decides when trying harder makes an index

	kinds []kind // of the blocks that collect has taken
	wiped wiped

	asserted uint64 // requests at which the kernel would have stopped
	stopped  uint64 // pages of the latest, rounded up

	generation generation
	steps      steps  // of the allocator itself, or of what is built on it
	name       string // of the strategy
}

// newAllocator makes an allocator with everything free.
func newAllocator(name string, r strategies.Region, g generation) (*allocator, error) {
	a := new(allocator)
	return a, a.begin(name, r, g, a)
}

// begin makes a, which is zero, an allocator of which all memory is free and dirty.
func (a *allocator) begin(name string, r strategies.Region, g generation, s steps) error {
	if err := r.Validate(); err != nil {
		return err
	}
	shift := uint(bits.TrailingZeros64(r.Page))
	pages := r.Size >> shift
	a.memory = memory{dirty: newFreeSet(pages), pages: pages, avail: pages, shift: shift, rule: s}
	a.generation, a.steps, a.name = g, s, name
	a.release(dirty, 0, pages)
	return nil
}

// Alloc grants blocks for r as drm_buddy_alloc_blocks does: same blocks, same
// order, same refusals. See the package comment for the rules.
func (a *allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Align|uint64(r.Flags&^strategies.Clear)|a.clearAvail|a.watched == 0 {
		n := r.Size >> a.shift
		if n<<a.shift == r.Size && n-1 < a.avail && n < a.pages {
			return a.scatter(dst, n)
		}
	}
	return a.allocSlow(dst, r)
}

// scatter grants n pages anywhere, the largest blocks first. Nothing can refuse
// it: n is at most what is free, and not the whole region.
//
// It is freeSet.popHighest written out for the orders of up to 2^24 blocks: a
// call for every block would spill the loop's registers, a dozen of them. For the
// same reason slow paths are calls, never inlined, and blocks are written in place
// instead of appended.
func (a *allocator) scatter(dst []strategies.Block, n uint64) ([]strategies.Block, error) {
	id := a.ledger.open()
	a.avail -= n
	s := &a.dirty
	h, j, from := uint64(0), len(dst), len(dst)
	for salt := sealSalt; n != 0; salt += sealStep {
		k := log2(n)
		var i uint64
		if o := &s.orders[k]; s.mask>>k&1 != 0 && o.l3 == nil && o.top != 0 {
			g := uint64(log2(o.top))
			l2 := o.l2[g]
			c := g<<6 | uint64(log2(l2))
			node := &o.nodes[c]
			words := node.words
			w := uint64(log2(words))
			leaf := &node.chunk[w]
			i = uint64(log2(*leaf))
			v := *leaf - 1<<i
			i |= c<<12 | w<<6
			*leaf = v
			words -= isZero(v) << w
			node.words = words
			l2 -= isZero(words) << (c & 63)
			o.l2[g] = l2
			o.top -= isZero(l2) << g
			if o.top == 0 {
				// A branch, unlike above: orders seldom run empty, and predicting
				// that lets the search for the next block begin before this one's
				// words are known.
				s.mask &^= 1 << k
			}
		} else {
			k, i = s.popOther(k)
		}
		n -= 1 << (k & 63)
		k += a.shift
		if j >= cap(dst) {
			dst = grow(dst[:j])
		}
		dst = dst[:j+1]
		b := &dst[j]
		b.Start, b.Size, b.Node = i<<(k&63), 1<<(k&63), id
		h += sealBlock(b, salt)
		j++
	}
	s.visits += uint64(j - from)
	a.clock += clock(j - from)
	a.ledger.entries[id] = sealed(h)
	return dst, nil
}

// grow makes room for another block.
//
//go:noinline
func grow(dst []strategies.Block) []strategies.Block { return slices.Grow(dst, 1) }

// Free merges every block with its buddy while the buddy is free and dirty.
func (a *allocator) Free(blocks []strategies.Block) { a.giveBack(blocks, dirty) }

// FreeCleared is Free for blocks whose contents are zero: they merge among
// cleared ones.
func (a *allocator) FreeCleared(blocks []strategies.Block) {
	a.track()
	a.giveBack(blocks, clear)
}

func (a *allocator) giveBack(blocks []strategies.Block, c kind) {
	size, ok := a.ledger.holds(blocks)
	if !ok {
		panic(notLive(a.name, "free", blocks))
	}
	id, pages := blocks[0].Node, size>>(a.shift&63)
	a.avail += pages
	switch {
	case a.clear.orders == nil:
		a.dirty.put(blocks, a.shift)
	default:
		a.giveBackKind(blocks, c)
	}
	if a.watched != 0 {
		a.note(blocks)
	}
	a.ledger.close(id)
	if a.patience--; a.patience < 0 || a.ledger.live == 0 {
		a.tidy()
	}
}

// giveBackKind frees blocks where the free sets are tracked.
func (a *allocator) giveBackKind(blocks []strategies.Block, c kind) {
	a.wiped.set(blocks[0].Node, dirty)
	if c == clear {
		for _, b := range blocks {
			a.clearAvail += b.Size >> a.shift
		}
	}
	a.set(c).mergeAll(blocks, a.shift)
}

// tidy drops empty chunks: at once when nothing is live, otherwise after so many
// frees that making the same chunks anew does not show, and only beyond 32 bytes an
// allocation. Dropping them earlier had one in seven frees of a steady state make
// a chunk.
func (a *allocator) tidy() {
	if a.ledger.live == 0 && a.runs.footprint() > 16<<10 {
		a.forget()
	}
	for _, s := range [...]*freeSet{&a.dirty, &a.clear, &a.pairs} {
		s.compact(a.ledger.live)
		s.tidyAligned(a.ledger.live)
	}
	a.patience = 1024 + 32*(len(a.dirty.chunks)+len(a.clear.chunks)+len(a.pairs.chunks))
}

// FreeBlocks yields the free blocks, dirty before clear, by order and address.
func (a *allocator) FreeBlocks() iter.Seq[strategies.Block] { return a.blocks() }

// Footprint is the metadata held, in bytes: the free sets, the indexes and 4 bytes
// an allocation.
func (a *allocator) Footprint() uint64 {
	return uint64(unsafe.Sizeof(*a)) + a.memory.footprint() + 4*uint64(cap(a.ledger.entries)) +
		uint64(cap(a.kinds)) + 8*uint64(cap(a.wiped))
}

// Counters are the blocks split and merged, and the orders and blocks visited:
// one for a block from the head of a free list, one per order for a search by
// address, one per candidate for a run of blocks. They decide nothing.
func (a *allocator) Counters() strategies.Counters {
	return strategies.Counters{
		Splits: a.dirty.splits + a.clear.splits,
		Merges: a.dirty.merges + a.clear.merges,
		Visits: a.dirty.visits + a.clear.visits,
	}
}

// Assertions are the requests at which the kernel would have stopped: Linux 6.11 stops
// at what rounds up beyond its largest root.
func (a *allocator) Assertions() (n uint64, latest string) {
	if a.asserted != 0 {
		latest = fmt.Sprintf("Linux 6.11 stops here at an assertion: rounded up the request is of order %d, the largest root is of order %d",
			log2(a.stopped), log2(a.pages))
	}
	return a.asserted, latest
}

// Check verifies that the summaries agree with the leaves, that no two buddies of
// a kind are both free, that no free block lies past the end, and that the free
// pages are as counted.
func (a *allocator) Check() error {
	nDirty, err := a.dirty.check(a.pages)
	if err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	nClear, err := a.clear.check(a.pages)
	if err != nil {
		return fmt.Errorf("%s: clear memory: %w", a.name, err)
	}
	if err := a.checkPairs(); err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	if nDirty+nClear != a.avail || nClear != a.clearAvail {
		return fmt.Errorf("%s: %d dirty and %d clear pages are free, the counts say %d in all and %d clear", a.name, nDirty, nClear, a.avail, a.clearAvail)
	}
	return nil
}
