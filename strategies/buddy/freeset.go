package buddy

import (
	"fmt"
	"iter"
	"math/bits"
	"unsafe"
)

// A freeSet holds the free blocks of a buddy system: for every order a set of
// block numbers (block i of order k covers pages [i<<k, (i+1)<<k)).
//
// Each order is a tree of 64-bit words. A bit of a leaf word is a free block;
// a bit of a word above says that the word below it is not zero. 64 leaf words
// form a chunk; chunks exist only while they are needed and live in one pool.
// Above the chunks stand l1 (a word per chunk), l2, in wide sets l3, and top, a
// single word. With that "highest free block" is one bit scan per level, and
// setting or clearing a bit updates all levels without a branch: whether a
// word became zero is random, and a mispredicted branch costs more than the
// stores it saves.
//
// Orders with too many blocks for tables in proportion to their number keep
// their words in one hash table, [wordTable].
type freeSet struct {
	mask   uint64       // bit k: order k has a free block
	orders []order      // by order
	words  []uint64     // l1, l2 and l3 of all orders
	table  []uint32     // chunk of each l1 word, as an index of pool; 0 = none
	pool   [][64]uint64 // pool[0] stays all zero: reading an absent chunk needs no branch
	owner  []uint32     // index in table of each chunk of the pool
	used   int          // chunks that are not all zero
	wide   bool         // five levels: some order has 1<<24 blocks or more
	sparse wordTable    // words of the sparse orders

	splits, merges uint64 // made so far
	visits         uint64 // orders and blocks looked at so far
}

// order locates the words of one order.
type order struct {
	top        uint64 // summary of l2, in a wide set of l3
	l1, l2, l3 uint32 // where the levels begin in freeSet.words
	chunks     uint32 // where the chunk table begins in freeSet.table
	sparse     bool
}

const (
	maxTabled      = 1 << 30 // pages from which a region has orders without tables
	maxTabledOrder = 1 << 18 // blocks of an order up to which it has tables in any region
)

func newFreeSet(pages uint64) freeSet {
	s := freeSet{
		orders: make([]order, bits.Len64(pages)),
		pool:   make([][64]uint64, 1, 4),
		owner:  make([]uint32, 1, 4),
		wide:   pages >= 1<<24,
	}
	var nWords, nChunks uint32
	for k := range s.orders {
		o := &s.orders[k]
		blocks := pages >> k
		if pages >= maxTabled && blocks > maxTabledOrder {
			o.sparse = true
			continue
		}
		n1 := uint32(blocks/4096 + 1) // block number `blocks` may be asked for, and is not there
		n2 := (n1 + 63) / 64
		n3 := (n2 + 63) / 64
		o.l1, o.l2, o.l3 = nWords, nWords+n1, nWords+n1+n2
		o.chunks = nChunks
		nWords += n1 + n2
		if s.wide {
			nWords += n3
		}
		nChunks += n1
	}
	s.words = make([]uint64, nWords)
	s.table = make([]uint32, nChunks)
	return s
}

// isZero is 1 for 0 and 0 for all else; the compiler makes it a SETcc.
func isZero(w uint64) uint64 {
	if w == 0 {
		return 1
	}
	return 0
}

// insert adds block i of order k, which is not in the set.
func (s *freeSet) insert(k uint, i uint64) {
	o := &s.orders[k]
	if o.sparse {
		s.insertSparse(k, i)
		return
	}
	c := uint32(i >> 12)
	chunk := s.table[o.chunks+c]
	if chunk == 0 {
		chunk = s.addChunk(o.chunks + c)
	}
	w := i >> 6 & 63
	s.pool[chunk][w] |= 1 << (i & 63)
	l1 := &s.words[o.l1+c]
	s.used += int(isZero(*l1))
	*l1 |= 1 << w
	s.words[o.l2+c>>6] |= 1 << (c & 63)
	if s.wide {
		s.words[o.l3+c>>12] |= 1 << (c >> 6 & 63)
		o.top |= 1 << (c >> 12 & 63)
	} else {
		o.top |= 1 << (c >> 6 & 63)
	}
	s.mask |= 1 << k
}

// remove takes block i of order k, which is in the set, out of it.
func (s *freeSet) remove(k uint, i uint64) {
	o := &s.orders[k]
	if o.sparse {
		s.removeSparse(k, i)
		return
	}
	c := uint32(i >> 12)
	w := i >> 6 & 63
	leaf := &s.pool[s.table[o.chunks+c]][w]
	*leaf &^= 1 << (i & 63)
	s.settle(k, o, c, isZero(*leaf)<<w)
}

// settle clears the bits gone of l1 word c and what follows from it in the
// levels above.
func (s *freeSet) settle(k uint, o *order, c uint32, gone uint64) {
	l1 := &s.words[o.l1+c]
	*l1 &^= gone
	z := isZero(*l1)
	s.used -= int(z)
	l2 := &s.words[o.l2+c>>6]
	*l2 &^= z << (c & 63)
	z = isZero(*l2)
	if s.wide {
		l3 := &s.words[o.l3+c>>12]
		*l3 &^= z << (c >> 6 & 63)
		z = isZero(*l3)
		o.top &^= z << (c >> 12 & 63)
	} else {
		o.top &^= z << (c >> 6 & 63)
	}
	if o.top == 0 {
		// A branch here, unlike above: orders seldom run empty, and predicting
		// that lets the next request begin before this one's words are known.
		s.mask &^= 1 << k
	}
}

// has reports whether block i of order k is in the set.
func (s *freeSet) has(k uint, i uint64) bool {
	o := &s.orders[k]
	if o.sparse {
		return s.sparse.get(leafKey(k, i))>>(i&63)&1 != 0
	}
	return s.pool[s.table[o.chunks+uint32(i>>12)]][i>>6&63]>>(i&63)&1 != 0
}

// highest is the highest block of order k, which has one.
func (s *freeSet) highest(k uint) uint64 {
	o := &s.orders[k]
	if o.sparse {
		i, _ := s.prevSparse(k, ^uint64(0)>>(64-6*sparseLevels))
		return i
	}
	c := uint32(bits.Len64(o.top) - 1)
	if s.wide {
		c = c<<6 | uint32(bits.Len64(s.words[o.l3+c])-1)
	}
	c = c<<6 | uint32(bits.Len64(s.words[o.l2+c])-1)
	w := uint64(bits.Len64(s.words[o.l1+c])-1) & 63
	leaf := s.pool[s.table[o.chunks+c]][w]
	return uint64(c)<<12 | w<<6 | uint64(bits.Len64(leaf)-1)
}

// popHighest removes the highest block of order k, which has one, and returns
// its number.
func (s *freeSet) popHighest(k uint) uint64 {
	o := &s.orders[k]
	if o.sparse {
		i := s.highest(k)
		s.removeSparse(k, i)
		return i
	}
	c := uint32(bits.Len64(o.top) - 1)
	if s.wide {
		c = c<<6 | uint32(bits.Len64(s.words[o.l3+c])-1)
	}
	c = c<<6 | uint32(bits.Len64(s.words[o.l2+c])-1)
	w := uint64(bits.Len64(s.words[o.l1+c])-1) & 63
	leaf := &s.pool[s.table[o.chunks+c]][w]
	bit := uint64(bits.Len64(*leaf) - 1)
	*leaf &^= 1 << (bit & 63)
	s.settle(k, o, c, isZero(*leaf)<<w)
	return uint64(c)<<12 | w<<6 | bit
}

// next is the lowest block of order k at or above from.
func (s *freeSet) next(k uint, from uint64) (i uint64, ok bool) {
	o := &s.orders[k]
	if o.sparse {
		return s.nextSparse(k, from)
	}
	c := uint32(from >> 12)
	if leaf := s.pool[s.table[o.chunks+c]][from>>6&63] >> (from & 63); leaf != 0 {
		return from + uint64(bits.TrailingZeros64(leaf)), true
	}
	if w := s.words[o.l1+c] & above(from>>6); w != 0 {
		return s.lowest(o, c, w), true
	}
	if w := s.words[o.l2+c>>6] & above(uint64(c)); w != 0 {
		return s.lowestIn(o, c&^63|uint32(bits.TrailingZeros64(w))), true
	}
	up := c >> 6 // number of the l2 word done with
	if s.wide {
		w := s.words[o.l3+up>>6] & above(uint64(up))
		if w == 0 {
			t := o.top & above(uint64(up>>6))
			if t == 0 {
				return 0, false
			}
			up = uint32(bits.TrailingZeros64(t)) << 6
			w = s.words[o.l3+up>>6]
		}
		up = up&^63 | uint32(bits.TrailingZeros64(w))
	} else {
		t := o.top & above(uint64(up))
		if t == 0 {
			return 0, false
		}
		up = uint32(bits.TrailingZeros64(t))
	}
	return s.lowestIn(o, up<<6|uint32(bits.TrailingZeros64(s.words[o.l2+up]))), true
}

// above masks the bits of a word that stand above bit i&63.
func above(i uint64) uint64 { return ^uint64(0) << (i & 63) << 1 }

// lowestIn is the lowest block of chunk c, which has one.
func (s *freeSet) lowestIn(o *order, c uint32) uint64 {
	return s.lowest(o, c, s.words[o.l1+c])
}

// lowest is the lowest block of chunk c in the words that l1 names.
func (s *freeSet) lowest(o *order, c uint32, l1 uint64) uint64 {
	w := uint64(bits.TrailingZeros64(l1))
	leaf := s.pool[s.table[o.chunks+c]][w&63]
	return uint64(c)<<12 | w<<6 | uint64(bits.TrailingZeros64(leaf))
}

// splitRight splits block i of order have, which is not in the set, down to
// order k: the lower halves enter the set, the highest piece is returned.
func (s *freeSet) splitRight(have, k uint, i uint64) uint64 {
	s.splits += uint64(have - k)
	for have > k {
		have--
		s.insert(have, i<<1)
		i = i<<1 | 1
	}
	return i
}

// merge adds block i of order k, merged with its buddies.
func (s *freeSet) merge(k uint, i uint64) {
	for s.has(k, i^1) {
		s.remove(k, i^1)
		s.merges++
		i >>= 1
		k++
	}
	s.insert(k, i)
}

// carve takes block i of order k out of the block of order have that holds it;
// what is left of that stays in the set.
func (s *freeSet) carve(have, k uint, i uint64) {
	s.splits += uint64(have - k)
	s.remove(have, i>>(have-k))
	for h := k; h < have; h++ {
		s.insert(h, i>>(h-k)^1)
	}
}

// holder is the order of the block that holds page p and is of at least order k.
func (s *freeSet) holder(k uint, p uint64) (have uint, ok bool) {
	for m := s.mask >> k << k; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		if s.has(h, p>>h) {
			return h, true
		}
	}
	return 0, false
}

// highestOrder is the order of the highest block of at least order k.
func (s *freeSet) highestOrder(k uint) (order uint, ok bool) {
	var top uint64
	for m := s.mask >> k << k; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		if start := s.highest(h) << h; !ok || start > top {
			top, order, ok = start, h, true
		}
	}
	return order, ok
}

// lowestSlot is the lowest aligned slot of order k at or above page first (an
// aligned one) and below limit that lies in a block of order have.
func (s *freeSet) lowestSlot(k uint, first, limit uint64) (slot uint64, have uint, ok bool) {
	for m := s.mask >> k << k; m != 0; m &= m - 1 {
		s.visits++
		h := uint(bits.TrailingZeros64(m))
		j, found := s.next(h, first>>h)
		if p := max(j<<h, first); found && p < limit {
			// Every other order has to do better.
			limit, slot, have, ok = p, p, h, true
			if p == first {
				break
			}
		}
	}
	return slot, have, ok
}

// addChunk gives the l1 word at t of the table a chunk of zeros.
func (s *freeSet) addChunk(t uint32) uint32 {
	chunk := uint32(len(s.pool))
	s.pool = append(s.pool, [64]uint64{})
	s.owner = append(s.owner, t)
	s.table[t] = chunk
	return chunk
}

// compact drops the empty chunks and gives their memory back, unless most are
// in use. It costs the size of the pool.
func (s *freeSet) compact() {
	if len(s.pool) <= 4*s.used+64 {
		return
	}
	pool := make([][64]uint64, 1, s.used+8)
	owner := make([]uint32, 1, s.used+8)
	for i := 1; i < len(s.pool); i++ {
		t := s.owner[i]
		if s.pool[i] == [64]uint64{} {
			s.table[t] = 0
			continue
		}
		s.table[t] = uint32(len(pool))
		pool = append(pool, s.pool[i])
		owner = append(owner, t)
	}
	s.pool, s.owner = pool, owner
}

// all yields every block as (order, number): orders and numbers ascend.
func (s *freeSet) all() iter.Seq2[uint, uint64] {
	return func(yield func(uint, uint64) bool) {
		for m := s.mask; m != 0; m &= m - 1 {
			k := uint(bits.TrailingZeros64(m))
			for i, ok := s.next(k, 0); ok; i, ok = s.next(k, i+1) {
				if !yield(k, i) {
					return
				}
			}
		}
	}
}

// prev is the highest block of order k at or below from.
func (s *freeSet) prev(k uint, from uint64) (i uint64, ok bool) {
	o := &s.orders[k]
	if o.sparse {
		return s.prevSparse(k, from)
	}
	c := uint32(from >> 12)
	if leaf := s.pool[s.table[o.chunks+c]][from>>6&63] << (63 - from&63); leaf != 0 {
		return from - uint64(bits.LeadingZeros64(leaf)), true
	}
	if w := s.words[o.l1+c] & below(from>>6); w != 0 {
		return s.topmost(o, c, w), true
	}
	if w := s.words[o.l2+c>>6] & below(uint64(c)); w != 0 {
		c = c&^63 | uint32(bits.Len64(w)-1)
		return s.topmost(o, c, s.words[o.l1+c]), true
	}
	up := c >> 6
	if s.wide {
		w := s.words[o.l3+up>>6] & below(uint64(up))
		if w == 0 {
			t := o.top & below(uint64(up>>6))
			if t == 0 {
				return 0, false
			}
			up = uint32(bits.Len64(t)-1) << 6
			w = s.words[o.l3+up>>6]
		}
		up = up&^63 | uint32(bits.Len64(w)-1)
	} else {
		t := o.top & below(uint64(up))
		if t == 0 {
			return 0, false
		}
		up = uint32(bits.Len64(t) - 1)
	}
	c = up<<6 | uint32(bits.Len64(s.words[o.l2+up])-1)
	return s.topmost(o, c, s.words[o.l1+c]), true
}

// below masks the bits of a word that stand below bit i&63.
func below(i uint64) uint64 { return 1<<(i&63) - 1 }

// topmost is the highest block of chunk c in the words that l1 names.
func (s *freeSet) topmost(o *order, c uint32, l1 uint64) uint64 {
	w := uint64(bits.Len64(l1) - 1)
	leaf := s.pool[s.table[o.chunks+c]][w&63]
	return uint64(c)<<12 | w<<6 | uint64(bits.Len64(leaf)-1)
}

// footprint is the memory of all levels in bytes.
func (s *freeSet) footprint() uint64 {
	return uint64(cap(s.orders))*uint64(unsafe.Sizeof(order{})) +
		8*uint64(cap(s.words)) + 4*uint64(cap(s.table)) +
		512*uint64(cap(s.pool)) + 4*uint64(cap(s.owner)) + s.sparse.footprint()
}

// check verifies the set of a region of so many pages and counts its pages.
func (s *freeSet) check(pages uint64) (free uint64, err error) {
	used := 0
	for k := range s.orders {
		if o := &s.orders[k]; !o.sparse {
			n, err := s.checkOrder(o)
			if err != nil {
				return 0, fmt.Errorf("order %d: %w", k, err)
			}
			used += n
			if got := s.mask >> k & 1; got != 1-isZero(o.top) {
				return 0, fmt.Errorf("order %d: mask bit %d, top word %#x", k, got, o.top)
			}
		}
	}
	if used != s.used {
		return 0, fmt.Errorf("%d chunks are in use, %d are counted", used, s.used)
	}
	for k, i := range s.all() {
		switch {
		case i+1 > pages>>k:
			return 0, fmt.Errorf("free block %d of order %d ends past page %d", i, k, pages)
		case s.has(k, i^1):
			return 0, fmt.Errorf("blocks %d and %d of order %d are buddies and both free", i, i^1, k)
		}
		free += 1 << k
	}
	return free, nil
}

// checkOrder compares every summary of an order with what it summarises, and
// counts the chunks in use.
func (s *freeSet) checkOrder(o *order) (used int, err error) {
	l1 := s.words[o.l1:o.l2]
	for c, got := range l1 {
		if want := summary(s.pool[s.table[int(o.chunks)+c]][:]); got != want {
			return 0, fmt.Errorf("l1 word %d is %#x, its chunk says %#x", c, got, want)
		}
		used += int(1 - isZero(got))
	}
	l2 := s.words[o.l2:o.l3]
	if err := checkLevel("l2", l2, l1); err != nil {
		return 0, err
	}
	if s.wide {
		l3 := s.words[o.l3:][:(len(l2)+63)/64]
		if err := checkLevel("l3", l3, l2); err != nil {
			return 0, err
		}
		return used, checkLevel("top", []uint64{o.top}, l3)
	}
	return used, checkLevel("top", []uint64{o.top}, l2)
}

// checkLevel compares the words of a level with those below it.
func checkLevel(name string, words, below []uint64) error {
	for i, got := range words {
		if want := summary(below[64*i : min(64*i+64, len(below))]); got != want {
			return fmt.Errorf("%s word %d is %#x, the words below say %#x", name, i, got, want)
		}
	}
	return nil
}

// summary has a bit for every word that is not zero.
func summary(words []uint64) (sum uint64) {
	for i, w := range words {
		sum |= (1 - isZero(w)) << i
	}
	return sum
}
