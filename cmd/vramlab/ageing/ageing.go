// Package ageing is behind the command age: it lets strategies grow old at some fill levels
// on several seeds (package age), side by side, keeps their placements, and prints what came
// of it.
package ageing

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/age"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A Plan is what is run: each strategy on each fill level and seed.
type Plan struct {
	Strategies []strategies.Strategy
	Workload   *workloads.Workload // nil: the load of package age
	Fills      []int               // percent, from 1 to 99
	Seeds      int                 // of a recorded trace 1
	First      uint64              // the first of them
	Ops        int                 // the bound of each run
	At         []int               // counted operations after which a fork of the first seed is asked

	// Create makes a file of a name and has its contents written to it; nil: no placements
	// are kept. It is called for one file at a time.
	Create func(name string, write func(io.Writer) error) error
	Step   func(done, total int, what string) // shows how far it is; called from several goroutines, one at a time
}

// A Result is one run.
type Result struct {
	Strategy strategies.Strategy
	Load     age.Load
	*age.Life
	At []age.Answers // where the plan asks, as far as the run came
}

// Run runs the plan with so many runs at a time; one, if placements are kept. The results
// are by strategy, fill level and seed.
func (p *Plan) Run(ctx context.Context, cores int) ([]Result, error) {
	results, err := p.results(ctx)
	if err != nil {
		return nil, err
	}
	if p.Create != nil {
		cores = 1
	}
	var (
		work sync.WaitGroup
		next = make(chan int)
		errs = make([]error, len(results))
	)
	shown := p.progress(len(results))
	for range cores {
		work.Go(func() {
			for i := range next {
				r := &results[i]
				step := shown(i, r)
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = p.run(ctx, r, func(done int) { step(float64(done) / float64(r.Load.Ops)) })
				}
				if errs[i] == nil {
					step(1)
				}
			}
		})
	}
	for i := range results {
		next <- i
	}
	close(next)
	work.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, err
		}
	}
	return results, nil
}

// progress is what shows how far each of n runs is, as a share. Proofs and forks are some
// time beyond.
func (p *Plan) progress(n int) func(i int, r *Result) func(share float64) {
	const steps = 1000
	shares := make([]float64, n)
	var lock sync.Mutex
	return func(i int, r *Result) func(float64) {
		what := r.Strategy.Name + " on " + name(r.Load)
		return func(share float64) {
			lock.Lock()
			defer lock.Unlock()
			shares[i] = share
			sum := 0.0
			for _, s := range shares {
				sum += s
			}
			p.Step(int(sum*steps), n*steps, what)
		}
	}
}

// results are those to come.
func (p *Plan) results(ctx context.Context) (out []Result, err error) {
	loads := make([]age.Load, 0, len(p.Fills)*p.Seeds)
	for _, fill := range p.Fills {
		for i := range p.Seeds {
			l := age.Filled(fill, p.First+uint64(i), p.Ops)
			if p.Workload != nil {
				if l, err = age.Fitted(ctx, *p.Workload, fill, p.First+uint64(i), p.Ops); err != nil {
					return nil, err
				}
			}
			loads = append(loads, l)
		}
	}
	for _, s := range p.Strategies {
		for _, l := range loads {
			out = append(out, Result{Strategy: s, Load: l})
		}
	}
	return out, nil
}

// name is that of a load, with its fill level.
func name(l age.Load) string {
	if l.Level > 0 {
		return l.Name // which has it
	}
	return fmt.Sprintf("%s-%d", l.Name, l.Fill)
}

// run does one run, proves its headline, and asks forks.
func (p *Plan) run(ctx context.Context, r *Result, count func(done int)) (err error) {
	if p.Create == nil {
		r.Life, err = age.Run(ctx, r.Strategy, r.Load, age.Options{Count: count})
	} else {
		file := fmt.Sprintf("%s-%s-%d.trace.gz", name(r.Load), r.Strategy.Name, r.Load.Seed)
		err = p.Create(file, func(w io.Writer) (err error) {
			out := trace.NewWriter(w, r.Load.Region, about(r)...)
			if r.Life, err = age.Run(ctx, r.Strategy, r.Load, age.Options{Watch: &replay.Record{Writer: out}, Count: count}); err != nil {
				return err
			}
			return out.Flush()
		})
	}
	if err != nil {
		return err
	}
	if err := r.Prove(ctx, r.Strategy, r.Load); err != nil {
		return err
	}
	if r.Load.Seed != p.First {
		return nil
	}
	for _, at := range p.At {
		if at > r.Ops {
			continue
		}
		a, err := r.Ask(ctx, r.Strategy, r.Load, at)
		if err != nil {
			return err
		}
		r.At = append(r.At, a)
	}
	return nil
}

// about are the comments of a trace of placements. The level is where the count begins.
func about(r *Result) []string {
	return []string{
		name(r.Load) + ": " + r.Load.Doc, "title: " + r.Load.Title, "strategy: " + r.Strategy.Name,
		"caps: " + r.Strategy.Caps.String(), fmt.Sprint("seed: ", r.Load.Seed), fmt.Sprint("level: ", r.Load.Level),
	}
}
