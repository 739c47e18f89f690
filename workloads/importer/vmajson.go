package importer

import (
	"github.com/vramlab/vramlab/workloads/importer/capture"
	"github.com/vramlab/vramlab/workloads/importer/internal/vmadump"
	"github.com/vramlab/vramlab/workloads/trace"
)

// vmaJSON is a dump of the Vulkan Memory Allocator 2.x or 3.x, which is a state.
//
// Each block is a region, with the offsets as they are. Blocks one behind the other in one
// region would be fewer traces, but free ranges would meet at their borders, and the region
// would hold allocations that no block does. Dedicated allocations fill memory of their own,
// and are left out.
//
// Offsets are multiples of a unit that the file shows, at most maxUnit. Sizes are rounded up
// to it, so that no allocation reaches into the next.
var vmaJSON = capture.Format{
	Name:   "vma-json",
	Doc:    "a dump of the Vulkan Memory Allocator (vmaBuildStatsString, detailed); a region is a block, an object a live allocation",
	Detect: vmadump.Detect,
	Read:   readVmaJSON,
}

const maxUnit = 256 // bytes

func readVmaJSON(in *capture.Input, c *capture.Capture) error {
	d, err := vmadump.Read(in.Bytes())
	switch {
	case in.Err() != nil:
		return nil
	case err != nil:
		return in.Errorf("%v", err)
	case !d.Mapped:
		return in.Errorf("the dump has no map of allocations: vmaBuildStatsString makes one if its detailedMap is true")
	}
	for range d.Dedicated {
		c.Drop("dedicated allocations, each of which fills memory of its own")
	}
	unit := d.Unit(maxUnit)
	c.Unit(unit)
	up := func(n uint64) uint64 { return (n + unit - 1) &^ (unit - 1) }
	for _, b := range d.Blocks {
		if len(b.Live) == 0 {
			c.Drop("blocks without an allocation")
			continue
		}
		h := c.Heap(b.Name)
		h.Region(up(b.Total))
		for _, e := range b.Live {
			size := up(e.Size)
			if size != e.Size {
				c.Note("allocations that end at no multiple of the unit (they are rounded up)")
			}
			h.Live(capture.Key{e.Start}, trace.Extent{Start: e.Start, Size: size})
		}
	}
	return nil
}
