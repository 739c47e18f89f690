package buddy

import (
	"fmt"
	"iter"

	"github.com/vramlab/vramlab/strategies"
)

// memory is the free pages of a region, of two kinds, and what policies of any
// kernel ask and do with them. All its positions and lengths are in pages; block
// i of order k covers the pages [i<<k, (i+1)<<k).
type memory struct {
	dirty freeSet // in next, all free blocks

	pages      uint64 // managed pages; pages past them are never free
	avail      uint64 // free pages, dirty and clear
	clearAvail uint64 // clear free pages; while there are none, clear is not looked at
	clear      freeSet
	pairs      freeSet // of free buddies of different kinds
	shift      uint    // log2 of the page size
	request    request // that is being served

	watched uint64 // not 0: runs has an index, and every change is noted
	runs    *runs
	rule    runRule // of trying harder
}

// kind says which of the two free sets a block belongs to.
type kind uint8

const (
	dirty kind = iota // contents unknown
	clear             // contents known to be zero
)

// kinds is a set of kinds.
type kinds uint8

const (
	justDirty  kinds = 1 << dirty
	justClear  kinds = 1 << clear
	eitherKind       = justDirty | justClear
)

func (of kinds) has(c kind) bool { return of>>c&1 != 0 }

func (m *memory) set(c kind) *freeSet {
	if c == clear {
		return &m.clear
	}
	return &m.dirty
}

// track makes the sets that only clear memory and aligned sets need, once. From then
// on the free sets tell what becomes free.
func (m *memory) track() {
	if m.clear.orders != nil {
		return
	}
	m.clear, m.pairs = newFreeSet(m.pages), newFreeSet(m.pages)
	m.dirty.other, m.dirty.pairs = &m.clear, &m.pairs
	m.clear.other, m.clear.pairs = &m.dirty, &m.pairs
}

// count books pages of a kind as taken.
func (m *memory) count(c kind, pages uint64) {
	m.avail -= pages
	if c == clear {
		m.clearAvail -= pages
	}
}

// holder finds the free block that holds page p and is of at least order k.
func (m *memory) holder(k uint, p uint64) (have uint, c kind, ok bool) {
	if have, ok = m.dirty.holder(k, p); ok || m.clearAvail == 0 {
		return have, dirty, ok
	}
	have, ok = m.clear.holder(k, p)
	return have, clear, ok
}

// release makes the pages [start, end) free, piece by piece, merging.
func (m *memory) release(c kind, start, end uint64) {
	for start < end {
		k := piece(start, end)
		m.set(c).merge(k, start>>k)
		start += 1 << k
	}
}

// prevOf is the first page of the highest free block of the kinds and of order k
// below page p.
func (m *memory) prevOf(of kinds, k uint, p uint64) (start uint64, ok bool) {
	for _, c := range []kind{dirty, clear} {
		if s := m.set(c); of.has(c) && s.mask>>k&1 != 0 && p > 0 {
			m.dirty.visits++
			if i, found := s.prev(k, (p-1)>>k); found && (!ok || i<<k > start) {
				start, ok = i<<k, true
			}
		}
	}
	return start, ok
}

// pairBelow is the highest pair of free buddies of order k and different kinds
// at or below pair number p.
func (m *memory) pairBelow(k uint, p uint64) (pair uint64, ok bool) {
	if m.pairs.mask>>k&1 == 0 {
		return 0, false
	}
	m.clear.visits++
	return m.pairs.prev(k, p)
}

// mergeAnyKind merges clear block i of order k with its buddies of either kind
// and returns the order of the dirty block that results.
func (m *memory) mergeAnyKind(k uint, i uint64) uint {
	m.clear.remove(k, i)
	m.clearAvail -= 1 << k
	for {
		if m.watched != 0 {
			m.noteBlock(k, i) // it becomes part of another
		}
		switch {
		case m.dirty.has(k, i^1):
			m.dirty.remove(k, i^1)
		case m.clearAvail != 0 && m.clear.has(k, i^1):
			m.clear.remove(k, i^1)
			m.clearAvail -= 1 << k
		default:
			m.dirty.insert(k, i)
			return k
		}
		m.dirty.merges++
		i >>= 1
		k++
	}
}

// blocks yields the free blocks, dirty before clear, by order and address.
func (m *memory) blocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for _, c := range []kind{dirty, clear} {
			for k, i := range m.set(c).all() {
				if !yield(strategies.Block{Start: i << k << m.shift, Size: 1 << k << m.shift}) {
					return
				}
			}
		}
	}
}

// checkPairs compares the pairs with the sets of the two kinds.
func (m *memory) checkPairs() error {
	pairs := 0
	for k, i := range m.clear.all() {
		want := m.dirty.has(k, i^1)
		if m.pairs.has(k, i>>1) != want {
			return fmt.Errorf("order %d: clear block %d has a dirty buddy: %v; the pairs say otherwise", k, i, want)
		}
		if want {
			pairs++
		}
	}
	for range m.pairs.all() {
		pairs--
	}
	if pairs != 0 {
		return fmt.Errorf("the pairs are %d too few", pairs)
	}
	return nil
}

// footprint is the metadata of the free sets and the indexes, in bytes.
func (m *memory) footprint() uint64 {
	return m.dirty.footprint() + m.clear.footprint() + m.pairs.footprint() + m.runs.footprint()
}
