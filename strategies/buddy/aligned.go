package buddy

import (
	"slices"
	"unsafe"
)

// An alignedSet has the free blocks of one freeSet that are smaller than an alignment
// and begin at a multiple of it: what a small request with a large alignment asks for.
// It is made when one asks, and told what becomes free from then on. What is taken
// is found missing when it is asked for, and then removed: so taking blocks costs
// nothing more, and each block that became free is removed once.
//
// It is dropped when much became free since it was last asked, as much as it would
// cost to make it anew.
type alignedSet struct {
	order    uint    // log2 of the alignment in pages
	blocks   freeSet // by order, and by number among the multiples of the alignment
	idle     int     // blocks freed since the last request
	patience int     // how many drop the set
}

// highestAligned is the first page of the highest block of order k that begins at a
// multiple of 1<<align pages.
func (s *freeSet) highestAligned(k, align uint) (p uint64, ok bool) {
	if s.mask>>k&1 == 0 {
		return 0, false
	}
	s.visits++
	if k >= align {
		return s.highest(k) << k, true
	}
	x := s.alignedTo(align)
	for x.blocks.mask>>k&1 != 0 {
		j := x.blocks.highest(k)
		if p = j << align; s.has(k, p>>k) {
			return p, true
		}
		x.blocks.remove(k, j)
		s.visits++
	}
	return 0, false
}

// alignedTo is the set for an alignment, made if there is none.
func (s *freeSet) alignedTo(align uint) *alignedSet {
	j := slices.IndexFunc(s.aligned, func(x *alignedSet) bool { return x.order == align })
	if j >= 0 {
		s.aligned[j].idle = 0
		return s.aligned[j]
	}
	x := &alignedSet{order: align, blocks: newBlockSet(s.pages, align, func(uint) uint64 { return s.pages>>align + 1 }), patience: 1024}
	for k := range align {
		if s.mask>>k&1 == 0 {
			continue
		}
		for i, ok := s.next(k, 0); ok; i, ok = s.next(k, roundUp(i+1, 1<<(align-k))) {
			s.visits++
			x.patience += 4
			x.enter(k, i)
		}
	}
	s.aligned = append(s.aligned, x)
	return x
}

// concerns reports whether block i of order k belongs into the set while it is free.
func (x *alignedSet) concerns(k uint, i uint64) bool {
	return k < x.order && i&(1<<(x.order-k)-1) == 0
}

// enter notes that block i of order k is free.
func (x *alignedSet) enter(k uint, i uint64) {
	if x.concerns(k, i) {
		x.blocks.insert(k, i>>(x.order-k))
	}
}

// knows reports whether block i of order k, which is free, is in the set if it
// should be.
func (x *alignedSet) knows(k uint, i uint64) bool {
	return !x.concerns(k, i) || x.blocks.has(k, i>>(x.order-k))
}

// enterAligned notes in all aligned sets that block i of order k is free.
func (s *freeSet) enterAligned(k uint, i uint64) {
	for j := 0; j < len(s.aligned); j++ {
		x := s.aligned[j]
		if x.idle++; x.idle > x.patience {
			s.aligned = slices.Delete(s.aligned, j, j+1)
			j--
			continue
		}
		x.enter(k, i)
	}
}

// tidyAligned drops what the aligned sets do not need: the sets themselves when nothing
// is live and they are large.
func (s *freeSet) tidyAligned(live int) {
	if live == 0 && s.alignedFootprint() > 16<<10 {
		s.aligned = nil
	}
	for _, x := range s.aligned {
		x.blocks.compact(live)
	}
}

// alignedFootprint is the metadata of the aligned sets, in bytes.
func (s *freeSet) alignedFootprint() (n uint64) {
	for _, x := range s.aligned {
		n += uint64(unsafe.Sizeof(*x)) + x.blocks.footprint()
	}
	return n + 8*uint64(cap(s.aligned))
}
