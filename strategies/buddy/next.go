package buddy

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// Next is the buddy that is queued for Linux after 7.1.
//
// # What it keeps
//
// Buddies merge when both are free, whatever they contain. So the free blocks are the
// maximal aligned runs of free pages: one freeSet, and no merging by force. While no
// memory was freed as clear, that is all there is. Plain requests and frees then take
// the code of [Linux611], for the same number of instructions, and the other requests
// differ from [Linux71] in two ways: windows are searched from the top, and trying
// harder (nextharder.go) grants exactly the size, at a multiple of the alignment.
//
// The first free of clear memory makes a tracker: which pages are dirty, as a freeSet,
// and which free blocks are partly or all clear, as two more. What the kernel looks for
// is then
//
//   - for dirty memory outside windows, the highest aligned slot that is free and all
//     dirty, wherever it lies: the topmost block of the dirty pages. Failing that, what a
//     plain request gets;
//   - for clear memory, the smallest order with a block that is not all dirty, in it the
//     highest all clear block, or else the highest; on the way down the better half;
//   - in a window, the highest free slot; for clear memory without TopDown, the first that a
//     walk down the tree meets, which visits the better half first.
//
// That walk compares classes which follow from no set of pages: a split node keeps the
// class that it had when it was split, until its halves merge again. So the tracker
// keeps the classes of split nodes that were not all dirty, two bits each.
//
// A block that was partly clear when it was taken is given back as dirty, also if a
// request takes it in vain. Walks are dry runs here, and what they would spoil is
// spoiled afterwards.
//
// # Complexity
//
// As for the others: a step per level for each block, a question per order for what is
// searched by address. A block taken out of a partly clear one asks for the contents of
// each half on the way. The walk for clear memory in a window follows one path from the
// root, and asks for the highest slot only at nodes where the left half is the better
// one: log² n at most for each block, where all else is log n. What is linear evens out,
// but for the last two:
//
//   - The tracker is made from all free blocks, once, and dropped after at least a
//     thousand frees when nothing is known any more.
//   - Spoiling, and taking what is partly clear, destroys the dirty blocks inside: earlier
//     operations made them.
//   - Trying harder tries up to 32 blocks for each block granted since the last time;
//     beyond that an index knows where a run lies, and where an attempt spoils
//     something. With an alignment of the size or less it knows only where an attempt
//     can; of those that do not, an index for the size and the alignment is made. There
//     are 8 of these at most: requests that go round more of such pairs are linear in the
//     blocks that have partly clear memory close before them, in another run. One index
//     for all sizes would need a set of sizes for each block, of as many bits as it has
//     pages.
//   - A request for more than is free takes what there is before it fails, while any
//     block is partly clear.
//
// Metadata: three more sets and 16 bytes for up to 32 split nodes, once memory was freed
// as clear.
//
// # Limits
//
// In a window a request smaller than its alignment is granted misaligned, as in
// [Linux71].
//
// # Tried and rejected
//
//   - Deciding by the contents of the pages alone: windows for clear memory go astray at
//     the first split node that was not all dirty.
//   - A set of the clear pages beside that of the dirty ones: see tracker.
//   - Trying each block while any free block is partly clear, instead of knowing where
//     that matters: one such block anywhere would make every refusal linear.
var Next = strategies.Strategy{
	Name: "buddy_next", Models: "Linux after 7.1",
	Doc:  "binary buddy queued for Linux after 7.1: merges clear with dirty memory, tracks what is dirty, searches windows from the top (gpu_buddy: i915, xe, amdgpu)",
	Caps: Linux71.Caps,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return newNext("buddy_next", r) },
}

// next is the allocator. Of the memory it is built on, the dirty set holds all free
// blocks (see all), and the clear one nothing.
type next struct {
	allocator
	known *tracker // what free memory contains; nil while all of it is dirty

	taken  []class            // of the blocks that collect has taken
	pieces []strategies.Block // of an attempt that an index looks at
}

func newNext(name string, r strategies.Region) (*next, error) {
	n := new(next)
	return n, n.begin(name, r, &linux71{}, n)
}

// all is the set of all free blocks. It is the dirty one of memory, which next calls by
// no other name; the kind dirty, where next gives it to a method of memory, names this set
// and says nothing of contents.
func (a *next) all() *freeSet { return &a.memory.dirty }

// Alloc grants blocks for r as the kernel does. Without clear memory a plain request
// is served as in Linux 6.11.
func (a *next) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if a.known == nil && r.Align|uint64(r.Flags&^strategies.Clear)|a.watched == 0 {
		n := r.Size >> a.shift
		if n<<a.shift == r.Size && n-1 < a.avail && n < a.pages {
			return a.scatter(dst, n)
		}
	}
	return a.allocSlow(dst, r)
}

// Free merges every block with its buddy while the buddy is free.
func (a *next) Free(blocks []strategies.Block) {
	if a.known == nil {
		a.giveBack(blocks, dirty)
	} else {
		a.freeAs(blocks, allDirty)
	}
}

// FreeCleared is Free for blocks whose contents are zero.
func (a *next) FreeCleared(blocks []strategies.Block) {
	if a.known == nil && a.ledger.live != 0 {
		a.known = newTracker(a.all())
	}
	a.freeAs(blocks, allClear)
}

func (a *next) freeAs(blocks []strategies.Block, c class) {
	if _, ok := a.ledger.holds(blocks); !ok {
		panic(notLive(a.name, "free", blocks))
	}
	for j := range blocks {
		k, i := a.place(&blocks[j])
		a.release(k, i, c)
	}
	if a.watched != 0 {
		a.note(blocks)
	}
	a.ledger.close(blocks[0].Node)
	if a.patience--; a.patience < 0 || a.ledger.live == 0 {
		a.tidy()
	}
}

// place is the order and the number of a block.
func (a *next) place(b *strategies.Block) (k uint, i uint64) {
	k = uint(bits.TrailingZeros64(b.Size)) - a.shift
	return k, b.Start >> a.shift >> k
}

// tidy drops empty chunks, and the tracker when it knows of nothing. To make it anew
// costs a constant for each free that passed meanwhile: a chunk has 4,096 blocks at most.
func (a *next) tidy() {
	a.allocator.tidy()
	t := a.known
	switch {
	case t == nil:
	case t.idle():
		a.know(nil)
	default:
		for _, s := range t.sets() {
			s.compact(a.ledger.live)
			a.patience += 32 * len(s.chunks)
		}
	}
}

// ResetClear makes all free memory clear or dirty, as drm_buddy does after a resume. It
// is linear in the number of free blocks.
func (a *next) ResetClear(cleared bool) {
	if a.known == nil && !cleared {
		return
	}
	a.forget() // the indexes may name blocks for what they contained
	t := newTracker(a.all())
	if a.known != nil {
		t.classes = a.known.classes
	}
	if cleared {
		t.resetClear(a.all())
	}
	a.know(t)
}

// know replaces the tracker. What the old one counted is not lost.
func (a *next) know(t *tracker) {
	a.all().visits += a.known.visits()
	a.known = t
}

// Trim keeps [start, start+size) of a grant of one block and takes back the rest, with
// what the block contained.
func (a *next) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if err := a.mayTrim(blocks, start, size); err != nil {
		return dst, err
	}
	b, from, id := blocks[0], len(dst), a.ledger.open()
	a.ledger.close(b.Node)
	b.Node = id
	dst = append(dst, b)
	if size != b.Size {
		dst = a.cut(dst, start>>a.shift, (start+size)>>a.shift)
	}
	a.book(id, dirty, dst[from:])
	if a.watched != 0 {
		a.note(blocks)
	}
	return dst, nil
}

// Footprint is the metadata held, in bytes.
func (a *next) Footprint() uint64 {
	return a.allocator.Footprint() + uint64(unsafe.Sizeof(*a)-unsafe.Sizeof(a.allocator)) + uint64(cap(a.taken)) + uint64(cap(a.pieces))*uint64(unsafe.Sizeof(strategies.Block{})) + a.known.footprint()
}

// Counters are those of [Linux611], and the questions to what is known of the contents.
func (a *next) Counters() strategies.Counters {
	c := a.allocator.Counters()
	c.Visits += a.known.visits()
	return c
}

// Check verifies the free blocks as [Linux611] does, and that what is known of their
// contents is known of free memory, of every block, and of each in one way.
func (a *next) Check() error {
	if err := a.allocator.Check(); err != nil {
		return err
	}
	if a.known == nil {
		return nil
	}
	if err := a.known.check(a.all(), a.pages, a.avail); err != nil {
		return fmt.Errorf("%s: %w", a.name, err)
	}
	return nil
}
