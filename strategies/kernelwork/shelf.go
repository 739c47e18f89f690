package kernelwork

import (
	"cmp"
	"math/bits"
	"slices"
)

// shelf has the free blocks: for each order one row, or one for each of the classes clear
// and dirty.
type shelf struct {
	rows  [][]row // by kind, then by order; clear before dirty
	meter *meter
}

// row is the free blocks of one order, and of one class where they are kept apart.
type row interface {
	insert(*block)
	remove(*block)
	highest() *block       // nil if there is none; of a stack, the head
	below(b *block) *block // the next one down, nil if there is none
}

// newShelf makes rows of so many kinds for the orders 0 to most.
func newShelf(kinds int, most uint, meter *meter, newRow func() row) *shelf {
	s := &shelf{rows: make([][]row, kinds), meter: meter}
	for i := range s.rows {
		for range most + 1 {
			s.rows[i] = append(s.rows[i], newRow())
		}
	}
	return s
}

// row is where free blocks of the order and class stand.
func (s *shelf) row(order uint, c class) row {
	if len(s.rows) > 1 && c == dirty {
		return s.rows[1][order]
	}
	return s.rows[0][order]
}

// look is row for a search, which counts.
func (s *shelf) look(order uint, c class) row {
	s.meter.count(Head)
	return s.row(order, c)
}

func (s *shelf) put(b *block)  { s.row(b.order, b.class).insert(b) }
func (s *shelf) drop(b *block) { s.row(b.order, b.class).remove(b) }

// changed is to be called when the class of a free block in a tree of all classes changed.
func (s *shelf) changed(b *block) { s.row(b.order, b.class).(*blockTree).changed(&b.at) }

// orders is the number of orders.
func (s *shelf) orders() uint { return uint(len(s.rows[0])) }

// each calls f for the free blocks; it counts as a search would.
func (s *shelf) each(f func(*block) (goOn bool)) {
	for _, kind := range s.rows {
		for _, r := range kind {
			for b := r.highest(); b != nil; b = r.below(b) {
				if !f(b) {
					return
				}
			}
		}
	}
}

// sortedList is a list sorted by address, as Linux had it until 6.17. An insertion walks
// from the low end to the first block that is higher. Here a binary search finds the
// place, and the blocks that the walk would have passed are counted.
type sortedList struct {
	blocks []*block
	meter  *meter
}

func (l *sortedList) find(b *block) int {
	i, _ := slices.BinarySearchFunc(l.blocks, b.start, func(b *block, start uint64) int { return cmp.Compare(b.start, start) })
	return i
}

func (l *sortedList) insert(b *block) {
	i := l.find(b)
	for _, seen := range l.blocks[:min(i+1, len(l.blocks))] {
		l.meter.visit(ListStep, seen.at.node)
	}
	l.blocks = slices.Insert(l.blocks, i, b)
}

func (l *sortedList) remove(b *block) {
	i := l.find(b)
	l.blocks = slices.Delete(l.blocks, i, i+1)
}

func (l *sortedList) highest() *block {
	if len(l.blocks) == 0 {
		return nil
	}
	return l.blocks[len(l.blocks)-1]
}

func (l *sortedList) below(b *block) *block {
	i := l.find(b)
	if i == 0 {
		return nil
	}
	l.meter.visit(ListStep, l.blocks[i-1].at.node)
	return l.blocks[i-1]
}

// The traits of free blocks in trees.
const (
	aligned = iota // 0 bits that the start ends with; anyAlign for a block at 0
	cleaner        // the class
)

// anyAlign is the alignment of a block at 0, which suits every request.
const anyAlign = 65

func alignment(b *block) uint64 {
	if b.start == 0 {
		return anyAlign
	}
	return uint64(bits.TrailingZeros64(b.start))
}

// blockTree is a red-black tree by address.
type blockTree struct{ tree[*block] }

// newBlockTree makes an empty tree; with traits it is augmented.
func newBlockTree(meter *meter, of func(*block) traits) *blockTree {
	return &blockTree{tree[*block]{
		before: func(a, b *block) bool { return a.start < b.start },
		traits: of, meter: meter, visit: TreeNode,
	}}
}

func (t *blockTree) insert(b *block)       { t.tree.insert(&b.at) }
func (t *blockTree) remove(b *block)       { t.tree.remove(&b.at) }
func (t *blockTree) highest() *block       { return itemOf(t.last()) }
func (t *blockTree) below(b *block) *block { return itemOf(t.prev(&b.at)) }

// highestWith is the highest block with at least n of a trait.
func (t *blockTree) highestWith(which int, n uint64) *block {
	return itemOf(t.lastWith(t.root, which, n))
}

// itemOf is the item in a place of a tree, the zero value for no place.
func itemOf[T any](e *elem[T]) (item T) {
	if e != nil {
		item = e.item
	}
	return item
}
