package sgtable

import "fmt"

// Total is the number of bytes that table describes, up to the first segment of
// length 0.
func Total(table []Segment) uint64 {
	var total uint64
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		total += uint64(s.Len)
	}
	return total
}

// Slice appends the table of the bytes [lo, hi) of table to dst and returns the
// extended slice: what a partial mapping of the object needs. Segments are cut
// where a bound falls into them, and segments of dst are never continued. As
// with a Go slice, lo > hi or hi > [Total] is a caller's bug and panics. dst
// may be table[:0], for a cut in place; otherwise table stays as it is. The
// cost is O(segments up to hi).
func Slice(dst, table []Segment, lo, hi uint64) []Segment {
	if lo > hi {
		panic(fmt.Sprintf("sgtable: Slice [%d, %d) of a table ends before it begins", lo, hi))
	}
	c := NewCursor(table)
	c.Seek(lo)
	for at := lo; at < hi; {
		n := min(c.Contiguous(), hi-at)
		addr, ok := c.Next(n)
		if !ok {
			break
		}
		dst = append(dst, Segment{Addr: addr, Len: uint32(n)})
		at += n
	}
	if c.Offset() < hi {
		panic(fmt.Sprintf("sgtable: Slice [%d, %d) of a table of %d bytes", lo, hi, c.Offset()))
	}
	return dst
}

// Trim returns table in memory for exactly its segments, len == cap, and whether
// it had to be copied for that. A copy comes from the Go heap and leaves the old
// table as it was: it is still its owner's to give back. The kernel trims a
// table that was allocated for the worst case the same way.
func Trim(table []Segment) ([]Segment, bool) {
	if len(table) == cap(table) {
		return table, false
	}
	exact := make([]Segment, len(table))
	copy(exact, table)
	return exact, true
}
