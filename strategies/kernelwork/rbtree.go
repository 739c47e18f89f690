package kernelwork

// elem is the place of an item in a tree. It is embedded in the item, once for each
// tree that the item can be in.
type elem[T any] struct {
	parent, left, right *elem[T]
	red                 bool
	most                traits // the largest traits in the subtree
	item                T
	node                uint32 // its number for the meter
}

// traits are numbers of an item of which every subtree of an augmented tree knows the
// largest. What they mean is the tree's matter.
type traits [2]uint64

func (t traits) atLeast(which int, n uint64) bool { return t[which] >= n }

// tree is a red-black tree, as in a textbook. It counts the nodes it visits and its
// rotations.
type tree[T any] struct {
	root   *elem[T]
	before func(a, b T) bool // the order of items; no two are alike
	traits func(T) traits    // nil for a tree that is not augmented
	meter  *meter
	visit  Kind // what a visit counts as
}

func (t *tree[T]) see(e *elem[T]) *elem[T] {
	t.meter.visit(t.visit, e.node)
	return e
}

// insert adds e, which is in no tree. On the way down it raises what the nodes know of
// their subtrees.
func (t *tree[T]) insert(e *elem[T]) {
	e.parent, e.left, e.right, e.red = nil, nil, nil, true
	if t.traits != nil {
		e.most = t.traits(e.item)
	}
	link := &t.root
	for *link != nil {
		at := t.see(*link)
		at.most.raise(e.most)
		e.parent = at
		if t.before(e.item, at.item) {
			link = &at.left
		} else {
			link = &at.right
		}
	}
	*link = e
	t.balanceInsert(e)
}

func (t *traits) raise(o traits) {
	t[0], t[1] = max(t[0], o[0]), max(t[1], o[1])
}

// balanceInsert restores that no red node has a red parent, beginning at the red e.
func (t *tree[T]) balanceInsert(e *elem[T]) {
	for e.parent != nil && e.parent.red {
		parent, grand := e.parent, e.parent.parent
		uncle := grand.left
		if parent == grand.left {
			uncle = grand.right
		}
		if uncle != nil && uncle.red {
			parent.red, uncle.red, grand.red = false, false, true
			e = grand
			continue
		}
		if (parent == grand.left) != (e == parent.left) {
			t.rotateUp(e) // an inner grandchild becomes an outer one
			e, parent = parent, e
		}
		parent.red, grand.red = false, true
		t.rotateUp(parent)
	}
	t.root.red = false
}

// rotateUp makes the parent of e a child of e.
func (t *tree[T]) rotateUp(e *elem[T]) {
	t.meter.count(Rotation)
	p := e.parent
	t.replace(p, e)
	inner := &e.left // the subtree between the two changes its parent
	if e == p.left {
		inner = &e.right
		p.left = *inner
	} else {
		p.right = *inner
	}
	if *inner != nil {
		(*inner).parent = p
	}
	*inner = p
	p.parent = e
	if t.traits != nil {
		e.most = p.most
		p.most = t.mostOf(p)
	}
}

// replace puts e, which may be nil, below the parent of old in place of old.
func (t *tree[T]) replace(old, e *elem[T]) {
	switch p := old.parent; {
	case p == nil:
		t.root = e
	case p.left == old:
		p.left = e
	default:
		p.right = e
	}
	if e != nil {
		e.parent = old.parent
	}
}

// mostOf is the largest traits in the subtree of e, by those of its children.
func (t *tree[T]) mostOf(e *elem[T]) traits {
	most := t.traits(e.item)
	if e.left != nil {
		most.raise(e.left.most)
	}
	if e.right != nil {
		most.raise(e.right.most)
	}
	return most
}

// remove takes e out.
func (t *tree[T]) remove(e *elem[T]) {
	black := !e.red    // the colour that leaves its place
	lower := e.left    // what moves up to where a node is missing
	parent := e.parent // of lower
	if e.left != nil && e.right != nil {
		next := t.outermost(e.right, false)
		black, lower, parent = !next.red, next.right, next.parent
		if parent == e {
			parent = next
		} else {
			t.replace(next, next.right)
			next.right = e.right
			next.right.parent = next
		}
		t.replace(e, next)
		next.left = e.left
		next.left.parent = next
		next.red = e.red
		t.repair(parent, next)
	} else {
		if lower == nil {
			lower = e.right
		}
		t.replace(e, lower)
		t.repair(parent, nil)
	}
	if black {
		t.balanceRemove(lower, parent)
	}
	e.parent, e.left, e.right = nil, nil, nil
}

// repair corrects what the nodes from e up know of their subtrees: up to the node
// through in any case, and on while something changes.
func (t *tree[T]) repair(e, through *elem[T]) {
	if t.traits == nil {
		return
	}
	for ; e != nil; e = e.parent {
		most := t.mostOf(t.see(e))
		if most == e.most && through == nil {
			return
		}
		e.most = most
		if e == through {
			through = nil
		}
	}
}

// changed is to be called when the traits of the item of e have changed.
func (t *tree[T]) changed(e *elem[T]) { t.repair(e, nil) }

// balanceRemove restores that all ways down have equally many black nodes: those
// through e, a child of parent and perhaps nil, have one too few.
func (t *tree[T]) balanceRemove(e, parent *elem[T]) {
	for parent != nil && (e == nil || !e.red) {
		sibling := parent.left
		if e == parent.left {
			sibling = parent.right
		}
		if sibling.red {
			sibling.red, parent.red = false, true
			t.rotateUp(sibling)
			continue
		}
		near, far := sibling.left, sibling.right
		if sibling == parent.left {
			near, far = far, near
		}
		switch {
		case far != nil && far.red:
			sibling.red, parent.red, far.red = parent.red, false, false
			t.rotateUp(sibling)
			return
		case near != nil && near.red:
			near.red, sibling.red = false, true
			t.rotateUp(near)
		default:
			sibling.red = true
			e, parent = parent, parent.parent
		}
	}
	if e != nil {
		e.red = false
	}
}

// outermost is the last node of the subtree of e, or the first.
func (t *tree[T]) outermost(e *elem[T], last bool) *elem[T] {
	for e != nil {
		t.see(e)
		next := e.left
		if last {
			next = e.right
		}
		if next == nil {
			break
		}
		e = next
	}
	return e
}

// last is the last node in order, nil if there is none.
func (t *tree[T]) last() *elem[T] { return t.outermost(t.root, true) }

// prev is the node before e in order.
func (t *tree[T]) prev(e *elem[T]) *elem[T] {
	if e.left != nil {
		return t.outermost(e.left, true)
	}
	for e.parent != nil {
		p := t.see(e.parent)
		if e == p.right {
			return p
		}
		e = p
	}
	return nil
}

// next is the node after e in order.
func (t *tree[T]) next(e *elem[T]) *elem[T] {
	if e.right != nil {
		return t.outermost(e.right, false)
	}
	for e.parent != nil {
		p := t.see(e.parent)
		if e == p.left {
			return p
		}
		e = p
	}
	return nil
}

// lastThat is the last node for whose item ok is true, where ok is true for a first part
// of the order and false for the rest.
func (t *tree[T]) lastThat(ok func(T) bool) (found *elem[T]) {
	for e := t.root; e != nil; {
		if t.see(e); ok(e.item) {
			found, e = e, e.right
		} else {
			e = e.left
		}
	}
	return found
}

// lastWith is the last node of the subtree of e with at least n of a trait.
func (t *tree[T]) lastWith(e *elem[T], which int, n uint64) *elem[T] {
	for e != nil && t.see(e).most.atLeast(which, n) {
		switch {
		case e.right != nil && e.right.most.atLeast(which, n):
			e = e.right
		case t.traits(e.item).atLeast(which, n):
			return e
		default:
			e = e.left
		}
	}
	return nil
}

// prevWith is the last node before e with at least n of a trait.
func (t *tree[T]) prevWith(e *elem[T], which int, n uint64) *elem[T] {
	for {
		if found := t.lastWith(e.left, which, n); found != nil {
			return found
		}
		for e.parent != nil && e == e.parent.left {
			e = t.see(e.parent)
		}
		if e = e.parent; e == nil {
			return nil
		}
		if t.see(e); t.traits(e.item).atLeast(which, n) {
			return e
		}
	}
}
