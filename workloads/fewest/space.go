package fewest

import (
	"iter"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// space is the region as a list of extents in the order of their addresses, free ones and
// live ones, and the free ones again in bins by size. An extent is named by its place in
// list, which is the Node of its block, so a free finds its neighbours without a search.
type space struct {
	page  uint64
	list  []extent
	spare []int32 // places in list that are not used
	first int32   // the lowest extent
	bins  [][]int32
	looks uint64 // extents looked at
}

// none is no extent.
const none = -1

// An extent is [start, end): free, or live until death.
type extent struct {
	start, end uint64
	prev, next int32 // in the order of addresses
	bin, place int32 // where bins has it, if it is free
	death      int   // allocations before it is freed
	state      extentState
}

type extentState uint8

const (
	isFree extentState = iota
	isLive
	isGone     // none: its place in the list is spare
	isReserved // laid out for the state in which the stream begins, and not yet granted
)

func (e *extent) size() uint64 { return e.end - e.start }

// newSpace is a region of which all is free.
func newSpace(r strategies.Region) *space {
	s := &space{page: r.Page, bins: make([][]int32, binOf(1<<63)+1)}
	s.list = append(s.list, extent{end: r.Managed(), prev: none, next: none})
	s.insert(0)
	return s
}

// binOf is the bin of a size in pages, of which each power of two has four. Bins ascend
// with the size.
func binOf(pages uint64) int {
	if pages < 4 {
		return int(pages)
	}
	k := bits.Len64(pages) - 1
	return (k-1)*4 + int(pages>>(k-2)&3)
}

// insert puts a free extent into its bin.
func (s *space) insert(i int32) {
	e := &s.list[i]
	e.state = isFree
	e.bin = int32(binOf(e.size() / s.page))
	e.place = int32(len(s.bins[e.bin]))
	s.bins[e.bin] = append(s.bins[e.bin], i)
}

// remove takes a free extent out of its bin.
func (s *space) remove(i int32) {
	e := &s.list[i]
	bin := s.bins[e.bin]
	last := bin[len(bin)-1]
	bin[e.place] = last
	s.list[last].place = e.place
	s.bins[e.bin] = bin[:len(bin)-1]
}

// add is a new extent behind prev.
func (s *space) add(start, end uint64, prev int32) int32 {
	i := int32(len(s.list))
	if n := len(s.spare); n > 0 {
		i, s.spare = s.spare[n-1], s.spare[:n-1]
	} else {
		s.list = append(s.list, extent{})
	}
	next := s.list[prev].next
	s.list[i] = extent{start: start, end: end, prev: prev, next: next}
	s.list[prev].next = i
	if next != none {
		s.list[next].prev = i
	}
	return i
}

// drop takes an extent out of the list.
func (s *space) drop(i int32) {
	e := &s.list[i]
	if e.prev == none {
		s.first = e.next
	} else {
		s.list[e.prev].next = e.next
	}
	if e.next != none {
		s.list[e.next].prev = e.prev
	}
	e.state = isGone
	s.spare = append(s.spare, i)
}

// carve makes [start, start+size) of the free extent i live, and returns its name.
func (s *space) carve(i int32, start, size uint64, death int) int32 {
	s.remove(i)
	hole := s.list[i]
	if hole.start < start {
		s.list[i].end = start
		s.insert(i)
		i = s.add(start, hole.end, i)
	}
	if start+size < hole.end {
		s.insert(s.add(start+size, hole.end, i))
	}
	e := &s.list[i]
	e.end, e.death, e.state = start+size, death, isLive
	return i
}

// release frees a live extent, which joins its free neighbours.
func (s *space) release(i int32) {
	e := &s.list[i]
	if p := e.prev; p != none && s.list[p].state == isFree {
		s.remove(p)
		e.start = s.list[p].start
		s.drop(p)
	}
	if n := e.next; n != none && s.list[n].state == isFree {
		s.remove(n)
		e.end = s.list[n].end
		s.drop(n)
	}
	s.insert(i)
}

// shrink keeps [start, start+size) of the live extent i and frees the rest.
func (s *space) shrink(i int32, start, size uint64) {
	old := s.list[i]
	s.list[i].start, s.list[i].end = start, start+size
	if start+size < old.end {
		n := s.add(start+size, old.end, i)
		s.list[n].state = isLive
		s.release(n)
	}
	if old.start < start {
		// The name stays with what is kept; the part in front of it goes behind prev.
		if old.prev == none {
			n := s.addFirst(old.start, start)
			s.insert(n)
			return
		}
		n := s.add(old.start, start, old.prev)
		s.list[n].state = isLive
		s.release(n)
	}
}

// addFirst is a new extent in front of all.
func (s *space) addFirst(start, end uint64) int32 {
	i, first := int32(len(s.list)), s.first
	s.list = append(s.list, extent{start: start, end: end, prev: none, next: first})
	s.list[first].prev = i
	s.first = i
	return i
}

// free yields what is not granted, in the order of addresses.
func (s *space) free() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for i := s.first; i != none; i = s.list[i].next {
			if e := &s.list[i]; e.state != isLive && !yield(strategies.Block{Start: e.start, Size: e.size(), Node: uint32(i)}) {
				return
			}
		}
	}
}
