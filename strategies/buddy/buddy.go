package buddy

import (
	"fmt"
	"iter"
	"math/bits"
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
	shift      uint // log2 of the page size
	maxOrder   uint // order of the largest root
	patience   int  // frees until the free sets are compacted

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
	if r.Align|uint64(r.Flags&^strategies.Clear)|a.clearAvail == 0 {
		n := r.Size >> a.shift
		if n<<a.shift == r.Size && n-1 < a.avail && n < a.pages {
			return a.scatter(dst, n)
		}
	}
	return a.allocSlow(dst, r)
}

// scatter grants n pages anywhere, the largest blocks first, with no condition
// that could refuse: n is not more than what is free, nor the whole region.
func (a *Allocator) scatter(dst []strategies.Block, n uint64) ([]strategies.Block, error) {
	id := a.ledger.open()
	a.avail -= n
	a.dirty.visits += uint64(bits.OnesCount64(n))
	h := uint64(0)
	k := log2(n)
	for {
		k = min(k, log2(n))
		m := a.dirty.mask >> k
		if m == 0 {
			// Nothing free is that large: go on with the largest there is.
			k = log2(a.dirty.mask)
			continue
		}
		have := k + uint(bits.TrailingZeros64(m))
		i := a.dirty.popHighest(have)
		if have > k {
			i = a.dirty.splitRight(have, k, i)
		}
		b := strategies.Block{Start: i << ((k + a.shift) & 63), Size: 1 << ((k + a.shift) & 63), Node: id}
		dst = append(dst, b)
		h = sealBlock(h, &b)
		if n -= 1 << k; n == 0 {
			a.ledger.entries[id] = sealed(h)
			return dst, nil
		}
	}
}

// Free merges every block with its buddy while that is free and dirty.
func (a *Allocator) Free(blocks []strategies.Block) { a.giveBack(blocks, dirty) }

// FreeCleared is Free for blocks whose contents are zero: they merge among
// cleared ones.
func (a *Allocator) FreeCleared(blocks []strategies.Block) {
	if a.clear.orders == nil {
		a.clear = newFreeSet(a.pages)
	}
	a.giveBack(blocks, clear)
}

func (a *Allocator) giveBack(blocks []strategies.Block, c kind) {
	if !a.ledger.holds(blocks) {
		panic(badFree("buddy", blocks))
	}
	id := blocks[0].Node
	set, pages := a.set(c), uint64(0)
	for j := range blocks {
		b := &blocks[j]
		k := uint(bits.TrailingZeros64(b.Size)) - a.shift
		pages += 1 << (k & 63)
		set.merge(k, b.Start>>a.shift>>k)
	}
	a.avail += pages
	if c == clear {
		a.clearAvail += pages
	}
	a.ledger.close(id)
	if a.patience--; a.patience < 0 || a.ledger.live == 0 {
		a.tidy()
	}
}

// tidy gives back the memory of chunks that became empty: at once when nothing
// is live, otherwise after so many frees that taking the same chunks anew
// would not show.
func (a *Allocator) tidy() {
	a.dirty.compact()
	a.clear.compact()
	a.patience = 1024 + 32*(len(a.dirty.pool)+len(a.clear.pool))
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
	return uint64(unsafe.Sizeof(*a)) + a.dirty.footprint() + a.clear.footprint() + 4*uint64(cap(a.ledger.entries)) + uint64(cap(a.kinds))
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
	if nDirty+nClear != a.avail || nClear != a.clearAvail {
		return fmt.Errorf("buddy: %d dirty and %d clear pages are free, counted are %d in all and %d clear", nDirty, nClear, a.avail, a.clearAvail)
	}
	return nil
}
