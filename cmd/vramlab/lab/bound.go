package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"

	"github.com/vramlab/vramlab/cmd/vramlab/hindsight"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/bound"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/smallest"
	"github.com/vramlab/vramlab/workloads/trace"
)

var boundCommand = command{
	name: "bound", args: "[flags] FILE",
	gentle: true,
	doc:    "find how far each strategy is from the best that hindsight can do",
	long: `A trace knows how long each object lives, so the smallest region that could hold it is a
question with an answer: dynamic storage allocation. That is hard, so two numbers are
printed. No region below the lower bound serves the trace, and the line says why. In one
of the upper bound a placement was found, which is replayed under the shadow model before
it is printed. Where they meet, it is the optimum. FILE is a trace, - for standard input,
a capture (a CSV of MiniMalloc too, whose own units are printed as well), or the name of a
workload.

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
		"bound -strategies buddy,tlsf -effort 20 -o best.trace game.trace.gz",
		"bound -strategies none A.1048576.csv",
	},
	takes: map[string]words{
		"strategies": {strategyNames, true},
		"format":     formats,
	},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		c := choice{none: "the bounds alone"}
		c.bind(fs, everyName)
		effort := fs.Int("effort", 0, fmt.Sprintf("search for so long, in `units` of 100 million steps, half a second each; 0 for %d, or %d of many thousands of objects", bound.DefaultEffort, bound.LargeEffort))
		seed := fs.Uint64("seed", 1, "the `seed` of the searches that choose at random")
		smaller := fs.Int("smaller", smallest.DefaultSmaller, "of each strategy, try this `number` of smaller regions after the first that was found; -1 for all")
		out := fs.String("o", "", "write the placement as a trace with answers into this `file`; .gz or .zst at its end packs it")
		var asJSON bool
		bindFormat(fs, &asJSON, "an object")
		return func(ctx context.Context, args []string) error {
			if *effort < 0 {
				return usagef("-effort %d: at least 0", *effort)
			}
			if err := vacant(*out); err != nil {
				return err
			}
			return c.askOn(ctx, env, args, func(path string, w workloads.Workload, list []chosen) error {
				b := &bounding{env: env, path: path, workload: w, smaller: *smaller, out: *out, json: asJSON}
				return b.run(ctx, list, bound.Options{Effort: *effort, Seed: *seed})
			})
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
	whole := workloads.InOnePiece(asked)
	const steps = 1000
	bar := progress.NewPatient(b.env.stderr)
	total := (1 + 2*len(list)) * steps
	o.Progress = func(done float64) { bar.Step(int(done*steps), total, "bounds of "+b.workload.Name) }
	r, err := bound.Find(ctx, b.workload.Region, whole, o)
	var rows []hindsight.Row
	for k := 0; k < len(list) && err == nil; k++ {
		row := hindsight.Row{Strategy: list[k].Name}
		for n, ops := range [][]workloads.Op{whole, asked} {
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
				row.Never, row.Extra = r.Placement.Compare(ops, s.Refuses())
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
		err = hindsight.PrintJSON(b.env.stdout, b.workload.Name, r, rows, b.env.scale)
	} else {
		printTitle(b.env.stdout, b.workload)
		err = hindsight.Print(b.env.stdout, r, rows, b.env.scale)
	}
	switch {
	case err != nil:
		return err
	case interrupted:
		return errInterrupted
	case b.out != "" && r.Upper == 0:
		return fmt.Errorf("%s: nothing is placed, so there is no trace to write", b.path)
	case b.out != "":
		return b.write(whole, r)
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
