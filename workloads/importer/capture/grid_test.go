package capture

import (
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// TestGrid scales what an operation has: sizes up to whole pages, all else exactly.
func TestGrid(t *testing.T) {
	window := strategies.Request{Size: 5, Align: 16, Lo: 3, Hi: 9, Flags: strategies.Range}
	for _, c := range []struct{ was, want op }{
		{op{kind: trace.Alloc, req: window}, op{kind: trace.Alloc, req: strategies.Request{Size: 8192, Align: 16384, Lo: 3072, Hi: 9216, Flags: strategies.Range}}},
		{op{kind: trace.Alloc, req: strategies.Request{Size: 4, Align: 4, Lo: 3, Hi: 9}}, op{kind: trace.Alloc, req: strategies.Request{Size: 4096, Lo: 3, Hi: 9}}}, // no window, and the alignment of a page
		{op{kind: trace.Alloc, req: strategies.Request{Size: 4, Align: 5}}, op{kind: trace.Alloc, req: strategies.Request{Size: 4096, Align: 5120}}},
		{op{kind: trace.Live, keep: trace.Extent{Start: 4, Size: 8}}, op{kind: trace.Live, keep: trace.Extent{Start: 4096, Size: 8192}}},
		{op{kind: trace.Granted, keep: trace.Extent{Start: 1, Size: 2}}, op{kind: trace.Granted, keep: trace.Extent{Start: 1024, Size: 2048}}},
		{op{kind: trace.Trim, keep: trace.Extent{Start: 5, Size: 2}}, op{kind: trace.Trim, keep: trace.Extent{Start: 4096, Size: 4096}}}, // 5120 to 7168
		{op{kind: trace.Trim, keep: trace.Extent{Start: 7, Size: 2}}, op{kind: trace.Trim, keep: trace.Extent{Start: 4096, Size: 8192}}}, // 7168 to 9216
		{op{kind: trace.Free, keep: trace.Extent{Start: 1, Size: 1}}, op{kind: trace.Free, keep: trace.Extent{Start: 1, Size: 1}}},
	} {
		got := c.was
		if err := (grid{4096, 1024, false}).scaleOp(&got); err != nil || got != c.want {
			t.Errorf("%+v: got %+v, %v, want %+v", c.was, got, err, c.want)
		}
	}
	const most = 1<<64 - 1
	for _, bad := range []op{
		{kind: trace.Alloc, req: strategies.Request{Size: most}},
		{kind: trace.Alloc, req: strategies.Request{Size: 4, Align: most}},
		{kind: trace.Alloc, req: strategies.Request{Size: 4, Hi: most, Flags: strategies.Range}},
		{kind: trace.Live, keep: trace.Extent{Start: 1, Size: 4}},
		{kind: trace.Granted, keep: trace.Extent{Start: most, Size: 4}},
		{kind: trace.Trim, keep: trace.Extent{Start: most, Size: 4}},
	} {
		if err := (grid{4096, 1024, false}).scaleOp(&bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	whole := op{kind: trace.Alloc, req: strategies.Request{Size: 5}}
	if err := (grid{4096, 1024, true}).scaleOp(&whole); err == nil {
		t.Error("5 KiB are whole pages")
	}
}
