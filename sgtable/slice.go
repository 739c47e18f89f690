package sgtable

import "fmt"

// Total is the number of bytes of table, up to the first segment of length 0.
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
// extended slice, for a partial mapping of the object. It cuts segments at lo and
// hi, and never continues a segment of dst. As with a Go slice, lo > hi and
// hi > [Total] panic. dst may be table[:0], for a cut in place; otherwise table is
// unchanged. It takes O(segments before hi).
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

// Trim returns table without spare capacity, and whether it had to copy it for
// that. The copy is on the Go heap; the old table is unchanged and still belongs
// to its owner. The kernel trims a table that was allocated for the worst case in
// the same way.
func Trim(table []Segment) ([]Segment, bool) {
	if len(table) == cap(table) {
		return table, false
	}
	exact := make([]Segment, len(table))
	copy(exact, table)
	return exact, true
}
