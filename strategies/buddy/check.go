package buddy

import (
	"fmt"
	"unsafe"
)

// footprint is the metadata of all levels, in bytes.
func (s *freeSet) footprint() uint64 {
	if s.orders == nil {
		return 0
	}
	n := uint64(unsafe.Sizeof(*s.orders)) + 512*uint64(len(s.chunks)) + 8*uint64(cap(s.chunks)) + s.sparse.footprint() + s.alignedFootprint()
	for k := range s.orders {
		o := &s.orders[k]
		n += uint64(len(o.nodes))*uint64(unsafe.Sizeof(node{})) + 8*uint64(len(o.l2))
		if o.l3 != nil {
			n += uint64(unsafe.Sizeof(*o.l3))
		}
	}
	return n
}

// check verifies the set of a region of so many pages and counts the free ones.
func (s *freeSet) check(pages uint64) (free uint64, err error) {
	if s.orders == nil {
		return 0, nil
	}
	for k := range s.orders {
		o := &s.orders[k]
		if len(o.nodes) == 0 {
			continue
		}
		if err := o.check(); err != nil {
			return 0, fmt.Errorf("order %d: %w", k, err)
		}
		if got := s.mask >> k & 1; got != 1-isZero(o.top) {
			return 0, fmt.Errorf("order %d: mask bit %d, top word %#x", k, got, o.top)
		}
	}
	for k, i := range s.all() {
		switch {
		case i+1 > pages>>k:
			return 0, fmt.Errorf("free block %d of order %d ends past page %d", i, k, pages)
		case s.has(k, i^1):
			return 0, fmt.Errorf("blocks %d and %d of order %d are buddies and both free", i, i^1, k)
		}
		for _, x := range s.aligned {
			if !x.knows(k, i) {
				return 0, fmt.Errorf("free block %d of order %d is not in the set of those aligned to order %d", i, k, x.order)
			}
		}
		free += 1 << k
	}
	return free, nil
}

// check compares every summary of the order with what it summarises.
func (o *order) check() error {
	l1 := make([]uint64, len(o.nodes))
	for c := range o.nodes {
		n, want := &o.nodes[c], uint64(0)
		if n.chunk != nil {
			want = summary(n.chunk[:])
		}
		if l1[c] = n.words; n.words != want {
			return fmt.Errorf("the word of node %d is %#x, its chunk says %#x", c, n.words, want)
		}
	}
	if err := checkLevel("l2", o.l2, l1); err != nil {
		return err
	}
	if o.l3 == nil {
		return checkLevel("top", []uint64{o.top}, o.l2)
	}
	l3 := o.l3[:(len(o.l2)+63)/64]
	if err := checkLevel("l3", l3, o.l2); err != nil {
		return err
	}
	return checkLevel("top", []uint64{o.top}, l3)
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
