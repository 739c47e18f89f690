package rundir

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
)

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
