package importer

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/trace"
)

// 16 chunks of 64 KiB, of which 7 are free.
const ordersDumped = `  use_type: 1
  use_tt: 0
  size: 1048576
  usage: 589824
default_page_size: 4KiB
chunk_size: 64KiB, total: 1MiB, free: 0MiB, clear_free: 0MiB
order- 4 free:        0 KiB, blocks: 0
order- 3 free:        0 KiB, blocks: 0
order- 2 free:      256 KiB, blocks: 1
order- 1 free:      128 KiB, blocks: 1
order- 0 free:       64 KiB, blocks: 1
reserved:
0x0000000000010000-0x0000000000020000: 65536
`

// A range manager of 256 pages, which begins at page 16.
const rangesDumped = `  use_type: 1
  use_tt: 1
0x0000000000000010-0x0000000000000040: 48: used
0x0000000000000040-0x0000000000000050: 16: free
0x0000000000000050-0x0000000000000058: 8: used
0x0000000000000058-0x0000000000000060: 8: used
0x0000000000000060-0x0000000000000100: 160: free
total: 240, used 64 free 176
`

func TestOrders(t *testing.T) {
	// From the top: 4 chunks at 12, 2 at 10, 1 at 9. The 9 below are in use.
	const told = "dropped addresses of reserved ranges (they are in use, somewhere): 1"
	check(t, ordersDumped, Options{}, "region 1048576 page 4096\nl 0 0+589824\n", told)
	check(t, strings.ReplaceAll(ordersDumped, "\n", "\r\n"), Options{}, "region 1048576 page 4096\nl 0 0+589824\n", told)
	// As older kernels print it: 64 KiB, 256 KiB and 1 MiB are in chunks what they are in pages.
	older := strings.NewReplacer("KiB, blocks: 1", "KiB, pages: 1", "order- ", "order-", "128 KiB, blocks: 1", "128KiB, pages: 2", "256 KiB, blocks: 1", "256KiB, pages: 4", ", clear_free: 0MiB", "")
	check(t, older.Replace(ordersDumped), Options{}, "region 1048576 page 4096\nl 0 0+589824\n", told)
	check(t, ordersDumped+ordersDumped, Options{Device: "list 2"}, "list 2:\nregion 1048576 page 4096\nl 0 0+589824\n", "dropped addresses of reserved ranges (they are in use, somewhere): 2\nleft out as asked: allocations on other devices: 1")

	for _, c := range []struct{ total, orders, want, told string }{
		// Nothing is free; two single chunks, which are halves of different blocks.
		{"chunk_size: 64KiB, total: 1MiB", "", "1048576 page 4096\nl 0 0+1048576\n", ""},
		{"chunk_size: 64KiB, total: 1MiB", "order-0 free: 128KiB, blocks: 2\n", "1048576 page 4096\nl 0 0+851968 917504+65536\n", ""},
		// Three chunks are a block of two at 0 and one at 2.
		{"chunk_size: 1024KiB, total: 3MiB", "order-0 free: 1MiB, blocks: 1\n", "3145728 page 4096\nl 0 0+2097152\n", ""},
		{"chunk_size: 1024KiB, total: 3MiB", "order-0 free: 2MiB, blocks: 2\n", "3145728 page 4096\nl 0 0+1048576\n", ""},
		// Nine of sixteen chunks can only be free if two are halves of one block.
		{"chunk_size: 64KiB, total: 1MiB", "order-0 free: 576 KiB, blocks: 9\n", "1048576 page 4096\nl 0 0+65536 131072+65536 262144+65536 393216+65536 524288+65536 655360+65536 786432+65536\n",
			"dropped pairs of free blocks that a buddy keeps apart, clear beside dirty (they are one block each): 1"},
		// TTM names the size in bytes, or in pages of 4 KiB as it did before. 1,568,768 bytes
		// are 383 chunks, of which the first 256 are free.
		{" use_type: 1\n size: 134217728\nchunk_size: 4096KiB, total: 128MiB", "order-1 free: 8MiB, blocks: 1\n", "134217728 page 4096\nl 0 0+125829120\n", ""},
		{" use_type: 1\n size: 383\nchunk_size: 4KiB, total: 1MiB", "order-8 free: 1MiB, blocks: 1\n", "1568768 page 4096\nl 0 1048576+520192\n", ""},
		{" use_type: 1\n size: 1568768\nchunk_size: 4KiB, total: 1MiB", "order-8 free: 1MiB, blocks: 1\n", "1568768 page 4096\nl 0 1048576+520192\n", ""},
		{"chunk_size: 4KiB, total: 1MiB", "order-8 free: 1MiB, blocks: 1\norder-6 free: 256KiB, blocks: 1\n", "", ""}, // 1.25 MiB are rounded to 1
	} {
		text := c.total + ", free: 0MiB\n" + c.orders
		if c.want == "" {
			refuse(t, text, Options{}, "nothing to replay in a file of format orders: lists of which nothing is in use: 1")
			continue
		}
		check(t, text, Options{}, "region "+c.want, c.told)
	}

	const head = "chunk_size: 64KiB, total: 1MiB, free: 0MiB\n"
	refuse(t, head+"order-0 free: 64KiB, blocks: 2\n", Options{}, "capture:2: 2 blocks of 65536 bytes are not the 65536 bytes that are free")
	refuse(t, head+"order-0 free: 0KiB, blocks: 0\norder-0 free: 0KiB, blocks: 0\n", Options{}, "capture:3: order 0 is listed twice")
	refuse(t, head+"order-60 free: 0KiB, blocks: 0\n", Options{}, "capture:2: blocks of order 60 of 65536 bytes are over 64 bits")
	refuse(t, head+"order-x free: 0KiB, blocks: 0\n", Options{}, "capture:2: \"order-x free: 0KiB, blocks: 0\" is not order-N")
	refuse(t, head+"order-5 free: 2MiB, blocks: 1\n", Options{}, "capture:1: the free blocks are more than the total of 1048576 bytes can have")
	refuse(t, "chunk_size: 3KiB, total: 1MiB, free: 0MiB\n", Options{}, "capture:1: chunk_size is 3072 bytes: it is a power of two of at least 4096")
	refuse(t, "order-0 free: 0KiB, blocks: 0\n", Options{Format: "orders"}, "capture:1: an order without a line")
	refuse(t, strings.Repeat(head, capture.MaxHeaps+2), Options{}, "capture:65537: the file has more than 65536 regions")
	check(t, head+"order-0 free: 64KiB, blocks: 1\norder-1 fr", Options{}, "region 1048576 page 4096\nl 0 0+983040\n", "dropped a last line that is cut off: 1")
}

func TestOrdersRanges(t *testing.T) {
	const want = "region 1048576 page 4096\nl 0 0+65536 65536+196608 327680+32768 360448+32768\n"
	check(t, rangesDumped, Options{}, want, "")
	ranges := strings.TrimPrefix(rangesDumped, "  use_type: 1\n  use_tt: 1\n")
	check(t, ranges, Options{}, want, "") // 0x58 is no whole page in bytes
	check(t, ranges[:strings.Index(ranges, "total")], Options{}, want, "dropped the total of a list that is cut off: 1")

	const bytes = "0x0000000000000000-0x0000000000004000: 16384: free\n0x0000000000004000-0x0000000000005000: 4096: used\n"
	check(t, bytes+"total: 20480, used 4096 free 16384\n", Options{}, "region 20480 page 4096\nl 0 16384+4096\n", "")
	refuse(t, bytes+"total: 20480, used 8192 free 12288\n", Options{}, "capture:3: \"total: 20480, used 8192 free 12288\", but the ranges above have used 4096 free 16384")
	refuse(t, bytes+"0x6000-0x7000: 4096: used\n", Options{}, "capture:3: the range begins at 0x6000, and the one before it ends at 0x5000")
	refuse(t, bytes+"0x5000-0x7000: 4096: used\n", Options{}, "capture:3: \"0x5000-0x7000: 4096: used\" is not 0xSTART-0xEND: SIZE: used or free")
	// TTM's head counts for one list: the same numbers are pages below it, and bytes after.
	const whole = "0x0000-0x1000: 4096: used\n0x1000-0x2000: 4096: free\ntotal: 8192, used 4096 free 4096\n"
	check(t, " use_type: 1\n"+whole+whole, Options{}, "list 1:\nregion 33554432 page 4096\nl 0 0+16777216\nlist 2:\nregion 8192 page 4096\nl 0 0+4096\n", "")
	check(t, bytes+"total: 20480, used 4096 free 16384\n"+rangesDumped, Options{Device: "list 2"}, "list 2:\n"+want, "left out as asked: allocations on other devices: 1")
}

// TestOrdersBuddy ages a buddy, prints it as the kernel does, and lays out the state in
// another: that has the same free blocks of each order.
func TestOrdersBuddy(t *testing.T) {
	rnd := rand.New(rand.NewPCG(11, 4))
	for round := range 60 {
		region := strategies.Region{Size: (1 + rnd.Uint64N(1024)) << 20, Page: 4096 << rnd.Uint64N(5)}
		a, err := buddy.Linux611.New(region)
		if err != nil {
			t.Fatal(err)
		}
		age(a, rnd, region)
		want := ordersOf(a, region.Page)
		im, err := Import(strings.NewReader(printed(region, want)), "capture", Options{})
		if err != nil {
			t.Fatal(err)
		}
		b, err := buddy.Linux611.New(region)
		if err != nil {
			t.Fatal(err)
		}
		records(t, im.Streams[0], func(r *trace.Record) {
			for _, e := range r.Extents {
				if _, err := b.Alloc(nil, e.Window()); err != nil {
					t.Fatal(err)
				}
			}
		})
		if got := ordersOf(b, region.Page); got != want || len(im.Dropped) != 0 {
			t.Fatalf("round %d, %v: got %v, want %v, dropped %v", round, region, got, want, im.Dropped)
		}
	}
}

// age allocates three quarters of the region and frees some of it.
func age(a strategies.Allocator, rnd *rand.Rand, region strategies.Region) {
	var live [][]strategies.Block
	for taken := uint64(0); taken < region.Size/4*3; {
		size := region.Page << rnd.Uint64N(10)
		if blocks, err := a.Alloc(nil, strategies.Request{Size: size}); err == nil {
			live = append(live, blocks)
		}
		taken += size
	}
	for _, blocks := range live {
		if rnd.Uint64N(3) == 0 {
			a.Free(blocks)
		}
	}
}

// ordersOf are the free blocks of a buddy by order.
func ordersOf(a strategies.Allocator, page uint64) (free [64]uint64) {
	for b := range a.FreeBlocks() {
		free[bits.TrailingZeros64(b.Size/page)]++
	}
	return free
}

// printed is a state as the kernel prints it.
func printed(region strategies.Region, free [64]uint64) string {
	var s strings.Builder
	fmt.Fprintf(&s, "chunk_size: %dKiB, total: %dMiB, free: 0MiB, clear_free: 0MiB\n", region.Page>>10, region.Size>>20)
	for k := bits.Len64(region.Size/region.Page) - 1; k >= 0; k-- {
		bytes := free[k] * region.Page << k
		fmt.Fprintf(&s, "order-%2d ", k)
		if bytes < 1<<20 {
			fmt.Fprintf(&s, "free: %8d KiB", bytes>>10)
		} else {
			fmt.Fprintf(&s, "free: %8d MiB", bytes>>20)
		}
		fmt.Fprintf(&s, ", blocks: %d\n", free[k])
	}
	return s.String()
}

func FuzzOrders(f *testing.F) { fuzz(f, orders, ordersDumped, rangesDumped) }
