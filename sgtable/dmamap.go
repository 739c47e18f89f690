package sgtable

import (
	"fmt"
	"iter"

	"github.com/vramlab/vramlab/strategies"
)

// DMA is how a device sees memory: what happens to a table that is mapped for it as a
// whole (dma_map_sgtable in Linux). The CPU's segments, of which the kernel keeps the
// number in orig_nents, become the device's, of which there are nents, never more. In the
// kernel both stand in the same entries, each with a length of its own, and a loop that
// takes the one number for the other is a known mistake; here they are two tables.
//
// Without an IOMMU (Granule 0) a device uses the addresses of memory as they are: each
// segment is one for the device too (dma_direct_map_sg).
//
// Behind an IOMMU the table gets one range of I/O addresses, and its segments stand in it
// one behind the other, so that neighbours become one segment for the device, however far
// apart they lie in memory (iommu_dma_map_sg):
//
//   - A segment keeps its offset in a page of the IOMMU, and takes whole pages there.
//   - It continues the segment before it if that one ends, and this one begins, at the
//     edge of a page, if the two together are no longer than MaxSegment, and if it does not
//     begin at a multiple of Boundary.
//   - One that would cross a multiple of Boundary begins there instead; what is left
//     before it stays empty.
//   - The range begins at a multiple of its length, rounded up to a power of two.
//
// amdgpu and xe map the blocks of device memory for another device one by one
// (dma_map_resource), so nothing of them is joined, IOMMU or not: their segments are those
// of the table.
//
// Limits: that mappings are made one after the other and freed again, so that I/O
// addresses break up too, is not modelled, nor is bouncing through swiotlb. The kernel
// maps a table that breaks the device's limits all the same, and its checks warn; here
// that is an error.
type DMA struct {
	Granule    uint64 // page of the IOMMU in bytes, a power of two of at most 4 GiB; 0: there is none
	MaxSegment uint32 // longest segment that the device takes, bytes, at least 1 (dma_set_max_seg_size)
	Boundary   uint64 // no segment crosses a multiple of it; a power of two, not below Granule; 0: no limit (dma_set_seg_boundary)
	Base       uint64 // lowest I/O address, bytes; only with an IOMMU
}

// What devices of Linux take, in bytes.
const (
	DefaultDMASegment  = 64 << 10  // MaxSegment of a device whose driver sets none
	DefaultDMABoundary = 4 << 30   // and Boundary
	GPUDMASegment      = 1<<32 - 1 // MaxSegment that amdgpu, i915 and xe set
)

// mostGranule is the largest page of an IOMMU, in bytes.
const mostGranule = 1 << 32

// Map appends the device's segments of table to dst, with I/O addresses, and returns the
// extended slice. They have as many bytes as the table, in its order. dst and table must
// not overlap.
//
// The error wraps [strategies.ErrInvalid], and dst is as it was, if the limits make no
// sense, if a segment is longer than the device takes or cannot but cross the boundary, or
// if the addresses end.
func (d DMA) Map(dst, table []Segment) ([]Segment, error) {
	if err := d.valid(); err != nil {
		return dst, err
	}
	base, err := d.place(table)
	if err != nil {
		return dst, err
	}
	first := len(dst)
	at := uint64(0) // of the next segment in the range
	whole := false  // the segment before ends at the edge of a page of the IOMMU
	for i, s := range table {
		if s.Len == 0 {
			break
		}
		if d.Granule == 0 {
			if err := d.fits(i, s, s.Addr); err != nil {
				return dst[:first], err
			}
			dst = append(dst, s)
			continue
		}
		in, taken := d.taken(s)
		at = d.skip(at, taken)
		if err := d.fits(i, s, at+in); err != nil {
			return dst[:first], err
		}
		if last := len(dst) - 1; whole && in == 0 && !d.edge(at) && d.MaxSegment-dst[last].Len >= s.Len {
			dst[last].Len += s.Len
		} else {
			dst = append(dst, Segment{Addr: base + at + in, Len: s.Len})
		}
		at += taken
		whole = in+uint64(s.Len) == taken
	}
	return dst, nil
}

// valid reports the first limit that makes no sense.
func (d DMA) valid() error {
	switch {
	case d.MaxSegment == 0:
		return fmt.Errorf("%w DMA: the longest segment has 0 bytes", strategies.ErrInvalid)
	case d.Granule != 0 && !powerOfTwo(d.Granule) || d.Granule > mostGranule:
		return fmt.Errorf("%w DMA: granule %d is not a power of two of at most %d", strategies.ErrInvalid, d.Granule, uint64(mostGranule))
	case d.Boundary != 0 && (!powerOfTwo(d.Boundary) || d.Boundary < d.Granule):
		return fmt.Errorf("%w DMA: boundary %d is not a power of two of at least the granule %d", strategies.ErrInvalid, d.Boundary, d.Granule)
	}
	return nil
}

// place is where the range of I/O addresses of a table begins.
func (d DMA) place(table []Segment) (base uint64, err error) {
	if d.Granule == 0 {
		return 0, nil
	}
	var length uint64
	for _, s := range table {
		if s.Len == 0 {
			break
		}
		_, taken := d.taken(s)
		if length = d.skip(length, taken) + taken; length > 1<<63 {
			return 0, d.full(table)
		}
	}
	if length == 0 {
		return 0, nil
	}
	align := ceilPowerOfTwo(length)
	if base = (d.Base + align - 1) &^ (align - 1); base < d.Base || base+(length-1) < base {
		return 0, d.full(table)
	}
	return base, nil
}

func (d DMA) full(table []Segment) error {
	return fmt.Errorf("%w DMA: no I/O addresses from %#x on for a table of %d segments", strategies.ErrInvalid, d.Base, len(table))
}

// taken is what s takes of I/O addresses, in whole pages of the IOMMU, and where in these
// it begins.
func (d DMA) taken(s Segment) (in, taken uint64) {
	in = s.Addr & (d.Granule - 1)
	return in, (in + uint64(s.Len) + d.Granule - 1) &^ (d.Granule - 1)
}

// skip is where something of taken bytes begins if at is free: there, or at the next
// boundary, if it would cross that.
func (d DMA) skip(at, taken uint64) uint64 {
	if d.Boundary == 0 {
		return at
	}
	if room := d.Boundary - at&(d.Boundary-1); room < taken && room < d.Boundary {
		return at + room
	}
	return at
}

// edge reports whether a segment may not be continued at an offset of the range, which
// begins at a multiple of the boundary, or is shorter than it.
func (d DMA) edge(at uint64) bool { return d.Boundary != 0 && at&(d.Boundary-1) == 0 }

// fits reports why the device cannot take segment i of a table, s, if that begins at addr.
func (d DMA) fits(i int, s Segment, addr uint64) error {
	if s.Len > d.MaxSegment {
		return fmt.Errorf("%w DMA: segment %d has %d bytes, and the device takes %d", strategies.ErrInvalid, i, s.Len, d.MaxSegment)
	}
	if d.Boundary != 0 && addr&(d.Boundary-1)+uint64(s.Len) > d.Boundary {
		return fmt.Errorf("%w DMA: segment %d, %d bytes at %#x, crosses a multiple of %d", strategies.ErrInvalid, i, s.Len, addr, d.Boundary)
	}
	return nil
}

// Pieces yields an object piece by piece, as the CPU and as a device see it: the longest
// parts that lie in one segment of both tables, and the I/O address of each. It ends with
// the shorter table. Who copies with the CPU what a device reads must go by such pieces,
// since the segments of the two end at different places.
func Pieces(table, device []Segment) iter.Seq2[Segment, uint64] {
	return func(yield func(Segment, uint64) bool) {
		cpu, dma := NewCursor(table), NewCursor(device)
		for {
			n := min(cpu.Contiguous(), dma.Contiguous())
			if n == 0 {
				return
			}
			addr, _ := cpu.Next(n)
			io, _ := dma.Next(n)
			if !yield(Segment{Addr: addr, Len: uint32(n)}, io) {
				return
			}
		}
	}
}
