package sgtable_test

import (
	"fmt"
	"math"
	"os"
	"strings"

	"github.com/vramlab/vramlab/sgtable"
)

// The table of 28 KiB that a buddy granted.
var scattered = []sgtable.Segment{
	{Addr: 0x100000, Len: 16 << 10},
	{Addr: 0x10000, Len: 12 << 10},
}

func ExampleAddresses() {
	// One page-table entry of 4 KiB for each address.
	for addr := range sgtable.Addresses(scattered, 4096) {
		fmt.Printf("%#x ", addr)
	}
	fmt.Println()
	// Output: 0x100000 0x101000 0x102000 0x103000 0x10000 0x11000 0x12000
}

func ExamplePages() {
	// The pages of 64 KiB that error capture has to map.
	for n := range sgtable.Pages(scattered, 64<<10) {
		fmt.Println(n)
	}
	// Output:
	// 16
	// 1
}

func ExampleCursor() {
	// A copy engine that moves at most 10 KiB with a command, and never across
	// the end of a segment.
	c := sgtable.NewCursor(scattered)
	for c.Contiguous() > 0 {
		offset, n := c.Offset(), min(c.Contiguous(), 10<<10)
		addr, _ := c.Next(n)
		fmt.Printf("object byte %d: %d bytes at %#x\n", offset, n, addr)
	}
	// Output:
	// object byte 0: 10240 bytes at 0x100000
	// object byte 10240: 6144 bytes at 0x102800
	// object byte 16384: 10240 bytes at 0x10000
	// object byte 26624: 2048 bytes at 0x12800
}

func ExampleCursor_Seek() {
	// The address of byte 20,000 of the object. A saved position does not move.
	c := sgtable.NewCursor(scattered)
	saved := c
	fmt.Print(c.Seek(20000), " ")
	addr, _ := c.Next(0)
	fmt.Printf("%#x\n", addr)
	addr, _ = saved.Next(0)
	fmt.Printf("%#x\n", addr)
	// Output:
	// true 0x10e20
	// 0x100000
}

func ExampleCursor_First() {
	// A page fault of the CPU: a driver walks the blocks from the first one on, an index
	// does not.
	c, index := sgtable.NewCursor(scattered), sgtable.NewIndex(scattered)
	steps, _ := c.First(20480, 4096)
	addr, _ := c.Next(4096)
	_, compared, _ := index.First(20480, 4096)
	fmt.Printf("%#x after %d segments, or after %d comparisons; %d bytes remain\n", addr, steps, compared, c.Remaining())
	// Output:
	// 0x11000 after 1 segments, or after 2 comparisons; 0 bytes remain
}

func ExampleDMA_Map() {
	// Another device reads the object behind an IOMMU with pages of 4 KiB. It takes 4 GiB
	// at once.
	d := sgtable.DMA{Granule: 4096, MaxSegment: sgtable.GPUDMASegment, Boundary: sgtable.DefaultDMABoundary, Base: 1 << 20}
	device, err := d.Map(nil, scattered)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(len(scattered), "segments for the CPU,", len(device), "for the device")
	for piece, io := range sgtable.Pieces(scattered, device) {
		fmt.Printf("%d bytes at %#x are at %#x for the device\n", piece.Len, piece.Addr, io)
	}
	// Output:
	// 2 segments for the CPU, 1 for the device
	// 16384 bytes at 0x100000 are at 0x100000 for the device
	// 12288 bytes at 0x10000 are at 0x104000 for the device
}

func ExampleDMASizes() {
	// Are all lengths multiples of the page?
	sizes := sgtable.DMASizes(scattered)
	for _, p := range []uint64{4 << 10, 64 << 10} {
		fmt.Println(p, sizes&(p-1) == 0)
	}
	// Output:
	// 4096 true
	// 65536 false
}

func ExampleTrim() {
	table := append(make([]sgtable.Segment, 0, 7), scattered...) // an entry a page
	table, trimmed := sgtable.Trim(table)
	fmt.Println(trimmed, len(table), cap(table))
	// Output: true 2 2
}

func ExampleSegmentLimit() {
	// A device with an IOMMU that maps 256 KiB at once, one without a limit, and any
	// device in a Xen PV guest.
	fmt.Println(sgtable.SegmentLimit(256<<10, 4096, false))
	fmt.Println(sgtable.SegmentLimit(math.MaxUint64, 4096, false))
	fmt.Println(sgtable.SegmentLimit(math.MaxUint64, 4096, true))
	// Output:
	// 262144
	// 4294963200
	// 4096
}

func ExampleValidate() {
	o := sgtable.Options{MaxSegment: sgtable.MaxSegment(4096), Size: 28 << 10}
	fmt.Println(sgtable.Validate(scattered, o))
	fmt.Println(sgtable.Validate(scattered[:1], o))
	// Output:
	// <nil>
	// invalid table: 16384 bytes in 1 segments, less than the object's 28672
}

func ExampleSlice() {
	// A partial mapping of the object's bytes 8 KiB to 20 KiB.
	for _, s := range sgtable.Slice(nil, scattered, 8<<10, 20<<10) {
		fmt.Printf("%#x+%d\n", s.Addr, s.Len)
	}
	// Output:
	// 0x102000+8192
	// 0x10000+4096
}

func ExampleDump() {
	sgtable.Dump(os.Stdout, scattered)
	// Output:
	//     0  +0x00000000  [0x000000100000, 0x000000104000)       16384
	//     1  +0x00004000  [0x000000010000, 0x000000013000)       12288
	// 2 segments, 28672 bytes, longest 16384, dma sizes 0x7000
}

func ExampleWriteJSON() {
	sgtable.WriteJSON(os.Stdout, scattered)
	// Output:
	// {"segments": [
	// {"addr": "0x100000", "len": 16384},
	// {"addr": "0x10000", "len": 12288}
	// ]}
}

func ExampleReadJSON() {
	table, err := sgtable.ReadJSON(strings.NewReader(`{"segments": [{"addr": "0x100000", "len": 16384}]}`))
	fmt.Println(table, err)
	_, err = sgtable.ReadJSON(strings.NewReader(`{"segments": [{"addr": 1048576, "len": 16384}, {"len": 4096}]}`))
	fmt.Println(err != nil)
	_, err = sgtable.ReadJSON(strings.NewReader(`{"segments": [{"addr": "0x100000", "len": 16384}, {"len": 4096}]}`))
	fmt.Println(err)
	// Output:
	// [{1048576 16384}] <nil>
	// true
	// sgtable: JSON of segment 1: no addr
}
