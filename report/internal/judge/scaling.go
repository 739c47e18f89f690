package judge

import (
	"cmp"
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Scale is one part of the sweep: the costs of all strategies while one size
// grows and the other stays.
type Scale struct {
	ByRegion bool   // the region grows, else the live objects
	Fixed    uint64 // the size that stays: live objects or bytes of the region
	Lines    []ScaleLine
}

// ScaleLine is an operation of a strategy, the smallest size first.
type ScaleLine struct {
	Strategy int
	Op       string
	Points   []ScalePoint
	Time     ScaleFit
	Visits   ScaleFit
}

type ScalePoint struct {
	N      float64 // the size that grows
	Median float64 // seconds
	*rundir.ScalingCell
}

// ScaleFit is a power law, if there is one.
type ScaleFit struct {
	powerLaw
	OK      bool
	crosses bool // the cost contains crossings into a C library
}

// Growth is what the interval says. A crossing costs the same at every size: where
// it is part of the cost that may grow faster than it seems to, never more slowly.
func (f ScaleFit) Growth() Growth {
	g := f.powerLaw.growth()
	if f.crosses && g != GrowthFast {
		return GrowthUnknown
	}
	return g
}

// Scales are the parts of the sweep: those to be shown, at most one for each
// size that grows, and the others. Shown is the part with the most points, of
// several the one whose fixed size is the largest.
func Scales(names list.Names, scaling rundir.Scaling, crossing rundir.Crossings) (shown, others []Scale) {
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
func scalesBy(names list.Names, scaling rundir.Scaling, crossing rundir.Crossings, byRegion bool) []Scale {
	var out []Scale
	for _, fixed := range fixedSizes(names, scaling, byRegion) {
		s := newScale(names, scaling, crossing, byRegion, fixed)
		if slices.ContainsFunc(s.Lines, func(l ScaleLine) bool { return len(l.Points) > 1 }) {
			out = append(out, s)
		}
	}
	return out
}

// fixedSizes are the sizes that stay while the other grows, sorted.
func fixedSizes(names list.Names, scaling rundir.Scaling, byRegion bool) []uint64 {
	var out []uint64
	for k := range scaling {
		if names.Index(k.Strategy) >= 0 {
			_, fixed := k.Sizes(byRegion)
			out = append(out, fixed)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// newScale collects one part of the sweep and fits its lines, by strategy, and of
// each the operations in their order.
func newScale(names list.Names, scaling rundir.Scaling, crossing rundir.Crossings, byRegion bool, fixed uint64) Scale {
	out := Scale{ByRegion: byRegion, Fixed: fixed}
	type lineKey struct {
		strategy int
		op       string
	}
	points := make(map[lineKey][]ScalePoint)
	for k, c := range scaling {
		if n, other := k.Sizes(byRegion); other == fixed {
			at := lineKey{names.Index(k.Strategy), k.Op}
			points[at] = append(points[at], ScalePoint{n, stat.Median(slices.Clone(c.Time)), c})
		}
	}
	for s := range names {
		for _, op := range rundir.ScalingOps {
			l := ScaleLine{Strategy: s, Op: op, Points: points[lineKey{s, op}]}
			if len(l.Points) == 0 {
				continue
			}
			slices.SortFunc(l.Points, func(a, b ScalePoint) int { return cmp.Compare(uint64(a.N), uint64(b.N)) })
			l.Time = l.fit(func(p ScalePoint) float64 { return p.Median })
			l.Time.crosses = crossing.Crosses(names[s])
			l.Visits = l.fitVisits()
			out.Lines = append(out.Lines, l)
		}
	}
	return out
}

// fit fits the values of the points.
func (l ScaleLine) fit(value func(ScalePoint) float64) ScaleFit {
	var n, v []float64
	for _, p := range l.Points {
		n, v = append(n, p.N), append(v, value(p))
	}
	law, ok := fitPower(n, v)
	return ScaleFit{powerLaw: law, OK: ok}
}

// fitVisits fits the counted visits. A strategy that never looks anywhere
// looks nowhere at any size: that grows by nothing.
func (l ScaleLine) fitVisits() ScaleFit {
	none := len(l.Points) > 1
	for _, p := range l.Points {
		none = none && p.Visits == 0
	}
	if none {
		return ScaleFit{OK: true}
	}
	return l.fit(func(p ScalePoint) float64 { return p.Visits })
}

// size is the number of points of a part.
func (s Scale) size() int {
	n := 0
	for _, l := range s.Lines {
		n += len(l.Points)
	}
	return n
}

// Span is the least and the greatest size of the points.
func (s Scale) Span() (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, l := range s.Lines {
		lo, hi = min(lo, l.Points[0].N), max(hi, l.Points[len(l.Points)-1].N)
	}
	return lo, hi
}

// Of is the line of an operation of a strategy, nil when it was not measured.
func (s Scale) Of(strategy int, op string) *ScaleLine {
	for i := range s.Lines {
		if s.Lines[i].Strategy == strategy && s.Lines[i].Op == op {
			return &s.Lines[i]
		}
	}
	return nil
}
