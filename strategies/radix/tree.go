package radix

import "github.com/vramlab/vramlab/strategies/internal/pages"

// The shape of the tree: nodes of level 1 have 8 children of 64 pages each, a
// word of bits; nodes of a level above have 8 children of the level below.
const (
	wordShift = 6
	fanShift  = 3
	fan       = 1 << fanShift
	maxLevels = 17 // above level 16, whose nodes have 2^54 pages
)

// A summary says what a search for a run, in a range of pages or across its edges,
// must know of the range.
//
// Evenness as a fourth part of every summary makes all operations 30 % slower;
// exact in the nodes instead of an upper bound, a fifth, once it is kept. Summaries
// in bytes for words, in leaves of their own, save 6 % of the time and take twice the
// code.
type summary[page uint32 | uint64] struct {
	start page // free pages at the start
	max   page // longest run of free pages
	end   page // free pages at the end
}

// nodeID numbers a node in the slab; 0 is the root.
type nodeID uint32

// node is an inner node of the tree. With 4, 16 or 32 children instead of 8 the
// plain loads take 3 to 18 % longer.
type node[page uint32 | uint64] struct {
	sum   [fan]summary[page] // of the children
	below [fan]uint64        // level 1: the words, bit set = page is free; above: the child nodes, or none
	even  [fan]uint8         // bounds of the evenness of the children, where the tree keeps them
}

// none is the child node of a range that is free or taken as a whole. Node 0 is
// the root, which is nobody's child.
const none = 0

// recordID numbers a record: the Node of a block.
type recordID uint32

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
	pages   uint64        // of the region; those past it are taken for ever
	nodes   []node[page]
	spare   nodeID // first unused node, linked through below[0], or none
	records []record[page]
	vacant  recordID // first vacant record + 1
	even    bool     // the nodes keep bounds of evenness
	visits  uint64   // nodes visited, in searches and in changes, for Counters
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
func (t *tree[page]) take(q pages.Query) (id recordID, start uint64, ok bool) {
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
		return recordID(len(t.records) - 1), start, true
	}
	id = t.vacant - 1
	r := &t.records[id]
	t.vacant = recordID(r.start)
	*r = record[page]{page(start), page(q.Size)}
	return id, start, true
}

// give takes back the allocation of record id, or reports that the record is not
// this allocation.
func (t *tree[page]) give(id recordID, start, size uint64) bool {
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
//
// Making all summaries up to the root anew, instead of up to the first that does not
// change, is 10 to 25 % slower. Changing summaries in place from what changed in one
// child is half the instructions and no faster: its branches are random. Keeping the
// path of the search for the update gains 3 %, for a mutable field.
func (t *tree[page]) set(lo, hi uint64, free bool) {
	// Go down while the range is in one child.
	var path [maxLevels]nodeID
	id, level, shift := nodeID(0), t.top, spanShift(t.top)
	for level > 1 {
		down := (shift - fanShift) & 63
		if lo>>down != (hi-1)>>down || hi-lo == 1<<down {
			break
		}
		child := nodeID(t.nodes[id].below[lo>>down%fan])
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

// fill is set for the pages [lo, hi) of one node. It returns the new summary of the
// node, which its parent does not have yet.
func (t *tree[page]) fill(id nodeID, level uint, lo, hi uint64, free bool) summary[page] {
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
			child := nodeID(n.below[c%fan])
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

// split makes a node for child c of a node, whose range was all free or all taken
// and no longer is.
func (t *tree[page]) split(id nodeID, c uint64, level uint, free bool) nodeID {
	child := t.spare
	if child == none {
		child = nodeID(len(t.nodes))
		t.nodes = append(t.nodes, node[page]{})
	}
	n := &t.nodes[child]
	t.spare = nodeID(n.below[0])
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

// prune drops the node of child c, whose range is all free or all taken now.
func (t *tree[page]) prune(n *node[page], c uint64) {
	id := nodeID(n.below[c])
	n.below[c] = none
	t.nodes[id].below[0] = uint64(t.spare)
	t.spare = id
}
