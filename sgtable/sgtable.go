package sgtable

import "github.com/vramlab/vramlab/strategies"

// Segment is one entry of a scatter-gather table: a run of device addresses.
type Segment struct {
	Addr uint64 // device address, bytes
	Len  uint32 // bytes
}

// Options are a driver's choices for its tables.
type Options struct {
	// Base is the device address of the region's first byte. It is added to
	// the address of every block.
	Base uint64

	// MaxSegment is the longest segment in bytes, at least 1: the limit of the
	// device's DMA engine, or of the 32-bit length of an entry. The function
	// [MaxSegment] gives the usual value for a page size.
	MaxSegment uint32

	// Size is the size of the object in bytes, 0 for no limit. A block counts for
	// at most Size bytes: an allocator that rounds up to a power of two may grant
	// a block larger than the object.
	Size uint64
}

// cut limits the size of a block to that of the object.
func (o *Options) cut(size uint64) uint64 {
	if o.Size == 0 {
		return size
	}
	return min(size, o.Size)
}

// whole is the size of the longest block that is neither cut nor split into segments
// of at most longest bytes.
func (o *Options) whole(longest uint64) uint64 { return min(o.Size-1, longest-1) + 1 } // a Size of 0 wraps around: no limit

func (o *Options) check() {
	if o.MaxSegment == 0 {
		panic("sgtable: Options.MaxSegment must not be 0")
	}
}

// MaxSegment is the longest segment in bytes whose length fits into 32 bits and is
// a multiple of page: UINT32_MAX rounded down. A page of 0 counts as 1. For a page
// of 4 GiB or more it is 0: there is no such segment.
func MaxSegment(page uint64) uint32 {
	const most = 1<<32 - 1
	page = max(page, 1)
	return uint32(most / page * page)
}

// OptionsFor are i915's options for the table of an object requested as r, in a
// region at device address 0. MaxSegment is the largest multiple of r.Align, at
// least 4 KiB, below 4 GiB; an alignment that is no multiple of 4 KiB, or is 4 GiB
// or more, counts as 4 KiB. Size is rounded up to pages of 4 KiB.
func OptionsFor(r strategies.Request) Options {
	longest := MaxSegment(max(r.Align, strategies.MinPage))
	if r.Align%strategies.MinPage != 0 || longest == 0 {
		longest = MaxSegment(strategies.MinPage)
	}
	return Options{MaxSegment: longest, Size: (r.Size + strategies.MinPage - 1) &^ (strategies.MinPage - 1)}
}

// TooBig reports whether an object of size bytes has more pages of 4 KiB than 32
// bits can count. i915 builds no table for such an object (E2BIG).
func TooBig(size uint64) bool {
	// In bytes: Go's compiler for s390x (1.26.8) folds n>>12 > c to false, whatever n
	// is, where the constant c is 1<<31 or more and fits into 32 bits.
	return size >= 1<<32*strategies.MinPage
}

// Append appends the table of blocks to dst and returns the extended slice. It
// never continues a segment of dst. It panics if o.MaxSegment is 0.
func Append(dst []Segment, blocks []strategies.Block, o Options) []Segment {
	o.check()
	var cur Segment // the segment being built, appended when it is complete
	var end uint64  // of the block before
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
