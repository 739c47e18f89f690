package sgtable

import "math"

// DMASizes is the bitwise OR of the lengths of table's segments, up to the first
// of length 0; 0 for an empty table. If DMASizes(table)&(P-1) is 0 for a power of
// two P, all lengths are multiples of P, and pages of P bytes can map the whole
// table, provided that the addresses are aligned too. i915 chooses the page size
// of a mapping by it (i915_sg_dma_sizes).
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
// maxMapping bytes at once (math.MaxUint64: no limit). It is in whole pages and
// fits into 32 bits. In a Xen PV guest it is one page, since the guest's memory is
// scattered in the machine's. A page of 0 counts as 1. The result is 0, with which
// no table can be built, if not even one page fits. The kernel's function is
// i915_sg_segment_size.
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
