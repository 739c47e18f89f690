package sgtable

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

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

// DMASizes is the bitwise OR of the lengths of table's segments, up to the first
// of length 0. Its lowest bit set is the largest power of two that all lengths
// are multiples of, so a device page of P bytes can be used throughout if
// DMASizes(table)&(P-1) is 0 (and the addresses, and what is mapped there, are
// aligned alike). It is 0 for a table without a first segment. i915 chooses the
// page size of a mapping by it (i915_sg_dma_sizes).
func DMASizes(table []Segment) uint64 {
	var or uint64
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		or |= uint64(s.Len)
	}
	return or
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

// SegmentLimit is the longest segment in bytes for a device that can map at most
// maxMapping bytes at once (math.MaxUint64: no limit): that or what a 32-bit
// length can hold, in whole pages. A Xen PV guest is limited to one page,
// whatever the device can do, since its memory is scattered underneath. This is
// i915_sg_segment_size. A page of 0 counts as 1. The result is 0, and no table
// can be built, if a page does not fit into the limit.
func SegmentLimit(maxMapping, page uint64, xenPV bool) uint32 {
	page = max(page, 1)
	limit := min(maxMapping, math.MaxUint32)
	if xenPV {
		limit = page
	}
	if limit > math.MaxUint32 {
		return 0
	}
	return uint32(limit / page * page)
}

// Validate reports the first rule that table breaks as a table of an object with
// these options, wrapping [strategies.ErrInvalid], or nil:
//
//   - no segment is empty, longer than o.MaxSegment, or wraps around 2^64,
//   - none begins below o.Base, and where MaxSegment and Size are in pages of
//     4 KiB, so are the offsets from Base and the lengths,
//   - together they have at least o.Size bytes. More is no error: an allocator
//     that rounds up grants more, and i915's table covers whole blocks,
//   - no two overlap.
//
// That neighbours are merged is not a rule: not every driver does. Of larger
// pages it knows nothing; [DMASizes] tells whether the lengths are in those.
// An empty table is valid if Size is 0. The cost is O(n) for an ascending
// table, O(n log n) and a copy of it for any other.
func Validate(table []Segment, o Options) error {
	if o.MaxSegment == 0 {
		return fmt.Errorf("%w table: MaxSegment is 0, which fits no segment", strategies.ErrInvalid)
	}
	inPages := uint64(o.MaxSegment)%strategies.MinPage == 0 && o.Size%strategies.MinPage == 0
	for i, s := range table {
		if rule := brokenRule(s, o, inPages); rule != "" {
			return fmt.Errorf("%w table: segment %d (%#x, %d bytes) %s", strategies.ErrInvalid, i, s.Addr, s.Len, rule)
		}
	}
	if total := Total(table); total < o.Size {
		return fmt.Errorf("%w table: %d bytes in %d segments, less than the object's %d", strategies.ErrInvalid, total, len(table), o.Size)
	}
	if i, j, ok := overlap(table); ok {
		return fmt.Errorf("%w table: segments %d (%#x, %d bytes) and %d (%#x, %d bytes) overlap", strategies.ErrInvalid,
			i, table[i].Addr, table[i].Len, j, table[j].Addr, table[j].Len)
	}
	return nil
}

// brokenRule is the predicate of Validate's sentence about s alone, or empty.
func brokenRule(s Segment, o Options, inPages bool) string {
	switch {
	case s.Len == 0:
		return "is empty"
	case s.Len > o.MaxSegment:
		return fmt.Sprintf("is longer than the %d of MaxSegment", o.MaxSegment)
	case s.Addr+uint64(s.Len)-1 < s.Addr:
		return "wraps around the end of the address space"
	case s.Addr < o.Base:
		return fmt.Sprintf("begins below the region's base %#x", o.Base)
	case inPages && ((s.Addr-o.Base)%strategies.MinPage != 0 || s.Len%strategies.MinPage != 0):
		return fmt.Sprintf("is not in pages of %d", strategies.MinPage)
	}
	return ""
}

// overlap finds two segments of table, none empty and none wrapping, that share
// an address: neighbours by address, the lower one first.
func overlap(table []Segment) (i, j int, found bool) {
	ascending := true
	for i := 1; i < len(table) && ascending; i++ {
		ascending = table[i-1].Addr+uint64(table[i-1].Len-1) < table[i].Addr
	}
	if ascending {
		return 0, 0, false
	}
	order := make([]int, len(table))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Or(cmp.Compare(table[i].Addr, table[j].Addr), cmp.Compare(i, j))
	})
	for k := 1; k < len(order); k++ {
		i, j := order[k-1], order[k]
		if table[i].Addr+uint64(table[i].Len-1) >= table[j].Addr {
			return i, j, true
		}
	}
	return 0, 0, false
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
