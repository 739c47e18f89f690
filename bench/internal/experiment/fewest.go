package experiment

import (
	"context"
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/fewest"
)

// Fewest bounds how few segments and page-table entries each workload can take under the first
// policy, whoever places it (package fewest), without the requests that were refused when it was
// recorded. Nothing is timed.
var Fewest = Experiment{
	Name:  "fewest",
	Doc:   "How few segments and page-table entries could it be?",
	SetUp: setUpFewest,
}

// wide is how far apart bounds may be after the first heuristic: up to there the others are
// not worth their time. They gain a few hundredths on the workloads of the lab, but where
// memory is splintered.
const wide = 1.05

// setUpFewest writes a line for each workload, and then one for each pair that did the same work.
func setUpFewest(ctx context.Context, e *Env) ([]Cell, error) {
	var bounds, distances []result.Line
	policy := sgtable.Policies()[0]
	for _, stream := range e.Streams {
		if len(stream.Ops) > longestSearched {
			continue
		}
		r, err := fewestOf(ctx, stream, policy, e.Seed)
		switch v := (*strategies.Violation)(nil); {
		case errors.As(err, &v):
			return nil, fmt.Errorf("%s on %s: %w", v.Strategy, stream.Workload, err)
		case errors.Is(err, fewest.ErrNone), err == nil && r.Tables == 0:
			continue
		case err != nil:
			return nil, err
		}
		at := schema.Labels{schema.Workload: stream.Workload, schema.Policy: policy.Name}
		bounds = append(bounds, boundsLine(at, r))
		distances = append(distances, distanceLines(at, r)...)
	}
	return nil, e.Write(append(bounds, distances...)...)
}

// fewestOf bounds a stream: with one heuristic, or if that leaves the bounds far apart, with all.
func fewestOf(ctx context.Context, stream Stream, p sgtable.Policy, seed uint64) (*fewest.Result, error) {
	ops, _ := workloads.Served(stream.Ops, stream.Denied)
	o := fewest.Options{Also: stream.Strategies, Heuristics: 1, Seed: seed, Parallel: true}
	r, err := fewest.Find(ctx, stream.Region, ops, p, o)
	if err == nil && (float64(r.Entries.Upper) > wide*float64(r.Entries.Lower) || float64(r.Segs.Upper) > wide*float64(r.Segs.Lower)) {
		o.Heuristics = 0
		r, err = fewest.Find(ctx, stream.Region, ops, p, o)
	}
	return r, err
}

// boundsLine is the line of a workload.
func boundsLine(at schema.Labels, r *fewest.Result) result.Line {
	perTable := func(n uint64) float64 { return float64(n) / float64(r.Tables) }
	return result.Line{
		Name:  schema.FewestEntries.FullName(at),
		Iters: r.Tables,
		Values: []result.Value{
			{V: 100 * float64(r.Granted) / float64(r.Requests), Unit: schema.ServedPct},
			{V: perTable(r.Segs.Lower), Unit: schema.LeastSegsPerTable},
			{V: perTable(r.Segs.Upper), Unit: schema.FoundSegsPerTable},
			{V: perTable(r.Entries.Lower), Unit: schema.LeastEntriesPerTable},
			{V: perTable(r.Entries.Upper), Unit: schema.FoundEntriesPerTable},
		},
	}
}

// distanceLines are the lines of the strategies that did the work.
func distanceLines(at schema.Labels, r *fewest.Result) (lines []result.Line) {
	for _, c := range r.Candidates {
		if c.Hindsight || !c.Same {
			continue
		}
		l := schema.Labels{schema.Strategy: c.Name}
		for k, v := range at {
			l[k] = v
		}
		lines = append(lines, result.Line{
			Name:  schema.Distance.FullName(l),
			Iters: c.Tables,
			Values: []result.Value{
				{V: float64(c.Segs) / float64(r.Segs.Lower), Unit: schema.SegsPerLeast},
				{V: float64(c.Entries) / float64(r.Entries.Lower), Unit: schema.EntriesPerLeast},
			},
		})
	}
	return lines
}
