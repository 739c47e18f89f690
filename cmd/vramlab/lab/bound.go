package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/distance"
	"github.com/vramlab/vramlab/cmd/vramlab/hindsight"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/bound"
	"github.com/vramlab/vramlab/workloads/fewest"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/smallest"
	"github.com/vramlab/vramlab/workloads/trace"
)

var boundCommand = command{
	name: "bound", args: "[flags] FILE",
	gentle: true,
	doc:    "find how far each strategy is from the best that hindsight could do",
	long: `A trace knows how long each object lives, so the smallest region that could hold it is a
question with an answer: dynamic storage allocation. That is hard, so two numbers are
printed. No region below the lower bound serves the trace, and the line says why. In one
of the upper bound a placement was found, which is replayed under the shadow model before
it is printed. Where they meet, it is the optimum. FILE is a trace, - for standard input,
a capture (a CSV of MiniMalloc too), or the name of a workload.

Both are for objects in one piece. So each strategy's smallest region is searched with
requests for one piece, as fit-region -contiguous does; it is at most so many percent from
optimal, since that much above the lower bound. What a strategy needs that may scatter
stands below, and may be less than the bounds.

A request that was refused when the trace was recorded is left out. Of one that is
attempted twice the attempt that asks for less counts. -effort says how long is searched;
the work is counted in steps, so the same -seed gives the same result anywhere. With -o the
placement becomes a trace with the answers, in a region of the upper bound.`,
	examples: []string{
		"bound game.trace.gz",
		"bound -strategies buddy,tlsf -effort 60 -o best.trace game.trace.gz",
		"bound -strategies none A.1048576.csv",
	},
	takes: map[string]words{
		"strategies": {strategyNames, true},
		"format":     {func(*environment) []string { return []string{"text", "json"} }, false},
	},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		named := fs.String("strategies", everyName, "the `strategies`: names with commas between, or so:PATH[:NAME], or none for the bounds alone")
		effort := fs.Int("effort", 0, fmt.Sprintf("search for so long, in `units` of 100 million steps, half a second each; 0 for %d, or %d of many thousands of objects", bound.DefaultEffort, bound.LargeEffort))
		seed := fs.Uint64("seed", 1, "the `seed` of the searches that choose at random")
		smaller := fs.Int("smaller", smallest.DefaultSmaller, "of each strategy, try this `number` of smaller regions after the first that was found; -1 for all")
		out := fs.String("o", "", "write the placement as a trace with answers into this `file`; .gz or .zst at its end packs it")
		format := fs.String("format", "text", "`how` to print: text, or json for an object")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			switch {
			case *format != "text" && *format != "json":
				return usagef("-format %s: have text, json", *format)
			case *effort < 0:
				return usagef("-effort %d: at least 0", *effort)
			case i.wanted(env, *named):
				_, err := env.supervise(ctx, &i, task{strategies: *named})
				return err
			}
			var list []chosen
			var err error
			if *named != "none" {
				list, err = pickStrategies(*named, env.strategies, nil, func(_, spec string) (strategies.Strategy, error) { return openLibrary(spec) })
				if err != nil {
					return err
				}
			}
			path, err := onlyFile(args)
			if err != nil {
				return err
			}
			if err := vacant(*out); err != nil {
				return err
			}
			w, err := env.workloadOf(path, math.MaxInt)
			if err != nil {
				return err
			}
			b := &bounding{env: env, path: path, workload: w, smaller: *smaller, out: *out, json: *format == "json"}
			before := process.Now()
			err = b.run(ctx, list, bound.Options{Effort: *effort, Seed: *seed})
			if how := before.Changed(); how != "" && !isFault(err) {
				err = fmt.Errorf("%s: one of %s %s", path, *named, how)
			}
			return err
		}
	},
}

// bounding is the work of the command bound.
type bounding struct {
	env      *environment
	path     string
	workload workloads.Workload
	smaller  int
	out      string
	json     bool
}

// run finds the bounds, and what the strategies need.
func (b *bounding) run(ctx context.Context, list []chosen, o bound.Options) error {
	asked, _ := workloads.Served(b.workload.Ops(1, 0), b.workload.Denied)
	whole := fitting{ops: asked}
	whole.inOnePiece()
	const steps = 1000
	bar := progress.NewPatient(b.env.stderr)
	total := (1 + 2*len(list)) * steps
	o.Progress = func(done float64) { bar.Step(int(done*steps), total, "bounds of "+b.workload.Name) }
	r, err := bound.Find(ctx, b.workload.Region, whole.ops, o)
	var rows []hindsight.Row
	for k := 0; k < len(list) && err == nil; k++ {
		row := hindsight.Row{Strategy: list[k].Name}
		for n, ops := range [][]workloads.Op{whole.ops, asked} {
			var s smallest.Result
			s, err = b.smallest(ctx, list[k], ops, func(done float64) {
				bar.Step(int((float64(1+2*k+n)+done)*steps), total, list[k].Name+" on "+b.workload.Name)
			})
			if errors.Is(err, replay.ErrState) {
				row.Unfit, err = "left out: it cannot begin in the state of the trace", nil
				break
			}
			if err != nil {
				break
			}
			if n == 0 {
				row.Whole = s.Bytes()
				row.Compare(ops, r.Placement, s.Never)
			} else {
				row.Scattered = s.Bytes()
			}
		}
		if err == nil {
			rows = append(rows, row)
		}
	}
	bar.Done()
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return fmt.Errorf("%s: %w", b.path, err)
	}
	if interrupted && r.Objects == 0 {
		return errInterrupted
	}
	if b.json {
		err = hindsight.PrintJSON(b.env.stdout, b.workload.Name, r, rows)
	} else {
		printTitle(b.env.stdout, b.workload)
		err = hindsight.Print(b.env.stdout, r, rows)
	}
	switch {
	case err != nil:
		return err
	case interrupted:
		return errInterrupted
	case b.out != "" && r.Upper == 0:
		return fmt.Errorf("%s: nothing is placed, so there is no trace to write", b.path)
	case b.out != "":
		return b.write(whole.ops, r)
	}
	return nil
}

// smallest is the smallest region of a strategy.
func (b *bounding) smallest(ctx context.Context, c chosen, ops []workloads.Op, done func(float64)) (smallest.Result, error) {
	s := c.Strategy
	if foreign(s) {
		s = strategies.Checked(s)
	}
	r, err := smallest.Find(ctx, s, b.workload.Region, ops, smallest.Options{Smaller: b.smaller, Progress: done})
	if err != nil && libraryOf(c.item) != "" {
		err = fmt.Errorf("%s%w", libraryOf(c.item), err)
	}
	return r, err
}

// write writes the placement as a trace.
func (b *bounding) write(ops []workloads.Op, r bound.Result) error {
	title := fmt.Sprintf("%s: placed with hindsight, in %d bytes of at least %d", printable(b.workload.Title), r.Upper, r.Lower.Bytes)
	return b.env.createFile(b.out, func(w io.Writer) error {
		return bound.Write(trace.NewWriter(w, r.Placement.Region, title), b.workload.Region, ops, r.Placement)
	})
}

var fewestCommand = command{
	name: "fewest", args: "[flags] FILE",
	gentle: true,
	doc:    "bound the segments and page-table entries that a trace can take, and each strategy's distance from that",
	long: `Replays a trace under a driver's policy, in its own region, and says for each strategy
how many segments and page-table entries (PTEs) its tables take: times what is proved to be
the least that any placement takes, and times what was found with hindsight. FILE is a
trace, - for standard input, or the name of a workload.

Found is a placement, replayed under the shadow model and counted as those of strategies are:
the best of some heuristics that know when each object dies, -tries more with random weights,
and the strategies themselves. Where it is the least, it is the optimum.

The bounds are about the requests that were granted by whoever granted most. A strategy that
granted others did other work: it is compared with the least for those that it granted, and
has no distance from what was found. Refusals that are on record are left out, as by
fit-region.`,
	examples: []string{
		"fewest game.trace.gz",
		"fewest -policy amdgpu -strategies buddy,rangemgr gfx",
		"fewest -tries 20 -format json game.trace.gz",
	},
	takes: map[string]words{
		"strategies": {strategyNames, true}, "policy": {driverNames, false},
		"format": {func(*environment) []string { return []string{"text", "json"} }, false},
	},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		named := fs.String("strategies", everyName, "the `strategies`: names with commas between, or so:PATH[:NAME]")
		policy := fs.String("policy", sgtable.Policies()[0].Name, "the driver `policy` that makes the requests: "+strings.Join(driverNames(env), ", "))
		tries := fs.Int("tries", 4, "try this `number` of heuristics with random weights")
		seed := fs.Uint64("seed", 1, "of the random weights, and of a generated workload")
		refused := fs.Bool("refused", false, "also ask for what was refused when the trace was recorded")
		format := fs.String("format", "text", "`how` to print: text, or json for an object a line")
		var i isolation
		i.bind(fs)
		return func(ctx context.Context, args []string) error {
			at := slices.Index(driverNames(env), *policy)
			switch {
			case at < 0:
				return usagef("-policy %s: have %s", *policy, strings.Join(driverNames(env), ", "))
			case *format != "text" && *format != "json":
				return usagef("-format %s: have text, json", *format)
			case *tries < 0 || *tries > mostTries:
				return usagef("-tries %d: a number from 0 to %d", *tries, mostTries)
			}
			if i.wanted(env, *named) {
				_, err := env.supervise(ctx, &i, task{strategies: *named})
				return err
			}
			list, err := pickStrategies(*named, env.strategies, nil, func(_, spec string) (strategies.Strategy, error) { return openLibrary(spec) })
			if err != nil {
				return err
			}
			path, err := onlyFile(args)
			if err != nil {
				return err
			}
			w, err := env.workloadOf(path, math.MaxInt)
			if err != nil {
				return err
			}
			d := &distancing{env: env, path: path, workload: w, seed: *seed, options: fewest.Options{Tries: *tries, Seed: *seed, Parallel: true}}
			for _, s := range list {
				d.options.Also = append(d.options.Also, s.Strategy)
				d.options.Parallel = d.options.Parallel && !foreign(s.Strategy)
			}
			before := process.Now()
			err = d.run(ctx, sgtable.Policies()[at], *refused, *format == "json")
			if how := before.Changed(); how != "" && !isFault(err) {
				err = fmt.Errorf("%s: one of %s %s", path, *named, how)
			}
			return err
		}
	},
}

// mostTries is far more than what finds anything.
const mostTries = 10_000

// driverNames are the names of the driver policies, one of which makes the requests.
func driverNames(*environment) []string { return namesOf(sgtable.Policies(), policyName) }

// distancing is the search for one trace.
type distancing struct {
	env      *environment
	path     string
	workload workloads.Workload
	seed     uint64
	options  fewest.Options
}

// run searches and prints.
func (d *distancing) run(ctx context.Context, p sgtable.Policy, refused, asJSON bool) error {
	const steps = 1000
	bar := progress.NewPatient(d.env.stderr)
	d.options.Progress = func(done float64) { bar.Step(int(done*steps), steps, d.workload.Name) }
	ops, left := d.workload.Ops(d.seed, 0), 0
	if !refused {
		left = len(d.workload.Denied)
		ops, _ = workloads.Served(ops, d.workload.Denied)
	}
	r, err := fewest.Find(ctx, d.workload.Region, ops, p, d.options)
	bar.Done()
	switch {
	case errors.Is(err, context.Canceled):
		return errInterrupted
	case err != nil:
		return fmt.Errorf("%s: %w", d.path, err)
	}
	f := distance.Finding{Workload: d.workload.Name, Policy: p.Name, LeftOut: left, Result: r}
	if asJSON {
		return f.JSON(d.env.stdout)
	}
	printTitle(d.env.stdout, d.workload)
	return f.Text(d.env.stdout)
}
