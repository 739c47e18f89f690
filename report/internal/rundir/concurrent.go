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
