package buddy

import (
	"fmt"
	"math/bits"
	"unsafe"
)

// A tracker knows what free memory contains: which of it is dirty, and with that the
// class of every free block.
//
// The kernel keeps the dirty runs of any length in a tree. Here they are a freeSet: the
// maximal aligned blocks of dirty pages, each inside a free block, as large or smaller.
// So "the highest aligned free slot that is all dirty" is a question to a freeSet as any
// other, and a slot is all dirty if a dirty block holds it, and all clear if none is in
// it.
//
// Tried and rejected: a set of the clear pages beside it. It answers nothing that the
// dirty set does not, and each grant and free of clear memory has to keep it.
type tracker struct {
	dirty        freeSet // of pages, not of free blocks
	clear, mixed freeSet // the free blocks that are not all dirty
	clearAvail   uint64  // clear free pages
	classes      classes // of nodes that are not free
}

// class is what a block contains, in the order of the kernel.
type class uint8

const (
	allDirty  class = iota
	partClear       // some pages are clear, some dirty
	allClear
)

// newTracker knows that all free blocks are dirty.
func newTracker(all *freeSet) *tracker {
	t := &tracker{dirty: newFreeSet(all.pages), clear: newFreeSet(all.pages), mixed: newFreeSet(all.pages)}
	for k, i := range all.all() {
		t.dirty.insert(k, i)
	}
	return t
}

// resetClear makes all free blocks clear. All were dirty.
func (t *tracker) resetClear(all *freeSet) {
	t.dirty = newFreeSet(all.pages)
	for k, i := range all.all() {
		t.clear.insert(k, i)
		t.clearAvail += 1 << k
	}
}

func (t *tracker) sets() [3]*freeSet { return [3]*freeSet{&t.dirty, &t.clear, &t.mixed} }

// idle reports whether nothing is known but that free memory is dirty.
func (t *tracker) idle() bool { return t.clearAvail == 0 && t.classes.table.n == 0 }

// steers reports whether requests for dirty memory have a choice.
func (t *tracker) steers() bool { return t != nil && t.clearAvail != 0 && t.dirty.mask != 0 }

// enter notes the class of a block that became free.
func (t *tracker) enter(k uint, i uint64, c class) {
	switch c {
	case allClear:
		t.clear.insert(k, i)
	case partClear:
		t.mixed.insert(k, i)
	}
}

// leave forgets a free block and returns its class.
func (t *tracker) leave(k uint, i uint64) class {
	c := t.ofBlock(k, i)
	switch c {
	case allClear:
		t.clear.remove(k, i)
	case partClear:
		t.mixed.remove(k, i)
	}
	return c
}

// ofBlock is the class of a free block.
func (t *tracker) ofBlock(k uint, i uint64) class {
	switch {
	case t.clear.mask>>k&1 != 0 && t.clear.has(k, i):
		return allClear
	case t.mixed.mask>>k&1 != 0 && t.mixed.has(k, i):
		return partClear
	}
	return allDirty
}

// ofSlot is the class of an aligned slot in a free block.
func (t *tracker) ofSlot(k uint, i uint64) class {
	if _, ok := t.dirty.holder(k, i<<k); ok {
		return allDirty
	}
	return t.ofRest(k, i)
}

// ofRest is ofSlot where no larger block is all dirty, as for half of one that is not: a
// dirty block that touches the slot is the slot or inside of it.
func (t *tracker) ofRest(k uint, i uint64) class {
	s := &t.dirty
	switch {
	case s.mask>>k&1 != 0 && s.has(k, i):
		s.visits++
		return allDirty
	case s.anyIn(s.mask&(1<<k-1), i<<k, (i+1)<<k):
		return partClear
	}
	return allClear
}

// add notes the contents of pages that became free: all of one class.
func (t *tracker) add(k uint, i uint64, c class) {
	if c == allClear {
		t.clearAvail += 1 << k
	} else {
		t.dirty.merge(k, i)
	}
}

// cut forgets the contents of a slot that may be partly clear.
func (t *tracker) cut(k uint, i uint64) {
	t.clearAvail -= 1 << k
	for p, end := i<<k, (i+1)<<k; p < end; {
		at, h, ok := t.dirty.lowestSlot(0, p, end)
		if !ok {
			break
		}
		t.dirty.remove(h, at>>h)
		t.clearAvail += 1 << h
		p = at + 1<<h
	}
}

// take takes slot i of order k out of the free block of order have that holds it, and
// returns its class. The nodes between are split, and keep the class they have now.
func (t *tracker) take(have, k uint, i uint64) class {
	c := t.leave(have, i>>(have-k))
	pure := have // the nodes around the slot up to this order are of class c
	if c == partClear {
		c, pure = t.around(have, k, i)
	}
	if c != allDirty || pure < have {
		for h := k; h < have; h++ {
			rest, of := i>>(h-k)^1, c
			if h >= pure {
				of = t.ofRest(h, rest)
			}
			t.enter(h, rest, of)
			node := c
			if h >= pure {
				node = partClear
			}
			t.classes.set(h+1, rest>>1, node)
		}
	}
	switch c {
	case allClear:
		t.clearAvail -= 1 << k
		t.classes.set(k, i, allClear)
	case partClear:
		t.cut(k, i)
	default:
		h, _ := t.dirty.holder(k, i<<k)
		t.dirty.carve(h, k, i)
	}
	return c
}

// around is the class of slot i of order k in a partly clear block of order have, and
// the order up to which all around it is of that class.
func (t *tracker) around(have, k uint, i uint64) (c class, pure uint) {
	p := i << k
	if h, ok := t.dirty.holder(k, p); ok {
		return allDirty, h
	}
	start := p >> have << have
	after, _, some := t.dirty.lowestSlot(0, p, start+1<<have)
	if !some {
		after = start + 1<<have
	} else if after < p+1<<k {
		return partClear, k
	}
	if before, _, some := t.dirty.highestSlot(0, start, p); some {
		start = before + 1
	}
	for pure = k; p>>(pure+1)<<(pure+1) >= start && (p>>(pure+1)+1)<<(pure+1) <= after; {
		pure++
	}
	return allClear, pure
}

// spoil makes slot i of order k in a free block of order have dirty, if it is partly
// clear: it was taken and given back.
func (t *tracker) spoil(have, k uint, i uint64) bool {
	block := i >> (have - k)
	if !t.mixed.has(have, block) || t.ofSlot(k, i) != partClear {
		return false
	}
	t.cut(k, i)
	t.dirty.merge(k, i)
	if t.dirty.has(have, block) {
		t.mixed.remove(have, block)
	}
	return true
}

// rightFirst reports whether a search for clear memory visits the right half first.
func rightFirst(left, right class) bool {
	return right == allClear || left != allClear && (right == partClear || left != partClear)
}

// classes are those of split nodes, which keep the class they had when they were split,
// and of the blocks that were granted clear. Who is all dirty is not in it.
type classes struct{ table wordTable }

// slot is where the two bits of a node are.
func (c *classes) slot(k uint, i uint64) (key uint64, bit uint) {
	return wordKey(k, 0, i>>5), uint(i&31) * 2
}

func (c *classes) get(k uint, i uint64) class {
	key, bit := c.slot(k, i)
	return class(c.table.get(key) >> bit & 3)
}

func (c *classes) set(k uint, i uint64, to class) {
	if c.table.n == 0 && to == allDirty {
		return
	}
	key, bit := c.slot(k, i)
	was := c.table.get(key)
	if is := was&^(3<<bit) | uint64(to)<<bit; is != was {
		c.table.put(key, is)
	}
}

func (t *tracker) visits() (n uint64) {
	if t == nil {
		return 0
	}
	for _, s := range t.sets() {
		n += s.visits
	}
	return n
}

func (t *tracker) footprint() uint64 {
	if t == nil {
		return 0
	}
	n := uint64(unsafe.Sizeof(*t)) + t.classes.table.footprint()
	for _, s := range t.sets() {
		n += s.footprint()
	}
	return n
}

// check compares what is known with the set of all free blocks.
func (t *tracker) check(all *freeSet, pages, avail uint64) error {
	nDirty, err := t.dirty.check(pages)
	if err != nil {
		return fmt.Errorf("dirty memory: %w", err)
	}
	if nDirty+t.clearAvail != avail {
		return fmt.Errorf("%d pages are dirty and %d counted as clear, of %d free ones", nDirty, t.clearAvail, avail)
	}
	for k, i := range t.dirty.all() {
		if _, ok := all.holder(k, i<<k); !ok {
			return fmt.Errorf("dirty block %d of order %d is not in a free block", i, k)
		}
	}
	classified := 0
	for k, i := range all.all() {
		if got, want := t.ofBlock(k, i), t.ofSlot(k, i); got != want {
			return fmt.Errorf("free block %d of order %d is of class %d, its pages say %d", i, k, got, want)
		} else if want != allDirty {
			classified++
		}
	}
	for _, s := range []*freeSet{&t.clear, &t.mixed} {
		for range s.all() {
			classified--
		}
	}
	if classified != 0 {
		return fmt.Errorf("%d blocks that are not free have a class", -classified)
	}
	return t.checkClasses(all)
}

// checkClasses verifies that no class is kept of a free node.
func (t *tracker) checkClasses(all *freeSet) error {
	for _, slot := range t.classes.table.slots {
		for w := slot.word; w != 0; w &= w - 1 {
			k := uint(slot.key >> 57 & 63)
			i := slot.key<<11>>11<<5 | uint64(bits.TrailingZeros64(w))/2
			if _, free := all.holder(k, i<<k); free {
				return fmt.Errorf("block %d of order %d is free and has the class of a split or granted one", i, k)
			}
		}
	}
	return nil
}
