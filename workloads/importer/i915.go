package importer

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/tracepoint"
)

// i915 are the tracepoints of i915 about objects and about where they are bound:
//
//	i915_gem_object_create: obj=0x1, size=0x1000
//	i915_gem_object_destroy: obj=0x1
//	i915_vma_bind: obj=0x1, offset=0xfff000 size=0x1000[, mappable] vm=0x2
//	i915_vma_unbind: obj=0x1, offset=0xfff000 size=0x1000[, mappable] vm=0x2
//
// The objects are one heap, which mixes memory of the device with that of the system. Each
// vm is another: an address space of the GPU, where the kernel's own placements are known.
// Objects of the kernel itself log only their end: many frees of such are normal.
var i915 = linuxTrace("i915",
	`tracepoints of i915; the heap "objects" has GEM objects, each other heap the bindings in one vm, with the kernel's placement`,
	readI915)

func readI915(c *capture.Capture) func(e *tracepoint.Event) error {
	vms := make(map[string]*capture.Heap)
	objects := c.Heap("objects")
	return func(e *tracepoint.Event) error {
		obj := e.Hex("obj")
		switch string(e.Name) {
		case "i915_gem_object_create":
			if size := e.Number("size"); e.Err() == nil {
				objects.Alloc(capture.Key{obj}, strategies.Request{Size: size})
			}
		case "i915_gem_object_destroy":
			if e.Err() == nil {
				objects.Free(capture.Key{obj}, false)
			}
		default:
			vm := e.Field("vm")
			key := capture.Key{obj, e.Hex("offset")}
			size := e.Hex("size")
			if e.Hex("vm"); e.Err() != nil {
				break
			}
			h := vms[string(vm)]
			if h == nil {
				h = c.Heap("vm=" + string(vm))
				vms[string(vm)] = h
			}
			switch {
			case string(e.Name) == "i915_vma_unbind":
				h.Free(key, false)
			case h.Size(key) == size && size != 0: // it is bound again, with other flags
			default:
				h.Alloc(key, strategies.Request{Size: size})
				h.Granted(key, key[1])
			}
		}
		return e.Err()
	}
}
