package buddy

import "math/bits"

// A reachTree maps block numbers to reaches that are not zero: a treap whose
// priorities are hashes of the block numbers. Each node knows the largest reach of
// its subtree.
type reachTree struct {
	nodes  []reachNode // node 0 is the empty tree
	root   reachID
	vacant reachID // first vacant node, linked through left
}

// reachID numbers a node of a reachTree.
type reachID uint32

type reachNode struct {
	block, reach uint64
	max          uint64 // the largest reach of the subtree
	left, right  reachID
}

func (t *reachTree) reset() {
	if cap(t.nodes) > 1024 {
		t.nodes = nil
	}
	t.nodes = append(t.nodes[:0], reachNode{})
	t.root, t.vacant = 0, 0
}

// set enters the reach of a block; 0 takes the block out.
func (t *reachTree) set(block, reach uint64) {
	if reach == 0 && t.root == 0 {
		return
	}
	low, rest := t.split(t.root, block)
	old, high := t.split(rest, block+1)
	if reach == 0 {
		if old != 0 {
			t.nodes[old].left, t.vacant = t.vacant, old
		}
		t.root = t.join(low, high)
		return
	}
	if old == 0 {
		if old = t.vacant; old != 0 {
			t.vacant = t.nodes[old].left
		} else {
			old = reachID(len(t.nodes))
			t.nodes = append(t.nodes, reachNode{})
		}
	}
	t.nodes[old] = reachNode{block: block, reach: reach, max: reach}
	t.root = t.join(t.join(low, old), high)
}

// split cuts tree x into the blocks below a number and the others.
func (t *reachTree) split(x reachID, block uint64) (low, high reachID) {
	if x == 0 {
		return 0, 0
	}
	n := &t.nodes[x]
	if n.block < block {
		n.right, high = t.split(n.right, block)
		t.update(n)
		return x, high
	}
	low, n.left = t.split(n.left, block)
	t.update(n)
	return low, x
}

// join makes one tree of two. The first has the lower blocks.
func (t *reachTree) join(low, high reachID) reachID {
	if low == 0 || high == 0 {
		return low | high
	}
	l, h := &t.nodes[low], &t.nodes[high]
	if priority(l.block) > priority(h.block) {
		l.right = t.join(l.right, high)
		t.update(l)
		return low
	}
	h.left = t.join(low, h.left)
	t.update(h)
	return high
}

func (t *reachTree) update(n *reachNode) {
	n.max = max(n.reach, t.nodes[n.left].max, t.nodes[n.right].max)
}

func priority(block uint64) uint64 {
	hi, lo := bits.Mul64(block^sealStep, sealSalt)
	return (hi ^ lo) * sealSalt
}

// find is the highest block of tree x below a number with at least the reach. It
// adds the nodes visited to visits.
func (t *reachTree) find(x reachID, below, reach uint64, visits *uint64) (block uint64, ok bool) {
	for x != 0 && t.nodes[x].max >= reach {
		*visits++
		n := &t.nodes[x]
		if n.block < below {
			if block, ok = t.find(n.right, below, reach, visits); ok {
				return block, true
			}
			if n.reach >= reach {
				return n.block, true
			}
		}
		x = n.left
	}
	return 0, false
}
