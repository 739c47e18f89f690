package trace_test

import (
	"fmt"
	"os"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A recorder writes a line per operation, and a result line if it knows what the
// allocator answered.
func ExampleWriter() {
	region := strategies.Region{Size: 1 << 20, Page: 4096}
	w := trace.NewWriter(os.Stdout, region, "demo: two allocations and a free")
	w.Alloc(17, strategies.Request{Size: 24576})
	w.Granted([]strategies.Block{{Start: 16384, Size: 16384}, {Start: 65536, Size: 8192}})
	w.Alloc(18, strategies.Request{Size: 1 << 20, Flags: strategies.TopDown})
	w.Refused(strategies.ErrNoSpace)
	w.Free(17, false)
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// vramlab trace 1
	// # demo: two allocations and a free
	// region 1048576 page 4096
	// a 17 24576
	// = 16384+16384 65536+8192
	// a 18 1048576 topdown
	// ! ENOSPC
	// f 17
}

// A Reader stops at the first broken rule; Err names the line.
func ExampleReader() {
	const text = `vramlab trace 1
region 1048576 page 4096
a 17 24576
= 16384+16384 65536+8192
f 17
f 18
`
	r, err := trace.NewReader(strings.NewReader(text), "demo.trace")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	for r.Scan() {
		switch rec := r.Record(); rec.Kind {
		case trace.Alloc:
			fmt.Println("allocation of id", rec.ID, "-", rec.Req)
		case trace.Granted:
			fmt.Println("granted", rec.Extents)
		case trace.Free:
			fmt.Println("free of id", rec.ID)
		}
	}
	fmt.Println(r.Err())
	// Output:
	// allocation of id 17 - 24576 bytes
	// granted [16384+16384 65536+8192]
	// free of id 17
	// demo.trace:6: free of id 18, which is not live
}

// A trace may begin in a given state. A driver that resumes then knows nothing of the
// contents of free memory, and one that asked for more than it needed gives it back.
func ExampleWriter_state() {
	w := trace.NewWriter(os.Stdout, strategies.Region{Size: 1 << 20, Page: 4096})
	w.Live(0, []trace.Extent{{Start: 0, Size: 65536}, {Start: 131072, Size: 4096}})
	w.Reset(false)
	w.Alloc(2, strategies.Request{Size: 131072, Flags: strategies.Contiguous})
	w.Granted([]strategies.Block{{Start: 262144, Size: 131072}})
	w.Trim(2, trace.Extent{Start: 16384, Size: 65536})
	w.Granted([]strategies.Block{{Start: 278528, Size: 16384}, {Start: 294912, Size: 32768}, {Start: 327680, Size: 16384}})
	w.Free(1, false)
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	// Output:
	// vramlab trace 1
	// region 1048576 page 4096
	// l 0 0+65536 131072+4096
	// r dirty
	// a 2 131072 contiguous
	// = 262144+131072
	// t 2 65536 start=16384
	// = 278528+16384 294912+32768 327680+16384
	// f 1
}

// What a Writer writes, a Reader reads back: copying a trace record by record
// gives the same lines.
func Example_roundTrip() {
	const text = `vramlab trace 1
# demo
region 1048576 page 4096
a 17 24576 align=8192 lo=0 hi=65536
f 17 cleared
`
	r, err := trace.NewReader(strings.NewReader(text), "demo.trace")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer r.Close()
	var out strings.Builder
	w := trace.NewWriter(&out, r.Region(), r.Comments()...)
	for r.Scan() {
		switch rec := r.Record(); rec.Kind {
		case trace.Alloc:
			w.Alloc(rec.ID, rec.Req)
		case trace.Free:
			w.Free(rec.ID, rec.Cleared)
		}
	}
	if err := w.Flush(); err != nil {
		fmt.Println(err)
	}
	fmt.Println("the same:", out.String() == text)
	// Output:
	// the same: true
}
