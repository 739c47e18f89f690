package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

var runCommand = command{
	name: "run", args: "[flags]",
	short: "measure and report",
	long: `Measures strategies on workloads and writes a run directory: run.bench and
curves.bench for benchstat, placements as traces, and report.html.

Without flags it runs every generated workload and every recorded trace that
comes with vramlab, buddy against rangemgr, in about a minute. With -trace and
without -workloads it runs the given traces only. Whatever the workloads, it also
sweeps over the size of holes and of objects, builds tables in every way there is,
and migrates objects with tables of every lifetime. Samples of all strategies are
interleaved in a seeded random order, and each strategy is also measured against
itself, so that the report knows what this machine's noise looks like. Goroutines
share an allocator, behind a lock and in shards, as many as -cpu says.

-sweep adds heaps of many sizes and fits how cost grows with them. It is given as
region=1GiB..1TiB,live=1e3..1e6, where either part may be left out or be a single
value: regions by fours, numbers of live objects by tens, without those that do
not fit in. That takes up to a minute more.

Interrupting a run keeps what was measured; "vramlab report DIR" shows it.`,
	examples: `
  vramlab run
  vramlab run -quick -workloads gfx,window
  vramlab run -o mine -trace game.trace.gz -count 20
  vramlab run -builders counted,worstcase -workloads gfx
  vramlab run -quick -strategies buddy,so:./libmine.so -workloads gfx
  vramlab run -sweep region=64GiB,live=1e3..1e6
  vramlab run -sweep live=1e5 -cpu 1,2,4
  vramlab run -profile -workloads all -trace game.trace.gz
  go tool benchstat -col /strategy run-1/run.bench`,
	setup: func(fs *flag.FlagSet) func(context.Context, environment, []string) error {
		var o runOptions
		fs.StringVar(&o.dir, "o", "", "the run `directory` to make (default: the first free of run-1, run-2, ...)")
		fs.StringVar(&o.strategies, "strategies", "buddy,rangemgr", "`names` of the strategies, the first is the base of comparisons; or all; so:PATH[:NAME] is one out of a shared library, which runs with your rights")
		fs.StringVar(&o.workloads, "workloads", "", "`names` of the workloads, or all (default: all, or none with -trace)")
		fs.StringVar(&o.builders, "builders", sgtable.Builders()[0].Name, "`names` of the sg-table builders that the tables of the workloads are built with, the first also in the curves; or all")
		fs.Func("trace", "a recorded trace `file` to run; may be repeated, and further files may follow the flags", func(path string) error {
			o.traces = append(o.traces, path)
			return nil
		})
		fs.StringVar(&o.sweep, "sweep", "", "also sweep over regions and live objects, the `ranges` given as in "+bench.DefaultGrid)
		fs.StringVar(&o.cpu, "cpu", defaultCPU(), "`numbers` of goroutines that share an allocator; none if empty")
		fs.IntVar(&o.count, "count", 0, "`samples` of each cell (default 10; with -quick 6, the fewest that have a confidence interval)")
		fs.Uint64Var(&o.seed, "seed", 1, "of the generated workloads and of the order of samples")
		fs.BoolVar(&o.quick, "quick", false, "short workloads and few samples: to try things out")
		fs.BoolVar(&o.profile, "profile", false, "take a CPU profile of each strategy, for the flame graphs of the report")
		return func(ctx context.Context, env environment, args []string) error { return o.run(ctx, env, args) }
	},
}

// runOptions are the flags of run.
type runOptions struct {
	libraries                            []strategies.Strategy // those of strategies that came out of one
	dir, strategies, workloads, builders string
	sweep, cpu                           string
	traces                               []string
	count                                int
	seed                                 uint64
	quick, profile                       bool
}

// quickOps and quickSample are what -quick shortens workloads and samples to.
const (
	quickOps    = 50_000
	quickSample = 10 * time.Millisecond
)

func (o *runOptions) run(ctx context.Context, env environment, args []string) error {
	config, err := o.config(args)
	if err != nil {
		return err
	}
	if err := tryOut(ctx, env, o.libraries, config); err != nil {
		return err
	}
	if config.Dir, err = makeDir(o.dir); err != nil {
		return err
	}
	config.Meta = []bench.KV{
		{Key: "date", Value: time.Now().UTC().Format(time.RFC3339)},
		{Key: "command", Value: env.command},
	}
	fmt.Fprintf(env.stdout, "%s on %d workloads, %d samples each, into %s\n",
		joinNames(config.Strategies, strategyName), len(config.Workloads), config.Count, config.Dir)
	bar := newProgress(env.stderr)
	config.Progress = bar.step
	// The first interrupt ends the measuring, the second one the program.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err = bench.Run(ctx, config)
	stop()
	bar.done()
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("interrupted; what was measured is in %s, and vramlab report %s shows it", config.Dir, config.Dir)
	case err != nil:
		return err
	}
	return conclude(env, config.Dir)
}

// config turns the flags into what bench.Run takes, all but the directory.
func (o *runOptions) config(args []string) (c bench.Config, err error) {
	switch {
	case len(args) > 0 && len(o.traces) == 0:
		return c, usagef("unexpected argument %q (traces are given with -trace)", args[0])
	case o.count < 0:
		return c, usagef("-count %d is negative", o.count)
	}
	c = bench.Config{Count: o.count, Seed: o.seed, Profile: o.profile}
	if c.Count == 0 {
		c.Count = 10
	}
	if o.quick {
		c.Ops, c.SampleTime = quickOps, quickSample
		if o.count == 0 {
			c.Count = 6
		}
	}
	if c.Strategies, o.libraries, err = pickStrategies(o.strategies); err != nil {
		return c, err
	}
	if c.Builders, err = pick(o.builders, "builder", sgtable.Builders(), builderName); err != nil {
		return c, err
	}
	if err = o.extras(&c); err != nil {
		return c, err
	}
	if o.workloads == "" && len(o.traces) == 0 {
		o.workloads = "all"
	}
	if o.workloads != "" {
		named := workloads.List()
		if o.workloads != "all" {
			named = append(named, workloads.Plain()...)
		}
		if c.Workloads, err = pick(o.workloads, "workload", named, workloadName); err != nil {
			return c, err
		}
	}
	for _, path := range append(o.traces, args...) {
		w, err := workloads.FromFile(path)
		if err != nil {
			return c, err
		}
		w.Name = unusedName(w.Name, c.Workloads)
		c.Workloads = append(c.Workloads, w)
	}
	return c, nil
}

// extras turns the flags that stand beside the workloads into the configuration.
func (o *runOptions) extras(c *bench.Config) (err error) {
	if o.sweep != "" {
		if c.Growth, err = bench.ParseGrid(o.sweep); err != nil {
			return usageError{err}
		}
		if err = c.Growth.Check(); err != nil {
			return usageError{err}
		}
	}
	if o.cpu == "" {
		return nil
	}
	for text := range strings.SplitSeq(o.cpu, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 || n > bench.MaxGoroutines {
			return usagef("-cpu %s: %q is not a number from 1 to %d", o.cpu, text, bench.MaxGoroutines)
		}
		if slices.Contains(c.Goroutines, n) {
			return usagef("-cpu %s: %d is there twice", o.cpu, n)
		}
		c.Goroutines = append(c.Goroutines, n)
	}
	return nil
}

// defaultCPU is one goroutine, and two where they need not take turns.
func defaultCPU() string {
	if runtime.NumCPU() == 1 {
		return "1"
	}
	return "1,2"
}

func strategyName(s strategies.Strategy) string { return s.Name }
func workloadName(w workloads.Workload) string  { return w.Name }
func builderName(b sgtable.Builder) string      { return b.Name }

// unusedName is name, or name.2, name.3 and so on if workloads are called that.
func unusedName(name string, list []workloads.Workload) string {
	candidate := name
	for i := 2; slices.ContainsFunc(list, func(w workloads.Workload) bool { return w.Name == candidate }); i++ {
		candidate = fmt.Sprintf("%s.%d", name, i)
	}
	return candidate
}

// makeDir makes the run directory, or the first free of run-1, run-2, ...
func makeDir(dir string) (string, error) {
	if dir != "" {
		return dir, os.MkdirAll(dir, 0o777)
	}
	for i := 1; ; i++ {
		dir = "run-" + strconv.Itoa(i)
		if err := os.Mkdir(dir, 0o777); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}
