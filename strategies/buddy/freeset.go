package buddy

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// A freeSet holds the free blocks of a buddy system: for every order a set of
// block numbers (block i of order k covers pages [i<<k, (i+1)<<k)).
//
// Each order is a tree of 64-bit words. A bit of a leaf word is a free block;
// 64 leaf words form a chunk. Every 4,096 block numbers have a [node]: a word
// with a bit for each leaf word that is not zero, and the chunk itself, which
// exists only while it is needed. Above the nodes stand l2 (a bit for each node
// that is not empty), from 2^24 blocks l3, and top, a single word. So the
// highest free block is one bit scan per level, and setting or clearing a bit
// updates all levels without a branch: whether a word became zero is random,
// and a mispredicted branch costs more than the stores it saves.
//
// Orders with too many blocks for nodes in proportion to their number keep
// their words in one hash table, [wordTable].
//
// Where a node says that a leaf word is zero, the word is not read, only stored to:
// in a large region it is not in the cache. Most frees are of that kind, since free
// blocks of one order are few and far apart.
//
// Tried and rejected:
//   - Updating upper levels only when a word becomes zero or stops being zero:
//     for the node word that is a coin toss, and for the words above, searches that
//     begin at the last word used still mispredict a third of the time.
//   - Reading the leaf word always, to save the branch: no detectable difference.
//   - Mirrored bits, to scan for trailing zeros: worth the compiler's fix-up for
//     zero, 0.3 ns a scan; not built.
//   - Scans of n|1, to spare the compiler's fix-up for zero in log2: under
//     1 % fewer instructions, no detectable difference in time.
//   - Bitmaps for the whole region: simpler, but they stay when all is free again.
//   - One index over all orders for windows: every plain operation would keep it.
type freeSet struct {
	mask   uint64     // bit k: order k has a free block
	orders *[64]order // by order; nil in a set that was never used
	chunks []uint64   // where the chunks are: order << 32 | node
	sparse wordTable

	// Once there was clear memory, the sets of the two kinds keep a third: pair
	// i>>1 of order k is in it if block i of order k is in one of them and its buddy
	// in the other.
	other, pairs *freeSet
	aligned      []*alignedSet // told of what is inserted, once there is pairs

	pages          uint64 // of the region
	splits, merges uint64 // for Counters
	visits         uint64 // orders and blocks visited, for Counters
}

// order is the tree of one order: 64 bytes, a cache line.
type order struct {
	nodes []node      // none: the order is sparse, or there is no such block
	l2    []uint64    // bit: a node that is not empty
	l3    *[64]uint64 // bit: a word of l2 that is not zero; nil if l2 has 64 words at most
	top   uint64      // bit: a word of l3 that is not zero, without it of l2
}

// node is 4,096 blocks of an order. The chunk pointer stands beside the word: a
// table of words and one of chunk numbers cost a dependent load and two bounds
// checks more per block.
type node struct {
	words uint64      // bit w: chunk[w] is not zero
	chunk *[64]uint64 // may be nil while words is zero
}

const (
	maxTabled      = 1 << 30 // pages from which a region has sparse orders
	maxTabledOrder = 1 << 18 // blocks of an order up to which it is never sparse
)

func newFreeSet(pages uint64) freeSet {
	return newBlockSet(pages, uint(bits.Len64(pages)), func(k uint) uint64 { return pages >> k })
}

// newBlockSet is a set with that many orders and numbers of blocks in each.
func newBlockSet(pages uint64, orders uint, numbers func(k uint) uint64) freeSet {
	s := freeSet{orders: new([64]order), pages: pages}
	for k := range orders {
		blocks := numbers(k)
		if pages >= maxTabled && blocks > maxTabledOrder {
			continue
		}
		o := &s.orders[k]
		o.nodes = make([]node, (blocks+4095)/4096)
		o.l2 = make([]uint64, (len(o.nodes)+63)/64)
		if len(o.l2) > 64 {
			o.l3 = new([64]uint64)
		}
	}
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
	if s.pairs != nil {
		if s.other.mask>>(k&63)&1 != 0 && s.other.has(k, i^1) {
			s.pairs.insert(k, i>>1)
		}
		if len(s.aligned) != 0 {
			s.enterAligned(k, i)
		}
	}
	o := &s.orders[k&63]
	c := i >> 12
	if c >= uint64(len(o.nodes)) {
		s.insertSparse(k, i)
		return
	}
	n := &o.nodes[c]
	if n.chunk == nil {
		s.addChunk(k, c)
	}
	w := i >> 6 & 63
	n.chunk[w] |= 1 << (i & 63)
	n.words |= 1 << w
	o.raise(c)
	s.mask |= 1 << (k & 63)
}

// unpair takes block i of order k, which is in the set, out of the pairs.
func (s *freeSet) unpair(k uint, i uint64) {
	if s.pairs.mask>>(k&63)&1 != 0 && s.pairs.has(k, i>>1) {
		s.pairs.remove(k, i>>1)
	}
}

// raise sets the bits above node c.
func (o *order) raise(c uint64) {
	g := c >> 6
	o.l2[g] |= 1 << (c & 63)
	if o.l3 != nil {
		o.l3[g>>6&63] |= 1 << (g & 63)
		g >>= 6
	}
	o.top |= 1 << (g & 63)
}

// remove takes block i of order k, which is in the set, out of it.
func (s *freeSet) remove(k uint, i uint64) {
	if s.pairs != nil {
		s.unpair(k, i)
	}
	o := &s.orders[k&63]
	c := i >> 12
	if c >= uint64(len(o.nodes)) {
		s.removeSparse(k, i)
		return
	}
	n := &o.nodes[c]
	w := i >> 6 & 63
	leaf := n.chunk[w] &^ (1 << (i & 63))
	n.chunk[w] = leaf
	n.words &^= isZero(leaf) << w
	s.lower(k, c, isZero(n.words))
}

// lower clears the bits above node c of order k as far as it is empty (gone =
// 1) and they stand for nothing else.
func (s *freeSet) lower(k uint, c, gone uint64) {
	o := &s.orders[k&63]
	g := c >> 6
	o.l2[g] &^= gone << (c & 63)
	gone = isZero(o.l2[g])
	if o.l3 != nil {
		w := &o.l3[g>>6&63]
		*w &^= gone << (g & 63)
		gone = isZero(*w)
		g >>= 6
	}
	o.top &^= gone << (g & 63)
	if o.top == 0 {
		// A branch, unlike above: orders seldom run empty, and predicting that
		// lets the next request begin before this one's words are known.
		s.mask &^= 1 << (k & 63)
	}
}

// has reports whether block i of order k is in the set.
func (s *freeSet) has(k uint, i uint64) bool {
	o := &s.orders[k&63]
	c := i >> 12
	if c >= uint64(len(o.nodes)) {
		return s.sparse.get(leafKey(k, i))>>(i&63)&1 != 0
	}
	n, w := &o.nodes[c], i>>6&63
	return n.words>>w&1 != 0 && n.chunk[w]>>(i&63)&1 != 0
}

// popHighest removes the highest block of order k, which has one, and returns it.
func (s *freeSet) popHighest(k uint) uint64 {
	o := &s.orders[k&63]
	if len(o.nodes) == 0 || s.pairs != nil {
		return s.popSlow(k)
	}
	g := uint64(log2(o.top))
	if o.l3 != nil {
		g = g<<6 | uint64(log2(o.l3[g]))
	}
	c := g<<6 | uint64(log2(o.l2[g]))
	n := &o.nodes[c]
	w := uint64(log2(n.words))
	leaf := n.chunk[w]
	bit := uint64(log2(leaf))
	leaf &^= 1 << bit
	n.chunk[w] = leaf
	n.words &^= isZero(leaf) << w
	s.lower(k, c, isZero(n.words))
	return c<<12 | w<<6 | bit
}

// popSlow is popHighest for any state of the set.
func (s *freeSet) popSlow(k uint) uint64 {
	i := s.highest(k)
	s.remove(k, i)
	return i
}

// merge adds block i of order k, merged with its buddies.
func (s *freeSet) merge(k uint, i uint64) {
	for s.takeBuddy(k, i) {
		s.merges++
		i >>= 1
		k++
	}
	s.insert(k, i)
}

// put adds the blocks of an allocation, merged with their buddies.
//
// Where the node says that a word is zero, nothing in it is free, the buddy
// included, and one bit is stored. The rest is left to merge; going on here cost 4
// ns on plain loads, in registers.
func (s *freeSet) put(blocks []strategies.Block, shift uint) {
	shift &= 63
	for j := range blocks {
		b := &blocks[j]
		k := (uint(bits.TrailingZeros64(b.Size)) - shift) & 63
		i := b.Start >> shift >> k
		o := &s.orders[k]
		if c := i >> 12; c < uint64(len(o.nodes)) && o.l3 == nil {
			n, w := &o.nodes[c], i>>6&63
			if n.words>>w&1 == 0 && n.chunk != nil {
				n.chunk[w] = 1 << (i & 63)
				n.words |= 1 << w
				g := c >> 6
				o.l2[g] |= 1 << (c & 63)
				o.top |= 1 << (g & 63)
				s.mask |= 1 << k
				continue
			}
		}
		s.merge(k, i)
	}
}

// mergeAll is put for any state of the set.
func (s *freeSet) mergeAll(blocks []strategies.Block, shift uint) {
	for j := range blocks {
		k := uint(bits.TrailingZeros64(blocks[j].Size)) - shift
		s.merge(k, blocks[j].Start>>shift>>k)
	}
}

// takeBuddy removes the buddy of block i of order k if it is in the set. The
// buddy is in the same word.
func (s *freeSet) takeBuddy(k uint, i uint64) bool {
	o := &s.orders[k&63]
	c := i >> 12
	if c >= uint64(len(o.nodes)) || s.pairs != nil {
		if s.has(k, i^1) {
			s.remove(k, i^1)
			return true
		}
		return false
	}
	n, w, bit := &o.nodes[c], i>>6&63, uint64(1)<<(i&63^1)
	if n.words>>w&1 == 0 || n.chunk[w]&bit == 0 {
		return false
	}
	leaf := n.chunk[w] &^ bit
	n.chunk[w] = leaf
	n.words &^= isZero(leaf) << w
	s.lower(k, c, isZero(n.words))
	return true
}

// popOther removes the highest piece of order k of the smallest block that holds
// one; without such a block, the highest block of the largest order there is.
func (s *freeSet) popOther(k uint) (got uint, i uint64) {
	m := s.mask >> (k & 63) << (k & 63)
	if m == 0 {
		k = log2(s.mask)
		return k, s.popHighest(k)
	}
	have := uint(bits.TrailingZeros64(m))
	return k, s.splitRight(have, k, s.popHighest(have))
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

// carve takes block i of order k out of the block of order have that holds it; the
// rest stays in the set.
func (s *freeSet) carve(have, k uint, i uint64) {
	s.splits += uint64(have - k)
	s.remove(have, i>>(have-k))
	for h := k; h < have; h++ {
		s.insert(h, i>>(h-k)^1)
	}
}

// addChunk gives node c of order k a chunk of zeros.
//
//go:noinline
func (s *freeSet) addChunk(k uint, c uint64) {
	s.orders[k&63].nodes[c].chunk = new([64]uint64)
	s.chunks = append(s.chunks, uint64(k)<<32|c)
}

// compact drops the empty chunks, unless most are in use or many allocations live.
// It is linear in the number of chunks.
func (s *freeSet) compact(live int) {
	used := live / 64
	for _, at := range s.chunks {
		used += int(1 - isZero(s.orders[at>>32&63].nodes[uint32(at)].words))
	}
	if len(s.chunks) <= 4*used+64 {
		return
	}
	var kept []uint64
	for _, at := range s.chunks {
		n := &s.orders[at>>32&63].nodes[uint32(at)]
		if n.words == 0 {
			n.chunk = nil
		} else {
			kept = append(kept, at)
		}
	}
	s.chunks = kept
}
