package importer

import (
	"bytes"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
	"github.com/vramlab/vramlab/workloads/importer/internal/tracepoint"
	"github.com/vramlab/vramlab/workloads/trace"
)

// kprobe is what kprobes on the GPU buddy of Linux tell: every request as the driver made
// it, on i915, xe and amdgpu alike. A probe is known by its function, or where only
// addresses are printed by the name of its event. The arguments are
//
//	vram_alloc  gpu_buddy_alloc_blocks: mm start end size min list flags
//	vram_ret    its return: ret
//	vram_free   gpu_buddy_free_list: mm list, perhaps flags
//	vram_trim   gpu_buddy_block_trim: mm list size; may be missing
//	vram_init   gpu_buddy_init: mm size; may be missing
//
// or drm_buddy_..., as they were called before. Each mm is a heap. A list of blocks is an
// object's identity; it may collect several allocations, which one free ends.
var kprobe = linuxTrace("kprobe",
	"kprobes on the GPU buddy of Linux (gpu_buddy_*, drm_buddy_*), printed by ftrace, trace-cmd or perf; an object is one allocation, a heap is an mm",
	readKprobe)

// A role is what a probe stands for.
type role byte

const (
	noProbe role = iota
	probeAlloc
	probeRet
	probeFree
	probeTrim
	probeInit
	probeOther // the return of another function
)

var probes = []struct {
	function, event string
	role            role
}{
	{"buddy_alloc_blocks", "vram_alloc", probeAlloc},
	{"buddy_alloc_blocks", "vram_ret", probeRet},
	{"buddy_free_list", "vram_free", probeFree},
	{"buddy_block_trim", "vram_trim", probeTrim},
	{"buddy_init", "vram_init", probeInit},
}

// probe is the role of an event. The place of a kprobe stands in parentheses: its function
// or address, and of a return also the caller's, on either side of an arrow.
func probe(e *tracepoint.Event) role {
	if len(e.Args) == 0 || e.Args[0] != '(' {
		return noProbe
	}
	place, _, ok := bytes.Cut(e.Args[1:], []byte{')'})
	if !ok {
		return noProbe
	}
	for _, p := range probes {
		if string(e.Name) != p.event && !bytes.Contains(e.Name, []byte(p.function)) && !namesFunction(place, p.function) {
			continue
		}
		switch returns := bytes.Contains(place, []byte("<-")); {
		case !returns:
			return p.role
		case p.role == probeAlloc || p.role == probeRet:
			return probeRet
		default:
			return probeOther
		}
	}
	return noProbe
}

// namesFunction reports whether a place names the function gpu_NAME or drm_NAME.
func namesFunction(place []byte, name string) bool {
	i := bytes.Index(place, []byte(name))
	if i < len("gpu_") {
		return false
	}
	end := i + len(name)
	driver := string(place[i-len("gpu_") : i])
	return (driver == "gpu_" || driver == "drm_") && (i == len("gpu_") || place[i-len("gpu_")-1] == ' ') &&
		(end == len(place) || place[end] == '+' || place[end] == ' ')
}

// Flags of the kernel's buddy.
const (
	kernelRange      = 1
	kernelTopDown    = 2
	kernelContiguous = 4
	kernelClear      = 8
	kernelCleared    = 0x10 // of a free
	kernelFlags      = 0x3f // all there are
)

// Codes that the kernel's buddy returns.
var kernelErrors = map[int32]error{-28: strategies.ErrNoSpace, -22: strategies.ErrInvalid, -7: strategies.ErrTooBig}

// buddies are those of a capture.
type buddies struct {
	c     *capture.Capture
	of    map[uint64]*buddyHeap // by mm
	calls map[uint64]call       // by thread: an allocation that has not returned
}

// buddyHeap is one life of an mm.
type buddyHeap struct {
	*capture.Heap
	life    int
	size    uint64         // 0: no request has shown it yet
	highest uint64         // end of the windows so far
	lists   map[uint64]int // allocations in each list that is in use
}

type call struct {
	heap *buddyHeap
	list uint64
}

func readKprobe(c *capture.Capture) func(e *tracepoint.Event) error {
	b := &buddies{c: c, of: make(map[uint64]*buddyHeap), calls: make(map[uint64]call)}
	return func(e *tracepoint.Event) error {
		switch thread, _ := field.Number(e.Pid); probe(e) {
		case probeAlloc:
			b.alloc(e, thread)
		case probeRet:
			b.ret(e, thread)
		case probeFree:
			b.free(e)
		case probeTrim:
			b.trim(e, thread)
		case probeInit:
			if mm, size := e.Hex("mm"), e.Number("size"); e.Err() == nil {
				b.begin(mm).know(size)
			}
		}
		return e.Err()
	}
}

// begin begins a life of an mm. The address of one that is gone may be used again.
func (b *buddies) begin(mm uint64) *buddyHeap {
	name, life := fmt.Sprintf("mm=%#x", mm), 1
	if old := b.of[mm]; old != nil {
		if life = old.life + 1; len(old.lists) > 0 {
			b.c.Drop("lists of blocks that were live when their mm became another buddy (they stay live)")
		}
		name = fmt.Sprintf("%s life %d", name, life)
	}
	h := &buddyHeap{Heap: b.c.Heap(name), life: life, lists: make(map[uint64]int)}
	b.of[mm] = h
	return h
}

// heap is that of an mm.
func (b *buddies) heap(mm uint64) *buddyHeap {
	if h := b.of[mm]; h != nil {
		return h
	}
	return b.begin(mm)
}

// know sets the size of the region.
func (h *buddyHeap) know(size uint64) {
	h.size = size
	h.Region(size)
}

// alloc is a request. One without a window ends at the size of the region: if it ends
// elsewhere than the last one, or a window ends beyond it, then the mm is another buddy.
func (b *buddies) alloc(e *tracepoint.Event, thread uint64) {
	mm, list, flags := e.Hex("mm"), e.Hex("list"), e.Number("flags")
	start, end := e.Number("start"), e.Number("end")
	req := strategies.Request{Size: e.Number("size"), Align: e.Number("min")}
	if e.Err() != nil {
		return
	}
	h := b.heap(mm)
	switch {
	case flags&kernelRange != 0:
		req.Flags, req.Lo, req.Hi = strategies.Range, start, end
		if h.size != 0 && end > h.size {
			h = b.begin(mm)
		}
		h.highest = max(h.highest, end)
	case end != 0:
		if h.size != 0 && end != h.size || end < h.highest {
			h = b.begin(mm)
		}
		h.know(end)
	}
	for _, f := range []struct {
		kernel uint64
		flag   strategies.Flags
	}{{kernelTopDown, strategies.TopDown}, {kernelContiguous, strategies.Contiguous}, {kernelClear, strategies.Clear}} {
		if flags&f.kernel != 0 {
			req.Flags |= f.flag
		}
	}
	n := h.lists[list]
	h.lists[list] = n + 1
	h.Alloc(capture.Key{list, uint64(n)}, req)
	b.calls[thread] = call{heap: h, list: list}
}

// ret is the return of the thread's request. Without such a probe all were granted.
func (b *buddies) ret(e *tracepoint.Event, thread uint64) {
	code := e.Signed("ret")
	if e.Err() != nil {
		return
	}
	call, ok := b.calls[thread]
	delete(b.calls, thread)
	switch {
	case !ok:
		b.c.Drop("return codes of requests that nobody saw")
		return
	case code == 0:
		return
	}
	h := call.heap
	n := h.lists[call.list] - 1
	if n < 0 { // freed before it returned
		return
	}
	h.lists[call.list] = n
	key := capture.Key{call.list, uint64(n)}
	if err := kernelErrors[code]; err != nil {
		h.Refused(key, err)
		return
	}
	b.c.Drop("requests that failed for another reason than the region (freed at once)")
	h.Free(key, false)
}

// free frees what is in a list, which may be nothing if all that was asked for it was
// refused.
func (b *buddies) free(e *tracepoint.Event) {
	mm, list := e.Hex("mm"), e.Hex("list")
	if e.Err() != nil {
		return
	}
	flags, ok := field.Number(e.Field("flags"))
	cleared := ok && flags&kernelCleared != 0 && flags <= kernelFlags // a register may hold anything in older kernels
	h := b.heap(mm)
	n, ok := h.lists[list]
	if !ok {
		h.Free(capture.Key{list}, false)
	}
	for i := range n {
		h.Free(capture.Key{list, uint64(i)}, cleared)
	}
	delete(h.lists, list)
}

// trim keeps the first bytes of the only allocation in a list. Those which the buddy does
// within a request are part of that.
func (b *buddies) trim(e *tracepoint.Event, thread uint64) {
	mm, list, size := e.Hex("mm"), e.Hex("list"), e.Number("size")
	if _, within := b.calls[thread]; within || e.Err() != nil {
		return
	}
	h, key := b.heap(mm), capture.Key{list}
	switch {
	case h.lists[list] > 1:
		b.c.Drop("trims of one of several allocations in a list")
	case h.lists[list] == 1 && h.Size(key) <= size:
	default:
		h.Trim(key, trace.Extent{Size: size})
	}
}
