package radix

import (
	"cmp"
	"fmt"
	"iter"
	"math/bits"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

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
func (t *tree[page]) pieces(id nodeID, level uint, base uint64, yield func(start, size uint64) bool) bool {
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
			if !t.pieces(nodeID(n.below[c]), level-1, at, yield) {
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

func (t *tree[page]) counters() strategies.Counters { return strategies.Counters{Visits: t.visits} }

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
	for id := t.spare; id != none; id = nodeID(t.nodes[id].below[0]) {
		nodes++
	}
	if nodes != len(t.nodes) {
		return fmt.Errorf("radix: %d nodes are in the tree or spare, there are %d", nodes, len(t.nodes))
	}
	return t.checkRecords()
}

// checkNode compares the summary of a node with what is below, and returns the
// number of nodes.
func (t *tree[page]) checkNode(id nodeID, level uint, want summary[page]) (nodes int, err error) {
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
			more, err := t.checkNode(nodeID(below), level-1, s)
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
	for id := t.vacant; id != 0; id = recordID(t.records[id-1].start) {
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
