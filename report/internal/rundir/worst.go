package rundir

import (
	"cmp"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
)

// Worst is the worst case that is known of each strategy, by its name: points by the largest
// request.
type Worst map[string][]WorstPoint

// WorstPoint is the worst case with requests up to a size.
type WorstPoint struct {
	Largest uint64  // request, bytes
	Region  float64 // that is needed at least, by the bytes live at most
	Bound   float64 // that the best allocator needs, by the same; NaN where not stated
}

func (w Worst) add(l line) {
	size, ok := l.size(schema.Size, "64KiB")
	p := WorstPoint{size, l.number(schema.RegionPerLive), l.number(schema.BoundPerLive)}
	if !l.complete(schema.Strategy, schema.Size) || !ok || !(p.Region > 0) {
		return
	}
	name := l.get(schema.Strategy)
	at, again := slices.BinarySearchFunc(w[name], size, func(p WorstPoint, size uint64) int { return cmp.Compare(p.Largest, size) })
	if again {
		w[name][at] = p
		return
	}
	w[name] = slices.Insert(w[name], at, p)
}
