package strace

import (
	"fmt"
	"slices"
)

// space is an address space: what a process has mapped where.
//
// Its areas ascend and do not overlap. An area is memory, or addresses that hold none: a
// reservation, which a later call may turn into memory, or the mapping of a file. Memory
// is an object that a Recorder is told of; an area is its view of one. An object has one view, or
// several after a fork: it ends with the last. When a part of its only view is unmapped,
// the object is trimmed. When that leaves two parts, the larger stays and the smaller
// becomes an object of its own, which moves in a replay, as it did not in the program.
// Of an object with several views nothing ends before the whole does.
type space struct {
	m     *memory
	areas []area
	brk   uint64 // 0: not known
	users int    // processes that run in it
}

// memory is what all address spaces hold.
type memory struct {
	to    Recorder
	made  uint64 // objects so far
	areas int    // of all spaces
}

// object of memory that is mapped somewhere.
type mapped struct {
	id    uint64
	size  uint64
	views int
}

// area is the mapping of [lo, hi).
type area struct {
	lo, hi uint64
	what   mapping
	o      *mapped // memory
	off    uint64  // where in o the area begins
}

type mapping uint8

const (
	held     mapping = iota // memory
	reserved                // addresses without memory
	filed                   // a file's
)

const (
	maxAreas = 1 << 20 // of all spaces
	pageMask = 4095    // mappings are of whole pages
)

// alloc makes an object that is not yet mapped.
func (m *memory) alloc(size uint64) *mapped {
	o := &mapped{id: m.made, size: size}
	m.made++
	m.to.Alloc(o.id, size)
	return o
}

// keep trims o to the part that its only view shows.
func (m *memory) keep(a *area) {
	if a.o.size != a.hi-a.lo {
		m.to.Trim(a.o.id, a.off, a.hi-a.lo)
		a.o.size = a.hi - a.lo
	}
	a.off = 0
}

// drop ends a view.
func (m *memory) drop(a area) {
	if a.what != held {
		return
	}
	if a.o.views--; a.o.views == 0 {
		m.to.Free(a.o.id)
	}
}

// mapAt maps what at [lo, hi), in place of what is there.
func (s *space) mapAt(lo, hi uint64, what mapping) error {
	s.unmap(lo, hi)
	a := area{lo: lo, hi: hi, what: what}
	if what == held {
		a.o = s.m.alloc(hi - lo)
		a.o.views = 1
	}
	return s.put(a)
}

// put enters an area where nothing is mapped. Areas without memory join their neighbours.
func (s *space) put(a area) error {
	i := s.find(a.lo)
	if a.what != held {
		if i < len(s.areas) && s.areas[i].lo == a.hi && s.areas[i].what == a.what {
			a.hi = s.areas[i].hi
			s.replace(i, i+1)
		}
		if i > 0 && s.areas[i-1].hi == a.lo && s.areas[i-1].what == a.what {
			s.areas[i-1].hi = a.hi
			return nil
		}
	}
	s.replace(i, i, a)
	if s.m.areas > maxAreas {
		return fmt.Errorf("more than %d mappings at once", maxAreas)
	}
	return nil
}

// find is the first area that ends above addr.
func (s *space) find(addr uint64) int {
	i, _ := slices.BinarySearchFunc(s.areas, addr, func(a area, addr uint64) int {
		if a.hi <= addr {
			return -1
		}
		return 1
	})
	return i
}

// within are the indices of the areas that reach into [lo, hi).
func (s *space) within(lo, hi uint64) (i, j int) {
	i = s.find(lo)
	for j = i; j < len(s.areas) && s.areas[j].lo < hi; j++ {
	}
	return i, j
}

// replace puts areas in the place of those from i to j.
func (s *space) replace(i, j int, with ...area) {
	s.m.areas += len(with) - (j - i)
	s.areas = slices.Replace(s.areas, i, j, with...)
}

// unmap ends what is mapped in [lo, hi), and reports whether anything was.
func (s *space) unmap(lo, hi uint64) bool {
	i, j := s.within(lo, hi)
	var rest []area
	for _, a := range s.areas[i:j] {
		rest = append(rest, s.except(a, lo, hi)...)
	}
	s.replace(i, j, rest...)
	return j > i
}

// except is what [lo, hi) leaves of an area.
func (s *space) except(a area, lo, hi uint64) []area {
	var rest []area
	if a.lo < lo {
		rest = append(rest, area{a.lo, lo, a.what, a.o, a.off})
	}
	if a.hi > hi {
		rest = append(rest, area{hi, a.hi, a.what, a.o, a.off + hi - a.lo})
	}
	switch {
	case len(rest) == 0:
		s.m.drop(a)
	case a.what != held:
	case a.o.views > 1:
		a.o.views += len(rest) - 1
	case len(rest) == 1:
		s.m.keep(&rest[0])
	default:
		s.m.part(&rest[0], &rest[1])
	}
	return rest
}

// part makes two objects of the two parts that are left of one.
func (m *memory) part(low, high *area) {
	larger, smaller := low, high
	if high.hi-high.lo > low.hi-low.lo {
		larger, smaller = high, low
	}
	m.keep(larger)
	smaller.o, smaller.off = m.alloc(smaller.hi-smaller.lo), 0
	smaller.o.views = 1
	m.to.Note("mappings that were cut in two (the smaller part is allocated anew)")
}

// take takes what is mapped in [lo, hi) out of the space, alive. An area that reaches out
// is cut in two.
func (s *space) take(lo, hi uint64) []area {
	s.cut(lo)
	s.cut(hi)
	i, j := s.within(lo, hi)
	taken := slices.Clone(s.areas[i:j])
	s.replace(i, j)
	return taken
}

// cut has an area end, and another begin, at addr.
func (s *space) cut(addr uint64) {
	i := s.find(addr)
	if i == len(s.areas) || s.areas[i].lo >= addr {
		return
	}
	a := s.areas[i]
	low, high := a, a
	low.hi, high.lo = addr, addr
	high.off += addr - a.lo
	switch {
	case a.what != held:
	case a.o.views > 1:
		a.o.views++
	default:
		s.m.part(&low, &high)
	}
	s.replace(i, i+1, low, high)
}

// give puts what was taken from old on to addr, in place of what is there, and makes it
// end at end: the last area may grow, which makes a new object of it, as
// realloc does.
func (s *space) give(taken []area, old, addr, end uint64) error {
	s.unmap(addr, end)
	for i, a := range taken {
		a.lo, a.hi = addr+(a.lo-old), addr+(a.hi-old)
		if last := i == len(taken)-1; last && a.hi < end {
			a.hi = end
			if a.what == held {
				s.m.drop(a)
				a.o, a.off = s.m.alloc(a.hi-a.lo), 0
				a.o.views = 1
			}
		}
		if err := s.put(a); err != nil {
			return err
		}
	}
	return nil
}

// protect turns reservations in [lo, hi) into memory, or memory into reservations.
func (s *space) protect(lo, hi uint64, memory bool) error {
	from, to := held, reserved
	if memory {
		from, to = reserved, held
	}
	i, j := s.within(lo, hi)
	for _, a := range slices.Clone(s.areas[i:j]) {
		if a.what != from {
			continue
		}
		if err := s.mapAt(max(a.lo, lo), min(a.hi, hi), to); err != nil {
			return err
		}
	}
	return nil
}

// hole is the first address from addr on at which nothing is mapped.
func (s *space) hole(addr uint64) uint64 {
	for i := s.find(addr); i < len(s.areas) && s.areas[i].lo <= addr; i++ {
		addr = s.areas[i].hi
	}
	return addr
}

// setBrk moves the end of the heap to addr. The first call only tells where it is.
func (s *space) setBrk(addr uint64) error {
	old := s.brk
	s.brk = (addr + pageMask) &^ pageMask
	switch {
	case old == 0 || s.brk == 0:
	case s.brk > old:
		return s.mapAt(old, s.brk, held)
	case s.brk < old:
		s.unmap(s.brk, old)
	}
	return nil
}

// fork is a space with the same mappings of the same memory.
func (s *space) fork() (*space, error) {
	if s.m.areas += len(s.areas); s.m.areas > maxAreas {
		return nil, fmt.Errorf("more than %d mappings at once", maxAreas)
	}
	child := &space{m: s.m, users: 1, brk: s.brk, areas: slices.Clone(s.areas)}
	for _, a := range child.areas {
		if a.what == held {
			a.o.views++
		}
	}
	return child, nil
}

// leave is the end of a process in the space: the last one ends all that is mapped.
func (s *space) leave() {
	if s.users--; s.users > 0 {
		return
	}
	for _, a := range s.areas {
		s.m.drop(a)
	}
	s.replace(0, len(s.areas))
}
