package bound

// A tree is the free extents at a moment of a sweep: a treap by address, of which each node
// knows the largest extent below it, so that the lowest extent that is large enough is
// found in logarithmic time. Priorities are a hash of the address: the same extents make
// the same tree.
type tree struct {
	nodes []node // the first is none
	spare []int32
	root  int32
}

type node struct {
	start, end  int64
	largest     int64 // size of the largest extent in this subtree
	last        int64 // end of the last one
	left, right int32
	priority    uint32
}

// reset leaves one free extent from 0 on, without end.
func (t *tree) reset() {
	t.nodes = append(t.nodes[:0], node{})
	t.spare = t.spare[:0]
	t.root = t.insert(0, t.make(0, nowhere))
}

func (t *tree) make(start, end int64) int32 {
	h := uint64(start) * 0x9e3779b97f4a7c15
	n := node{start: start, end: end, largest: end - start, last: end, priority: uint32((h ^ h>>29) * 0xbf58476d1ce4e5b9 >> 32)}
	if k := len(t.spare); k > 0 {
		i := t.spare[k-1]
		t.spare = t.spare[:k-1]
		t.nodes[i] = n
		return i
	}
	t.nodes = append(t.nodes, n)
	return int32(len(t.nodes) - 1)
}

func (t *tree) update(i int32) {
	n := &t.nodes[i]
	n.largest, n.last = n.end-n.start, n.end
	if n.left != 0 {
		n.largest = max(n.largest, t.nodes[n.left].largest)
	}
	if n.right != 0 {
		n.largest = max(n.largest, t.nodes[n.right].largest)
		n.last = t.nodes[n.right].last
	}
}

// split divides a subtree into what starts below start and the rest.
func (t *tree) split(i int32, start int64) (below, rest int32) {
	if i == 0 {
		return 0, 0
	}
	if t.nodes[i].start < start {
		l, r := t.split(t.nodes[i].right, start)
		t.nodes[i].right = l
		t.update(i)
		return i, r
	}
	l, r := t.split(t.nodes[i].left, start)
	t.nodes[i].left = r
	t.update(i)
	return l, i
}

func (t *tree) join(a, b int32) int32 {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	case t.nodes[a].priority > t.nodes[b].priority:
		t.nodes[a].right = t.join(t.nodes[a].right, b)
		t.update(a)
		return a
	}
	t.nodes[b].left = t.join(a, t.nodes[b].left)
	t.update(b)
	return b
}

func (t *tree) insert(root, i int32) int32 {
	below, rest := t.split(root, t.nodes[i].start)
	return t.join(t.join(below, i), rest)
}

// remove takes the extent at start out.
func (t *tree) remove(start int64) {
	below, rest := t.split(t.root, start)
	_, rest = t.split(rest, start+1)
	t.root = t.join(below, rest)
}

// at is the free extent that holds addr, 0 for none.
func (t *tree) at(addr int64) int32 {
	found := int32(0)
	for i := t.root; i != 0; {
		if t.nodes[i].start <= addr {
			found, i = i, t.nodes[i].right
		} else {
			i = t.nodes[i].left
		}
	}
	if found != 0 && t.nodes[found].end <= addr {
		return 0
	}
	return found
}

// take makes [start, end), which is in one free extent, no longer free. It returns false if
// it is not.
func (t *tree) take(start, end int64) bool {
	i := t.at(start)
	if i == 0 || t.nodes[i].end < end {
		return false
	}
	n := t.nodes[i]
	t.remove(n.start)
	t.spare = append(t.spare, i)
	if n.start < start {
		t.root = t.insert(t.root, t.make(n.start, start))
	}
	if end < n.end {
		t.root = t.insert(t.root, t.make(end, n.end))
	}
	return true
}

// give makes [start, end) free, and joins it with its neighbours.
func (t *tree) give(start, end int64) {
	if start == end {
		return
	}
	if i := t.at(end); i != 0 {
		end = t.nodes[i].end
		t.remove(t.nodes[i].start)
		t.spare = append(t.spare, i)
	}
	if i := t.at(start - 1); start > 0 && i != 0 {
		start = t.nodes[i].start
		t.remove(start)
		t.spare = append(t.spare, i)
	}
	t.root = t.insert(t.root, t.make(start, end))
}

// find is the lowest multiple of mod from from on where size is free, -1 if there is none.
// It adds the nodes that it looks at to visits.
func (t *tree) find(i int32, from, size, mod int64, visits *int) int64 {
	if i == 0 {
		return -1
	}
	*visits++
	n := &t.nodes[i]
	if n.largest < size || n.last-from < size {
		return -1
	}
	if n.start > from {
		if at := t.find(n.left, from, size, mod, visits); at >= 0 {
			return at
		}
	}
	if at := alignUp(max(n.start, from), mod); n.end-at >= size {
		return at
	}
	return t.find(n.right, from, size, mod, visits)
}

// findHighest is the highest multiple of mod from which on size is free below to, -1 if
// there is none.
func (t *tree) findHighest(i int32, to, size, mod int64, visits *int) int64 {
	if i == 0 {
		return -1
	}
	*visits++
	n := &t.nodes[i]
	if n.largest < size {
		return -1
	}
	if n.start < to {
		if at := t.findHighest(n.right, to, size, mod, visits); at >= 0 {
			return at
		}
		if at := min(n.end, to) - size; at >= n.start {
			if at -= at % mod; at >= n.start {
				return at
			}
		}
	}
	return t.findHighest(n.left, to, size, mod, visits)
}
