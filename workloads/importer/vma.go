package importer

import (
	"bytes"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/field"
)

// vma is what the Vulkan Memory Allocator 2.x records: two lines of head, the second with
// the version 1,N; from 1,3 on a part between the lines "Config,Begin" and "Config,End";
// then a call a line, THREAD,SECONDS,FRAME,FUNCTION,ARGUMENTS, the last of which may be
// text of the program, with commas:
//
//	8644,0.302,0,vmaCreateBuffer,0,4194304,1,0,36,3,0,0,0,0000000000000000,0000000007F66FE8,texture
//
// A recording has no sizes of images. They are reckoned from format and extent (imageSize),
// without what a driver adds. Nor does it say in which heap an allocation is: all are in
// one region, as large as the largest heap that is local to the device. A selection by
// stream takes those of one usage.
var vma = capture.Format{
	Name:   "vma",
	Doc:    "a recording of the Vulkan Memory Allocator 2.x (CSV); an object is one allocation, its stream the usage (gpu_only, cpu_only, ...)",
	Detect: func(head []byte) bool { return bytes.HasPrefix(head, vmaHead) },
	Read:   readVma,
}

var vmaHead = []byte("Vulkan Memory Allocator,Calls recording")

// vmaCall says where the arguments of a function stand, counted from 1; 0: it has none.
type vmaCall struct {
	args                       int // at least
	size, align, usage, handle int
	image                      int // where the type of an image stands
	frees                      bool
}

var vmaCalls = map[string]vmaCall{
	"vmaAllocateMemory":          {args: 10, size: 1, align: 2, usage: 5, handle: 10},
	"vmaAllocateMemoryPages":     {args: 10, size: 1, align: 2, usage: 5, handle: 10},
	"vmaAllocateMemoryForBuffer": {args: 12, size: 1, align: 2, usage: 7, handle: 12},
	"vmaAllocateMemoryForImage":  {args: 12, size: 1, align: 2, usage: 7, handle: 12},
	"vmaCreateBuffer":            {args: 11, size: 2, usage: 6, handle: 11},
	"vmaCreateImage":             {args: 20, image: 2, usage: 15, handle: 20},
	"vmaFreeMemory":              {args: 1, handle: 1, frees: true},
	"vmaFreeMemoryPages":         {args: 1, handle: 1, frees: true},
	"vmaDestroyBuffer":           {args: 1, handle: 1, frees: true},
	"vmaDestroyImage":            {args: 1, handle: 1, frees: true},
	"vmaCreateLostAllocation":    {args: 1, handle: 1},
}

// vmaUsages are the names of VmaMemoryUsage.
var vmaUsages = []string{"unknown", "gpu_only", "cpu_only", "cpu_to_gpu", "gpu_to_cpu", "cpu_copy", "gpu_lazily_allocated"}

func readVma(in *capture.Input, c *capture.Capture) error {
	h := c.Heap("")
	var config vmaConfig
	var f [][]byte
	n := 0
	for line := range in.Lines() {
		f = field.Cells(f, line)
		switch n++; {
		case n == 1 && !bytes.HasPrefix(line, vmaHead):
			return in.Errorf("the first line is not %q", vmaHead)
		case n == 1 || len(line) == 0:
		case n == 2:
			if string(f[0]) != "1" {
				return in.Errorf("a recording of version %.20q, not 1,N", line)
			}
		case string(f[0]) == "Config":
			config.inside = len(f) > 1 && string(f[1]) == "Begin"
		case config.inside:
			config.read(f)
			h.Region(config.local)
		case len(f) < 4:
			return in.Errorf("%.60q is not THREAD,SECONDS,FRAME,FUNCTION,...", line)
		default:
			ns, ok := field.Seconds(f[1])
			if !ok {
				return in.Errorf("%q is no time in seconds", f[1])
			}
			c.At(ns)
			if err := vmaLine(in, c, h, f); err != nil {
				return err
			}
		}
	}
	return nil
}

// vmaConfig is what a recording says of the heaps.
type vmaConfig struct {
	inside bool
	size   uint64 // bytes of the heap last named: its flags come next
	local  uint64 // bytes of the largest local one
}

// read reads PhysicalDeviceMemory,Heap,INDEX,size,BYTES and ...,flags,FLAGS.
func (v *vmaConfig) read(f [][]byte) {
	if len(f) != 5 || string(f[0]) != "PhysicalDeviceMemory" || string(f[1]) != "Heap" {
		return
	}
	n, ok := field.Number(f[4])
	switch {
	case !ok:
	case string(f[3]) == "size":
		v.size = n
	case string(f[3]) == "flags" && n&vkDeviceLocal != 0:
		v.local = max(v.local, v.size)
	}
}

// vmaLine does a call.
func vmaLine(in *capture.Input, c *capture.Capture, h *capture.Heap, f [][]byte) error {
	name, args := string(f[3]), f[4:]
	call, ok := vmaCalls[name]
	switch {
	case name == "vmaResizeAllocation", name == "vmaDefragmentationBegin", name == "vmaMakePoolAllocationsLost":
		c.Drop("calls that resize, move or lose allocations")
		return nil
	case !ok:
		return nil
	case len(args) < call.args:
		return in.Errorf("%s with %d arguments, of %d", name, len(args), call.args)
	}
	arg := func(i int) (n uint64) {
		if i == 0 {
			return 0
		}
		n, isNumber := field.Number(args[i-1])
		ok = ok && isNumber
		return n
	}
	req := strategies.Request{Size: arg(call.size), Align: arg(call.align)}
	usage := arg(call.usage)
	isKnown := true
	if call.image != 0 {
		var v [8]uint64 // type, format, width, height, depth, mips, layers, samples
		for i := range v {
			v[i] = arg(call.image + i)
		}
		req.Size, isKnown = imageSize(v[1], v[2], v[3], v[4], v[5], v[6], v[7])
	}
	if !ok {
		return in.Errorf("%s: an argument is no number of 64 bits", name)
	}
	stream := "unknown"
	if usage < uint64(len(vmaUsages)) {
		stream = vmaUsages[usage]
	}
	c.By(string(f[0]), stream)
	for _, text := range bytes.Fields(args[call.handle-1]) {
		handle, ok := field.Pointer(text)
		key := capture.Key{handle}
		switch {
		case !ok:
			return in.Errorf("%s: %q is no handle", name, text)
		case call.frees:
			h.FreePointer(handle)
		case handle == 0:
			c.Drop("allocations that failed")
		case name == "vmaCreateLostAllocation":
			h.Foreign(key, "allocations that are lost from the beginning")
		case !isKnown:
			h.Foreign(key, "images of formats whose size cannot be reckoned")
		default:
			if call.image != 0 {
				c.Note("images, whose size a recording lacks (it is reckoned from format and extent)")
			}
			h.Alloc(key, req)
		}
	}
	return nil
}

// vkFormats are the formats of Vulkan 1.0: up to the number last, a block of w x h texels
// takes so many bytes.
var vkFormats = []struct{ last, bytes, w, h uint64 }{
	{1, 1, 1, 1}, {8, 2, 1, 1}, {15, 1, 1, 1}, {22, 2, 1, 1}, {36, 3, 1, 1}, {69, 4, 1, 1}, // 8 bits a channel, and packed
	{76, 2, 1, 1}, {83, 4, 1, 1}, {90, 6, 1, 1}, {97, 8, 1, 1}, // 16 bits
	{100, 4, 1, 1}, {103, 8, 1, 1}, {106, 12, 1, 1}, {109, 16, 1, 1}, // 32 bits
	{112, 8, 1, 1}, {115, 16, 1, 1}, {118, 24, 1, 1}, {121, 32, 1, 1}, // 64 bits
	{123, 4, 1, 1}, {124, 2, 1, 1}, {126, 4, 1, 1}, {127, 1, 1, 1}, {129, 4, 1, 1}, {130, 8, 1, 1}, // depth and stencil
	{134, 8, 4, 4}, {138, 16, 4, 4}, {140, 8, 4, 4}, {146, 16, 4, 4}, // BC
	{150, 8, 4, 4}, {152, 16, 4, 4}, {154, 8, 4, 4}, {156, 16, 4, 4}, // ETC2, EAC
	{158, 16, 4, 4}, {160, 16, 5, 4}, {162, 16, 5, 5}, {164, 16, 6, 5}, {166, 16, 6, 6}, {168, 16, 8, 5}, {170, 16, 8, 6}, // ASTC
	{172, 16, 8, 8}, {174, 16, 10, 5}, {176, 16, 10, 6}, {178, 16, 10, 8}, {180, 16, 10, 10}, {182, 16, 12, 10}, {184, 16, 12, 12},
}

// imageSize is the number of bytes that the texels of an image take, without what a driver
// adds to align them.
func imageSize(format, width, height, depth, mips, layers, samples uint64) (uint64, bool) {
	const most = 1 << 20 // of each extent: no product is over 64 bits
	if format == 0 || max(width, height, depth, layers) > most || mips > 32 || samples > 64 {
		return 0, false
	}
	for _, f := range vkFormats {
		if format > f.last {
			continue
		}
		var sum uint64
		for range max(mips, 1) {
			blocks := (width + f.w - 1) / f.w * ((height + f.h - 1) / f.h)
			if blocks*depth > 1<<40/max(layers, 1) {
				return 0, false
			}
			sum += blocks * depth * f.bytes
			width, height, depth = max(width/2, 1), max(height/2, 1), max(depth/2, 1)
		}
		return sum * max(layers, 1) * max(samples, 1), true
	}
	return 0, false
}
