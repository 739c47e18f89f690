package buddy

import (
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Strategy is the buddy allocator of Linux 6.11 as a strategy.
var Strategy = strategies.Strategy{
	Name: "buddy",
	Doc:  "binary buddy with sorted free lists, highest address first (Linux drm_buddy: i915, xe, amdgpu)",
	Caps: strategies.CapScatter | strategies.CapWindow | strategies.CapTopDown | strategies.CapPow2Blocks | strategies.CapClear,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return New(r) },
}

// Allocator is a buddy allocator for one region. All its positions and lengths
// are in pages; block i of order k covers the pages [i<<k, (i+1)<<k).
type Allocator struct {
	dirty  freeSet
	ledger ledger

	pages      uint64 // managed pages; what is past them is never free
	avail      uint64 // free pages, dirty and clear
	clearAvail uint64 // those known to be zero; while there are none, clear is not looked at
	clear      freeSet
	pairs      freeSet // of free buddies of different kinds
	shift      uint    // log2 of the page size
	maxOrder   uint    // order of the largest root
	patience   int     // frees until the free sets are compacted

	watched uint64 // not 0: runs has an index, and every change is to be noted
	runs    *runs
	clock   clock // what trying harder goes by

	kinds []kind // of the blocks that collect has taken, while there is clear memory
}

// kind says which of the two free sets a block belongs to.
type kind uint8

const (
	dirty kind = iota // contents unknown
	clear             // contents known to be zero
)

func (a *Allocator) set(c kind) *freeSet {
	if c == clear {
		return &a.clear
	}
	return &a.dirty
}

// New makes an allocator with everything free.
func New(r strategies.Region) (*Allocator, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	shift := uint(bits.TrailingZeros64(r.Page))
	pages := r.Size >> shift
	a := &Allocator{
		dirty:    newFreeSet(pages),
		pages:    pages,
		avail:    pages,
		shift:    shift,
		maxOrder: log2(pages),
	}
	a.release(dirty, 0, pages)
	return a, nil
}

// log2 is the order of the largest block in n > 0 pages.
func log2(n uint64) uint { return uint(bits.Len64(n)-1) & 63 }

// Alloc grants blocks for r as drm_buddy_alloc_blocks does: same blocks, same
// order, same refusals. See the package comment for the rules.
func (a *Allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if r.Align|uint64(r.Flags&^strategies.Clear)|a.clearAvail|a.watched == 0 {
		n := r.Size >> a.shift
		if n<<a.shift == r.Size && n-1 < a.avail && n < a.pages {
			return a.scatter(dst, n)
		}
	}
	return a.allocSlow(dst, r)
}

// scatter grants n pages anywhere, the largest blocks first, with no condition
// that could refuse: n is not more than what is free, nor the whole region.
//
// It is freeSet.popHighest written out for the orders of up to 2^24 blocks: a
// call for every block would spill everything that the loop has in registers.
func (a *Allocator) scatter(dst []strategies.Block, n uint64) ([]strategies.Block, error) {
	id := a.ledger.open()
	a.avail -= n
	s := &a.dirty
	h, j := uint64(0), len(dst)
	s.visits -= uint64(j)
	a.clock -= clock(j)
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
				// A branch here, unlike above: orders seldom run empty, and
				// predicting that lets the next block be looked for before this
				// one's words are known.
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
	s.visits += uint64(j)
	a.clock += clock(j)
	a.ledger.entries[id] = sealed(h)
	return dst, nil
}

// grow makes room for another block.
//
//go:noinline
func grow(dst []strategies.Block) []strategies.Block { return slices.Grow(dst, 1) }

// Free merges every block with its buddy while that is free and dirty.
func (a *Allocator) Free(blocks []strategies.Block) { a.giveBack(blocks, dirty) }

// FreeCleared is Free for blocks whose contents are zero: they merge among
// cleared ones.
func (a *Allocator) FreeCleared(blocks []strategies.Block) {
	if a.clear.orders == nil {
		a.clear, a.pairs = newFreeSet(a.pages), newFreeSet(a.pages)
		a.dirty.other, a.dirty.pairs = &a.clear, &a.pairs
		a.clear.other, a.clear.pairs = &a.dirty, &a.pairs
	}
	a.giveBack(blocks, clear)
}

func (a *Allocator) giveBack(blocks []strategies.Block, c kind) {
	size, ok := a.ledger.holds(blocks)
	if !ok {
		panic(badFree("buddy", blocks))
	}
	id, pages := blocks[0].Node, size>>(a.shift&63)
	a.avail += pages
	switch {
	case a.clear.orders == nil:
		a.dirty.put(blocks, a.shift)
	case c == clear:
		a.clearAvail += pages
		a.clear.mergeAll(blocks, a.shift)
	default:
		a.dirty.mergeAll(blocks, a.shift)
	}
	if a.watched != 0 {
		a.note(blocks)
	}
	a.ledger.close(id)
	if a.patience--; a.patience < 0 || a.ledger.live == 0 {
		a.tidy()
	}
}

// put adds the blocks of an allocation, merged with their buddies.
//
// Where the node says that a word is zero nothing is free in it, the buddy
// included: it is stored and not looked at, since that is the one access that
// is likely to miss the cache. The rest is left to merge.
func (s *freeSet) put(blocks []strategies.Block, shift uint) {
	shift &= 63
	for j := range blocks {
		b := &blocks[j]
		k := (uint(bits.TrailingZeros64(b.Size)) - shift) & 63
		i := b.Start >> shift >> k
		o := &s.orders[k]
		if c := i >> 12; c < uint64(len(o.nodes)) && o.l3 == nil {
			n, w := &o.nodes[c], i>>6&63
			if n.words>>w&1 == 0 && n.chunk != nil {
				n.chunk[w] = 1 << (i & 63)
				n.words |= 1 << w
				g := c >> 6
				o.l2[g] |= 1 << (c & 63)
				o.top |= 1 << (g & 63)
				s.mask |= 1 << k
				continue
			}
		}
		s.merge(k, i)
	}
}

// mergeAll is put for any state of the set.
func (s *freeSet) mergeAll(blocks []strategies.Block, shift uint) {
	for j := range blocks {
		k := uint(bits.TrailingZeros64(blocks[j].Size)) - shift
		s.merge(k, blocks[j].Start>>shift>>k)
	}
}

// tidy gives back the memory of chunks that became empty: at once when nothing
// is live, otherwise after so many frees that taking the same chunks anew
// would not show, and beyond 32 bytes an allocation.
func (a *Allocator) tidy() {
	if a.ledger.live == 0 && a.runs.footprint() > 16<<10 {
		a.forget()
	}
	a.dirty.compact(a.ledger.live)
	a.clear.compact(a.ledger.live)
	a.pairs.compact(a.ledger.live)
	a.patience = 1024 + 32*(len(a.dirty.chunks)+len(a.clear.chunks)+len(a.pairs.chunks))
}

// badFree says what is wrong with a list that is not one live allocation.
func badFree(who string, blocks []strategies.Block) string {
	if len(blocks) == 0 {
		return who + ": free of an empty list, which no allocation returned"
	}
	return fmt.Sprintf("%s: free of %d blocks from %d+%d on, which are not (or no longer) exactly the blocks of one live allocation, in their order",
		who, len(blocks), blocks[0].Start, blocks[0].Size)
}

// FreeBlocks yields the free blocks, dirty before clear, by order and address.
func (a *Allocator) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, c := range []kind{dirty, clear} {
			for k, i := range a.set(c).all() {
				if !yield(strategies.Block{Start: i << k << a.shift, Size: 1 << k << a.shift}) {
					return
				}
			}
		}
	}
}

// Footprint is the metadata held, in bytes: the tables of the free sets and 4
// bytes an allocation.
func (a *Allocator) Footprint() uint64 {
	return uint64(unsafe.Sizeof(*a)) + a.dirty.footprint() + a.clear.footprint() + a.pairs.footprint() + 4*uint64(cap(a.ledger.entries)) + uint64(cap(a.kinds)) + a.runs.footprint()
}

// Counters are the blocks split and merged, and the orders and blocks looked
// at: one for a block from the head of a free list, one per order for a search
// by address, one per candidate of a run of blocks.
func (a *Allocator) Counters() strategies.Counters {
	return strategies.Counters{
		Splits: a.dirty.splits + a.clear.splits,
		Merges: a.dirty.merges + a.clear.merges,
		Visits: a.dirty.visits + a.clear.visits,
	}
}

// Check verifies that the summaries agree with the leaves, that no two buddies
// of a kind are both free, that no free block lies past the end, and the free
// counts.
func (a *Allocator) Check() error {
	nDirty, err := a.dirty.check(a.pages)
	if err != nil {
		return fmt.Errorf("buddy: %w", err)
	}
	nClear, err := a.clear.check(a.pages)
	if err != nil {
		return fmt.Errorf("buddy: clear memory: %w", err)
	}
	if err := a.checkPairs(); err != nil {
		return fmt.Errorf("buddy: %w", err)
	}
	if nDirty+nClear != a.avail || nClear != a.clearAvail {
		return fmt.Errorf("buddy: %d dirty and %d clear pages are free, counted are %d in all and %d clear", nDirty, nClear, a.avail, a.clearAvail)
	}
	return nil
}
