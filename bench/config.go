package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/bench/internal/machine"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/managed"
)

// Config says what [Run] measures and how long it may take. The zero value of
// a field other than Dir, Strategies and Workloads stands for its default.
type Config struct {
	Dir        string                // run directory, made if it is not there; must not hold a run
	Strategies []strategies.Strategy // the first one is the base of comparisons
	Workloads  []workloads.Workload
	Builders   []sgtable.Builder // default: the first there is; the curves have the tables of the first one
	Policies   []sgtable.Policy  // of drivers; default: all there are

	Count int    // samples of every cell, at most a million; default 10, fewer than 6 have no confidence interval
	Seed  uint64 // of the workloads and of the schedule
	Ops   int    // approximate operations of a workload; 0 means the workload's default

	// SampleTime is the least time of the timed replays of one sample; default
	// 40 ms. Replays are never cut, so a sample is at least one replay.
	SampleTime time.Duration

	// Budget is how long the whole run should take; default 60 s. To keep it,
	// samples are shortened down to one replay each. It never decides what is
	// measured or how many samples there are: a slow or busy machine exceeds it.
	Budget time.Duration

	// Growth is the grid over which the growth of cost is measured; default: none.
	// The time for it is outside the budget.
	Growth Grid

	// Goroutines are the numbers of goroutines that share an allocator, behind a
	// lock and in shards, which are allocators of the strategy that work at the
	// same time; default: none.
	Goroutines []int

	// Manager is what the experiment managed does.
	Manager Manager

	// Shard is the part of the run to measure, for as many machines; default: all of it.
	// Package merge puts the parts together.
	Shard Shard

	// Pin holds what runs on one goroutine on one core while it is measured: the last one
	// that this process may use. It needs Linux.
	Pin bool

	Skip    []string // experiments to leave out, by name as in [Experiments]; crossings are measured all the same
	Profile bool     // take a CPU profile of each strategy

	// ProfileTime is how long the profile of one strategy takes; default 20 s. The profiler
	// takes a hundred samples in a second that this process has a core. The time is outside
	// the budget.
	ProfileTime time.Duration

	Meta []KV // facts for the head of each file: date, command

	// Apart, if not nil, has another process [Take] the samples of replays and of their
	// tables, one each. Experiments stay in this process.
	Apart func(ctx context.Context, job Job) (Taken, error)

	// Warn, if not nil, is called for each thing seen of the machine that times depend
	// on, before anything is measured.
	Warn func(warning string)

	// Resume goes on with the run in Dir, which was ended before it was finished. All else
	// must be as it was, but for Meta, Args, From and Budget; of the budget the part is
	// left that the rounds to come have of all.
	Resume bool

	// Args and From are what [Unfinished] says of the run: the command line without the
	// program, and the directory in which it was given. They may be empty.
	Args []string
	From string

	// Files are those that must be the same when the run goes on, beside the program and
	// the operations of the workloads, whose streams are compared.
	Files []string

	// Progress, if not nil, is called before an experiment is set up, and after each step.
	// What it does takes part of the time of the run, and none of that of a sample.
	Progress func(Progress)

	machine []machine.Finding // what was seen before the run
}

// The defaults of [Config].
const (
	DefaultSampleTime = 40 * time.Millisecond
	DefaultBudget     = 60 * time.Second

	// Four fifths of a profile are replays: 1,600 samples, and 1,000, which the report wants
	// before it draws them, on a machine that gives two thirds of a core.
	DefaultProfileTime = 20 * time.Second

	defaultCount = 10
	maxCount     = 1_000_000
)

// complete fills in defaults and reports invalid values.
func (c *Config) complete() error {
	if c.Count == 0 {
		c.Count = defaultCount
	}
	if c.SampleTime == 0 {
		c.SampleTime = DefaultSampleTime
	}
	if c.Budget == 0 {
		c.Budget = DefaultBudget
	}
	if c.ProfileTime == 0 {
		c.ProfileTime = DefaultProfileTime
	}
	if len(c.Builders) == 0 {
		c.Builders = sgtable.Builders()[:1]
	}
	if len(c.Policies) == 0 {
		c.Policies = sgtable.Policies()
	}
	switch {
	case c.Dir == "":
		return errors.New("no run directory")
	case len(c.Strategies) == 0:
		return errors.New("no strategy to measure")
	case len(c.Workloads) == 0:
		return errors.New("no workload to measure on")
	case c.Count > maxCount:
		return fmt.Errorf("count %d is more than %d samples", c.Count, maxCount)
	case c.Count < 0 || c.Ops < 0 || c.SampleTime < 0 || c.Budget < 0 || c.ProfileTime < 0:
		return fmt.Errorf("count %d, ops %d, sample time %v, budget %v and profile time %v must not be negative", c.Count, c.Ops, c.SampleTime, c.Budget, c.ProfileTime)
	}
	if err := strategies.Validate(c.Strategies...); err != nil {
		return err
	}
	if err := c.Growth.Check(); err != nil {
		return err
	}
	if c.Pin {
		if err := CanPin(); err != nil {
			return err
		}
	}
	for _, name := range c.Skip {
		if !slices.ContainsFunc(experiment.List(), func(x experiment.Experiment) bool { return x.Name == name }) {
			return fmt.Errorf("no experiment %q to skip", name)
		}
	}
	for _, p := range c.Manager.Pressures {
		if p < 1 || p > managed.MostPressure {
			return fmt.Errorf("a pressure of %v is not from 1%% to %v", p, managed.MostPressure)
		}
	}
	for _, n := range c.Goroutines {
		if n < 1 || n > MaxGoroutines {
			return fmt.Errorf("%d goroutines for one allocator are not between 1 and %d", n, MaxGoroutines)
		}
	}
	if err := c.checkNames(); err != nil {
		return err
	}
	return c.CheckShard()
}

// checkNames checks the names of workloads, builders and policies, which become parts of
// names of benchmarks.
func (c *Config) checkNames() error {
	seen := make(map[string]bool)
	for _, name := range c.workloadNames() {
		if err := strategies.CheckName(name); err != nil {
			return fmt.Errorf("workload: %w", err)
		}
		if seen[name] {
			return fmt.Errorf("workload %s: the name occurs twice", name)
		}
		seen[name] = true
	}
	files := make(map[string]bool) // names with dots may collide
	for _, workload := range c.workloadNames() {
		for _, strategy := range c.strategyNames() {
			name := schema.PlacementFile(workload, strategy)
			if files[name] {
				return fmt.Errorf("workload %s: the placements of %s on it would be the file %s of another pair", workload, strategy, name)
			}
			files[name] = true
		}
	}
	for _, b := range c.Builders {
		if err := strategies.CheckName(b.Name); err != nil {
			return fmt.Errorf("table builder: %w", err)
		}
	}
	for _, p := range c.Policies {
		if err := strategies.CheckName(p.Name); err != nil {
			return fmt.Errorf("driver policy: %w", err)
		}
	}
	return nil
}

// env is the part of the configuration for experiments.
func (c *Config) env() *experiment.Env {
	return &experiment.Env{
		Strategies: c.Strategies, Builders: c.Builders, Region: c.Workloads[0].Region,
		Seed: c.Seed, SampleTime: c.SampleTime,
		Grid: experiment.Grid(c.Growth), Goroutines: c.Goroutines, Manager: experiment.Manager(c.Manager),
	}
}

// experiments are those that are not skipped.
func (c *Config) experiments() []experiment.Experiment {
	return slices.DeleteFunc(experiment.List(), func(x experiment.Experiment) bool {
		return slices.Contains(c.Skip, x.Name) && !always(x)
	})
}

// Units lists the units of the whole run: the workloads, then the experiments that make
// their own load. A run has at most as many shards.
func (c *Config) Units() []Unit {
	var units []Unit
	for _, name := range c.workloadNames() {
		units = append(units, Unit{Name: name})
	}
	for _, x := range c.experiments() {
		if x.Synthetic && (x.Asked == nil || x.Asked(c.env())) {
			units = append(units, Unit{x.Name, true})
		}
	}
	return units
}

// Share lists the units of the shard, all of them in a whole run.
func (c *Config) Share() []Unit { return c.Shard.of(c.Units()) }

// CheckShard reports a shard that is none, or a number of shards that leaves one without a
// unit.
func (c *Config) CheckShard() error {
	if err := c.Shard.check(); err != nil {
		return err
	}
	if n := len(c.Units()); c.Shard.N > n {
		return fmt.Errorf("shard %v: the run divides into at most %d: %d workloads and %d experiments", c.Shard, n, len(c.Workloads), n-len(c.Workloads))
	}
	return nil
}
