package workloads

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// Sizes in bytes of the experiment on holes of one size.
const (
	largestHole    = 4 * gib
	smallestHole   = page
	largestRequest = 64 * mib
	leastFree      = 2 * largestRequest // so the largest request leaves as much free as it takes
	holesRegion    = 2 * largestHole    // so at most half is free at any hole size
)

// HoleSizes are the sizes that [HolesAt] takes: 4 GiB down to 4 KiB in powers of
// two, from free memory in one piece to free memory in pages.
func HoleSizes() []uint64 {
	var sizes []uint64
	for h := uint64(largestHole); h >= smallestHole; h /= 2 {
		sizes = append(sizes, h)
	}
	return sizes
}

// Holes is a region whose free memory is in holes of one size, and requests to
// measure there. In a real workload everything changes at once; between two
// values of Holes only the size of the holes differs.
type Holes struct {
	Hole     uint64 // bytes of each hole
	Region   strategies.Region
	Setup    []Op                 // leaves the holes when replayed on an empty region
	Requests []strategies.Request // requests to measure; each fits, scattered if need be
}

// HolesAt is the state for one of [HoleSizes]: 8 GiB of which at least 128 MiB are
// free, in holes of exactly hole bytes that start at multiples of 2*hole; all
// memory between them is live. It panics if hole is not one of HoleSizes.
//
// Setup fills the region cell by cell, each cell through a window of its own
// size, and then frees every second cell. The windows make the outcome the same
// for every strategy that honours them (strategies.CapWindow); without them it
// would depend on the order in which a strategy fills an empty region. Setup is
// cheap because it fills first: the only hole to search is the rest of the
// region. If it placed only the live cells, a best fit would try every hole made
// before.
func HolesAt(hole uint64) Holes {
	if hole < smallestHole || hole > largestHole || bits.OnesCount64(hole) != 1 {
		panic(fmt.Sprintf("workloads: HolesAt(%d): not one of HoleSizes", hole))
	}
	count := max(1, leastFree/hole)
	g := newGen("holes", 0, int(3*count+1))
	g.cells(hole, count, holesRegion)
	return Holes{
		Hole:     hole,
		Region:   strategies.Region{Size: holesRegion, Page: page},
		Setup:    g.ops,
		Requests: []strategies.Request{{Size: 64 * kib}, {Size: 2 * mib}, {Size: largestRequest}},
	}
}

// cells leaves count holes in an empty region and returns the live objects.
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

// allocAt asks for exactly the bytes [start, start+size).
func (g *gen) allocAt(start, size uint64) object {
	return g.alloc(strategies.Request{Size: size, Lo: start, Hi: start + size, Flags: strategies.Range})
}

// holes is the same experiment as a workload: half of 512 MiB is free, in holes
// of 256 MiB, then of 128 MiB, down to 64 KiB. At each hole size it allocates 300
// objects and frees each at once: one half of 64 KiB, one third of 2 MiB, one
// sixth of 64 MiB. The amount of free memory stays the same, only the size of
// the holes changes.
func holes() Workload {
	w := Workload{
		Name:   "holes",
		Title:  "Holes of one size",
		Doc:    "Requests of 64 KiB, 2 MiB and 64 MiB while 256 MiB are free in holes of one size, from 256 MiB down to 64 KiB: fragmentation as a dial.",
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
