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
	"strconv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/cmd/vramlab/sampler"
	"github.com/vramlab/vramlab/cmd/vramlab/worker"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/managed"
)

var runCommand = command{
	name: "run", args: "[flags]",
	doc: "measure strategies and write a report",
	long: `Measures strategies on workloads and writes a run directory: run.bench,
aa.bench and curves.bench for benchstat, placements as traces, explanations.jsonl (why
requests were refused, see explain), and report.html.

Without flags it runs every generated workload and every recorded trace that
comes with vramlab, in about a minute for two strategies. With -trace and without
-workloads it runs the given traces only. A run also does the experiments that
the command list names, among them sweeps over the sizes of holes and of objects and
migrations with tables of every lifetime; -skip leaves some out. With -trace or
-workload and neither -workloads nor -skip, those that have nothing to do with the
trace are left out, and -all brings them back; -only trace leaves them out in any case.
Samples of all strategies are interleaved in a seeded random order, and each strategy is
also measured against itself, which shows the report how noisy this machine is. -cpu sets
how many goroutines share an allocator, behind one lock and in shards.

A run also replays the workloads under a memory manager, in a region smaller than what is
live at the peak, and swaps the strategies under it: what one places badly has to be evicted.
By default it has the first 25,000 operations of each workload; -manager ttm has all of them,
and none leaves it out. -placements says which objects may lie where, in order of preference,
and -pressure how large the region is, in percent of the peak. VRAM may be several tiles, and
there may be a GTT behind it, to which victims go first. doc/managed.md has the rules.

-sweep repeats the measurement in regions of several sizes with several numbers of
live objects, and fits how cost grows with them. Its value is
region=1GiB..1TiB,live=1e3..1e6; either part may be left out or be a single value.
Regions grow by a factor of 4, numbers of objects by 10, and combinations that do
not fit are left out. It takes up to a minute more.

A strategy in a library or in another module is tried under a shadow model first; with
-keep-going one that does not pass is left out, and the exit code is 1. A library is
loaded in a process of its own: what ends or hangs that process is reported in one line.

With -isolate each sample of replays and of their tables is taken in a process of its own,
which makes the workload and warms the allocator for it: where code and heap lie in one
process then decides one sample and not all. The other experiments stay in the process of
the run. It takes several times as long.

A run holds what it measures in memory. Of a trace of more than 5 million operations it
runs the first 5 million, and says so here and in the report; -most says how many, and
replay -summary goes through all. It leaves out what a trace says was refused when it was
recorded, if it asked for more than was free then: nothing can serve that, and page tables
are compared only where all is served.

A trace that begins in a given state leaves out the strategies that cannot: one line says
which, and the exit code is 1. The others are measured.

-shard I/N measures a part of the run, so that N machines share it: some workloads, each with
all strategies, and some experiments. What the report compares stays in one process. The
command merge makes one run of the parts. Give all parts the same other flags, -cpu too,
since its default is that of the machine.

A trace or a workload that is - is read from standard input.

-json writes an object a line to standard output, and nothing else: one with the event
"start" (dir, strategies, workloads, samples, skipped), a "step" whenever something is done
(phase, done, total, what, eta_s: seconds, null while unknown), a "warning" (message) for
what is left out, with -baseline a "gate" (baseline, summary, exit_code, rows, findings: an
object for each row that a rule does not hold of, with rule, outcome, which is violated or
not judged, benchmark, unit, old, new, message), and at last "end" (report, headline,
verdicts, growth, scope), or "error" (message, exit_code). A run whose gate does not hold has
ended: its last is "end", and the exit code that of the gate. An "error" that follows the
"end" says what was left out or could not be written. Names stay as they are; there may be
more of them.

At its end a run prints a table of at most 25 lines: what to take, and for each strategy
requests refused, page-table entries, and the time as a ratio to that of the first. What is
unequal did less work, as in the report. NO_COLOR leaves out colours.

A sample whose thread had no core for more than 5 % of its time is taken again, at most
twice, and in all for at most a tenth of the run; away-pct in the files says how much of a
sample that was. -pin keeps the thread that measures on one core, which it may still have to
share; taskset says which cores there are to take the last of.

-config takes all of this from a file, which vramlab init writes with comments: each key
stands for a flag. A flag of the command line counts instead of its key, as a whole: with
-trace no trace of the file is run. The run directory keeps what was measured as such a
file, experiment.toml, flags included: run -config run-1/experiment.toml measures it again.

-baseline compares with an earlier run when this one is over, as the command compare does,
and -gate holds the difference to rules: 1 is the exit code if one is violated, 2 if one
cannot be judged.

An interrupted run keeps what was measured; the command report shows it. So does one that
was killed, or whose disk was full. -resume DIR goes on with it: with the same arguments,
which are those of the run, the same operations and the same order of samples, so that it
ends with the same exact figures as a run that nobody stopped. Another program, processor
or trace is refused, and so is a run that another process is at. A run that reads standard
input cannot go on.`,
	examples: []string{
		"run",
		"run -quick -workloads gfx,window",
		"run -quick -workloads gfx -skip all",
		"run -o mine -trace game.trace.gz -count 20",
		"run -builders counted,worstcase -workloads gfx",
		"run -json -only trace -trace game.trace.gz -workloads gfx",
		"run -quick -strategies buddy,so:./libmine.so -workloads gfx",
		"run -sweep region=64GiB,live=1e3..1e6",
		"run -manager ttm -placements 'mapped:visible; vram,system' -pressure 80% -workloads gfx",
		"run -quick -placements 'gtt=100%; mapped:visible,gtt; vram' -workloads gfx,window",
		"run -sweep live=1e5 -cpu 1,2,4",
		"run -isolate -workloads gfx -skip all",
		"run -quick -pin -workloads gfx",
		"run -profile -workloads all -trace game.trace.gz",
		"run -shard 2/3 -o shard-2",
		"run -resume run-1",
		"run -strategies tlsf,tlsf:bins=64,tlsf:locks=4:as=sharded -workloads gfx",
		"run -config experiment.toml -quick",
		"run -gate 'segs/table exact' -baseline run-1",
	},
	takes: map[string]words{
		"strategies": {strategyNames, true}, "workloads": {workloadNames, true},
		"builders": {builderNames, true}, "skip": {experimentNames, true}, "policies": {policyNames, true},
		"manager": {func(*environment) []string { return managers }, false},
		"only":    {func(*environment) []string { return []string{onlyTrace} }, false},
	},
	gentle: true,
	setup: func(fs *flag.FlagSet, env *environment) action {
		o := runOptions{most: usualMost}
		o.bind(fs, env)
		return func(ctx context.Context, args []string) error {
			err := gateNamed(fs)
			if err != nil {
				return err
			}
			if o.resume != "" {
				args, err = o.again(env, fs, args)
			} else {
				err = o.read(fs, env)
				o.note(fs)
			}
			if err != nil {
				return err
			}
			return o.run(ctx, env, args)
		}
	},
}

// runOptions are the flags of run.
type runOptions struct {
	dir, strategies, workloads, builders string
	resume, stopped                      string // the directory of a run that goes on, and how far it came
	sweep, cpu, leaveOut                 string
	manager, placements, pressure        string
	traces, models                       []string
	count, most                          int
	seed                                 uint64
	quick, profile, keepGoing, pin       bool
	all, onlyTrace, cpuGiven, isolate    bool
	shard                                bench.Shard
	isolation

	file, policies, rules, baseline string
	ops                             int
	sampleTime, budget, profileTime time.Duration

	skip, tried []string            // items of strategies that failed their trial, and that passed
	files       map[string]string   // of the workloads that came from files, by name
	piped       *workloads.Workload // of the model that standard input had
	named       []string            // workloads that were named
	made        string              // the run directory, once there is one
	flags       *flag.FlagSet       // that o is bound to
}

// bind makes o what the flags of a command line say.
func (o *runOptions) bind(fs *flag.FlagSet, env *environment) {
	o.flags = fs
	fs.StringVar(&o.file, "config", "", "a `file` with the values of flags that are not given, as the command init writes it")
	o.isolation.bind(fs)
	fs.BoolVar(&o.keepGoing, "keep-going", false, "leave out strategies that fail their trial, and measure the others")
	fs.StringVar(&o.dir, "o", "", "the run `directory` to make (default: the first of run-1, run-2, ... that does not exist)")
	fs.StringVar(&o.resume, "resume", "", "go on with the run in this `directory`, which was interrupted, and takes no other flags but -watch and -limit")
	fs.StringVar(&o.strategies, "strategies", compared(env.strategies), "`names` of the strategies, or all; the first is the base of comparisons; NAME:PARAMETER=VALUE[:as=NAME] is one made differently (the command list has the parameters); so:PATH[:NAME] is one in a shared library, which runs as you: load only code you trust")
	fs.StringVar(&o.workloads, "workloads", "", "`names` of the workloads, drivers for those of what drivers ask for, or all for the default ones (default: all, or none with -trace or -workload)")
	fs.StringVar(&o.builders, "builders", sgtable.Builders()[0].Name, "`names` of the sg-table builders that build the tables of the workloads, or all; the curves use the first")
	fs.StringVar(&o.policies, "policies", everyName, "`names` of the driver policies whose page tables are counted, or all")
	fs.Func("trace", "a recorded trace `file` to run; may be repeated, and more files may follow the flags", func(path string) error {
		o.traces = append(o.traces, path)
		return nil
	})
	env.bindDevice(fs)
	fs.Func("workload", "a `file` with a workload, as the command model writes it; may be repeated", func(path string) error {
		o.models = append(o.models, path)
		return nil
	})
	fs.Func("most", mostDoc, countFlag(&o.most))
	fs.BoolVar(&o.isolate, "isolate", false, "take each sample of replays and of their tables in a process of its own")
	fs.StringVar(&o.sweep, "sweep", "", "also sweep over these `ranges` of region sizes and live objects, as in "+bench.DefaultGrid)
	fs.StringVar(&o.manager, "manager", managers[0], "how much to replay under a memory `manager`: brief, ttm for all of each workload, or none")
	fs.StringVar(&o.placements, "placements", managed.Default, "the `rules` for where objects may lie under the manager, see doc/managed.md")
	fs.StringVar(&o.pressure, "pressure", joinNames(bench.DefaultPressures(), managed.Pressure.String), "`sizes` of the region under the manager, in percent of what is live at the peak")
	fs.StringVar(&o.cpu, "cpu", defaultCPU(), "`numbers` of goroutines that share an allocator; empty for none")
	fs.Func("count", "`samples` of each cell (default 10; with -quick 6, the fewest that give a confidence interval)", o.setCount)
	fs.Func("ops", "about this `number` of operations of a generated workload (default: what suits each, with -quick "+strconv.Itoa(quickOps)+")", countFlag(&o.ops))
	fs.Func("sample-time", fmt.Sprintf("the least `time` of a sample (default %v, with -quick %v)", bench.DefaultSampleTime, quickSample), timeFlag(&o.sampleTime))
	fs.Func("budget", fmt.Sprintf("the `time` that the run should take; samples are shortened for it, and never left out (default %v)", bench.DefaultBudget), timeFlag(&o.budget))
	fs.Func("shard", "measure only part `I/N`, as 2/4: its share of the workloads and experiments; the command merge puts the parts together", shardFlag(&o.shard))
	fs.Uint64Var(&o.seed, "seed", 1, "seed of the generated workloads and of the order of samples")
	fs.StringVar(&o.leaveOut, "skip", "", "`names` of the experiments to leave out, or all: "+joinNames(bench.Experiments(), experimentName))
	fs.BoolVar(&o.quick, "quick", false, "short workloads and few samples, to try things out")
	fs.BoolVar(&o.profile, "profile", false, "take a CPU profile of each strategy, for the flame graphs of the report")
	fs.Func("profile-time", fmt.Sprintf("how much `time` the profile of one strategy takes, beside the budget (default %v, with -quick %v); the report draws what has 1,000 samples, of a hundred a second", bench.DefaultProfileTime, quickProfile), timeFlag(&o.profileTime))
	fs.BoolVar(&o.pin, "pin", false, "measure what runs on one goroutine on one core, the last that this process may use (Linux only)")
	fs.StringVar(&o.rules, "gate", "", "`rules` for what may differ from the baseline, or a file of them, as for the command compare")
	fs.StringVar(&o.baseline, "baseline", "", "the earlier `run`, or file in the Go benchmark format, to compare with")
	fs.Func("only", "`what` to measure: trace is the workloads alone, without the experiments that have nothing to do with them, also with -workloads or -skip", func(text string) error {
		if o.onlyTrace = text == onlyTrace; !o.onlyTrace {
			return fmt.Errorf("have: %s", onlyTrace)
		}
		return nil
	})
	fs.BoolFunc("json", "write progress and result to standard output, as an object a line, and no text", env.setJSON)
	fs.BoolVar(&o.all, "all", false, "with -trace or -workload: also do the experiments that have nothing to do with it")
}

// managers are what -manager takes, the default first.
var managers = []string{"brief", "ttm", "none"}

// onlyTrace is what -only takes.
const onlyTrace = "trace"

// note notes which flags were given whose default is no wish.
func (o *runOptions) note(fs *flag.FlagSet) {
	fs.Visit(func(f *flag.Flag) { o.cpuGiven = o.cpuGiven || f.Name == "cpu" })
}

// These are what -quick shortens workloads, samples and profiles to.
const (
	quickOps     = 50_000
	quickSample  = 10 * time.Millisecond
	quickProfile = 1500 * time.Millisecond
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
			env.events.Warning(oneLine(err))
			fmt.Fprintf(env.stderr, "%s run: %s\n", env.program, oneLine(err))
			if err = conclude(env, o.made); err == nil {
				err = errSaid
			}
			return err
		case errors.As(err, &bad) && o.keepGoing && ctx.Err() == nil:
			env.events.Warning(fmt.Sprintf("%s; %s is left out", oneLine(err), bad.item))
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
	if o.isolate {
		if env.job == nil {
			if err := o.canApart(env, args); err != nil {
				return err
			}
		}
		return o.measure(ctx, env, args)
	}
	if !o.isolation.wanted(env, o.strategies) && !(process.MemoryLimited() && o.isolation.possible(env)) {
		return o.measure(ctx, env, args)
	}
	env.traceOf = func(workload string, requests uint64) (string, error) {
		if env.spooled != nil {
			if err := env.spool(); err != nil {
				return "", err
			}
			env.stdin = env.spooled
		}
		c, err := o.plan(args, env)
		if err != nil {
			return "", err
		}
		return traceFor(c, o.files, workload, requests)
	}
	w, err := env.supervise(ctx, &o.isolation, task{worker.Job{Skip: o.skip, Tried: o.tried}, o.strategies, o.dir})
	if w == nil {
		return err
	}
	o.tried = append(o.tried, worker.Lines(w.Well[:])...)
	o.made = worker.Get(w.Dir[:])
	if err == nil || ctx.Err() != nil || w.Done == 1 || w.Measured == 0 || exists(filepath.Join(o.made, "report.html")) {
		return err
	}
	env.unexplained(err) // it ended the worker, when there was nothing left to measure
	older, err := o.openBaseline()
	if err != nil {
		return err
	}
	return concludeRun(env, o.made, older)
}

// measure is run in the process that measures.
func (o *runOptions) measure(ctx context.Context, env *environment, args []string) error {
	config, list, err := o.config(args, env)
	if err != nil {
		return err
	}
	if env.job != nil {
		return sampler.Take(ctx, env.stdout, config, *env.job)
	}
	if o.isolate {
		config.Apart = func(ctx context.Context, job bench.Job) (bench.Taken, error) {
			return sampler.Ask(ctx, env.restart, job)
		}
	}
	older, err := o.openBaseline()
	if err != nil {
		return err
	}
	switch err = tryOut(ctx, env, list, config); {
	case errors.Is(err, context.Canceled):
		return interruptedIn(env, "")
	case err != nil:
		return err
	}
	if config.Dir = o.resume; o.resume == "" {
		if config.Dir, err = makeDir(o.dir); err != nil {
			return err
		}
	}
	config.Resume, config.Args, config.Files = o.resume != "", env.args, librariesOf(o.strategies)
	config.From, _ = os.Getwd() // unknown: paths of the command line are as they are
	keep, err := o.keep(env, args, config, list)
	if err != nil {
		return err
	}
	o.made = config.Dir
	env.worker.Measure(config.Dir)
	config.Meta = []bench.KV{
		{Key: "date", Value: time.Now().UTC().Format(time.RFC3339)},
		{Key: "command", Value: env.line()},
	}
	if left := joinNames(o.besideTheTrace(), experimentName); left != "" {
		config.Meta = append(config.Meta, bench.KV{Key: schema.FactSkipped, Value: left})
	}
	if brought := namesOf(config.Workloads[len(o.named):], workloadName); len(brought) > 0 { // load adds them last
		config.Meta = append(config.Meta, bench.KV{Key: schema.FactBrought, Value: strings.Join(brought, " ")})
	}
	t := &telling{env: env, options: o, config: &config, keep: keep, bar: progress.New(env.stderr)}
	config.Progress, config.Warn = t.step, t.warn
	before, earlier := process.Now(), exists(filepath.Join(config.Dir, string(schema.Results)))
	err = cmp.Or(bench.Run(ctx, config), t.unkept)
	t.bar.Done()
	if how := before.Changed(); how != "" && err == nil {
		err = fmt.Errorf("a library %s while it was measured", how)
	}
	if incomplete := (*bench.Incomplete)(nil); err == nil || errors.As(err, &incomplete) {
		explained(ctx, env, &config)
	}
	if err != nil {
		return o.failed(env, config.Dir, earlier, err)
	}
	return concludeRun(env, config.Dir, older)
}

// concludeRun writes the report of a run that is measured, and holds it to its baseline.
func concludeRun(env *environment, dir string, older *baseline) error {
	if env.events != nil { // of which the end is the last
		held := older.judge(env, dir)
		return cmp.Or(conclude(env, dir), held)
	}
	return cmp.Or(conclude(env, dir), older.judge(env, dir))
}

// failed is the error of a run that did not measure all. earlier says that its directory had
// results before.
func (o *runOptions) failed(env *environment, dir string, earlier bool, err error) error {
	incomplete, file := (*bench.Incomplete)(nil), (*fs.PathError)(nil)
	results := exists(filepath.Join(dir, string(schema.Results)))
	switch {
	case errors.Is(err, context.Canceled):
		return interruptedIn(env, dir)
	case errors.As(err, &incomplete):
		for _, pair := range incomplete.Pairs {
			env.events.Warning("left out: " + pair)
		}
		return cmp.Or(conclude(env, dir), err)
	case errors.As(err, &file) && file.Op == "write" && results:
		return fmt.Errorf("%w; what was measured is in %s%s", err, dir, goesOn(env, dir))
	case earlier && o.resume == "":
		return fmt.Errorf("%w%s", err, goesOn(env, dir))
	case !earlier && results:
		return fmt.Errorf("%w; what was measured is in %s", err, dir)
	}
	return err
}

// telling tells the user how far a run is.
type telling struct {
	env     *environment
	options *runOptions
	config  *bench.Config
	keep    func() error // writes what describes the run into its directory
	bar     *progress.Bar

	begun  bool
	early  []string // warnings before that
	unkept error    // of keep
}

// step is bench.Config.Progress.
func (t *telling) step(p bench.Progress) {
	if !t.begun {
		t.begin()
	}
	if t.env.events != nil {
		t.env.events.Step(p)
		return
	}
	t.bar.StepLeft(p.Done, p.Total, p.What, p.Left)
}

// begin announces the run. The files are there at its first step; a directory that cannot be
// written to is not announced.
func (t *telling) begin() {
	t.begun = true
	t.unkept = t.keep()
	c := t.config
	t.env.events.Start(c.Dir, namesOf(c.Strategies, strategyName), namesOf(c.Workloads, workloadName), c.Count, c.Skip)
	for _, w := range t.early {
		t.env.events.Warning(w)
	}
	fmt.Fprintf(t.env.text(), "%s on %s, %s each, into %s\n", joinNames(c.Strategies, strategyName), shardText(*c), plural(c.Count, "sample"), c.Dir)
	if t.options.stopped != "" {
		fmt.Fprintf(t.env.text(), "goes on where it was stopped: %s\n", t.options.stopped)
	}
	if left := joinNames(t.options.besideTheTrace(), experimentName); left != "" {
		fmt.Fprintf(t.env.text(), "left out, since they have nothing to do with what was given: %s (-all measures them too)\n", left)
	}
}

// warn is bench.Config.Warn.
func (t *telling) warn(warning string) {
	warning = "this machine: " + warning
	for _, line := range progress.Fit(warning, progress.Columns(t.env.stderr)) {
		fmt.Fprintln(t.env.stderr, line)
	}
	if t.begun {
		t.env.events.Warning(warning)
		return
	}
	t.early = append(t.early, warning)
}
