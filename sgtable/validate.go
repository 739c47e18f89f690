package sgtable

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Validate returns an error that names the first rule that table breaks, wrapping
// [strategies.ErrInvalid], or nil. The rules for the table of an object with these
// options are:
//
//   - No segment is empty, longer than o.MaxSegment, or wraps around 2^64.
//   - No segment begins below o.Base. If MaxSegment and Size are multiples of
//     4 KiB, so are the offsets from Base and the lengths.
//   - The segments have at least o.Size bytes. More is no error: an allocator that
//     rounds up grants more, and i915's table covers whole blocks.
//   - No two segments overlap.
//
// Neighbours need not be merged: not every driver does it. An empty table is valid
// if Size is 0. Validate takes O(n) time for an ascending table, O(n log n) time
// and O(n) memory for any other.
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

// brokenRule says which rule s breaks by itself, as the end of a sentence; empty
// if none.
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
		return fmt.Sprintf("is not in whole pages of %d", strategies.MinPage)
	}
	return ""
}

// overlap finds two segments of table that share an address, the lower one first.
// No segment is empty or wraps.
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
