package workloads

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// The sweep of the lab's key picture.
const (
	largestHole    = 4 * gib
	smallestHole   = page
	largestRequest = 64 * mib
	sweepFree      = 2 * largestRequest // bytes free at least: the largest request leaves as much again
	sweepRegion    = 2 * largestHole    // bytes: at any hole size at most half is free
)

// HoleSizes are the hole sizes of the sweep, from a region in one piece to
// one in pages: 4 GiB down to 4 KiB in powers of two.
func HoleSizes() []uint64 {
	var sizes []uint64
	for h := uint64(largestHole); h >= smallestHole; h /= 2 {
		sizes = append(sizes, h)
	}
	return sizes
}

// Holes is a region whose free memory is in extents of one size, and what to
// ask of it. Natural workloads change everything at once; here the size of the
// holes is the only thing that differs.
type Holes struct {
	Hole     uint64 // bytes of each free extent
	Region   strategies.Region
	Setup    []Op                 // replayed on an empty region it leaves the holes
	Requests []strategies.Request // what is worth asking for; each fits, scattered if need be
}

// HolesAt is the sweep's state for one of [HoleSizes]: 8 GiB of which at least
// 128 MiB are free, in extents of exactly hole bytes at multiples of twice
// that, everything between them live.
//
// Setup fills the region cell by cell, each through a window of just its size,
// and then frees every second cell. The windows make the outcome the same for
// any strategy that honours them (strategies.CapWindow); without them it
// would rest on the order in which a strategy fills an empty region. Filling
// first keeps the setup cheap: there is never more than one hole to search,
// while pins set between holes would make a best fit try every hole made before.
func HolesAt(hole uint64) Holes {
	if hole < smallestHole || hole > largestHole || bits.OnesCount64(hole) != 1 {
		panic(fmt.Sprintf("workloads: HolesAt(%d): not one of HoleSizes", hole))
	}
	count := max(1, sweepFree/hole)
	g := newGen("holes", 0, int(3*count+1))
	g.cells(hole, count, sweepRegion)
	return Holes{
		Hole:     hole,
		Region:   strategies.Region{Size: sweepRegion, Page: page},
		Setup:    g.ops,
		Requests: []strategies.Request{{Size: 64 * kib}, {Size: 2 * mib}, {Size: largestRequest}},
	}
}

// cells leaves count holes in an empty region and returns what is live.
func (g *gen) cells(hole, count, region uint64) []object {
	var live, freed []object
	for i := range 2 * count {
		o := g.allocAt(i*hole, hole)
		if i%2 == 0 {
			freed = append(freed, o)
		} else {
			live = append(live, o)
		}
	}
	if end := 2 * count * hole; end < region {
		live = append(live, g.allocAt(end, region-end))
	}
	for _, o := range freed {
		g.free(o)
	}
	return live
}

// allocAt asks for the memory at [start, start+size) and no other.
func (g *gen) allocAt(start, size uint64) object {
	return g.alloc(strategies.Request{Size: size, Lo: start, Hi: start + size, Flags: strategies.Range})
}

// holes walks the sweep as a workload: 512 MiB of which half is free, in holes
// of 256 MiB, then 128 MiB, down to 64 KiB. At each size three hundred objects
// are asked for and freed at once: 64 KiB one half, 2 MiB one third, 64 MiB one
// sixth. In its curves the free memory never changes, only its shape does.
func holes() Workload {
	w := Workload{
		Name:   "holes",
		Title:  "Hole sweep",
		Doc:    "64 KiB, 2 MiB and 64 MiB are asked of 256 MiB that is free in holes of one size, from 256 MiB down to 64 KiB: fragmentation as a dial.",
		Region: strategies.Region{Size: 512 * mib, Page: page},
	}
	const shortest, asks = 64 * kib, 300
	return generate(w, func(g *gen) {
		free := w.Region.Size / 2
		for hole := free; g.more(); hole /= 2 {
			if hole < shortest {
				hole = free
			}
			live := g.cells(hole, free/hole, w.Region.Size)
			sizes := [...]uint64{64 * kib, 64 * kib, 64 * kib, 2 * mib, 2 * mib, 64 * mib}
			for range asks {
				size := sizes[g.below(uint64(len(sizes)))]
				g.free(g.alloc(strategies.Request{Size: size}))
			}
			for _, o := range live {
				g.free(o)
			}
		}
	})
}
