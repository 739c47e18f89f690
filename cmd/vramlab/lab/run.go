package lab

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

var runCommand = command{
	name: "run", args: "[flags]",
	doc: "measure strategies and write a report",
	long: `Measures strategies on workloads and writes a run directory: run.bench and
curves.bench for benchstat, placements as traces, and report.html.

Without flags it runs every generated workload and every recorded trace that
comes with vramlab, in about a minute for two strategies. With -trace and without
-workloads it runs the given traces only. Every run also does the experiments that
the command list names, among them sweeps over the sizes of holes and of objects and
migrations with tables of every lifetime; -skip leaves some out. Samples of all strategies are interleaved in a seeded
random order, and each strategy is also measured against itself, which shows the
report how noisy this machine is. -cpu sets how many goroutines share an allocator,
behind one lock and in shards.

-sweep repeats the measurement in regions of several sizes with several numbers of
live objects, and fits how cost grows with them. Its value is
region=1GiB..1TiB,live=1e3..1e6; either part may be left out or be a single value.
Regions grow by a factor of 4, numbers of objects by 10, and combinations that do
not fit are left out. It takes up to a minute more.

A strategy in a library or in another module is tried under a shadow model first; with
-keep-going one that does not pass is left out, and the exit code is 1. A library is
loaded in a process of its own: what ends or hangs that process is reported in one line.

A trace that begins in a given state leaves out the strategies that cannot: one line says
which, and the exit code is 1. The others are measured.

An interrupted run keeps what was measured; the command report shows it.`,
	examples: []string{
		"run",
		"run -quick -workloads gfx,window",
		"run -quick -workloads gfx -skip all",
		"run -o mine -trace game.trace.gz -count 20",
		"run -builders counted,worstcase -workloads gfx",
		"run -quick -strategies buddy,so:./libmine.so -workloads gfx",
		"run -sweep region=64GiB,live=1e3..1e6",
		"run -sweep live=1e5 -cpu 1,2,4",
		"run -profile -workloads all -trace game.trace.gz",
	},
	gentle: true,
	setup: func(fs *flag.FlagSet, env *environment) action {
		var o runOptions
		o.isolation.bind(fs)
		fs.BoolVar(&o.keepGoing, "keep-going", false, "leave out strategies that fail their trial, and measure the others")
		fs.StringVar(&o.dir, "o", "", "the run `directory` to make (default: the first of run-1, run-2, ... that does not exist)")
		fs.StringVar(&o.strategies, "strategies", compared(env.strategies), "`names` of the strategies, or all; the first is the base of comparisons; so:PATH[:NAME] is one in a shared library, which runs as you: load only code you trust")
		fs.StringVar(&o.workloads, "workloads", "", "`names` of the workloads, or all (default: all, or none with -trace)")
		fs.StringVar(&o.builders, "builders", sgtable.Builders()[0].Name, "`names` of the sg-table builders that build the tables of the workloads, or all; the curves use the first")
		fs.Func("trace", "a recorded trace `file` to run; may be repeated, and more files may follow the flags", func(path string) error {
			o.traces = append(o.traces, path)
			return nil
		})
		fs.StringVar(&o.sweep, "sweep", "", "also sweep over these `ranges` of region sizes and live objects, as in "+bench.DefaultGrid)
		fs.StringVar(&o.cpu, "cpu", defaultCPU(), "`numbers` of goroutines that share an allocator; empty for none")
		fs.Func("count", "`samples` of each cell (default 10; with -quick 6, the fewest that give a confidence interval)", o.setCount)
		fs.Uint64Var(&o.seed, "seed", 1, "seed of the generated workloads and of the order of samples")
		fs.StringVar(&o.leaveOut, "skip", "", "`names` of the experiments to leave out, or all: "+joinNames(bench.Experiments(), experimentName))
		fs.BoolVar(&o.quick, "quick", false, "short workloads and few samples, to try things out")
		fs.BoolVar(&o.profile, "profile", false, "take a CPU profile of each strategy, for the flame graphs of the report")
		return func(ctx context.Context, args []string) error { return o.run(ctx, env, args) }
	},
}

// runOptions are the flags of run.
type runOptions struct {
	dir, strategies, workloads, builders string
	sweep, cpu, leaveOut                 string
	traces                               []string
	count                                int
	seed                                 uint64
	quick, profile, keepGoing            bool
	isolation

	skip, tried []string // items of strategies that failed their trial, and that passed
	made        string   // the run directory, once there is one
}

// quickOps and quickSample are what -quick shortens workloads and samples to.
const (
	quickOps    = 50_000
	quickSample = 10 * time.Millisecond
)

// run measures, once more for each strategy that is left out.
func (o *runOptions) run(ctx context.Context, env *environment, args []string) error {
	if env.worker != nil {
		o.skip = env.worker.Skip
		return o.measure(ctx, env, args) // the parent leaves out
	}
	for {
		err := o.attempt(ctx, env, args)
		bad := (*unfit)(nil)
		switch {
		case err != nil && o.made != "" && o.keepGoing && ctx.Err() == nil && !exists(filepath.Join(o.made, "report.html")):
			fmt.Fprintf(env.stderr, "%s run: %s\n", env.program, oneLine(err))
			if err = conclude(env, o.made); err == nil {
				err = errSaid
			}
			return err
		case errors.As(err, &bad) && o.keepGoing && ctx.Err() == nil:
			fmt.Fprintf(env.stderr, "%s run: %s; %s is left out\n", env.program, oneLine(err), bad.item)
			o.skip = append(o.skip, bad.item)
		case err == nil && o.skip != nil:
			return errSaid
		default:
			return err
		}
	}
}

// attempt measures, in a worker if there is a library, or little memory: a program of
// Go that finds none ends with a traceback.
func (o *runOptions) attempt(ctx context.Context, env *environment, args []string) error {
	if !o.isolation.wanted(env, o.strategies) && !(memoryLimited() && o.isolation.possible(env)) {
		return o.measure(ctx, env, args)
	}
	env.traceOf = func(workload string, requests uint64) (string, error) {
		c, err := o.plan(args)
		if err != nil {
			return "", err
		}
		return traceFor(c, slices.Concat(o.traces, args), workload, requests)
	}
	w, err := env.supervise(ctx, &o.isolation, task{job{o.skip, o.tried}, o.strategies, o.dir})
	if w == nil {
		return err
	}
	o.tried = append(o.tried, lines(w.tried[:])...)
	o.made = get(w.dir[:])
	return err
}

// measure is run in the process that measures.
func (o *runOptions) measure(ctx context.Context, env *environment, args []string) error {
	config, list, err := o.config(args, env)
	if err != nil {
		return err
	}
	switch err = tryOut(ctx, env, list, config); {
	case errors.Is(err, context.Canceled):
		return interruptedIn(env, "")
	case err != nil:
		return err
	}
	if config.Dir, err = makeDir(o.dir); err != nil {
		return err
	}
	o.made = config.Dir
	env.worker.measure(config.Dir)
	config.Meta = []bench.KV{
		{Key: "date", Value: time.Now().UTC().Format(time.RFC3339)},
		{Key: "command", Value: env.line()},
	}
	// The files are there at the first step; a directory that cannot be written to is
	// not announced.
	announce := sync.OnceFunc(func() {
		fmt.Fprintf(env.stdout, "%s on %s, %s each, into %s\n", joinNames(config.Strategies, strategyName),
			plural(len(config.Workloads), "workload"), plural(config.Count, "sample"), config.Dir)
	})
	bar := newProgress(env.stderr)
	config.Progress = func(done, total int, what string) {
		announce()
		bar.step(done, total, what)
	}
	before := processNow()
	err = bench.Run(ctx, config)
	bar.done()
	if how := before.changed(); how != "" && err == nil {
		err = fmt.Errorf("a library %s while it was measured", how)
	}
	incomplete := (*bench.Incomplete)(nil)
	switch {
	case errors.Is(err, context.Canceled):
		return interruptedIn(env, config.Dir)
	case errors.As(err, &incomplete):
		return cmp.Or(conclude(env, config.Dir), err)
	case err != nil && exists(filepath.Join(config.Dir, string(schema.Results))):
		return fmt.Errorf("%w; what was measured is in %s", err, config.Dir)
	case err != nil:
		return err
	}
	return conclude(env, config.Dir)
}

// config turns the flags into what bench.Run takes, except for the directory, and opens
// the libraries.
func (o *runOptions) config(args []string, env *environment) (c bench.Config, list []chosen, err error) {
	if c, err = o.plan(args); err != nil {
		return c, nil, err
	}
	list, err = pickStrategies(o.strategies, env.strategies, o.skip, func(item, spec string) (strategies.Strategy, error) {
		env.worker.try(item)
		s, err := openLibrary(spec)
		if err != nil {
			return s, &unfit{item, err}
		}
		env.worker.try("")
		return s, nil
	})
	for _, s := range list {
		c.Strategies = append(c.Strategies, s.Strategy)
	}
	return c, list, err
}

// plan is config without the strategies.
func (o *runOptions) plan(args []string) (c bench.Config, err error) {
	switch {
	case len(args) > 0 && len(o.traces) == 0:
		return c, usagef("unexpected argument %q (traces are given with -trace)", args[0])
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
	if o.leaveOut != "" {
		skipped, err := pick(o.leaveOut, "experiment", bench.Experiments(), experimentName)
		if err != nil {
			return c, err
		}
		for _, x := range skipped {
			c.Skip = append(c.Skip, x.Name)
		}
	}
	if c.Builders, err = pick(o.builders, "builder", sgtable.Builders(), builderName); err != nil {
		return c, err
	}
	if err = o.extras(&c); err != nil {
		return c, err
	}
	if o.workloads == "" && len(o.traces) == 0 {
		o.workloads = everyName
	}
	if o.workloads != "" {
		named := workloads.List()
		if o.workloads != everyName {
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

// extras adds what -sweep and -cpu ask for to the configuration.
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
			return usagef("-cpu %s: %d is named twice", o.cpu, n)
		}
		c.Goroutines = append(c.Goroutines, n)
	}
	return nil
}

// setCount is the flag -count.
func (o *runOptions) setCount(text string) (err error) {
	if o.count, err = strconv.Atoi(text); err != nil || o.count < 1 {
		return errors.New("not a number of samples, which is at least 1")
	}
	return nil
}

// defaultCPU is one goroutine, and also two where two can run at once.
func defaultCPU() string {
	if runtime.NumCPU() == 1 {
		return "1"
	}
	return "1,2"
}

// compared names the strategies that run compares by default: buddy, rangemgr and
// all foreign ones, of those given. If that leaves none, it is all.
func compared(given []strategies.Strategy) string {
	var names []string
	for _, s := range given {
		if s.Name == "buddy" || s.Name == "rangemgr" || foreign(s) {
			names = append(names, s.Name)
		}
	}
	if names == nil {
		return everyName
	}
	return strings.Join(names, ",")
}

// unusedName is name, or the first of name.2, name.3, ... that no workload in list has.
func unusedName(name string, list []workloads.Workload) string {
	candidate := name
	for i := 2; slices.ContainsFunc(list, func(w workloads.Workload) bool { return w.Name == candidate }); i++ {
		candidate = fmt.Sprintf("%s.%d", name, i)
	}
	return candidate
}

// numberedDir begins the name of a run directory that nobody chose.
const numberedDir = "run-"

func numbered(dir string) bool {
	n, ok := strings.CutPrefix(dir, numberedDir)
	_, err := strconv.ParseUint(n, 10, 32)
	return ok && err == nil
}

// makeDir makes the run directory: dir, or the first of run-1, run-2, ... that does
// not exist, so that two runs at once never share one. Files can be made in it.
func makeDir(dir string) (string, error) {
	if dir != "" {
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return dir, err
		}
		f, err := os.CreateTemp(dir, ".new-")
		if err != nil {
			return dir, fmt.Errorf("nothing can be written in %s: %w", dir, errors.Unwrap(err))
		}
		f.Close()
		return dir, os.Remove(f.Name())
	}
	for i := 1; ; i++ {
		dir = numberedDir + strconv.Itoa(i)
		if err := os.Mkdir(dir, 0o777); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}
