package experiment

import (
	"context"
	"errors"
	"math"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/age"
)

// Ageing lets each strategy grow old at some fill levels, on several seeds (package age).
// Nothing is timed. The command age does the same with more seeds, for longer, and on other
// workloads.
var Ageing = Experiment{
	Name:      "age",
	Doc:       "After how many operations is a contiguous 2 MiB first refused?",
	Synthetic: true,
	SetUp:     setUpAgeing,
}

// ageingPlan is how much of it a run does.
type ageingPlan struct {
	fills []int
	seeds int
	ops   int // the bound of each
}

// planAgeing is the plan of a run: two strategies take a second of processor time. Nine seeds
// are the fewest of which the longest and the shortest do not decide the interval of the
// median. If samples are shorter than usual the plan is too; shorter than those of a quick run
// have only tests.
func (e *Env) planAgeing() ageingPlan {
	const usual, quick = 40 * time.Millisecond, 10 * time.Millisecond
	switch {
	case e.SampleTime < quick:
		return ageingPlan{age.Fills(), 2, 1 << 10}
	case e.SampleTime < usual:
		return ageingPlan{age.Fills(), 6, 1 << 15}
	}
	return ageingPlan{age.Fills(), 9, 1 << 16}
}

func setUpAgeing(ctx context.Context, e *Env) ([]Cell, error) {
	return nil, runAgeing(ctx, e, e.planAgeing())
}

// aged is one run of it.
type aged struct {
	strategy strategies.Strategy
	load     age.Load
	proved   bool
}

// runAgeing writes a line for each strategy, fill level and seed. They run side by side. A
// strategy that refuses a large page while one is free has none: the command age says more.
func runAgeing(ctx context.Context, e *Env, p ageingPlan) error {
	var runs []aged
	for _, s := range e.Strategies {
		for _, fill := range p.fills {
			for i := range p.seeds {
				l := age.Filled(fill, e.Seed+uint64(i), p.ops)
				if _, err := s.New(l.Region); errors.Is(err, strategies.ErrInvalid) {
					continue // it manages other regions only
				}
				runs = append(runs, aged{s, l, i == 0})
			}
		}
	}
	lines, errs := make([]result.Line, len(runs)), make([]error, len(runs))
	unruly := make([]bool, len(runs))
	var workers sync.WaitGroup
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i := range runs {
		workers.Go(func() {
			cores <- struct{}{}
			defer func() { <-cores }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				lines[i], unruly[i], errs[i] = runs[i].line(ctx)
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	out := make(map[string]bool) // strategies of which free pages do not tell
	for i := range runs {
		if unruly[i] {
			out[runs[i].strategy.Name] = true
		}
	}
	for i := range runs {
		if out[runs[i].strategy.Name] {
			continue
		}
		if err := e.Write(lines[i]); err != nil {
			return err
		}
	}
	return nil
}

// line ages the strategy. The first seed of each fill is held to the contract, and its
// headline proved by forks; unruly says that they found it to be a bound.
func (r aged) line(ctx context.Context) (l result.Line, unruly bool, err error) {
	s := r.strategy
	if r.proved {
		s = strategies.Checked(s)
	}
	life, err := age.Run(ctx, s, r.load, age.Options{})
	if err == nil && r.proved {
		err = life.Prove(ctx, r.strategy, r.load)
	}
	if err != nil {
		return l, false, err
	}
	t, censored, steady := life.Time(), 0.0, max(0, life.Steady.Op)
	if t.Censored {
		censored = 1
	}
	return result.Line{
		Name: schema.Ageing.FullName(schema.Labels{
			schema.Strategy: r.strategy.Name,
			schema.Fill:     strconv.Itoa(r.load.Fill),
			schema.Seed:     strconv.FormatUint(r.load.Seed, 10),
		}),
		Iters: max(1, life.Ops),
		Values: []result.Value{
			{V: float64(t.N), Unit: schema.AgedOps},
			{V: censored, Unit: schema.Censored},
			{V: float64(steady), Unit: schema.SteadyOp},
			{V: math.Floor(1e4*life.Steady.Confidence) / 100, Unit: schema.SteadyPct},
			{V: float64(life.End.Largest), Unit: schema.FitsBytes},
			{V: float64(life.End.One.Found), Unit: schema.Back1Pages},
			{V: float64(life.End.Some.Found), Unit: schema.Back8Pages},
			{V: float64(life.End.Some.Most), Unit: schema.Back8AtMost},
		},
	}, life.AtMost, nil
}
