package experiment

import (
	"context"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Crossings measures the language boundary of strategies that have one. A call that
// is timed by itself contains a whole crossing, an operation in a batch its share.
var Crossings = Experiment{
	Name:  "crossings",
	Doc:   "What does it cost to cross the boundary to an allocator in C?",
	SetUp: setUpCrossings,
}

func setUpCrossings(_ context.Context, e *Env) ([]Cell, error) {
	var cells []Cell
	for _, s := range e.Strategies {
		a, err := s.New(e.Region)
		if err != nil {
			return nil, err
		}
		b, ok := strategies.As[replay.Batcher](a)
		if !ok {
			continue
		}
		name := schema.Crossing.FullName(schema.Labels{schema.Strategy: s.Name})
		cells = append(cells, Cell{
			What:   "boundary crossings, " + s.Name,
			Sample: func() ([]result.Line, error) { return one(crossing(name, b), nil) },
			Took:   5 * time.Millisecond,
		})
	}
	return cells, nil
}

// crossing is the time of one boundary crossing, the median of several rows, and its
// share of an operation in a batch.
func crossing(name string, b replay.Batcher) result.Line {
	const rows, calls = 16, 1024
	var times [rows]time.Duration
	for i := range times {
		start := time.Now()
		for range calls {
			b.Cross()
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times[:])
	ns := float64(meter.LowerMedian(times[:]).Nanoseconds()) / calls
	return result.Line{Name: name, Iters: rows * calls, Values: []result.Value{
		{V: ns, Unit: schema.NsPerOp}, {V: ns / replay.BatchOps, Unit: schema.NsPerBatchedOp},
	}}
}
