package experiment

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/bound"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/smallest"
)

// Smallest searches the smallest region in which each strategy serves each recorded trace
// (package smallest), but for the requests that were refused when it was recorded. Generated
// workloads are made for their region, so it says nothing of them. Nothing is timed.
var Smallest = Experiment{
	Name:  "smallest",
	Doc:   "How small a region serves a recorded trace?",
	SetUp: setUpSmallest,
}

// longestSearched is the most operations of a trace that is searched. It is replayed a
// hundred times and more, so a longer one is left to the command fit-region, which shows
// how far it is.
const longestSearched = 100_000

// setUpSmallest writes a line for each pair. The strategies are searched side by side, each
// with itself in order.
func setUpSmallest(ctx context.Context, e *Env) ([]Cell, error) {
	lines := make([][]result.Line, len(e.Strategies))
	errs := make([]error, len(e.Strategies))
	var workers sync.WaitGroup
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range e.Strategies {
		workers.Go(func() {
			cores <- struct{}{}
			defer func() { <-cores }()
			lines[i], errs[i] = smallestOf(ctx, e.Strategies[i], e.Streams)
		})
	}
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := e.Write(l...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// smallestOf is the lines of a strategy. One that cannot manage other regions than that of
// a trace has none there.
func smallestOf(ctx context.Context, s strategies.Strategy, streams []Stream) (lines []result.Line, err error) {
	for _, stream := range streams {
		if !stream.Recorded || len(stream.Ops) > longestSearched || !begins(stream, s) {
			continue
		}
		ops, _ := workloads.Served(stream.Ops, stream.Denied)
		r, err := smallest.Find(ctx, strategies.Checked(s), stream.Region, ops, smallest.Options{Smaller: smallest.DefaultSmaller})
		switch {
		case errors.As(err, new(*smallest.RegionError)), err == nil && r.Pages == 0:
			continue
		case err != nil:
			return nil, err
		}
		peak := census.Count(stream.Region, ops).Peak.Bytes
		lines = append(lines, smallestLine(s.Name, stream, r, peak))
	}
	return lines, nil
}

// begins reports whether s can begin in the state of the stream.
func begins(stream Stream, s strategies.Strategy) bool {
	for _, can := range stream.Strategies {
		if can.Name == s.Name {
			return true
		}
	}
	return false
}

// smallestLine is the line of a result. peak is the bytes live at the peak, 0 where nothing
// is ever live but of requests that never count.
func smallestLine(name string, stream Stream, r smallest.Result, peak uint64) result.Line {
	l := result.Line{
		Name:  schema.SmallestRegion.FullName(schema.Labels{schema.Strategy: name, schema.Workload: stream.Workload}),
		Iters: r.Replays,
	}
	if peak > 0 {
		l.Values = append(l.Values, result.Value{V: float64(r.Bytes()) / float64(peak), Unit: schema.RegionPerPeak})
	}
	refused := max(0, r.Refusal.Op-workloads.State(stream.Ops)+1)
	l.Values = append(l.Values,
		result.Value{V: float64(r.Bytes()), Unit: schema.RegionBytes},
		result.Value{V: float64(refused), Unit: schema.RefusedOp},
		result.Value{V: float64(len(r.Never)), Unit: schema.NeverServed})
	return l
}

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
