package buddy

import "math/bits"

// Sparse orders have the same tree of 64-bit words as the tabled ones, but of a
// fixed depth, and only the words that are not zero exist, in one hash table for
// all orders. They are about five times slower; their memory is in proportion to
// what is free, which makes them good for the 2^52 pages of the largest region.

// sparseLevels is the depth of a sparse tree: 9 levels of 6 bits reach 54-bit
// block numbers, and a region has at most 2^52 pages.
const sparseLevels = 9

// wordKey names word i of a level (0 = leaves) of an order. Never zero.
func wordKey(k uint, level int, i uint64) uint64 {
	return 1<<63 | uint64(k)<<57 | uint64(level)<<53 | i
}

func leafKey(k uint, i uint64) uint64 { return wordKey(k, 0, i>>6) }

func (s *freeSet) insertSparse(k uint, i uint64) {
	for level := range sparseLevels {
		key := wordKey(k, level, i>>6)
		w := s.sparse.get(key)
		s.sparse.put(key, w|1<<(i&63))
		if w != 0 {
			return
		}
		i >>= 6
	}
	s.mask |= 1 << k
}

func (s *freeSet) removeSparse(k uint, i uint64) {
	for level := range sparseLevels {
		key := wordKey(k, level, i>>6)
		w := s.sparse.get(key) &^ (1 << (i & 63))
		s.sparse.put(key, w)
		if w != 0 {
			return
		}
		i >>= 6
	}
	s.mask &^= 1 << k
}

// nextSparse climbs from the leaf of from until a word has a bit above the one
// it came from, then descends to the lowest bit.
func (s *freeSet) nextSparse(k uint, from uint64) (uint64, bool) {
	i := from
	for level := 0; level < sparseLevels; level++ {
		w := s.sparse.get(wordKey(k, level, i>>6)) >> (i & 63)
		if w != 0 {
			i += uint64(bits.TrailingZeros64(w))
			for level--; level >= 0; level-- {
				i = i<<6 | uint64(bits.TrailingZeros64(s.sparse.get(wordKey(k, level, i))))
			}
			return i, true
		}
		i = i>>6 + 1
	}
	return 0, false
}

// prevSparse is the mirror image of nextSparse.
func (s *freeSet) prevSparse(k uint, from uint64) (uint64, bool) {
	i := from
	for level := 0; level < sparseLevels; level++ {
		w := s.sparse.get(wordKey(k, level, i>>6)) << (63 - i&63)
		if w != 0 {
			i -= uint64(bits.LeadingZeros64(w))
			for level--; level >= 0; level-- {
				i = i<<6 | uint64(bits.Len64(s.sparse.get(wordKey(k, level, i)))-1)
			}
			return i, true
		}
		if i>>6 == 0 {
			return 0, false
		}
		i = i>>6 - 1
	}
	return 0, false
}

// wordTable maps keys to words that are not zero: open addressing with linear
// probing, at most half full, and no tombstones, since a removal moves up the
// entries behind it. In a steady state it allocates nothing.
type wordTable struct {
	slots []wordSlot // a power of two, or none
	n     int
}

type wordSlot struct{ key, word uint64 } // key 0 = empty

func (t *wordTable) home(key uint64) uint64 {
	hi, lo := bits.Mul64(key, 0x9e3779b97f4a7c15)
	return (hi ^ lo) & uint64(len(t.slots)-1)
}

// get returns the word of key, 0 if there is none.
func (t *wordTable) get(key uint64) uint64 {
	if t.n == 0 {
		return 0
	}
	for i := t.home(key); ; i = (i + 1) & uint64(len(t.slots)-1) {
		switch t.slots[i].key {
		case key:
			return t.slots[i].word
		case 0:
			return 0
		}
	}
}

// put sets the word of key; 0 removes it.
func (t *wordTable) put(key, word uint64) {
	if 2*(t.n+1) > len(t.slots) {
		t.resize(max(64, 2*len(t.slots)))
	}
	i := t.home(key)
	for t.slots[i].key != key && t.slots[i].key != 0 {
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	found := t.slots[i].key == key
	switch {
	case word != 0:
		t.slots[i] = wordSlot{key, word}
		if !found {
			t.n++
		}
	case found:
		t.removeAt(i)
	}
}

// removeAt empties slot i and moves up what probed past it.
func (t *wordTable) removeAt(i uint64) {
	mask := uint64(len(t.slots) - 1)
	for j := (i + 1) & mask; t.slots[j].key != 0; j = (j + 1) & mask {
		if (j-t.home(t.slots[j].key))&mask >= (j-i)&mask {
			t.slots[i] = t.slots[j]
			i = j
		}
	}
	t.slots[i] = wordSlot{}
	t.n--
	if len(t.slots) > 256 && 16*t.n < len(t.slots) {
		t.resize(len(t.slots) / 4)
	}
}

func (t *wordTable) resize(size int) {
	old := t.slots
	t.slots, t.n = make([]wordSlot, size), 0
	for _, s := range old {
		if s.key != 0 {
			t.put(s.key, s.word)
		}
	}
}

func (t *wordTable) footprint() uint64 { return 16 * uint64(cap(t.slots)) }
