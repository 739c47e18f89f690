package rundir

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/survival"
)

// Scaling is the scaling sweep: what an operation costs as sizes grow.
type Scaling map[ScalingKey]*ScalingCell

// ScalingKey names one point of the scaling sweep.
type ScalingKey struct {
	Strategy, Op string
	Region       uint64 // bytes
	Live         int    // objects allocated while it was measured
}

// ScalingCell is what an operation costs there: samples of the time, and what
// is exact; NaN when not counted.
type ScalingCell struct {
	Time   []float64 // seconds
	Visits float64   // places that the strategy looked at
	Served float64   // percent of the requests
}

// ScalingOps are the operations that are swept.
var ScalingOps = [...]string{schema.OpAlloc, schema.OpFree}

func (sc Scaling) add(l line) {
	if !l.complete(schema.Strategy, schema.Op) || !l.isShare(schema.ServedPct) {
		return
	}
	op := l.get(schema.Op)
	if !slices.Contains(ScalingOps[:], op) {
		l.complain("operation %q is neither %s", op, strings.Join(ScalingOps[:], " nor "))
		return
	}
	region, ok := l.size(schema.Region, "1GiB")
	if !ok {
		return
	}
	live, err := strconv.Atoi(l.get(schema.Live))
	if err != nil || live < 1 {
		l.complain("live %q is not a number of objects", l.get(schema.Live))
		return
	}
	times := l.appendTime(nil, schema.NsPerOp)
	if len(times) == 0 {
		l.complain("the line has no time of an operation")
		return
	}
	k := ScalingKey{l.get(schema.Strategy), op, region, live}
	c := sc[k]
	if c == nil {
		c = &ScalingCell{Visits: math.NaN(), Served: math.NaN()}
		sc[k] = c
	}
	c.Time = append(c.Time, times...)
	l.set(&c.Served, schema.ServedPct)
	l.set(&c.Visits, schema.VisitsPerOp)
}

// Sizes are the size that grows and the one that stays.
func (k ScalingKey) Sizes(byRegion bool) (n float64, fixed uint64) {
	if byRegion {
		return float64(k.Region), uint64(k.Live)
	}
	return float64(k.Live), k.Region
}

// Worst is the worst case that is known of each strategy, by its name: points by the largest
// request.
type Worst map[string][]WorstPoint

// WorstPoint is the worst case with requests up to a size.
type WorstPoint struct {
	Largest uint64  // request, bytes
	Region  float64 // that is needed at least, by the bytes live at most
	// What is known of others, by the same; NaN where not stated.
	Bound    float64 // the best allocator needs, with sizes that are powers of two
	FirstFit float64 // first fit by address needs at most
	HalfFit  float64 // half fit needs at most
}

func (w Worst) add(l line) {
	size, ok := l.size(schema.Size, "64KiB")
	p := WorstPoint{size, l.number(schema.RegionPerLive), l.number(schema.BoundPerLive), l.number(schema.FirstFitPerLive), l.number(schema.HalfFitPerLive)}
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

// Ageing is how long strategies served large pages, by seed.
type Ageing map[AgeKey]map[string]Aged

// AgeKey names a strategy on a region that is kept full to so many percent.
type AgeKey struct {
	Strategy string
	Fill     int
}

// Aged is one seed.
type Aged struct {
	Time   survival.Time
	Steady bool
}

func (a Ageing) add(l line) {
	if !l.complete(schema.Strategy, schema.Fill, schema.Seed) {
		return
	}
	fill, err := strconv.Atoi(l.get(schema.Fill))
	if err != nil || fill < 1 || fill > 99 {
		l.complain("fill %q is no percentage from 1 to 99", l.get(schema.Fill))
		return
	}
	ops := l.number(schema.AgedOps)
	if !(ops >= 0 && ops <= 1<<50) {
		l.complain("the line has no number of operations")
		return
	}
	k := AgeKey{l.get(schema.Strategy), fill}
	if a[k] == nil {
		a[k] = make(map[string]Aged)
	}
	a[k][l.get(schema.Seed)] = Aged{survival.Time{N: int(ops), Censored: l.number(schema.Censored) == 1}, l.number(schema.SteadyOp) > 0}
}

// Times are those of the seeds, in their order.
func (a Ageing) Times(k AgeKey) []survival.Time {
	var times []survival.Time
	for _, seed := range a[k] {
		times = append(times, seed.Time)
	}
	return survival.Sorted(times)
}
