package rangemgr

import "math/bits"

// smallSizes is the number of hole sizes, in pages, that have a bin: all below 16
// MiB.
const smallSizes = 4096

// smallBins holds the newest hole of each size below smallSizes. The list of a bin
// has the holes of that size by age, so its first is what best fit takes, and only
// the size is searched for. One tree of (size, age) keys, as the kernel has it, costs
// several cache misses and a rotation per operation.
type smallBins struct {
	summary uint64                  // bit: the word in some is not zero
	some    [smallSizes / 64]uint64 // bit: the bin is not empty
	newest  [smallSizes]nodeID
}

// push makes owner the newest of its size and returns the newest so far, or none.
func (b *smallBins) push(size uint64, owner nodeID) (older nodeID) {
	size %= smallSizes
	older = b.newest[size]
	b.newest[size] = owner
	b.some[size/64] |= 1 << (size % 64)
	b.summary |= 1 << (size / 64)
	return older
}

// clear empties the bin of a size.
func (b *smallBins) clear(size uint64) {
	w := &b.some[size%smallSizes/64]
	*w &^= 1 << (size % 64)
	if *w == 0 {
		b.summary &^= 1 << (size / 64 % 64)
	}
}

// ceiling is the smallest size of at least size that has holes, or 0.
func (b *smallBins) ceiling(size uint64) uint64 {
	if size >= smallSizes {
		return 0
	}
	w := size / 64
	word := b.some[w] >> (size % 64) << (size % 64)
	if word == 0 {
		rest := b.summary >> w >> 1 << 1 << w
		if rest == 0 {
			return 0
		}
		w = uint64(bits.TrailingZeros64(rest)) % 64
		word = b.some[w]
	}
	return w*64 + uint64(bits.TrailingZeros64(word))
}

// largeBins holds the newest hole of each size from smallSizes on: for every
// power of two a bitwise trie over the sizes from it to the next, as in Doug
// Lea's allocator. A trie node stands for one size and for the subtree whose
// sizes share the bits that led to it; below bit k, child 0 has that bit clear
// and child 1 set. Everything is O(bits of the size).
type largeBins struct {
	nodes  []trieNode // nodes[0] is unused: 0 in a link is "none"
	vacant trieID     // first vacant node, linked through child[0]
	roots  [64]trieID // by the top bit of the size
	some   uint64     // bit k: roots[k] is not empty
}

// trieID numbers a trieNode; 0 in a link is none.
type trieID uint32

type trieNode struct {
	size   uint64
	newest nodeID
	child  [2]trieID
}

// find is the link that leads to the node of size, or the link, 0, to which that
// node would be attached.
func (b *largeBins) find(size uint64) *trieID {
	k := bits.Len64(size) - 1
	link := &b.roots[k&63]
	for rest := size << (63 - k) << 1; *link != 0 && b.nodes[*link].size != size; rest <<= 1 {
		link = &b.nodes[*link].child[rest>>63]
	}
	return link
}

// push makes owner the newest of its size and returns the newest so far, or none.
func (b *largeBins) push(size uint64, owner nodeID) (older nodeID) {
	link := b.find(size)
	if *link != 0 {
		n := &b.nodes[*link]
		older, n.newest = n.newest, owner
		return older
	}
	if b.vacant == 0 {
		if b.nodes == nil {
			b.nodes = make([]trieNode, 1, 8)
		}
		b.nodes = append(b.nodes, trieNode{})
		b.vacant = trieID(len(b.nodes) - 1)
		link = b.find(size) // the append may have moved it
	}
	i := b.vacant
	b.vacant = b.nodes[i].child[0]
	b.nodes[i] = trieNode{size: size, newest: owner}
	*link = i
	b.some |= 1 << (bits.Len64(size) - 1)
	return none
}

// newest is the newest hole of a size that has one.
func (b *largeBins) newest(size uint64) nodeID { return b.nodes[*b.find(size)].newest }

// setNewest makes owner, or none, the newest of its size.
func (b *largeBins) setNewest(size uint64, owner nodeID) {
	link := b.find(size)
	if owner != none {
		b.nodes[*link].newest = owner
		return
	}
	gone := *link
	// Any leaf below can take its place: the size shares the bits.
	leaf := link
	for {
		c := &b.nodes[*leaf].child
		if c[0] == 0 && c[1] == 0 {
			break
		}
		if leaf = &c[0]; *leaf == 0 {
			leaf = &c[1]
		}
	}
	last := *leaf
	*leaf = 0
	if last != gone {
		b.nodes[last].child = b.nodes[gone].child
		*link = last
	}
	b.nodes[gone].child[0] = b.vacant
	b.vacant = gone
	if k := bits.Len64(size) - 1; b.roots[k] == 0 {
		b.some &^= 1 << k
	}
}

// smallest is the newest hole of the smallest size of at least size.
func (b *largeBins) smallest(size uint64) (owner nodeID, ok bool) {
	k := bits.Len64(size) - 1
	best := trieID(0)
	if b.some>>(k&63)&1 != 0 {
		best = b.ceiling(k, size)
	}
	if best == 0 {
		rest := b.some >> k >> 1 << 1 << k
		if rest == 0 {
			return none, false
		}
		best = b.least(b.roots[bits.TrailingZeros64(rest)&63], 0)
	}
	return b.nodes[best].newest, true
}

// ceiling is the node of the smallest size of at least size among those whose top
// bit is k, or 0.
func (b *largeBins) ceiling(k int, size uint64) trieID {
	best, above := trieID(0), trieID(0)
	i := b.roots[k]
	for rest := size << (63 - k) << 1; i != 0; rest <<= 1 {
		n := &b.nodes[i]
		if n.size >= size && (best == 0 || n.size < b.nodes[best].size) {
			if best = i; n.size == size {
				return best
			}
		}
		if rest>>63 == 0 && n.child[1] != 0 {
			above = n.child[1] // all sizes in it are larger than size, and smaller than those in an earlier one
		}
		i = n.child[rest>>63]
	}
	return b.least(above, best)
}

// least is the node of the smallest size in the subtree of i, or best if that is
// smaller.
func (b *largeBins) least(i, best trieID) trieID {
	for i != 0 {
		n := &b.nodes[i]
		if best == 0 || n.size < b.nodes[best].size {
			best = i
		}
		if i = n.child[0]; i == 0 {
			i = n.child[1]
		}
	}
	return best
}

func (b *largeBins) footprint() uint64 { return 24 * uint64(cap(b.nodes)) }
