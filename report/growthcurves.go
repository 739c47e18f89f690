package report

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Scaling is the scaling sweep: what an operation costs as sizes grow.
type Scaling map[scalingKey]*scalingCell

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

func (sc Scaling) add(l line) {
	if !l.complete(keyStrategy, keyOp) || !l.isShare(unitServed) {
		return
	}
	op := l.get(keyOp)
	if !slices.Contains(scalingOps[:], op) {
		l.complain("operation %q is neither %s", op, strings.Join(scalingOps[:], " nor "))
		return
	}
	region, ok := parseSize(l.get(keyRegion))
	if !ok {
		l.complain("region %q is not a size like 1GiB", l.get(keyRegion))
		return
	}
	live, err := strconv.Atoi(l.get(keyLive))
	if err != nil || live < 1 {
		l.complain("live %q is not a number of objects", l.get(keyLive))
		return
	}
	times := l.appendTime(nil, unitOp)
	if len(times) == 0 {
		l.complain("the line has no time of an operation")
		return
	}
	k := scalingKey{l.get(keyStrategy), op, region, live}
	c := sc[k]
	if c == nil {
		c = &scalingCell{visits: math.NaN(), served: math.NaN()}
		sc[k] = c
	}
	c.time = append(c.time, times...)
	l.set(&c.served, unitServed)
	before := c.visits
	if l.set(&c.visits, "visits/op"); before != c.visits && !math.IsNaN(before) {
		l.complain("%s visits an operation, %s in a line before: a count should be the same in every sample", exact(c.visits), exact(before))
	}
}

// sizes are the size that grows and the one that stays.
func (k scalingKey) sizes(byRegion bool) (n float64, fixed uint64) {
	if byRegion {
		return float64(k.region), uint64(k.live)
	}
	return float64(k.live), k.region
}

// Concurrent are the replays of several goroutines on one allocator.
type Concurrent map[concurrentKey]*concurrentCell

// concurrentKey names one cell of the concurrent replays.
type concurrentKey struct {
	strategy, lock string
	goroutines     int
}

// concurrentCell are the samples of a cell, in seconds: the time of an
// operation, which is the wall time by the operations of all goroutines, and
// the latency of single calls.
type concurrentCell struct{ op, p50, p99, p999 []float64 }

func (cc Concurrent) add(l line) {
	if !l.complete(keyStrategy, keyLock) {
		return
	}
	n, err := strconv.Atoi(l.get(keyGoroutines))
	if err != nil || n < 1 {
		l.complain("%q is not a number of goroutines", l.get(keyGoroutines))
		return
	}
	times := l.appendTime(nil, unitOp)
	if len(times) == 0 {
		l.complain("the line has no time of an operation")
		return
	}
	k := concurrentKey{l.get(keyStrategy), l.get(keyLock), n}
	c := cc[k]
	if c == nil {
		c = new(concurrentCell)
		cc[k] = c
	}
	c.op = append(c.op, times...)
	c.p50 = l.appendTime(c.p50, tails[0])
	c.p99 = l.appendTime(c.p99, tails[1])
	c.p999 = l.appendTime(c.p999, tails[2])
}

// of is a cell, nil when it was not measured.
func (cc Concurrent) of(strategy, lock string, goroutines int) *concurrentCell {
	return cc[concurrentKey{strategy, lock, goroutines}]
}

// perSecond is the throughput of a cell in operations a second, NaN without
// one.
func (c *concurrentCell) perSecond() float64 {
	if c == nil {
		return math.NaN()
	}
	return 1 / median(slices.Clone(c.op))
}

// Crossings are by strategy what calling into a C library costs. A strategy
// that is none is not in it.
type Crossings map[string]*crossingCell

// batched is the number of operations that a replay hands a C library in one
// crossing, if its lines do not state what is left for an operation.
const batched = 4096

// crossingCell is what calling into a C library costs: samples of one crossing,
// in seconds, and how many operations of a replay share one.
type crossingCell struct {
	time  []float64
	batch float64
}

// crosses reports whether calls of a strategy are known to cross into a C library.
func (cs Crossings) crosses(strategy string) bool { return cs[strategy] != nil }

func (cs Crossings) add(l line) {
	if !l.complete(keyStrategy) {
		return
	}
	times := l.appendTime(nil, unitOp)
	if len(times) == 0 {
		l.complain("the line has no time of a crossing")
		return
	}
	c := cs[l.get(keyStrategy)]
	if c == nil {
		c = &crossingCell{batch: batched}
		cs[l.get(keyStrategy)] = c
	}
	c.time = append(c.time, times...)
	if share := l.appendTime(nil, "sec/batched-op"); len(share) > 0 {
		c.batch = max(1, math.Round(times[0]/share[0]))
	}
}
