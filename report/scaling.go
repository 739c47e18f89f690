package report

import (
	"cmp"
	"math"
	"slices"
)

// scale is one part of the sweep: the costs of all strategies while one size
// grows and the other stays.
type scale struct {
	byRegion bool   // the region grows, else the live objects
	fixed    uint64 // the size that stays: live objects or bytes of the region
	lines    []scaleLine
}

// scaleLine is an operation of a strategy, the smallest size first.
type scaleLine struct {
	strategy int
	op       string
	points   []scalePoint
	time     scaleFit
	visits   scaleFit
}

type scalePoint struct {
	n      float64 // the size that grows
	median float64 // seconds
	*scalingCell
}

// scaleFit is a power law, if there is one.
type scaleFit struct {
	powerLaw
	ok      bool
	crosses bool // the cost contains crossings into a C library
}

// growth is what the interval says. A crossing costs the same at every size: where
// it is part of the cost that may grow faster than it seems to, never more slowly.
func (f scaleFit) growth() growth {
	g := f.powerLaw.growth()
	if f.crosses && g != growthFast {
		return growthUnknown
	}
	return g
}

// scales are the parts of the sweep: those to be shown, at most one for each
// size that grows, and the others. Shown is the part with the most points, of
// several the one whose fixed size is the largest.
func scales(names Names, scaling Scaling, crossing Crossings) (shown, others []scale) {
	for _, byRegion := range []bool{false, true} {
		all := scalesBy(names, scaling, crossing, byRegion)
		if len(all) == 0 {
			continue
		}
		best := 0
		for i, s := range all {
			if s.size() >= all[best].size() {
				best = i
			}
		}
		shown = append(shown, all[best])
		others = append(others, slices.Delete(all, best, best+1)...)
	}
	if len(shown) == 0 { // single points: as they are, over the live objects
		for _, region := range fixedSizes(names, scaling, false) {
			shown = append(shown[:0], newScale(names, scaling, crossing, false, region))
		}
	}
	return shown, others
}

// scalesBy are the parts in which one size really grows, by the other size.
func scalesBy(names Names, scaling Scaling, crossing Crossings, byRegion bool) []scale {
	var out []scale
	for _, fixed := range fixedSizes(names, scaling, byRegion) {
		s := newScale(names, scaling, crossing, byRegion, fixed)
		if slices.ContainsFunc(s.lines, func(l scaleLine) bool { return len(l.points) > 1 }) {
			out = append(out, s)
		}
	}
	return out
}

// fixedSizes are the sizes that stay while the other grows, sorted.
func fixedSizes(names Names, scaling Scaling, byRegion bool) []uint64 {
	var out []uint64
	for k := range scaling {
		if names.index(k.strategy) >= 0 {
			_, fixed := k.sizes(byRegion)
			out = append(out, fixed)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// scale collects one part of the sweep and fits its lines, by strategy, and of
// each the operations in their order.
func newScale(names Names, scaling Scaling, crossing Crossings, byRegion bool, fixed uint64) scale {
	out := scale{byRegion: byRegion, fixed: fixed}
	type lineKey struct {
		strategy int
		op       string
	}
	points := make(map[lineKey][]scalePoint)
	for k, c := range scaling {
		if n, other := k.sizes(byRegion); other == fixed {
			at := lineKey{names.index(k.strategy), k.op}
			points[at] = append(points[at], scalePoint{n, median(slices.Clone(c.time)), c})
		}
	}
	for s := range names {
		for _, op := range scalingOps {
			l := scaleLine{strategy: s, op: op, points: points[lineKey{s, op}]}
			if len(l.points) == 0 {
				continue
			}
			slices.SortFunc(l.points, func(a, b scalePoint) int { return cmp.Compare(uint64(a.n), uint64(b.n)) })
			l.time = l.fit(func(p scalePoint) float64 { return p.median })
			l.time.crosses = crossing.crosses(names[s])
			l.visits = l.fitVisits()
			out.lines = append(out.lines, l)
		}
	}
	return out
}

// fit fits the values of the points.
func (l scaleLine) fit(value func(scalePoint) float64) scaleFit {
	var n, v []float64
	for _, p := range l.points {
		n, v = append(n, p.n), append(v, value(p))
	}
	law, ok := fitPower(n, v)
	return scaleFit{powerLaw: law, ok: ok}
}

// fitVisits fits the counted visits. A strategy that never looks anywhere
// looks nowhere at any size: that grows by nothing.
func (l scaleLine) fitVisits() scaleFit {
	none := len(l.points) > 1
	for _, p := range l.points {
		none = none && p.visits == 0
	}
	if none {
		return scaleFit{ok: true}
	}
	return l.fit(func(p scalePoint) float64 { return p.visits })
}

// size is the number of points of a part.
func (s scale) size() int {
	n := 0
	for _, l := range s.lines {
		n += len(l.points)
	}
	return n
}

// span is the least and the greatest size of the points.
func (s scale) span() (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, l := range s.lines {
		lo, hi = min(lo, l.points[0].n), max(hi, l.points[len(l.points)-1].n)
	}
	return lo, hi
}

// of is the line of an operation of a strategy, nil when it was not measured.
func (s scale) of(strategy int, op string) *scaleLine {
	for i := range s.lines {
		if s.lines[i].strategy == strategy && s.lines[i].op == op {
			return &s.lines[i]
		}
	}
	return nil
}
