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

// setUpSmallest writes a line for each pair.
func setUpSmallest(ctx context.Context, e *Env) ([]Cell, error) {
	lines, err := each(e.Strategies, func(s strategies.Strategy) (lines []result.Line, err error) {
		for _, stream := range e.Streams {
			ops, ok := searched(stream)
			if !ok {
				continue
			}
			r, err := smallestOf(ctx, s, stream, ops)
			if err != nil {
				return nil, err
			}
			if r.Pages > 0 {
				lines = append(lines, smallestLine(s.Name, stream, r, census.Count(stream.Region, ops).Peak.Bytes))
			}
		}
		return lines, nil
	})
	if err != nil {
		return nil, err
	}
	for _, l := range lines {
		if err := e.Write(l...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// each does the work of each strategy, as many at once as there are cores.
func each[T any](list []strategies.Strategy, work func(strategies.Strategy) (T, error)) ([]T, error) {
	results, errs := make([]T, len(list)), make([]error, len(list))
	var workers sync.WaitGroup
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range list {
		workers.Go(func() {
			cores <- struct{}{}
			defer func() { <-cores }()
			results[i], errs[i] = work(list[i])
		})
	}
	workers.Wait()
	return results, errors.Join(errs...)
}

// searched are the operations of a stream whose smallest region is searched; ok is false of
// any other.
func searched(stream Stream) (ops []workloads.Op, ok bool) {
	if !stream.Recorded || len(stream.Ops) > longestSearched {
		return nil, false
	}
	ops, _ = workloads.Served(stream.Ops, stream.Denied)
	return ops, true
}

// smallestOf is the smallest region of a strategy. It has no pages where the strategy cannot
// begin in the state of the stream, or manage other regions than its own.
func smallestOf(ctx context.Context, s strategies.Strategy, stream Stream, ops []workloads.Op) (smallest.Result, error) {
	if !begins(stream, s) {
		return smallest.Result{}, nil
	}
	r, err := smallest.Find(ctx, strategies.Checked(s), stream.Region, ops, smallest.Options{Smaller: smallest.DefaultSmaller})
	if errors.As(err, new(*smallest.RegionError)) {
		return smallest.Result{}, nil
	}
	return r, err
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
// refused when it was recorded, and searches the smallest region of each strategy that is asked
// for one piece. Nothing is timed.
var Bound = Experiment{
	Name:  "bound",
	Doc:   "How small could a region be that serves a recorded trace?",
	SetUp: setUpBound,
}

// boundEffort is the effort for a trace: most of them need a hundredth of it.
const boundEffort = 1

// bounded is a stream with its bounds.
type bounded struct {
	Stream
	ops   []workloads.Op // asked for in one piece
	found bound.Result
}

// setUpBound writes a line for each trace, then one for each pair.
func setUpBound(ctx context.Context, e *Env) ([]Cell, error) {
	var list []bounded
	for _, stream := range e.Streams {
		ops, ok := searched(stream)
		if !ok {
			continue
		}
		b := bounded{Stream: stream, ops: workloads.InOnePiece(ops)}
		var err error
		if b.found, err = bound.Find(ctx, stream.Region, b.ops, bound.Options{Effort: boundEffort, Seed: e.Seed}); err != nil {
			return nil, err
		}
		if b.found.Objects == 0 {
			continue
		}
		if err := e.Write(boundLine(stream.Workload, b.found)); err != nil {
			return nil, err
		}
		list = append(list, b)
	}
	lines, err := each(e.Strategies, func(s strategies.Strategy) ([][]result.Line, error) {
		lines := make([][]result.Line, len(list))
		for i, b := range list {
			r, err := smallestOf(ctx, s, b.Stream, b.ops)
			if err != nil {
				return nil, err
			}
			if r.Pages > 0 {
				lines[i] = append(lines[i], inOnePieceLine(s.Name, b, r))
			}
		}
		return lines, nil
	})
	if err != nil {
		return nil, err
	}
	for i := range list {
		for s := range e.Strategies {
			if err := e.Write(lines[s][i]...); err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}

// inOnePieceLine is the line of a strategy, of which r is the smallest region.
func inOnePieceLine(name string, b bounded, r smallest.Result) result.Line {
	unserved, extra := b.found.Placement.Compare(b.ops, r.Refuses())
	return result.Line{
		Name:  schema.SmallestInOnePiece.FullName(schema.Labels{schema.Strategy: name, schema.Workload: b.Workload}),
		Iters: r.Replays,
		Values: []result.Value{
			{V: float64(r.Bytes()) / float64(b.found.Peak), Unit: schema.RegionPerPeak},
			{V: float64(r.Bytes()), Unit: schema.RegionBytes},
			{V: float64(unserved + extra), Unit: schema.OtherRequests},
		},
	}
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
