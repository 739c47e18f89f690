package sgtable

import "math"

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
