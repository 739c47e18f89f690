package buddy

import (
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// runs are the indexes that serve tryHarder (harder.go). It wants the highest free
// block of one order around which a run of the size asked for is free. On a
// checkerboard no block serves, and trying each makes a refusal expensive. So a
// request that has tried many in vain (tryEach) makes an index of the blocks of
// that order, which is kept while such requests are frequent.
//
// What a block is good for is one number, its reach: the largest size it serves. A
// block that serves a size also serves every smaller size of the same order: of two
// sizes, let the larger be made of c pages at the right and the rest at the left;
// either the smaller fits the c pages, or it has the same leading binary digits up
// to c and needs less at the left. So the highest block that serves a size is found
// in a tree that knows the largest reach of every subtree. Blocks that serve only
// themselves, all those of a checkerboard, are not in it.
//
// A granted or freed block changes the reach of the blocks of the order in the free
// run that it touches, two of them at most, and of what is a block of the order in
// its own place. Changes are noted in a journal and followed up at the next request
// or when there are many. An index visits every block of the order once, when it is
// made. It is dropped when so much was granted or freed since the last request
// that trying each block would have cost less; those grants then pay for the next
// one. So it is O(log n) per operation in the long run.
//
// An index made at the first request that tries harder, and kept for four times as
// many changes as it has blocks, cost the workload contigfirst seven times as much
// per operation as no index.
type runs struct {
	indexes []runIndex
	journal []span
}

// span is pages [start, end) that were granted or freed.
type span struct{ start, end uint64 }

// runIndex has the reach of the free blocks of one order and of some kinds, for one
// smallest block of the request.
type runIndex struct {
	order, minOrder uint
	of              kinds
	mixed           bool // made with clear memory about: the walk enters blocks whose halves differ in kind
	tree            reachTree
	starts          reachTree // of next: by multiple of the smallest block
	size            uint64    // of next: it is for requests of this size in pages; 0: any
	idle, patience  int       // changes since the last request, and how many drop the index
}

// A runRule is how a kernel tries harder at one block.
type runRule interface {
	// runAround appends the pieces of a run for q at the free block of q's order at
	// page p.
	runAround(dst []strategies.Block, p uint64, q *request) (run []strategies.Block, ok bool)
	// candidate is the highest block below a number that may serve so many pages.
	candidate(x *runIndex, below, size uint64) (i uint64, ok bool)
	// look enters in an index what block i of its order is good for: its reach, if it
	// is free.
	look(x *runIndex, i uint64)
	// reach is the largest size in pages that the free block of an index at page p
	// serves, 0 if it serves only itself.
	reach(x *runIndex, p uint64) uint64
	// repeats reports whether blocks that x names can be tried in vain by each request, and
	// an index for a size would name none of them.
	repeats(x *runIndex) bool
	// touch looks again at the blocks of an index whose reach a change may have
	// changed.
	touch(x *runIndex, c span)
}

const maxJournal = 256 // spans, before they are followed up

// note enters granted or freed blocks in the journal.
func (m *memory) note(blocks []strategies.Block) {
	for j := range blocks {
		b := &blocks[j]
		m.runs.journal = append(m.runs.journal, span{b.Start >> m.shift, b.End() >> m.shift})
	}
	if len(m.runs.journal) >= maxJournal {
		m.followUp()
	}
}

// noteBlock enters block i of order k.
func (m *memory) noteBlock(k uint, i uint64) {
	m.runs.journal = append(m.runs.journal, span{i << k, (i + 1) << k})
}

// followUp brings the indexes up to date and drops those that no request has asked
// for lately.
func (m *memory) followUp() {
	r := m.runs
	for j := 0; j < len(r.indexes); {
		x := &r.indexes[j]
		if x.idle += len(r.journal); x.idle <= x.patience {
			for _, c := range r.journal {
				m.rule.touch(x, c)
			}
			j++
			continue
		}
		last := len(r.indexes) - 1
		x.reset()
		r.indexes[j], r.indexes[last] = r.indexes[last], r.indexes[j]
		r.indexes = r.indexes[:last]
	}
	r.journal = r.journal[:0]
	if len(r.indexes) == 0 {
		m.watched = 0
	}
}

// forget drops all indexes.
func (m *memory) forget() { m.runs, m.watched = nil, 0 }

// index is the index of an order, a smallest block and kinds, up to date, or nil: one for
// the size if there is one.
func (m *memory) index(order, minOrder uint, of kinds, size uint64) (found *runIndex) {
	if m.watched == 0 {
		return nil
	}
	m.followUp()
	r, mixed := m.runs, m.clearAvail != 0
	for j := range r.indexes {
		if x := &r.indexes[j]; x.order == order && x.minOrder == minOrder && x.of == of && x.mixed == mixed && (x.size == size || x.size == 0 && found == nil) {
			found = x
		}
	}
	if found != nil {
		found.idle = 0
	}
	return found
}

// newIndex makes the index of an order, a smallest block, kinds and a size, or 0 for all.
// There is none yet.
func (m *memory) newIndex(order, minOrder uint, of kinds, size uint64) *runIndex {
	if m.runs == nil {
		m.runs = new(runs)
	}
	r, mixed := m.runs, m.clearAvail != 0
	if n := len(r.indexes); n < cap(r.indexes) {
		r.indexes = r.indexes[:n+1] // with the slab of one that was dropped
	} else {
		r.indexes = append(r.indexes, runIndex{})
	}
	x := &r.indexes[len(r.indexes)-1]
	*x = runIndex{order: order, minOrder: minOrder, of: of, mixed: mixed, size: size, tree: x.tree, starts: x.starts}
	x.reset()
	blocks := 0
	for _, c := range []kind{dirty, clear} {
		s := m.set(c)
		for i := uint64(0); of.has(c) && s.mask>>order&1 != 0; i++ {
			var ok bool
			if i, ok = s.next(order, i); !ok {
				break
			}
			m.rule.look(x, i)
			blocks++
		}
	}
	x.patience = 2 + blocks/triesPerGrant
	m.watched = 1
	return x
}

// touch looks at the blocks of the order in the free runs next to the change.
func (m *memory) touch(x *runIndex, c span) {
	k := x.order
	if c.end-c.start <= 1<<k {
		// The block of the order that holds the pages, or could, and its buddy.
		m.look(x, c.start>>k)
		m.look(x, c.start>>k^1)
	}
	far := uint64(2) << max(k, x.minOrder)
	for p := c.end; p < m.pages && p-c.end < far; {
		h, _, ok := m.holder(0, p)
		if !ok {
			break
		}
		if h == k {
			m.look(x, p>>k)
		}
		p = (p>>h + 1) << h
	}
	for p := c.start; p > 0 && c.start-p < far; {
		h, _, ok := m.holder(0, p-1)
		if !ok {
			break
		}
		p = (p - 1) >> h << h
		if h == k {
			m.look(x, p>>k)
		}
	}
}

func (x *runIndex) reset() {
	x.tree.reset()
	x.starts.reset()
}

// candidate is found by its reach.
func (m *memory) candidate(x *runIndex, below, size uint64) (i uint64, ok bool) {
	return x.tree.find(x.tree.root, below, size, &m.dirty.visits)
}

// repeats is no: what is named in vain is merged.
func (m *memory) repeats(*runIndex) bool { return false }

// look enters the reach of block i.
func (m *memory) look(x *runIndex, i uint64) {
	m.dirty.visits++
	reach := uint64(0)
	if i < m.pages>>x.order && m.hasOf(x.of, x.order, i) {
		reach = m.rule.reach(x, i<<x.order)
	}
	x.tree.set(i, reach)
}

// hasOf reports whether block i of order k is free and of one of the kinds.
func (m *memory) hasOf(of kinds, k uint, i uint64) bool {
	return of.has(dirty) && m.dirty.has(k, i) || of.has(clear) && m.clearAvail != 0 && m.clear.has(k, i)
}

// reach is the largest size in pages that the free block of the index at page p
// serves, 0 if it serves only itself.
func (m *memory) reach(x *runIndex, p uint64) uint64 {
	s := surroundings{mixed: x.mixed, block: 1 << x.order, least: 1 << x.minOrder, room: m.pages - p - 1<<x.order}
	end := p + s.block
	s.right = m.freeAfter(end, min(m.pages, end+s.block)) - end
	s.left = p - m.freeBefore(p, p-min(p, 2*max(s.block, s.least)))
	if s.left|s.right == 0 {
		return 0
	}
	n := s.block
	for bit := s.block >> 1; bit > 0; bit >>= 1 {
		if s.serves(n | bit) {
			n |= bit
		}
	}
	if n == s.block {
		return 0
	}
	return n
}

// surroundings are the free pages around a free block: what its reach depends on.
type surroundings struct {
	block       uint64 // its pages
	left, right uint64 // free pages next to it, as far as they can count
	least       uint64 // pages of the smallest block of the request
	room        uint64 // pages between the block and the region's end
	mixed       bool
}

// serves reports whether runAround finds a run for a size of the order of the
// block. With clear memory about, runAround may find less: the walk goes on to the
// last free page only while there is clear memory that it has not met.
func (s *surroundings) serves(size uint64) bool {
	rest := size - s.block
	// The walk to the right takes the binary digits as far as all is free.
	got := uint64(0)
	for digits := min(rest, s.room); digits != 0; {
		d := uint64(1) << log2(digits)
		if got+d > s.right {
			break
		}
		got += d
		digits -= d
	}
	if s.mixed {
		got = min(rest, s.right)
	}
	if got == rest {
		return true
	}
	need := roundUp(max(rest-got, s.least), s.least)
	return need <= s.left
}

// freeAfter is where the free pages from p on end, limit at most.
func (m *memory) freeAfter(p, limit uint64) uint64 {
	for p < limit {
		h, _, ok := m.holder(0, p)
		if !ok {
			return p
		}
		p = (p>>h + 1) << h
	}
	return limit
}

// freeBefore is where the free pages that end at p begin, limit at least.
func (m *memory) freeBefore(p, limit uint64) uint64 {
	for p > limit {
		h, _, ok := m.holder(0, p-1)
		if !ok {
			return p
		}
		p = (p - 1) >> h << h
	}
	return limit
}

func (r *runs) footprint() uint64 {
	if r == nil {
		return 0
	}
	n := uint64(unsafe.Sizeof(*r)) + uint64(cap(r.indexes))*uint64(unsafe.Sizeof(runIndex{})) +
		uint64(cap(r.journal))*uint64(unsafe.Sizeof(span{}))
	for _, x := range r.indexes[:cap(r.indexes)] {
		n += uint64(cap(x.tree.nodes)+cap(x.starts.nodes)) * uint64(unsafe.Sizeof(reachNode{}))
	}
	return n
}

// A clock counts the blocks granted since blocks were last tried one by one. It
// is the policy's own: what [allocator.Counters] reports decides nothing.
type clock uint64

// triesPerGrant is how many blocks may be tried for each block granted: about
// what it costs to keep an index up to date for one. So trying adds a constant to
// each operation in the long run, and no index is made where few requests try
// harder or few blocks are in question.
const triesPerGrant = 32

// tries is how many blocks may be tried one by one now.
func (c clock) tries() uint64 { return triesPerGrant * (1 + uint64(c)) }
