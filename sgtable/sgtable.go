// Package sgtable turns the blocks that an allocator granted into what a driver
// hands to its hardware: a scatter-gather table, a list of device-address
// segments.
//
// # Idea
//
// A placement costs nothing by itself. It costs when the driver walks it: every
// segment is an entry to allocate, to map for DMA, to write into page tables.
// This package is that step, so that the lab can say what a placement is worth:
// one best-fit extent is one segment, five scattered buddy blocks are up to
// five.
//
// # Rules
//
// The rules are those of i915's table construction. Blocks are walked in the
// order granted. A block that begins where the one before it ended continues
// its segment; so neighbours are merged only when they follow each other in
// ascending order, and a buddy that grants high halves first often returns
// adjoining blocks in the order that cannot be merged. No segment is longer
// than [Options].MaxSegment. The page size and the longest segment come from
// the caller with every call, never from a constant here: one machine has
// regions with different ones.
//
// # Complexity and limits
//
// O(blocks + bytes/MaxSegment) time; appends to a slice that the caller may
// reuse, so a warm caller takes nothing from the Go heap. A segment is 16 bytes
// where the kernel's entry has 32: there is no CPU page and no chain pointer,
// since device memory has no struct page worth the name and a slice needs no
// chain.
//
// # Tried and rejected
//
// A table type with methods: everything that consumes a table here is a loop
// over segments, and a plain slice is that without a vocabulary. Sorting blocks
// before merging: it is another policy with a cost of its own, so it is to be a
// builder beside this one, not an option inside it.
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
	if o.MaxSegment == 0 {
		panic("sgtable: Options.MaxSegment is 0, which no table can be built with")
	}
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

// A Builder is a way to build tables, as a value that the lab can put on an
// axis.
type Builder struct {
	Name string // [a-z][a-z0-9_.]*; goes into benchmark names
	Doc  string // one sentence: what it does, and who does it so
	// Append appends the table of blocks to dst as [Append] does.
	Append func(dst []Segment, blocks []strategies.Block, o Options) []Segment
}

// Builders lists the builders there are.
func Builders() []Builder {
	return []Builder{{
		Name:   "grow",
		Doc:    "one pass that merges ascending neighbours and lets the table grow as it goes",
		Append: Append,
	}}
}
