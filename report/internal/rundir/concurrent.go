package rundir

import (
	"math"
	"slices"
	"strconv"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/stat"
)

// Concurrent are the replays of several goroutines on one allocator.
type Concurrent map[ConcurrentKey]*ConcurrentCell

// ConcurrentKey names one cell of the concurrent replays.
type ConcurrentKey struct {
	Strategy, Lock string
	Goroutines     int
}

// ConcurrentCell are the samples of a cell, in seconds: the time of an
// operation, which is the wall time by the operations of all goroutines, and
// the latency of single calls.
type ConcurrentCell struct{ Op, P50, P99, P999 []float64 }

func (cc Concurrent) add(l line) {
	if !l.complete(schema.Strategy, schema.Lock) {
		return
	}
	n, err := strconv.Atoi(l.get(schema.Goroutines))
	if err != nil || n < 1 {
		l.complain("%q is not a number of goroutines", l.get(schema.Goroutines))
		return
	}
	times := l.appendTime(nil, schema.NsPerOp)
	if len(times) == 0 {
		l.complain("the line has no time of an operation")
		return
	}
	k := ConcurrentKey{l.get(schema.Strategy), l.get(schema.Lock), n}
	c := cc[k]
	if c == nil {
		c = new(ConcurrentCell)
		cc[k] = c
	}
	c.Op = append(c.Op, times...)
	c.P50 = l.appendTime(c.P50, schema.P50Ns)
	c.P99 = l.appendTime(c.P99, schema.P99Ns)
	c.P999 = l.appendTime(c.P999, schema.P999Ns)
}

// Of is a cell, nil when it was not measured.
func (cc Concurrent) Of(strategy, lock string, goroutines int) *ConcurrentCell {
	return cc[ConcurrentKey{strategy, lock, goroutines}]
}

// PerSecond is the throughput of a cell in operations a second, NaN without
// one.
func (c *ConcurrentCell) PerSecond() float64 {
	if c == nil {
		return math.NaN()
	}
	return 1 / stat.Median(slices.Clone(c.Op))
}

// Crossings are what calling into a C library costs, by strategy. Strategies in Go
// are not in it.
type Crossings map[string]*CrossingCell

// batched is the number of operations that a replay hands a C library in one
// crossing, if its lines do not state what is left for an operation.
const batched = 4096

// CrossingCell is what calling into a C library costs: samples of one crossing,
// in seconds, and how many operations of a replay share one.
type CrossingCell struct {
	Time  []float64
	Batch float64
}

// Crosses reports whether calls of a strategy are known to cross into a C library.
func (cs Crossings) Crosses(strategy string) bool { return cs[strategy] != nil }

func (cs Crossings) add(l line) {
	if !l.complete(schema.Strategy) {
		return
	}
	times := l.appendTime(nil, schema.NsPerOp)
	if len(times) == 0 {
		l.complain("the line has no time of a crossing")
		return
	}
	c := cs[l.get(schema.Strategy)]
	if c == nil {
		c = &CrossingCell{Batch: batched}
		cs[l.get(schema.Strategy)] = c
	}
	c.Time = append(c.Time, times...)
	if share := l.appendTime(nil, schema.NsPerBatchedOp); len(share) > 0 {
		c.Batch = max(1, math.Round(times[0]/share[0]))
	}
}
