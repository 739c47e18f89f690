// Package radix is an address-ordered first fit allocator over a radix tree of
// summaries: every request is granted as one extent, the lowest there is.
//
// # Idea
//
// A bit per page says whether it is free. To find a run of free pages without
// reading bits, ranges of pages are summarized by three numbers: how many pages
// are free at the start of the range, how many at its end, and how many in its
// longest run. They are what it takes to summarize neighbours together, so that
// 8 words of 64 pages make a node, 8 nodes a node above them, up to the root.
// It is the idea of the page allocator of the Go runtime (mpagealloc.go), where
// it hands out the address space of the heap.
//
//   - Default: from the root down, the first child in which the longest run is
//     long enough, unless what is free across the edges in front of it is. The
//     request goes to the low end of the lowest run that is long enough.
//   - Window: the same from its start on. Only in the children that the start is
//     in can the long run be outside the window; then the search goes on behind
//     them. A run that ends behind the window's end does for what fits in front.
//   - TopDown: the mirror image: the high end of the highest run.
//   - Alignments: the next run that is long enough and the next aligned page
//     that is free take turns until they meet. Any alignment in whole pages, not
//     only powers of two; below a page there is none.
//
// So the place granted is always the lowest possible one (with TopDown the
// highest), and a refusal means that there is none. That is no promise of few
// refusals: low memory is where the CPU can reach, and first fit fills it first.
// Of the requests of the workload window it refuses 5,830 where package tlsf
// refuses 4,777, and of gfx 40 where tlsf refuses 12 (vramlab run -strategies
// all -workloads gfx,window).
//
// The bits cannot tell one extent of two pages from two of one, so each
// allocation has a record of its extent, and the block carries its number: a
// free of anything else is found before something has changed.
//
// Where all pages of a range are free, or all taken, no node is below: an empty
// region is one node and a path to its end, whatever its size, and an extent of
// a tebibyte is two paths.
//
// Contiguous and Clear change nothing. Size 0 is ErrInvalid, more than the
// region is ErrTooBig.
//
// # Invariants
//
// A summary is exactly that of what is below. A child has a node below if and
// only if some of its pages are free and some are not (words aside). Pages
// behind the end of the region are never free. The live records and the free
// runs tile the region. [Allocator.Check] verifies all of this.
//
// # Complexity
//
// Alloc and Free, windows and TopDown: O(levels), with up to 8 summaries a
// level; 5 levels at 8 GiB of 4 KiB pages, 16 at 2^64 bytes. A refusal because no
// run is long enough is one comparison with the root. Changes go up only as far
// as they change something.
//
// An alignment: O(levels) a turn. Runs that are long enough without an aligned
// page, and aligned pages outside of such runs, are skipped, so that a region
// full of small extents at large alignments takes few turns. Only many free
// aligned pages with too little behind them, in turn with long runs, can make
// it linear. From the first request with an alignment on the tree keeps what
// that takes (evenness, see the code), which makes all operations a fifth slower.
//
// Memory: 168 bytes per 512 pages of which some are free and some not (264 in
// regions over 16 TiB of 4 KiB pages), a seventh of that for the levels above,
// and 8 bytes (16) an allocation, slab growth aside. Everything is given back
// when nothing is live.
//
// # Limits
//
// Not safe for concurrent use. At most 2^32 - 1 live allocations. Four to five
// times slower than the strategies with bins: each search depends on the changes
// before it, level by level, and a processor can do little of that ahead.
//
// # Tried and rejected
//
// Figures are ns an operation over replays of 300,000, harness included: 4 KiB
// to 2 MiB in 8 GiB at 75 % fill, and the graphics mix. What is here takes 165 and
// 151.
//
//   - 4, 16 or 32 children a node instead of 8 (in an earlier form, which took
//     152 and 138): 162 and 149, 157 and 142, 180 and 153.
//   - Words summarized in bytes, in leaves of their own: 10 less, and twice the
//     code, since everything then exists for nodes and for leaves.
//   - All summaries up to the root made anew instead of up to the first that
//     does not change: 182 and 188.
//   - Summaries changed in place from what changed in one child, which is half
//     the instructions: no faster, the branches it takes are random.
//   - The child to go down to found without branches, by eight comparisons at
//     once: 10 slower. First fit goes to the same places again and again, so
//     that the processor guesses them and has the next level loaded in advance.
//   - The lowest page that may be free remembered, to start the search there,
//     as the Go runtime does: 4 % slower, but for first-in-first-out frames 5 %
//     faster. The root sees at once that the low memory is taken.
//   - The path of the search kept for the update: 3 %, for a mutable field.
//   - Evenness as a fourth part of every summary: 212 and 196 for all. In the
//     nodes and exact instead of an upper bound: 245 and 230, instead of 202 and
//     185, once it is kept. Without it, each small aligned request in a region
//     full of such visits all of them.
package radix

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/pages"
)

// Strategy is address-ordered first fit as a strategy.
var Strategy = strategies.Strategy{
	Name: "radix",
	Doc:  "address-ordered first fit over a radix tree of summaries: one extent per request, lowest address (the page allocator of the Go runtime)",
	Caps: strategies.CapWindow | strategies.CapTopDown | strategies.CapAnyAlign,
	New:  func(r strategies.Region) (strategies.Allocator, error) { return New(r) },
}

// Allocator is an address-ordered first fit allocator for one region. It
// translates between bytes and pages; which pages are free is the business of
// one of two trees.
type Allocator struct {
	narrow *tree[uint32] // if 32 bits hold page numbers, otherwise nil
	wide   *tree[uint64] // otherwise
	scale  pages.Scale
}

// New makes an allocator with everything free.
func New(r strategies.Region) (*Allocator, error) {
	scale, err := pages.Of(r)
	if err != nil {
		return nil, err
	}
	a := &Allocator{scale: scale}
	if scale.Narrow() {
		a.narrow = newTree[uint32](scale.Pages)
	} else {
		a.wide = newTree[uint64](scale.Pages)
	}
	return a, nil
}

// Alloc grants one extent for r: the lowest that fulfils it, or the highest
// with TopDown.
func (a *Allocator) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	q, err := a.scale.Query(&r)
	if err != nil {
		return dst, err
	}
	var id uint32
	var start uint64
	var ok bool
	if a.narrow != nil {
		id, start, ok = a.narrow.take(q)
	} else {
		id, start, ok = a.wide.take(q)
	}
	if !ok {
		return dst, strategies.ErrNoSpace
	}
	return append(dst, a.scale.Block(start, q.Size, id)), nil
}

// Free makes the pages of the extent free.
func (a *Allocator) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(pages.BadFree("radix", blocks))
	}
	start, size, ok := a.scale.Extent(&blocks[0])
	if a.narrow != nil {
		ok = ok && a.narrow.give(blocks[0].Node, start, size)
	} else {
		ok = ok && a.wide.give(blocks[0].Node, start, size)
	}
	if !ok {
		panic(pages.BadFree("radix", blocks))
	}
}

// FreeBlocks yields the maximal free runs by address.
func (a *Allocator) FreeBlocks() iter.Seq[strategies.Block] {
	runs := a.runs()
	return func(yield func(strategies.Block) bool) {
		for start, size := range runs {
			if !yield(a.scale.Block(start, size, 0)) {
				return
			}
		}
	}
}

// runs yields start and length of the maximal free runs in pages.
func (a *Allocator) runs() iter.Seq2[uint64, uint64] {
	if a.narrow != nil {
		return a.narrow.runs()
	}
	return a.wide.runs()
}

// Footprint is the metadata held, in bytes: the tree and the records.
func (a *Allocator) Footprint() uint64 {
	n := uint64(unsafe.Sizeof(*a))
	if a.narrow != nil {
		return n + a.narrow.footprint()
	}
	return n + a.wide.footprint()
}

// Counters are the nodes looked at, in searches and in changes; free space is
// neither split nor merged here, it is bits.
func (a *Allocator) Counters() strategies.Counters {
	if a.narrow != nil {
		return strategies.Counters{Visits: a.narrow.visits}
	}
	return strategies.Counters{Visits: a.wide.visits}
}

// Check compares every summary with what it summarizes, and the records with
// the pages that are not free.
func (a *Allocator) Check() error {
	if a.narrow != nil {
		return a.narrow.check()
	}
	return a.wide.check()
}

// The shape of the tree: nodes of level 1 have 8 children of 64 pages each, a
// word of bits; nodes of a level above have 8 children of the level below.
const (
	wordShift = 6
	fanShift  = 3
	fan       = 1 << fanShift
	maxLevels = 17 // above level 16, whose nodes have 2^54 pages
)

// A summary says what matters of a range of pages to those who look for a run
// in it or across its edges.
type summary[page uint32 | uint64] struct {
	start page // free pages at the start
	max   page // longest run of free pages
	end   page // free pages at the end
}

// node is an inner node of the tree.
type node[page uint32 | uint64] struct {
	sum   [fan]summary[page] // of the children
	below [fan]uint64        // level 1: the words, bit set = page is free; above: the child nodes, or none
	even  [fan]uint8         // bounds of the evenness of the children, where the tree keeps them
}

// none is the child node of a range that is free or taken as a whole. Node 0 is
// the root, which is nobody's child.
const none = 0

// record is a live allocation: the bits alone could not tell one extent of two
// pages from two of one.
type record[page uint32 | uint64] struct {
	start page // or, in a vacant record, the next vacant one + 1
	size  page // 0 in a vacant record
}

// tree is the pages of a region.
type tree[page uint32 | uint64] struct {
	root    summary[page] // of all pages
	top     uint          // level of the root
	pages   uint64        // of the region; those behind it are taken for ever
	nodes   []node[page]
	spare   uint32 // first unused node, linked through below[0], or none
	records []record[page]
	vacant  uint32 // first vacant record + 1
	even    bool   // the nodes keep bounds of evenness
	visits  uint64 // nodes looked at, in searches and in changes
}

func newTree[page uint32 | uint64](pages uint64) *tree[page] {
	t := &tree[page]{pages: pages}
	t.reset()
	return t
}

// reset makes a new tree with everything free.
func (t *tree[page]) reset() {
	top := uint(1)
	for t.pages > 1<<spanShift(top) {
		top++
	}
	*t = tree[page]{pages: t.pages, visits: t.visits, top: top, nodes: make([]node[page], 1, 8)}
	t.root = t.fill(0, top, 0, t.pages, true)
}

// spanShift is the log2 of the pages of a node.
func spanShift(level uint) uint { return (wordShift + fanShift*level) & 63 }

// take grants q, if it fits.
func (t *tree[page]) take(q pages.Query) (id uint32, start uint64, ok bool) {
	if q.Size > uint64(t.root.max) {
		return 0, 0, false
	}
	switch {
	case q.Top:
		start, ok = t.highestFit(q)
	case q.Align > 1:
		start, ok = t.lowestFit(q)
	default:
		start, ok = t.lowest(q.Size, q.Lo)
		ok = ok && start+q.Size <= q.Hi
	}
	if !ok {
		return 0, 0, false
	}
	t.set(start, start+q.Size, false)
	if t.vacant == 0 {
		t.records = append(t.records, record[page]{page(start), page(q.Size)})
		return uint32(len(t.records) - 1), start, true
	}
	id = t.vacant - 1
	r := &t.records[id]
	t.vacant = uint32(r.start)
	*r = record[page]{page(start), page(q.Size)}
	return id, start, true
}

// give takes back the allocation of record id, or reports that it is not this.
func (t *tree[page]) give(id uint32, start, size uint64) bool {
	if uint64(id) >= uint64(len(t.records)) || size == 0 {
		return false
	}
	r := &t.records[id]
	if uint64(r.start) != start || uint64(r.size) != size {
		return false
	}
	*r = record[page]{start: page(t.vacant)}
	t.vacant = id + 1
	t.set(start, start+size, true)
	if uint64(t.root.max) == t.pages && len(t.records)+len(t.nodes) > 1024 {
		t.reset()
	}
	return true
}

// set makes the pages [lo, hi) free or takes them. All of them change.
func (t *tree[page]) set(lo, hi uint64, free bool) {
	// Go down while the range is in one child.
	var path [maxLevels]uint32
	id, level, shift := uint32(0), t.top, spanShift(t.top)
	for level > 1 {
		down := (shift - fanShift) & 63
		if lo>>down != (hi-1)>>down || hi-lo == 1<<down {
			break
		}
		child := uint32(t.nodes[id].below[lo>>down%fan])
		if child == none {
			child = t.split(id, lo>>down%fan, level, free)
		}
		path[level%maxLevels] = id
		id, level, shift = child, level-1, down
	}
	s := t.fill(id, level, lo&(1<<shift-1), (hi-1)&(1<<shift-1)+1, free)
	// Go up until nothing changes.
	for level < t.top {
		parent := path[(level+1)%maxLevels]
		n := &t.nodes[parent]
		c := lo >> (shift & 63) % fan
		same := n.sum[c] == s
		if !same {
			n.sum[c] = s
			if s.whole(shift) {
				t.prune(n, c)
			}
		}
		if t.even && free && t.raise(n, c, level+1) {
			same = false
		}
		if same {
			return
		}
		s = n.merge(shift)
		level, shift = level+1, shift+fanShift
	}
	t.root = s
}

// fill is set for the pages [lo, hi) of one node. It returns the summary of the
// node, whose parent does not know it yet.
func (t *tree[page]) fill(id uint32, level uint, lo, hi uint64, free bool) summary[page] {
	t.visits++
	shift := spanShift(level - 1)
	for c := lo >> shift; c<<shift < hi; c++ {
		from, to := max(lo, c<<shift)-c<<shift, min(hi, (c+1)<<shift)-c<<shift
		n := &t.nodes[id]
		switch {
		case level == 1:
			mask := ^uint64(0) << (from % 64) & (^uint64(0) >> ((64 - to) % 64))
			if free {
				n.below[c%fan] |= mask
			} else {
				n.below[c%fan] &^= mask
			}
			n.sum[c%fan] = summarize[page](n.below[c%fan])
		case to-from == 1<<shift:
			n.sum[c%fan] = uniform[page](shift, free)
		default:
			child := uint32(n.below[c%fan])
			if child == none {
				child = t.split(id, c%fan, level, free)
			}
			s := t.fill(child, level-1, from, to, free)
			n = &t.nodes[id] // the slab may have moved
			if n.sum[c%fan] = s; s.whole(shift) {
				t.prune(n, c%fan)
			}
		}
		if t.even && free {
			t.raise(n, c%fan, level)
		}
	}
	return t.nodes[id].merge(shift)
}

// split makes a node for child c of a node, whose range has been of one kind:
// not the one that a part of it is going to be.
func (t *tree[page]) split(id uint32, c uint64, level uint, free bool) uint32 {
	child := t.spare
	if child == none {
		child = uint32(len(t.nodes))
		t.nodes = append(t.nodes, node[page]{})
	}
	n := &t.nodes[child]
	t.spare = uint32(n.below[0])
	*n = node[page]{}
	if !free {
		for i := range n.sum {
			n.sum[i] = uniform[page](spanShift(level-2), true)
			n.even[i] = min(allEven, evenChild[i]+uint8(spanShift(level-2)))
			if level == 2 {
				n.below[i] = ^uint64(0)
			}
		}
	}
	t.nodes[id].below[c] = uint64(child)
	return child
}

// prune gives back the node of child c, whose range is of one kind now.
func (t *tree[page]) prune(n *node[page], c uint64) {
	id := uint32(n.below[c])
	n.below[c] = none
	t.nodes[id].below[0] = uint64(t.spare)
	t.spare = id
}

// whole reports whether 1<<shift pages are all free or all taken.
func (s summary[page]) whole(shift uint) bool { return s.max == 0 || s.max == 1<<(shift&63) }

// uniform is the summary of pages that are all free, or all taken.
func uniform[page uint32 | uint64](shift uint, free bool) (s summary[page]) {
	if free {
		n := page(1) << (shift & 63)
		s = summary[page]{n, n, n}
	}
	return s
}

// merge is the summary of a node whose children have 1<<shift pages.
func (n *node[page]) merge(shift uint) summary[page] {
	span := page(1) << (shift & 63)
	start := n.sum[0].start
	if start == span {
		start = n.start(span)
	}
	var run, most page
	for c := range n.sum {
		s := &n.sum[c]
		run += s.start
		most = max(most, s.max, run)
		if s.end != span {
			run = s.end
		}
	}
	return summary[page]{start, most, run}
}

// start is how many pages are free at the start.
func (n *node[page]) start(span page) (pages page) {
	for c := range n.sum {
		pages += n.sum[c].start
		if n.sum[c].start != span {
			break
		}
	}
	return pages
}

// summarize is the summary of a word.
func summarize[page uint32 | uint64](word uint64) summary[page] {
	start, end := bits.TrailingZeros64(^word), bits.LeadingZeros64(^word)
	most := max(start, end)
	if most < 63 {
		inner := word &^ (1<<start - 1) << end >> end
		if inner != 0 {
			most = max(most, longest(inner))
		}
	}
	return summary[page]{page(start), page(most), page(end)}
}

// longest is the length of the longest run of ones in a word that has a one and
// a zero: from the largest power of two that fits, each smaller one is added if
// it fits behind.
func longest(word uint64) int {
	x2 := word & (word >> 1) // where a run of two begins
	x4 := x2 & (x2 >> 2)
	x8 := x4 & (x4 >> 4)
	x16 := x8 & (x8 >> 8)
	x32 := x16 & (x16 >> 16)
	n, begins := 0, ^uint64(0) // where a run of n begins
	if x32 != 0 {
		n, begins = 32, x32
	}
	if x := begins & (x16 >> n); x != 0 {
		n, begins = n+16, x
	}
	if x := begins & (x8 >> n); x != 0 {
		n, begins = n+8, x
	}
	if x := begins & (x4 >> n); x != 0 {
		n, begins = n+4, x
	}
	if x := begins & (x2 >> n); x != 0 {
		n, begins = n+2, x
	}
	if begins&(word>>n) != 0 {
		n++
	}
	return n
}

// firstRun is where the first run of n ones in a word begins; ok is false if
// there is none.
func firstRun(word, n uint64) (at uint64, ok bool) {
	word = begins(word, n)
	return uint64(bits.TrailingZeros64(word)), word != 0
}

// lastRun is where the last run of n ones in a word begins.
func lastRun(word, n uint64) (at uint64, ok bool) {
	word = begins(word, n)
	return uint64(bits.Len64(word)) - 1, word != 0
}

// begins has the bits of a word where n ones in a row begin.
func begins(word, n uint64) uint64 {
	if n > 64 {
		return 0
	}
	for have := uint64(1); have < n; {
		more := min(have, n-have)
		word &= word >> (more & 63)
		have += more
	}
	return word
}

// lowestFit is the lowest place for q: next to each other, the next run that is
// long enough and the next aligned page that is free, until they meet.
func (t *tree[page]) lowestFit(q pages.Query) (start uint64, ok bool) {
	t.needEven()
	twos := uint(bits.TrailingZeros64(q.Align))
	for from := q.Lo; ; {
		start, ok = t.lowest(q.Size, from)
		if !ok || start+q.Size > q.Hi {
			return 0, false
		}
		over := start % q.Align
		if over == 0 {
			return start, true
		}
		if from, ok = t.evenFrom(0, t.top, twos, start+q.Align-over); !ok {
			return 0, false
		}
	}
}

// highestFit is lowestFit from the top.
func (t *tree[page]) highestFit(q pages.Query) (start uint64, ok bool) {
	if q.Align > 1 {
		t.needEven()
	}
	twos := uint(bits.TrailingZeros64(q.Align))
	for to := q.Hi; ; {
		start, ok = t.highest(q.Size, to)
		if !ok || start < q.Lo {
			return 0, false
		}
		over := start % q.Align
		if over == 0 {
			return start, true
		}
		if start, ok = t.evenTo(0, t.top, twos, start-over); !ok {
			return 0, false
		}
		to = start + q.Size
	}
}

// lowest is the start of the lowest run of n free pages at or behind page from.
func (t *tree[page]) lowest(n, from uint64) (start uint64, ok bool) {
	if from == 0 {
		start, _, ok = t.scan(0, t.top, 0, 0, 0, n)
	} else if from < t.pages {
		start, _, ok = t.lowestIn(0, t.top, 0, n, from)
	}
	return start, ok
}

// lowestIn is lowest in one node, whose first page is base and which from is in.
// If there is no such run, it returns how many pages are free at the end.
func (t *tree[page]) lowestIn(id uint32, level uint, base, n, from uint64) (start, run uint64, ok bool) {
	t.visits++
	nd, shift := &t.nodes[id], spanShift(level-1)
	c := (from - base) >> shift % fan
	at := base + c<<shift
	switch s := &nd.sum[c]; {
	case level == 1:
		word := nd.below[c] >> (from - at) << (from - at)
		if i, ok := firstRun(word, n); ok {
			return at + i, 0, true
		}
		run = uint64(bits.LeadingZeros64(^word))
	case uint64(s.max) < n || nd.below[c] == none:
		if run = min(uint64(s.end), at+1<<shift-from); run >= n {
			return from, 0, true
		}
	default:
		if start, run, ok = t.lowestIn(uint32(nd.below[c]), level-1, at, n, from); ok {
			return start, 0, true
		}
	}
	return t.scan(id, level, base, c+1, run, n)
}

// scan looks for the first run of n free pages in the children of a node from
// child c on, in front of which run pages are free. If there is no such run, it
// returns how many pages are free at the end.
func (t *tree[page]) scan(id uint32, level uint, base, c, run, n uint64) (start, end uint64, ok bool) {
	t.visits++
	for shift := spanShift(level - 1); ; shift -= fanShift {
		nd := &t.nodes[id]
		for ; c < fan; c++ {
			s := &nd.sum[c]
			if run+uint64(s.start) >= n {
				return base + c<<(shift&63) - run, 0, true
			}
			if uint64(s.max) >= n {
				break
			}
			run += uint64(s.start)
			if s.end != 1<<(shift&63) {
				run = uint64(s.end)
			}
		}
		if c >= fan {
			return 0, run, false
		}
		base += c << (shift & 63)
		if shift == wordShift {
			i, _ := firstRun(nd.below[c], n)
			return base + i, 0, true
		}
		id = uint32(nd.below[c])
		c, run = 0, 0
	}
}

// highest is the start of the highest run of n free pages in front of page to.
func (t *tree[page]) highest(n, to uint64) (start uint64, ok bool) {
	if to == t.pages {
		start, _, ok = t.scanDown(0, t.top, 0, fan, 0, n)
	} else if to != 0 {
		start, _, ok = t.highestIn(0, t.top, 0, n, to)
	}
	return start, ok
}

// highestIn is highest in one node, whose first page is base and which the last
// page in front of to is in. If there is no such run, it returns how many pages
// are free at the start.
func (t *tree[page]) highestIn(id uint32, level uint, base, n, to uint64) (start, run uint64, ok bool) {
	t.visits++
	nd, shift := &t.nodes[id], spanShift(level-1)
	c := (to - 1 - base) >> shift % fan
	at := base + c<<shift
	switch s := &nd.sum[c]; {
	case level == 1:
		word := nd.below[c] << (64 - (to - at)) >> (64 - (to - at))
		if i, ok := lastRun(word, n); ok {
			return at + i, 0, true
		}
		run = uint64(bits.TrailingZeros64(^word))
	case uint64(s.max) < n || nd.below[c] == none:
		if run = min(uint64(s.start), to-at); run >= n {
			return to - n, 0, true
		}
	default:
		if start, run, ok = t.highestIn(uint32(nd.below[c]), level-1, at, n, to); ok {
			return start, 0, true
		}
	}
	return t.scanDown(id, level, base, c, run, n)
}

// scanDown looks for the last run of n free pages in the children of a node in
// front of child c, behind which run pages are free. If there is no such run,
// it returns how many pages are free at the start.
func (t *tree[page]) scanDown(id uint32, level uint, base, c, run, n uint64) (start, first uint64, ok bool) {
	t.visits++
	for shift := spanShift(level - 1); ; shift -= fanShift {
		nd := &t.nodes[id]
		for ; c > 0; c-- {
			s := &nd.sum[(c-1)%fan]
			if run+uint64(s.end) >= n {
				return base + c<<(shift&63) + run - n, 0, true
			}
			if uint64(s.max) >= n {
				break
			}
			run += uint64(s.end)
			if s.start != 1<<(shift&63) {
				run = uint64(s.start)
			}
		}
		if c == 0 {
			return 0, run, false
		}
		base += (c - 1) << (shift & 63)
		if shift == wordShift {
			i, _ := lastRun(nd.below[(c-1)%fan], n)
			return base + i, 0, true
		}
		id = uint32(nd.below[(c-1)%fan])
		c, run = fan, 0
	}
}

// Evenness is how even the most even free page of a range is: one more than the
// zeros at the end of its number, which is counted from the start of the node;
// allEven for page 0 there, and 0 if nothing is free. Once there was a request
// with an alignment, trees keep an upper bound of it, to skip what has no free
// page at a multiple of the alignment, as in a region full of small extents with
// large ones. The bound is raised when pages become free and lowered when a
// search finds it too high, which is paid by the allocations before it.
const allEven = 64

// evenChild is the evenness of the number of a child.
var evenChild = [fan]uint8{allEven, 1, 2, 1, 3, 1, 2, 1}

// multiples has the bits at multiples of each power of two, up to 32.
var multiples = [wordShift]uint64{^uint64(0), 0x5555555555555555, 0x1111111111111111, 0x0101010101010101, 0x0001000100010001, 0x0000000100000001}

// needEven makes the tree keep evenness.
func (t *tree[page]) needEven() {
	if !t.even {
		t.even = true
		t.makeEven(0, t.top)
	}
}

// makeEven finds the evenness of all children from a node down.
func (t *tree[page]) makeEven(id uint32, level uint) {
	n := &t.nodes[id]
	for c := range uint64(fan) {
		if level > 1 && n.below[c] != none {
			t.makeEven(uint32(n.below[c]), level-1)
		}
		n.even[c] = t.evenness(n, c, level)
	}
}

// raise makes the evenness of child c of a node no less than what is below. It
// reports whether that changed it.
func (t *tree[page]) raise(n *node[page], c uint64, level uint) bool {
	if e := t.evenness(n, c, level); e > n.even[c] {
		n.even[c] = e
		return true
	}
	return false
}

// evenness is that of child c of a node, by the words or the bounds below.
func (t *tree[page]) evenness(n *node[page], c uint64, level uint) (most uint8) {
	switch {
	case level == 1:
		word := n.below[c]
		for int(most) < len(multiples) && word&multiples[most] != 0 {
			most++
		}
		if word&1 != 0 {
			most = allEven
		}
	case n.below[c] != none:
		for _, e := range &t.nodes[n.below[c]].even {
			most = max(most, e)
		}
	case n.sum[c].max != 0:
		most = allEven
	}
	return min(most, evenChild[c%fan]+uint8(spanShift(level-1)))
}

// evenBits has the bits of a word at multiples of 1<<twos.
func evenBits(twos uint) uint64 {
	if twos < wordShift {
		return multiples[twos]
	}
	return 1
}

// evenFrom is the lowest free page of a node that is a multiple of 1<<twos, at
// or behind page from, all counted from the start of the node.
func (t *tree[page]) evenFrom(id uint32, level, twos uint, from uint64) (at uint64, ok bool) {
	t.visits++
	n, shift := &t.nodes[id], spanShift(level-1)
	for c := from >> shift; c < fan; c++ {
		if uint(n.even[c]) <= twos {
			continue
		}
		at, from := c<<shift, max(from, c<<shift)-c<<shift
		switch {
		case level == 1:
			if word := n.below[c] & evenBits(twos) >> from << from; word != 0 {
				return at + uint64(bits.TrailingZeros64(word)), true
			}
		case n.below[c] == none && n.sum[c].max == 0: // taken
		case n.below[c] == none:
			if from = (from + 1<<twos - 1) >> twos << twos; from < 1<<shift {
				return at + from, true
			}
		default:
			if i, ok := t.evenFrom(uint32(n.below[c]), level-1, twos, from); ok {
				return at + i, true
			}
		}
		n.even[c] = t.evenness(n, c, level)
	}
	return 0, false
}

// evenTo is the highest free page of a node that is a multiple of 1<<twos, at or
// in front of page to, all counted from the start of the node.
func (t *tree[page]) evenTo(id uint32, level, twos uint, to uint64) (at uint64, ok bool) {
	t.visits++
	n, shift := &t.nodes[id], spanShift(level-1)
	for c := min(to>>shift, fan-1) + 1; c > 0; {
		if c--; uint(n.even[c]) <= twos {
			continue
		}
		at, to := c<<shift, min(to-c<<shift, 1<<shift-1)
		switch {
		case level == 1:
			if word := n.below[c] & evenBits(twos) << (63 - to) >> (63 - to); word != 0 {
				return at + uint64(bits.Len64(word)) - 1, true
			}
		case n.below[c] == none && n.sum[c].max == 0: // taken
		case n.below[c] == none:
			return at + to>>twos<<twos, true
		default:
			if i, ok := t.evenTo(uint32(n.below[c]), level-1, twos, to); ok {
				return at + i, true
			}
		}
		n.even[c] = t.evenness(n, c, level)
	}
	return 0, false
}

// runs yields start and length of the maximal free runs by address.
func (t *tree[page]) runs() iter.Seq2[uint64, uint64] {
	return func(yield func(start, size uint64) bool) {
		var start, size uint64 // of a run that may go on
		join := func(at, n uint64) bool {
			if at == start+size {
				size += n
				return true
			}
			done := size == 0 || yield(start, size)
			start, size = at, n
			return done
		}
		if t.pieces(0, t.top, 0, join) && size > 0 {
			yield(start, size)
		}
	}
}

// pieces yields the free runs of a node, cut at the edges of words and nodes.
func (t *tree[page]) pieces(id uint32, level uint, base uint64, yield func(start, size uint64) bool) bool {
	n, shift := &t.nodes[id], spanShift(level-1)
	for c := range uint64(fan) {
		at := base + c<<shift
		switch {
		case n.sum[c].max == 0:
		case n.sum[c].max == 1<<shift:
			if !yield(at, 1<<shift) {
				return false
			}
		case level > 1:
			if !t.pieces(uint32(n.below[c]), level-1, at, yield) {
				return false
			}
		default:
			for word := n.below[c]; word != 0; {
				i := uint64(bits.TrailingZeros64(word))
				size := uint64(bits.TrailingZeros64(^(word >> i)))
				if !yield(at+i, size) {
					return false
				}
				word = word >> (i + size) << (i + size)
			}
		}
	}
	return true
}

func (t *tree[page]) footprint() uint64 {
	return uint64(unsafe.Sizeof(*t)) +
		uint64(cap(t.nodes))*uint64(unsafe.Sizeof(node[page]{})) +
		uint64(cap(t.records))*uint64(unsafe.Sizeof(record[page]{}))
}

func (t *tree[page]) check() error {
	nodes, err := t.checkNode(0, t.top, t.root)
	if err != nil {
		return err
	}
	for id := t.spare; id != none; id = uint32(t.nodes[id].below[0]) {
		nodes++
	}
	if nodes != len(t.nodes) {
		return fmt.Errorf("radix: %d nodes are in the tree or spare, there are %d", nodes, len(t.nodes))
	}
	return t.checkRecords()
}

// checkNode compares the summary of a node with what is below, and returns how
// many nodes there are.
func (t *tree[page]) checkNode(id uint32, level uint, want summary[page]) (nodes int, err error) {
	n, shift := &t.nodes[id], spanShift(level-1)
	nodes = 1
	for c := range uint64(fan) {
		s, below := n.sum[c], n.below[c]
		whole := s.whole(shift)
		switch {
		case level == 1:
			if have := slowSummary[page](below); have != s {
				return 0, fmt.Errorf("radix: the summary of word %#x is %v, not %v", below, s, have)
			}
		case whole != (below == none):
			return 0, fmt.Errorf("radix: child %d of a node of level %d is %v with node %d below", c, level, s, below)
		case !whole:
			more, err := t.checkNode(uint32(below), level-1, s)
			if err != nil {
				return 0, err
			}
			nodes += more
		}
	}
	for c := range uint64(fan) {
		if have := t.evenness(n, c, level); t.even && n.even[c] < have {
			return 0, fmt.Errorf("radix: the evenness of child %d of a node of level %d is %d and its bound %d", c, level, have, n.even[c])
		}
	}
	if have := n.merge(shift); have != want {
		return 0, fmt.Errorf("radix: the summary of a node of level %d is %v, not %v", level, want, have)
	}
	return nodes, nil
}

// slowSummary is summarize, page by page.
func slowSummary[page uint32 | uint64](word uint64) (s summary[page]) {
	for i := page(0); i < 64; i++ {
		if word>>i&1 == 0 {
			s.end = 0
			continue
		}
		if s.end++; s.end == i+1 {
			s.start = s.end
		}
		s.max = max(s.max, s.end)
	}
	return s
}

// checkRecords verifies that live allocations and free runs tile the region.
func (t *tree[page]) checkRecords() error {
	var tiles []record[page]
	for _, r := range t.records {
		if r.size != 0 {
			tiles = append(tiles, r)
		}
	}
	vacant := 0
	for id := t.vacant; id != 0; id = uint32(t.records[id-1].start) {
		vacant++
	}
	if len(tiles)+vacant != len(t.records) {
		return fmt.Errorf("radix: %d records are live and %d are vacant, there are %d", len(tiles), vacant, len(t.records))
	}
	for start, size := range t.runs() {
		tiles = append(tiles, record[page]{page(start), page(size)})
	}
	slices.SortFunc(tiles, func(a, b record[page]) int { return cmp.Compare(a.start, b.start) })
	end := page(0)
	for _, r := range tiles {
		if r.start != end {
			return fmt.Errorf("radix: a tile ends at page %d and the next, of %d pages, begins at %d", end, r.size, r.start)
		}
		end += r.size
	}
	if uint64(end) != t.pages {
		return fmt.Errorf("radix: the tiles end at page %d of %d", end, t.pages)
	}
	return nil
}
