package experiment

import (
	"context"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/bound"
)

// Bound brackets the smallest region that could hold each recorded trace with each object in
// one piece, if all lifetimes were known (package bound), but for the requests that were
// refused when it was recorded. It is what [Smallest] is measured against, of the strategies
// that grant one piece. Nothing is timed.
var Bound = Experiment{
	Name:  "bound",
	Doc:   "How small could a region be that serves a recorded trace?",
	SetUp: setUpBound,
}

// boundEffort is the effort for a trace: most of them need a hundredth of it.
const boundEffort = 1

// setUpBound writes a line for each trace.
func setUpBound(ctx context.Context, e *Env) ([]Cell, error) {
	for _, stream := range e.Streams {
		if !stream.Recorded || len(stream.Ops) > longestSearched {
			continue
		}
		ops, _ := workloads.Served(stream.Ops, stream.Denied)
		r, err := bound.Find(ctx, stream.Region, ops, bound.Options{Effort: boundEffort, Seed: e.Seed})
		if err != nil {
			return nil, err
		}
		if r.Objects == 0 {
			continue
		}
		if err := e.Write(boundLine(stream.Workload, r)); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// boundLine is the line of a result.
func boundLine(workload string, r bound.Result) result.Line {
	return result.Line{
		Name:  schema.HindsightBound.FullName(schema.Labels{schema.Workload: workload}),
		Iters: r.Objects,
		Values: []result.Value{
			{V: float64(r.Upper) / float64(r.Peak), Unit: schema.BoundPerPeak},
			{V: float64(r.Lower.Bytes), Unit: schema.LowerBoundBytes},
			{V: float64(r.Upper), Unit: schema.UpperBoundBytes},
			{V: float64(r.Impossible + r.Crowded), Unit: schema.LeftOut},
		},
	}
}
