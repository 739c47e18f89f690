package sgtable

import (
	"iter"
	"math"
)

// Addresses yields device addresses of table: for each segment its start and every
// step bytes from there. A driver writes them into page-table entries of step
// bytes. A step that passes the end of a segment goes to the start of the next one,
// so a step of 1<<32 or more yields the starts of the segments. It panics if step
// is 0.
//
// A segment of length 0 ends the walk, as for the kernel's DMA iterator. Rejected:
// carrying the rest of a step over into the next segment, since a device that reads
// step bytes at an address would then not read the bytes that follow.
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

// Pages yields the numbers (address / page) of the pages that table touches, wholly
// or in part, in table order. Consecutive segments in the same page yield it once;
// a page that a later segment touches again is yielded again. page is in bytes and
// need not be a power of two; Pages panics if it is 0. Unlike for the kernel's
// iterator over struct pages, page 0 is a page like any other: device memory begins
// there.
func Pages(table []Segment, page uint64) iter.Seq[uint64] {
	if page == 0 {
		panic("sgtable: Pages with a page of 0 bytes")
	}
	return func(yield func(uint64) bool) {
		var next uint64 // the last page yielded plus one
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

// Cursor is a position in a table, for walks with pauses: a copy engine that moves a
// chunk, waits for a fence and goes on. A copy of a Cursor is a saved position that
// moves independently. It refers to the table, which must not change while the
// Cursor is in use. No method allocates.
type Cursor struct {
	table  []Segment
	i      int    // segment of the position; len(table) or a segment of length 0 at the end
	in     uint64 // bytes into the segment, less than its length; 0 at the end
	before uint64 // bytes in the segments before it
	left   uint64 // bytes that the walk may still take; noEnd if only the table ends it
}

// noEnd is the length of a walk that goes on to the end of its table.
const noEnd = math.MaxUint64

// NewCursor returns the position of the first byte of table.
func NewCursor(table []Segment) Cursor { return Cursor{table: table, left: noEnd} }

// Next returns the device address of the position and moves on by step bytes, but
// not past the start of the next segment: a loop over Next yields the same as
// [Addresses]. To skip no byte, step at most [Cursor.Contiguous] bytes. A step of 0
// does not move. At the end of the table ok is false.
func (c *Cursor) Next(step uint64) (addr uint64, ok bool) {
	left := c.Contiguous()
	if left == 0 {
		return 0, false
	}
	addr = c.table[c.i].Addr + c.in
	step = min(step, left)
	if c.left != noEnd {
		c.left -= step
	}
	if c.in += step; c.in == uint64(c.table[c.i].Len) {
		c.before += c.in
		c.i, c.in = c.i+1, 0
	}
	return addr, true
}

// Contiguous is the number of bytes from the position to the end of its segment, or of
// the walk where that comes first ([Cursor.First]). It is 0 only at the end of either.
func (c *Cursor) Contiguous() uint64 {
	if c.i >= len(c.table) {
		return 0
	}
	return min(uint64(c.table[c.i].Len)-c.in, c.left)
}

// Remaining is the number of bytes that the walk of [Cursor.First] has left, whether
// the table has them or not. A Cursor without such a walk has no end but that of its
// table, and Remaining is 2^64-1.
func (c *Cursor) Remaining() uint64 { return c.left }

// Offset is the number of bytes of the table before the position: [Total] at the
// end.
func (c *Cursor) Offset() uint64 { return c.before + c.in }

// Seek moves to the byte at offset, forwards or backwards, and reports whether the
// table has it; if not, the position is the end. It takes time linear in the
// segments between the old and the new position, so random jumps through a long
// table are slow; an [Index] makes them fast. The end of the walk of [Cursor.First] no
// longer holds.
func (c *Cursor) Seek(offset uint64) bool {
	c.in, c.left = 0, noEnd
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
