package importer

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/tracepoint"
)

// amdgpu is the tracepoint of amdgpu about buffers that move:
//
//	amdgpu_bo_move: bo=0x1, from=-1, to=2, size=4096
//
// or amdgpu_ttm_bo_move, as it was called. Memory 2 is VRAM; a new buffer comes from -1, and
// one that is released goes there. So what comes to 2 is an allocation, and what leaves it
// a free, though the kernel frees the source of a move that is still being copied later.
var amdgpu = linuxTrace("amdgpu",
	"the tracepoint amdgpu_bo_move; an object is a buffer while it is in VRAM",
	readAmdgpu)

const amdgpuVRAM = 2

func readAmdgpu(c *capture.Capture) func(e *tracepoint.Event) error {
	h := c.Heap("")
	return func(e *tracepoint.Event) error {
		bo, size := capture.Key{e.Hex("bo")}, e.Number("size")
		from, to := e.Signed("from"), e.Signed("to")
		switch {
		case e.Err() != nil:
		case from == amdgpuVRAM && to == amdgpuVRAM && h.Known(bo): // the new place is taken before the old one is left
			moved := capture.Key{bo[0], 1}
			h.Alloc(moved, strategies.Request{Size: size})
			h.Free(bo, false)
			h.Move(moved, bo)
		case to == amdgpuVRAM:
			h.Alloc(bo, strategies.Request{Size: size})
		case from == amdgpuVRAM:
			h.Free(bo, false)
		}
		return e.Err()
	}
}
