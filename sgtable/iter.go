package sgtable

import "iter"

// The walks below see a table as a device does that copies from it: bytes
// numbered 0, 1, 2, ... of an object, each somewhere in a segment. A segment of
// length 0 ends the table for all of them, as it does for the kernel's DMA
// iterator. No builder makes one, and [Validate] reports it.
//
// Considered and rejected: iterators that carry a step on from one segment into
// the next. What a device reads at an address after such a step would not
// begin where the step before it ended.

// Addresses yields the device addresses of table, every step bytes from the
// start of each segment: what a driver writes into page-table entries of step
// bytes. A step that is larger than what is left of a segment skips its rest
// and goes on at the start of the next one, so that segments of whole steps
// give every address once, and a step of 1<<32 or more gives the segments'
// starts. It panics if step is 0.
func Addresses(table []Segment, step uint64) iter.Seq[uint64] {
	if step == 0 {
		panic("sgtable: Addresses with a step of 0 would never end")
	}
	return func(yield func(uint64) bool) {
		for _, s := range table {
			if s.Len == 0 {
				return
			}
			left := uint64(s.Len)
			for addr := s.Addr; ; addr += step {
				if !yield(addr) {
					return
				}
				if step >= left {
					break
				}
				left -= step
			}
		}
	}
}

// Pages yields the numbers (address / page) of the pages that table touches, in
// its order, a page that is touched only in part included. Segments that follow
// each other in one page give it once; a page that the table comes back to
// later comes again. Page 0 is a page like any other: the kernel's iterator
// over struct pages ends there, but device memory begins there. Page is in
// bytes and need not be a power of two; Pages panics if it is 0.
func Pages(table []Segment, page uint64) iter.Seq[uint64] {
	if page == 0 {
		panic("sgtable: Pages with a page of 0 bytes")
	}
	return func(yield func(uint64) bool) {
		var next uint64 // one more than the last page yielded
		for i, s := range table {
			if s.Len == 0 {
				return
			}
			first := s.Addr / page
			end := first + (s.Addr%page+uint64(s.Len)-1)/page + 1
			if i > 0 && first+1 == next {
				first = next
			}
			for n := first; n != end; n++ {
				if !yield(n) {
					return
				}
			}
			next = end
		}
	}
}

// Cursor is a position in a table, for what does not walk it in one go: a copy
// engine that moves a chunk, waits for a fence and goes on. A copy of a Cursor
// is a saved position and moves on its own. It holds the table by reference:
// whoever keeps a Cursor keeps the table as it is. No method allocates.
type Cursor struct {
	table  []Segment
	i      int    // segment of the position; behind the last one at the end
	in     uint64 // bytes into it, less than its length; 0 at the end
	before uint64 // bytes in the segments before it
}

// NewCursor is the position of the first byte of table.
func NewCursor(table []Segment) Cursor { return Cursor{table: table} }

// Next returns the device address of the position and moves on by step bytes,
// or to the start of the next segment if the segment has no more than that: a
// loop of it gives what [Addresses] gives. A step of 0 stays where it is. At
// the end of the table ok is false and the position remains. A loop that moves
// bytes asks for no more than [Cursor.Contiguous] and so skips none.
func (c *Cursor) Next(step uint64) (addr uint64, ok bool) {
	left := c.Contiguous()
	if left == 0 {
		return 0, false
	}
	addr = c.table[c.i].Addr + c.in
	if step < left {
		c.in += step
		return addr, true
	}
	c.before += c.in + left
	c.i, c.in = c.i+1, 0
	return addr, true
}

// Contiguous is the number of bytes from the position to the end of its
// segment: what can be moved in one go. It is 0 at the end of the table and
// only there.
func (c *Cursor) Contiguous() uint64 {
	if c.i >= len(c.table) {
		return 0
	}
	return uint64(c.table[c.i].Len) - c.in
}

// Offset is the number of bytes of the table before the position. At the end it
// is [Total] of the table.
func (c *Cursor) Offset() uint64 { return c.before + c.in }

// Seek moves to the byte at offset of the table, forwards or backwards, and
// reports whether there is one. If not, the position is the end. The cost is
// that of the segments between the old position and the new one: for jumps at
// random through a long table an index of offsets would be better.
func (c *Cursor) Seek(offset uint64) bool {
	c.in = 0
	for offset < c.before {
		c.i--
		c.before -= uint64(c.table[c.i].Len)
	}
	for n := c.Contiguous(); n != 0; n = c.Contiguous() {
		if offset-c.before < n {
			c.in = offset - c.before
			return true
		}
		c.before += n
		c.i++
	}
	return false
}
