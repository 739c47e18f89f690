package fewest

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// gaps are what lies between the extents of a state, and at its ends, while they are freed.
// What else is live is not in it.
type gaps struct {
	fixed      []fixed           // by address; the edges of the region are the first and the last
	slots      map[uint32]int    // the extents that are live, by slot
	places     map[uint64]uint64 // by unit of coverUnits: how many of it lie in gaps
	sizes      []uint64          // of all gaps that there ever are, the largest first, each once
	count, sum []uint64          // Fenwick trees over sizes: gaps, and their bytes
}

// fixed is an extent of the state, and who is beside it.
type fixed struct {
	start, end uint64
	prev, next int
}

// newGaps are the gaps at the beginning of ops. An extent of the state that is not inside
// the region and apart from those below it is left out, which makes gaps larger.
func newGaps(region strategies.Region, ops []workloads.Op) *gaps {
	g := layOut(region, ops)
	sizes := []uint64{}
	for i := 1; i < len(g.fixed); i++ {
		sizes = append(sizes, g.fixed[i].start-g.fixed[i-1].end)
	}
	trial := layOut(region, ops)
	for i := range ops {
		if at, ok := trial.freed(&ops[i]); ok {
			_, _, both := trial.unlink(at)
			sizes = append(sizes, both.end-both.start)
		}
	}
	slices.SortFunc(sizes, func(a, b uint64) int { return cmp.Compare(b, a) })
	g.sizes = slices.Compact(sizes)
	g.count, g.sum = make([]uint64, len(g.sizes)+1), make([]uint64, len(g.sizes)+1)
	for i := 1; i < len(g.fixed); i++ {
		g.enter(gap{g.fixed[i-1].end, g.fixed[i].start}, 1)
	}
	return g
}

// layOut is the state in which ops begin, without its gaps.
func layOut(region strategies.Region, ops []workloads.Op) *gaps {
	g := &gaps{slots: make(map[uint32]int), places: make(map[uint64]uint64)}
	managed := region.Managed()
	state := slices.Clone(ops[:workloads.State(ops)])
	slices.SortStableFunc(state, func(a, b workloads.Op) int { return cmp.Compare(a.Req.Lo, b.Req.Lo) })
	g.fixed = []fixed{{}}
	for _, op := range state {
		start, size, above := op.Req.Lo, op.Req.Size, g.fixed[len(g.fixed)-1].end
		if size == 0 || start < above || start > managed || size > managed-start {
			continue
		}
		g.slots[op.Slot] = len(g.fixed)
		g.fixed = append(g.fixed, fixed{start: start, end: start + size})
	}
	g.fixed = append(g.fixed, fixed{start: managed, end: managed})
	for i := range g.fixed {
		g.fixed[i].prev, g.fixed[i].next = i-1, i+1
	}
	return g
}

// gap is [start, end).
type gap struct{ start, end uint64 }

// freed reports whether op frees an extent of the state, or a part of it, and which.
func (g *gaps) freed(op *workloads.Op) (at int, ok bool) {
	switch op.Kind {
	case workloads.Free, workloads.FreeCleared, workloads.Trim:
		at, ok = g.slots[op.Slot]
		delete(g.slots, op.Slot)
	}
	return at, ok
}

// unlink takes out an extent: two gaps are one.
func (g *gaps) unlink(at int) (below, above, both gap) {
	f := g.fixed[at]
	prev, next := &g.fixed[f.prev], &g.fixed[f.next]
	prev.next, next.prev = f.next, f.prev
	return gap{prev.end, f.start}, gap{f.end, next.start}, gap{prev.end, next.start}
}

// free does what op does to the state, and reports whether that was anything.
func (g *gaps) free(op *workloads.Op) bool {
	at, ok := g.freed(op)
	if ok {
		below, above, both := g.unlink(at)
		g.enter(below, ^uint64(0))
		g.enter(above, ^uint64(0))
		g.enter(both, 1)
	}
	return ok
}

// enter adds a gap so many times: once, or once less, which is the largest number.
func (g *gaps) enter(of gap, times uint64) {
	for _, u := range coverUnits {
		g.places[u.bytes] += times * units(of.start, of.end, u.bytes)
	}
	size := of.end - of.start
	at, _ := slices.BinarySearchFunc(g.sizes, size, func(a, b uint64) int { return cmp.Compare(b, a) })
	for i := at + 1; i < len(g.count); i += i & -i {
		g.count[i] += times
		g.sum[i] += times * size
	}
}

// fewest is the number of gaps, the largest first, that hold so many bytes, or all there are.
func (g *gaps) fewest(bytes uint64) (n uint64) {
	at, left := 0, bytes
	for step := floorPow2(uint64(len(g.sizes))); step > 0; step /= 2 {
		if next := at + int(step); next < len(g.count) && g.sum[next] < left {
			at = next
			left -= g.sum[at]
			n += g.count[at]
		}
	}
	if at < len(g.sizes) && left > 0 && g.sizes[at] > 0 {
		n += (left-1)/g.sizes[at] + 1
	}
	return n
}
