package rundir

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
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
