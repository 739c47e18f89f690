package rangemgr

// entryID numbers an entry in the slab; 0 is the empty tree.
type entryID uint32

// An entry is a hole in one tree of holes in the order of best fit: by size, of
// equal sizes the newest first. The trees are treaps: binary search trees in which
// no child has a higher priority than its parent. The priority is a hash of the
// entry's number, which keeps the expected depth at 1.4 log n and is the same in
// every run. best leads a search straight to the first hole with a long enough run.
type entry[page uint32 | uint64] struct {
	age         uint64 // of the hole: the larger, the newer
	size        page   // of the hole
	run         page   // pages from the first multiple of the alignment in it to its end
	best        page   // the longest run in the subtree
	owner       nodeID
	left, right entryID // subtrees, 0 = none; left of a vacant entry is another vacant one
}

// entries is the slab that all trees of an index share. Entry 0 is the empty
// tree: its best is 0.
type entries[page uint32 | uint64] struct {
	slab   []entry[page]
	vacant entryID
}

// add returns a vacant entry with the content of e.
func (t *entries[page]) add(e entry[page]) entryID {
	i := t.vacant
	if i == 0 {
		if len(t.slab) == 0 {
			t.slab = make([]entry[page], 1, 64)
		}
		i = entryID(len(t.slab))
		t.slab = append(t.slab, e)
	} else {
		t.vacant = t.slab[i].left
	}
	e.best, e.left, e.right = e.run, 0, 0
	t.slab[i] = e
	return i
}

// drop makes an entry vacant.
func (t *entries[page]) drop(i entryID) {
	t.slab[i].left = t.vacant
	t.vacant = i
}

// before reports whether best fit visits a before b.
func (a *entry[page]) before(b *entry[page]) bool {
	return a.size < b.size || a.size == b.size && a.age > b.age
}

// priority hashes the number of an entry.
func priority(id entryID) uint32 {
	i := uint32(id)
	i = (i ^ i>>16) * 0x7feb352d
	i = (i ^ i>>15) * 0x846ca68b
	return i ^ i>>16
}

// pull makes the best of an entry exact when those of its children are.
func (t *entries[page]) pull(e *entry[page]) {
	e.best = max(e.run, t.slab[e.left].best, t.slab[e.right].best)
}

// insert puts entry i into the tree of root and returns the new root.
func (t *entries[page]) insert(root, i entryID) entryID {
	e, p := &t.slab[i], priority(i)
	link := &root
	for *link != 0 && priority(*link) >= p {
		r := &t.slab[*link]
		r.best = max(r.best, e.run)
		if e.before(r) {
			link = &r.left
		} else {
			link = &r.right
		}
	}
	e.left, e.right = t.split(*link, e)
	t.pull(e)
	*link = i
	return root
}

// build makes a tree of entries that are in order.
func (t *entries[page]) build(in []entry[page]) (root entryID) {
	// The entries from the root to the last one. An entry that leaves it is final.
	spine := make([]entryID, 0, 64)
	for _, e := range in {
		i := t.add(e)
		left := entryID(0)
		for len(spine) > 0 && priority(spine[len(spine)-1]) < priority(i) {
			left = spine[len(spine)-1]
			spine = spine[:len(spine)-1]
			t.pull(&t.slab[left])
		}
		t.slab[i].left = left
		if len(spine) > 0 {
			t.slab[spine[len(spine)-1]].right = i
		}
		spine = append(spine, i)
	}
	for k := len(spine) - 1; k >= 0; k-- {
		root = spine[k]
		t.pull(&t.slab[root])
	}
	return root
}

// split cuts a tree into the entries before e and those after it.
func (t *entries[page]) split(root entryID, e *entry[page]) (left, right entryID) {
	if root == 0 {
		return 0, 0
	}
	r := &t.slab[root]
	if e.before(r) {
		left, r.left = t.split(r.left, e)
		right = root
	} else {
		r.right, right = t.split(r.right, e)
		left = root
	}
	t.pull(r)
	return left, right
}

// remove takes the entry at the place of key out of a tree, makes it vacant and
// returns the new root.
func (t *entries[page]) remove(root entryID, key *entry[page]) entryID {
	r := &t.slab[root]
	if r.age == key.age {
		joined := t.join(r.left, r.right)
		t.drop(root)
		return joined
	}
	if key.before(r) {
		r.left = t.remove(r.left, key)
	} else {
		r.right = t.remove(r.right, key)
	}
	t.pull(r)
	return root
}

// join makes one tree of two. The left one comes first.
func (t *entries[page]) join(left, right entryID) entryID {
	switch {
	case left == 0:
		return right
	case right == 0:
		return left
	case priority(left) > priority(right):
		l := &t.slab[left]
		l.right = t.join(l.right, right)
		t.pull(l)
		return left
	}
	r := &t.slab[right]
	r.left = t.join(left, r.left)
	t.pull(r)
	return right
}

// first is the first entry of a tree with a run of at least size pages, or 0, and
// how many entries it visited.
func (t *entries[page]) first(root entryID, size page) (i entryID, visits uint64) {
	if t.slab[root].best < size {
		return 0, 1
	}
	for i = root; ; {
		visits++
		switch e := &t.slab[i]; {
		case t.slab[e.left].best >= size:
			i = e.left
		case e.run >= size:
			return i, visits
		default:
			i = e.right
		}
	}
}

// walk calls f with the entries of a tree that have a run of at least size, in
// order, until f returns false.
func (t *entries[page]) walk(root entryID, size page, f func(*entry[page]) bool) bool {
	if root == 0 || t.slab[root].best < size {
		return true
	}
	e := &t.slab[root]
	return t.walk(e.left, size, f) && (e.run < size || f(e)) && t.walk(e.right, size, f)
}

// clear makes all entries of a tree vacant.
func (t *entries[page]) clear(root entryID) {
	if root != 0 {
		t.clear(t.slab[root].left)
		t.clear(t.slab[root].right)
		t.drop(root)
	}
}
