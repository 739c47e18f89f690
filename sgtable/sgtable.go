package sgtable

import "github.com/vramlab/vramlab/strategies"

// Segment is one entry of a scatter-gather table: a run of device addresses.
type Segment struct {
	Addr uint64 // device address, bytes
	Len  uint32 // bytes
}

// Options are what the driver decides about its tables.
type Options struct {
	// Base is the device address of the region's first byte. It is added to
	// the address of every block.
	Base uint64

	// MaxSegment is the longest segment in bytes, not 0: what the device's DMA
	// engine or the 32-bit length of an entry allows. [MaxSegment] gives the
	// usual value for a page size.
	MaxSegment uint32

	// Size is the size of the object in bytes, 0 for no limit. No single block
	// counts for more: an allocator that rounds up to a power of two may grant
	// one that is larger than the object.
	Size uint64
}

// MaxSegment is the longest segment that a 32-bit length can hold and whose
// ends keep the alignment of page: UINT32_MAX rounded down to a multiple of it.
// A page of 0 counts as 1. For a page over 4 GiB it is 0: no segment of such a
// length exists.
func MaxSegment(page uint64) uint32 {
	const most = 1<<32 - 1
	page = max(page, 1)
	return uint32(most / page * page)
}

// OptionsFor is how i915 would build the table of an object asked for as r in a
// region at device address 0. Tables keep the alignment of the request, at least
// a page of 4 KiB, so that a longest segment ends at 4 GiB less one of it; an
// alignment that is not in pages, or for which there is no such segment, counts as
// a page. An object is whole pages, whatever was asked.
func OptionsFor(r strategies.Request) Options {
	longest := MaxSegment(max(r.Align, strategies.MinPage))
	if r.Align%strategies.MinPage != 0 || longest == 0 {
		longest = MaxSegment(strategies.MinPage)
	}
	return Options{MaxSegment: longest, Size: (r.Size + strategies.MinPage - 1) &^ (strategies.MinPage - 1)}
}

// TooBig reports whether an object of size bytes has more pages of 4 KiB than
// 32 bits can count. i915 builds no table for it (E2BIG), and a table of that
// many segments would be no use to anybody.
func TooBig(size uint64) bool { return size/strategies.MinPage > 1<<32-1 }

// Append appends the table of blocks to dst and returns the extended slice.
// Segments already in dst are left alone: the first block always begins a new
// one. It panics if o.MaxSegment is 0.
func Append(dst []Segment, blocks []strategies.Block, o Options) []Segment {
	o.check()
	var cur Segment // the segment being built, appended when it is complete
	var end uint64  // where the block before ended
	for i := range blocks {
		start, size := blocks[i].Start, blocks[i].Size
		if o.Size != 0 {
			size = min(size, o.Size)
		}
		if start != end || i == 0 {
			if i > 0 {
				dst = append(dst, cur)
			}
			cur = Segment{Addr: o.Base + start}
		}
		end = start + size
		for {
			room := uint64(o.MaxSegment - cur.Len)
			if size <= room {
				cur.Len += uint32(size)
				break
			}
			cur.Len = o.MaxSegment
			dst = append(dst, cur)
			cur = Segment{Addr: o.Base + end - size + room}
			size -= room
		}
	}
	if len(blocks) > 0 {
		dst = append(dst, cur)
	}
	return dst
}
