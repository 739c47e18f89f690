package radix

import "math/bits"

// Evenness is how even the most even free page of a range is: one more than the
// trailing zeros of its number, counted from the start of the node; allEven for page
// 0 there, and 0 if nothing is free. Once there was a request with an alignment,
// trees keep an upper bound of it, to skip ranges that have no free page at a
// multiple of the alignment; without it each small aligned request in a region full
// of such visits all of them. The bound is raised when pages become free and lowered
// when a search finds it too high: the raise pays for that search.
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
func (t *tree[page]) makeEven(id nodeID, level uint) {
	n := &t.nodes[id]
	for c := range uint64(fan) {
		if level > 1 && n.below[c] != none {
			t.makeEven(nodeID(n.below[c]), level-1)
		}
		n.even[c] = t.evenness(n, c, level)
	}
}

// raise makes the evenness of child c of a node at least that of what is below, and
// reports whether it changed.
func (t *tree[page]) raise(n *node[page], c uint64, level uint) bool {
	if e := t.evenness(n, c, level); e > n.even[c] {
		n.even[c] = e
		return true
	}
	return false
}

// evenness is the evenness of child c of a node, by the words or the bounds below.
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

// evenFrom is the lowest free page of a node that is a multiple of 1<<twos, at or
// after page from, all counted from the start of the node.
func (t *tree[page]) evenFrom(id nodeID, level, twos uint, from uint64) (at uint64, ok bool) {
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
			if i, ok := t.evenFrom(nodeID(n.below[c]), level-1, twos, from); ok {
				return at + i, true
			}
		}
		n.even[c] = t.evenness(n, c, level)
	}
	return 0, false
}

// evenTo is the highest free page of a node that is a multiple of 1<<twos, at or
// before page to, all counted from the start of the node.
func (t *tree[page]) evenTo(id nodeID, level, twos uint, to uint64) (at uint64, ok bool) {
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
			if i, ok := t.evenTo(nodeID(n.below[c]), level-1, twos, to); ok {
				return at + i, true
			}
		}
		n.even[c] = t.evenness(n, c, level)
	}
	return 0, false
}
