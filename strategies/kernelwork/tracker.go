package kernelwork

// tracker is the dirty tracker of the buddy after 7.1: buddies merge whatever they hold, and
// the dirty pages of free memory are kept beside the blocks as maximal extents in a tree,
// augmented with the largest aligned slot of a subtree.
type tracker struct {
	extents tree[*extent]
	dirty   uint64 // pages in extents
	free    uint64 // free pages, as the heap counts them
	meter   *meter
	spare   []*extent // the slab
}

// extent is a maximal run of dirty free pages.
type extent struct {
	start, end uint64
	at         elem[*extent]
}

func newTracker(meter *meter) knowledge {
	return &tracker{meter: meter, extents: tree[*extent]{
		before: func(a, b *extent) bool { return a.start < b.start },
		traits: func(e *extent) traits { return traits{e.slots()} },
		meter:  meter, visit: Extent,
	}}
}

// slots is the number of orders of which the extent holds an aligned slot.
func (e *extent) slots() uint64 {
	n := uint(0)
	for ; e.slot(n) < e.end; n++ {
		if e.slot(n)+1<<n > e.end {
			break
		}
	}
	return uint64(n)
}

// slot is the first start of an aligned slot of the order in or behind the extent.
func (e *extent) slot(order uint) uint64 { return up(e.start, 1<<order) }

func (t *tracker) clearPages() uint64 { return t.free - t.dirty }
func (*tracker) splitMayBeFree() bool { return true }

// halves reads the classes of the halves of a mixed block from the extents. A split block
// keeps its class.
func (t *tracker) halves(b *block) {
	for _, half := range []*block{b.left, b.right} {
		half.class = b.class
		if b.class == mixed {
			half.class = t.classOf(half.start, half.end())
		}
	}
}

func (t *tracker) classOf(start, end uint64) class {
	e := itemOf(t.extents.lastThat(func(e *extent) bool { return e.start < end }))
	switch {
	case e == nil || e.end <= start:
		return clear
	case e.start <= start && end <= e.end:
		return dirty
	}
	return mixed
}

func (*tracker) joins(b, buddy *block) (class, bool) {
	if b.class == buddy.class {
		return b.class, true
	}
	return mixed, true
}

// took cuts the range of a block that is not wholly clear out of the extents. Its owner
// learns only of wholly clear ones.
func (t *tracker) took(b *block) {
	t.free -= b.size()
	if b.class != clear {
		t.cut(b.start, b.end())
		b.class = dirty
	}
}

// gave adds the ranges of dirty blocks, runs of adjoining ones at a time.
func (t *tracker) gave(blocks ...*block) {
	var start, end uint64
	for _, b := range blocks {
		t.free += b.size()
		switch {
		case b.class == clear:
		case b.start == end && start < end:
			end = b.end()
		default:
			t.add(start, end)
			start, end = b.start, b.end()
		}
	}
	t.add(start, end)
}

// reset forgets all extents, and makes one of every free block if all is dirty now.
func (t *tracker) reset(h *heap, to class) {
	for e := t.extents.last(); e != nil; e = t.extents.last() {
		t.drop(e.item)
	}
	h.shelf.each(func(b *block) bool {
		b.class = to
		h.shelf.changed(b)
		if to == dirty {
			t.add(b.start, b.end())
		}
		return true
	})
}

// add makes a run of pages of which none is in an extent a part of one.
func (t *tracker) add(start, end uint64) {
	if start == end {
		return
	}
	t.dirty += end - start
	below := t.extents.lastThat(func(e *extent) bool { return e.start < start })
	var above *elem[*extent]
	if below != nil {
		above = t.extents.next(below)
	} else if t.extents.root != nil {
		above = t.extents.outermost(t.extents.root, false)
	}
	joinsBelow := below != nil && below.item.end == start
	joinsAbove := above != nil && above.item.start == end
	switch {
	case joinsBelow && joinsAbove:
		end = above.item.end
		t.remove(above.item)
		fallthrough
	case joinsBelow:
		below.item.end = end
		t.extents.changed(below)
	case joinsAbove:
		above.item.start = start
		t.extents.changed(above)
	default:
		t.insert(start, end)
	}
}

// cut takes a range out of the extents.
func (t *tracker) cut(start, end uint64) {
	at := t.extents.lastThat(func(e *extent) bool { return e.start < end })
	for at != nil && at.item.end > start {
		e := at.item
		at = t.extents.prev(at)
		t.dirty -= min(end, e.end) - max(start, e.start)
		switch {
		case start <= e.start && e.end <= end:
			t.remove(e)
		case e.start < start && end < e.end:
			upper := e.end
			e.end = start
			t.extents.changed(&e.at)
			t.insert(end, upper)
		case e.start < start:
			e.end = start
			t.extents.changed(&e.at)
		default:
			e.start = end
			t.extents.changed(&e.at)
		}
	}
}

func (t *tracker) insert(start, end uint64) {
	var e *extent
	if n := len(t.spare); n > 0 {
		e, t.spare = t.spare[n-1], t.spare[:n-1]
	} else {
		e = new(extent)
		e.at.node = t.meter.number()
	}
	t.meter.visit(NodeTaken, e.at.node)
	e.start, e.end, e.at.item = start, end, e
	t.extents.insert(&e.at)
}

func (t *tracker) remove(e *extent) {
	t.meter.visit(NodeGiven, e.at.node)
	t.extents.remove(&e.at)
	t.spare = append(t.spare, e)
}

func (t *tracker) drop(e *extent) {
	t.dirty -= e.end - e.start
	t.remove(e)
}

// highest is the window from the first aligned slot of the order on, in the highest extent
// that has one.
func (t *tracker) highest(order uint) (start, end uint64, ok bool) {
	e := itemOf(t.extents.lastWith(t.extents.root, 0, uint64(order)+1))
	if e == nil {
		return 0, 0, false
	}
	return e.slot(order), e.end, true
}

// cleanerHalf is the half of a split block that a clear request visits first, and the
// other. A half that is split may have a class of an earlier time.
func cleanerHalf(b *block) (first, second *block) {
	for _, c := range []class{clear, mixed} {
		switch c {
		case b.right.class:
			return b.right, b.left
		case b.left.class:
			return b.left, b.right
		}
	}
	return b.right, b.left
}
