package lab

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/cmd/vramlab/distance"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/fewest"
)

var fewestCommand = command{
	name: "fewest", args: "[flags] FILE",
	gentle: true,
	doc:    "find how far each strategy is from the fewest page-table entries",
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
		"format": formats,
	},
	setup: func(fs *flag.FlagSet, env *environment) action {
		env.bindDevice(fs)
		var c choice
		c.bind(fs, everyName)
		policy := fs.String("policy", sgtable.Policies()[0].Name, "the driver `policy` that makes the requests: "+strings.Join(driverNames(env), ", "))
		tries := fs.Int("tries", 4, "try this `number` of heuristics with random weights")
		seed := fs.Uint64("seed", 1, "of the random weights, and of a generated workload")
		refused := fs.Bool("refused", false, "also ask for what was refused when the trace was recorded")
		var asJSON bool
		bindFormat(fs, &asJSON, "an object a line")
		return func(ctx context.Context, args []string) error {
			at := slices.Index(driverNames(env), *policy)
			switch {
			case at < 0:
				return usagef("-policy %s: have %s", *policy, strings.Join(driverNames(env), ", "))
			case *tries < 0 || *tries > mostTries:
				return usagef("-tries %d: a number from 0 to %d", *tries, mostTries)
			}
			return c.askOn(ctx, env, args, func(path string, w workloads.Workload, list []chosen) error {
				d := &distancing{env: env, path: path, workload: w, seed: *seed, options: fewest.Options{Tries: *tries, Seed: *seed, Parallel: true}}
				for _, s := range list {
					d.options.Also = append(d.options.Also, s.Strategy)
					d.options.Parallel = d.options.Parallel && !foreign(s.Strategy)
				}
				return d.run(ctx, sgtable.Policies()[at], *refused, asJSON)
			})
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
