package report

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
)

// scalingKey names one point of the scaling sweep.
type scalingKey struct {
	strategy, op string
	region       uint64 // bytes
	live         int    // objects allocated while it was measured
}

// scalingCell is what an operation costs there: samples of the time, and what
// is exact; NaN when not counted.
type scalingCell struct {
	time   []float64 // seconds
	visits float64   // places that the strategy looked at
	served float64   // percent of the requests
}

// scalingOps are the operations that are swept.
var scalingOps = [...]string{"alloc", "free"}

func (r *Run) addScaling(res *benchfmt.Result, k scalingKey, regionText, liveText string) {
	if !r.complete(res, "strategy", k.strategy, "operation", k.op) || !r.isShare(res, unitServed) {
		return
	}
	if !slices.Contains(scalingOps[:], k.op) {
		r.warn("%s: operation %q is neither %s", where(res), k.op, strings.Join(scalingOps[:], " nor "))
		return
	}
	var ok bool
	if k.region, ok = parseSize(regionText); !ok {
		r.warn("%s: region %q is not a size like 1GiB", where(res), regionText)
		return
	}
	live, err := strconv.Atoi(liveText)
	if err != nil || live < 1 {
		r.warn("%s: live %q is not a number of objects", where(res), liveText)
		return
	}
	k.live = live
	times := appendTime(nil, res, unitOp)
	if len(times) == 0 {
		r.warn("%s: the line has no time of an operation", where(res))
		return
	}
	c := r.curves.scaling[k]
	if c == nil {
		c = &scalingCell{visits: math.NaN(), served: math.NaN()}
		r.curves.scaling[k] = c
	}
	c.time = append(c.time, times...)
	setValue(&c.served, res, unitServed)
	before := c.visits
	if setValue(&c.visits, res, "visits/op"); before != c.visits && !math.IsNaN(before) {
		r.warn("%s: %s visits an operation, %s in a line before: a count should be the same in every sample", where(res), exact(c.visits), exact(before))
	}
}

// sweptStrategies are the strategies of the scaling sweep and of the concurrent
// replays, by name.
func (r *Run) sweptStrategies() []string {
	var out []string
	for k := range r.curves.scaling {
		out = append(out, k.strategy)
	}
	for k := range r.curves.concurrent {
		out = append(out, k.strategy)
	}
	return known(out)
}

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
func (r *Run) scales() (shown, others []scale) {
	for _, byRegion := range []bool{false, true} {
		all := r.scalesBy(byRegion)
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
		for _, region := range r.fixedSizes(false) {
			shown = append(shown[:0], r.scale(false, region))
		}
	}
	return shown, others
}

// scalesBy are the parts in which one size really grows, by the other size.
func (r *Run) scalesBy(byRegion bool) []scale {
	var out []scale
	for _, fixed := range r.fixedSizes(byRegion) {
		s := r.scale(byRegion, fixed)
		if slices.ContainsFunc(s.lines, func(l scaleLine) bool { return len(l.points) > 1 }) {
			out = append(out, s)
		}
	}
	return out
}

// fixedSizes are the sizes that stay while the other grows, sorted.
func (r *Run) fixedSizes(byRegion bool) []uint64 {
	var out []uint64
	for k := range r.curves.scaling {
		if r.strategy(k.strategy) >= 0 {
			_, fixed := k.sizes(byRegion)
			out = append(out, fixed)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// sizes are the size that grows and the one that stays.
func (k scalingKey) sizes(byRegion bool) (n float64, fixed uint64) {
	if byRegion {
		return float64(k.region), uint64(k.live)
	}
	return float64(k.live), k.region
}

// scale collects one part of the sweep and fits its lines, by strategy, and of
// each the operations in their order.
func (r *Run) scale(byRegion bool, fixed uint64) scale {
	out := scale{byRegion: byRegion, fixed: fixed}
	type lineKey struct {
		strategy int
		op       string
	}
	points := make(map[lineKey][]scalePoint)
	for k, c := range r.curves.scaling {
		if n, other := k.sizes(byRegion); other == fixed {
			at := lineKey{r.strategy(k.strategy), k.op}
			points[at] = append(points[at], scalePoint{n, median(slices.Clone(c.time)), c})
		}
	}
	for s := range r.strategies {
		for _, op := range scalingOps {
			l := scaleLine{strategy: s, op: op, points: points[lineKey{s, op}]}
			if len(l.points) == 0 {
				continue
			}
			slices.SortFunc(l.points, func(a, b scalePoint) int { return descending(uint64(b.n), uint64(a.n)) })
			l.time = l.fit(func(p scalePoint) float64 { return p.median })
			l.time.crosses = r.crosses(s)
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
