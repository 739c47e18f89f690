package experiment

import (
	"context"
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/adversary"
)

// Worst plays the programs that spoil memory worst against each strategy, and replays the
// traces that searches have found for it (package adversary): how large a region does not
// suffice for what is live? Nothing is timed.
var Worst = Experiment{
	Name:      "worst",
	Doc:       "How large a region is not enough for what is live, at worst?",
	Synthetic: true,
	SetUp:     setUpWorst,
}

// setUpWorst writes a line for each strategy and size of the largest request. A strategy
// that cannot manage regions of any size, or that refuses nothing, has none.
func setUpWorst(ctx context.Context, e *Env) ([]Cell, error) {
	for _, s := range e.Strategies {
		for _, largest := range adversary.WorstSizes() {
			w, err := adversary.WorstOf(ctx, strategies.Checked(s), largest)
			if errors.As(err, new(*adversary.RegionError)) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("worst case of %s: %w", s.Name, err)
			}
			if w.Region == 0 {
				continue
			}
			err = e.Write(result.Line{
				Name:  schema.WorstCase.FullName(schema.Labels{schema.Strategy: s.Name, schema.Size: schema.FormatSize(largest)}),
				Iters: 1,
				Values: []result.Value{
					{V: w.Ratio(), Unit: schema.RegionPerLive},
					{V: w.Bound(), Unit: schema.BoundPerLive},
					{V: w.FirstFit(), Unit: schema.FirstFitPerLive},
					{V: w.HalfFit(), Unit: schema.HalfFitPerLive},
				},
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return nil, nil
}
