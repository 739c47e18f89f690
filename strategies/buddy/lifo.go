package buddy

import (
	"fmt"
	"iter"
	"math/bits"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// LIFO is the i915_buddy of 2021 as a strategy: what i915 used before drm_buddy.
//
// Until 2022 the free lists were last in, first out, and a block was split
// downwards; in 2023 drm_buddy began to sort them by address, at the price of a walk
// through the list for every block freed. On these workloads the sorting buys next
// to nothing:
//
//	vramlab run -strategies buddy,buddy_lifo -workloads steady,gfx,ageing,frames,pages
//
// (deterministic figures: segs/table in run.bench, the mean of unusable2m-pct over
// the last tenth of the series in curves.bench; no request is refused)
//
//	             segments per table     free memory outside 2 MiB pages, %
//	workload     sorted     LIFO        sorted     LIFO
//	steady       2.78       2.73        4.14       4.10
//	gfx          2.89       2.88        2.04       1.99
//	ageing       2.92       2.90        7.24       7.54
//	frames       2.58       2.46        1.03       1.03
//	pages        1.54       1.49        4.17       4.17
//
// Fragmentation is the same within a few hundredths, and tables are up to 5 %
// longer: splitting upwards grants adjoining blocks in descending order, which no
// table merges. What the sorting changes is where memory is free: at the bottom,
// which is what a window for the CPU needs.
//
// It has no windows, but can take an exact range, for what the firmware has reserved: see
// [strategies.Placer]. That is how it begins in the given state of a trace.
var LIFO = strategies.Strategy{
	Name: "buddy_lifo", Models: "Linux of 2021",
	Doc:  "binary buddy with last-in-first-out free lists, lower half first (Linux i915_buddy of 2021)",
	Caps: strategies.CapScatter | strategies.CapPow2Blocks | strategies.CapRoundUp,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return newLIFO(r) },
}

// lifo is the allocator behind [LIFO].
//
// It takes the block freed, merged or split off last: a matter of history, not of
// what is free. So unlike [Strategy] it needs lists and, to merge, a tree. Nodes
// live in a slab, buddies side by side, so that the buddy of node i is i^1 and one
// link per pair leads to the parent. Everything is O(1) per block taken, split off
// or merged, with 28 bytes a node and two nodes a block.
type lifo struct {
	nodes   []lifoNode
	parents []uint32   // by pair; 0 = the pair holds a root
	vacant  uint32     // first node of the first vacant pair, linked through next
	heads   [64]uint32 // by order: the free block taken first
	mask    uint64     // bit k: heads[k] is a block
	pages   uint64
	shift   uint
	live    int
	counts  strategies.Counters
}

// lifoNode is a block of the tree. Node 0 is none.
type lifoNode struct {
	start      uint64 // first page
	prev, next uint32 // neighbours in the free list; prev of the first block of an allocation is its seal, next of a split block its lower half
	order      uint8
	state      nodeState
}

type nodeState uint8

const (
	nodeAbsent  nodeState = iota // vacant, or where a root has no buddy
	nodeFree                     // in the free list of its order
	nodeGranted                  // part of an allocation
	nodeSplit                    // has two children
)

func newLIFO(r strategies.Region) (*lifo, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	shift := uint(bits.TrailingZeros64(r.Page))
	a := &lifo{pages: r.Size >> shift, shift: shift}
	a.reset()
	return a, nil
}

// reset leaves only the roots: one for every binary digit of the region's size,
// largest first.
func (a *lifo) reset() {
	a.nodes, a.parents = make([]lifoNode, 2, 64), make([]uint32, 1, 32)
	a.vacant, a.mask = 0, 0
	for start := uint64(0); start < a.pages; {
		k := log2(a.pages - start)
		root := a.newPair(0)
		a.nodes[root].start, a.nodes[root].order = start, uint8(k)
		a.push(root)
		start += 1 << k
	}
}

// newPair takes a vacant pair of nodes, which the caller fills in.
func (a *lifo) newPair(parent uint32) (first uint32) {
	if first = a.vacant; first != 0 {
		a.vacant = a.nodes[first].next
	} else {
		first = uint32(len(a.nodes))
		a.nodes = append(a.nodes, lifoNode{}, lifoNode{})
		a.parents = append(a.parents, 0)
	}
	a.parents[first>>1] = parent
	return first
}

// push makes node i free, at the head of the list of its order.
func (a *lifo) push(i uint32) {
	n := &a.nodes[i]
	n.state = nodeFree
	n.prev, n.next = 0, 0
	if a.mask>>n.order&1 != 0 {
		n.next = a.heads[n.order]
		a.nodes[n.next].prev = i
	}
	a.heads[n.order] = i
	a.mask |= 1 << n.order
}

// unlist takes free node i out of its list.
func (a *lifo) unlist(i uint32) {
	n := &a.nodes[i]
	if n.next != 0 {
		a.nodes[n.next].prev = n.prev
	}
	switch {
	case n.prev != 0:
		a.nodes[n.prev].next = n.next
	case n.next != 0:
		a.heads[n.order] = n.next
	default:
		a.mask &^= 1 << n.order
	}
}

// Alloc takes block after block, each of the largest order that is free and at most
// what remains to be granted. A contiguous request is one block of the next power
// of two and keeps the surplus. Windows are ErrInvalid, TopDown is ignored.
func (a *lifo) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	align := max(r.Align, 1<<a.shift)
	window := r.Flags&strategies.Range != 0 && (r.Lo != 0 || r.Hi != 0)
	if window || r.Size == 0 || r.Align != 0 && r.Align < align || bits.OnesCount64(align) != 1 || r.Size&(align-1) != 0 {
		return dst, fmt.Errorf("%w: buddy_lifo takes no window, and only sizes that are a multiple of a power-of-two alignment", strategies.ErrInvalid)
	}
	size, least := r.Size>>a.shift, log2(align>>a.shift)
	if r.Flags&strategies.Contiguous != 0 {
		least = uint(bits.Len64(size-1)) & 63
		size = 1 << least
	}
	if size > a.pages {
		return dst, strategies.ErrTooBig
	}
	from := len(dst)
	for size > 0 {
		i, k := a.take(log2(size), least)
		if i == 0 {
			a.release(dst[from:])
			return dst[:from], strategies.ErrNoSpace
		}
		dst = append(dst, strategies.Block{Start: a.nodes[i].start << a.shift, Size: 1 << k << a.shift, Node: i})
		size -= 1 << k
	}
	a.nodes[dst[from].Node].prev = seal(dst[from:])
	a.live++
	return dst, nil
}

// take grants a block of order k or, if there is none, of the next order below,
// down to least: the lowest part of the head of the first list that has one.
func (a *lifo) take(k, least uint) (i uint32, order uint) {
	if a.mask>>k == 0 { // nothing free is that large: take the largest there is
		if a.mask>>least == 0 {
			return 0, 0
		}
		k = log2(a.mask)
	}
	a.counts.Visits++
	i = a.heads[k+uint(bits.TrailingZeros64(a.mask>>k))&63]
	a.unlist(i)
	for uint(a.nodes[i].order) > k {
		i = a.split(i)
	}
	a.nodes[i].state = nodeGranted
	a.nodes[i].prev = 0
	return i, k
}

// split halves node i, which is in no list: the upper half becomes free, the lower
// one is returned.
func (a *lifo) split(i uint32) (lower uint32) {
	lower = a.newPair(i)
	a.counts.Splits++
	n := &a.nodes[i]
	n.state, n.next = nodeSplit, lower
	half := n.order - 1
	a.nodes[lower].start, a.nodes[lower].order = n.start, half
	a.nodes[lower+1].start, a.nodes[lower+1].order = n.start+1<<half, half
	a.push(lower + 1)
	return lower
}

// firstRoot is the node of the largest root; those of the others follow, a pair each.
const firstRoot = 2

// Place takes the extent out of the tree from below: the largest free block at its start,
// split down to what lies in the extent, then the next. What a split leaves is the head of
// its list. Each block costs a walk from its root, each of which is a visit.
func (a *lifo) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	at, pages, rest := start>>a.shift, size>>a.shift, uint64(1)<<a.shift-1
	if size == 0 || (start|size)&rest != 0 || at > a.pages || pages > a.pages-at {
		return dst, fmt.Errorf("%w: the extent %d+%d is not whole pages of the region", strategies.ErrInvalid, start, size)
	}
	from := len(dst)
	for end := at + pages; at < end; {
		i := a.carve(at, end)
		if i == 0 {
			a.release(dst[from:])
			return dst[:from], strategies.ErrNoSpace
		}
		n := &a.nodes[i]
		dst = append(dst, strategies.Block{Start: n.start << a.shift, Size: 1 << n.order << a.shift, Node: i})
		at += 1 << n.order
	}
	a.nodes[dst[from].Node].prev = seal(dst[from:])
	a.live++
	return dst, nil
}

// carve grants the largest block that begins at page at and ends by end; 0 if a page of
// what it looks at is live.
func (a *lifo) carve(at, end uint64) uint32 {
	a.counts.Visits++
	i := a.leaf(at, end)
	if a.nodes[i].state != nodeFree {
		return 0
	}
	a.unlist(i)
	for !a.within(i, at, end) {
		lower := a.split(i)
		if i = lower; a.nodes[lower+1].start <= at {
			a.unlist(lower + 1)
			a.push(lower)
			i = lower + 1
		}
	}
	a.nodes[i].state = nodeGranted
	a.nodes[i].prev = 0
	return i
}

// leaf is the block that holds page at and is not split, or lies within [at, end): if that
// is split, a part of it is live.
func (a *lifo) leaf(at, end uint64) uint32 {
	i := uint32(firstRoot)
	for a.nodes[i].start+1<<a.nodes[i].order <= at {
		i += 2
	}
	for a.nodes[i].state == nodeSplit && !a.within(i, at, end) {
		if i = a.nodes[i].next; a.nodes[i+1].start <= at {
			i++
		}
	}
	return i
}

// within reports whether node i lies in [lo, hi).
func (a *lifo) within(i uint32, lo, hi uint64) bool {
	n := &a.nodes[i]
	return n.start >= lo && n.start+1<<n.order <= hi
}

// Free merges each block with its buddy while the buddy is free. The block that
// results is the next to be taken.
func (a *lifo) Free(blocks []strategies.Block) {
	if !a.holds(blocks) {
		panic(notLive("buddy_lifo", "free", blocks))
	}
	a.release(blocks)
	if a.live--; a.live == 0 && len(a.nodes) > 1024 {
		a.shrink()
	}
}

// shrink drops the tree when only the roots are left, which keep their order: largest
// first.
func (a *lifo) shrink() {
	old := *a
	a.nodes, a.parents, a.vacant = make([]lifoNode, 2, 64), make([]uint32, 1, 32), 0
	for m := a.mask; m != 0; {
		k := log2(m)
		m &^= 1 << k
		root := a.newPair(0)
		a.nodes[root] = old.nodes[old.heads[k]]
		a.heads[k] = root
	}
}

// holds reports whether blocks are exactly those of a live allocation.
func (a *lifo) holds(blocks []strategies.Block) bool {
	if len(blocks) == 0 || uint64(blocks[0].Node) >= uint64(len(a.nodes)) {
		return false
	}
	first := &a.nodes[blocks[0].Node]
	return first.state == nodeGranted && first.prev == seal(blocks)
}

// release frees blocks in list order.
func (a *lifo) release(blocks []strategies.Block) {
	for j := range blocks {
		i := blocks[j].Node
		for a.nodes[i^1].state == nodeFree {
			a.unlist(i ^ 1)
			a.counts.Merges++
			pair := i &^ 1
			a.nodes[pair].state, a.nodes[pair+1].state = nodeAbsent, nodeAbsent
			a.nodes[pair].next = a.vacant
			a.vacant = pair
			i = a.parents[pair>>1]
		}
		a.push(i)
	}
}

// FreeBlocks yields the free lists, lowest order first, each from its head.
func (a *lifo) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for m := a.mask; m != 0; m &= m - 1 {
			for i := a.heads[bits.TrailingZeros64(m)]; i != 0; i = a.nodes[i].next {
				n := &a.nodes[i]
				if !yield(strategies.Block{Start: n.start << a.shift, Size: 1 << n.order << a.shift}) {
					return
				}
			}
		}
	}
}

// Footprint is the metadata held, in bytes: the tree.
func (a *lifo) Footprint() uint64 {
	return uint64(unsafe.Sizeof(*a)) + uint64(cap(a.nodes))*uint64(unsafe.Sizeof(lifoNode{})) + 4*uint64(cap(a.parents))
}

// Counters are the blocks split and merged, and the lists taken from.
func (a *lifo) Counters() strategies.Counters { return a.counts }

// Check verifies the lists, and that no two buddies are both free.
func (a *lifo) Check() error {
	for k := range a.heads {
		if a.mask>>k&1 == 0 {
			continue
		}
		prev := uint32(0)
		for i := a.heads[k]; i != 0; prev, i = i, a.nodes[i].next {
			switch n := &a.nodes[i]; {
			case n.state != nodeFree || int(n.order) != k || n.prev != prev:
				return fmt.Errorf("buddy_lifo: node %d (order %d, state %d, after %d) is in free list %d after %d", i, n.order, n.state, n.prev, k, prev)
			case a.nodes[i^1].state == nodeFree:
				return fmt.Errorf("buddy_lifo: nodes %d and %d of order %d are buddies and both free", i, i^1, k)
			}
		}
	}
	return nil
}
