package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/experiment"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Config says what [Run] measures and how long it may take. The zero value of
// a field other than Dir, Strategies and Workloads stands for its default.
type Config struct {
	Dir        string                // run directory, made if it is not there; must not hold a run
	Strategies []strategies.Strategy // the first one is the base of comparisons
	Workloads  []workloads.Workload
	Builders   []sgtable.Builder // default: the first there is; the curves have the tables of the first one

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

	Skip    []string // experiments to leave out, by name as in [Experiments]; crossings are measured all the same
	Profile bool     // take a CPU profile of each strategy

	Meta []KV // facts for the head of both files: date, command

	// Progress, if not nil, is called after each step with the number of steps
	// done, of all, and what was done: "buddy on gfx".
	Progress func(done, total int, what string)
}

// The defaults of [Config].
const (
	defaultCount      = 10
	defaultSampleTime = 40 * time.Millisecond
	defaultBudget     = 60 * time.Second
	maxCount          = 1_000_000
)

// complete fills in defaults and reports invalid values.
func (c *Config) complete() error {
	if c.Count == 0 {
		c.Count = defaultCount
	}
	if c.SampleTime == 0 {
		c.SampleTime = defaultSampleTime
	}
	if c.Budget == 0 {
		c.Budget = defaultBudget
	}
	if len(c.Builders) == 0 {
		c.Builders = sgtable.Builders()[:1]
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
	case c.Count < 0 || c.Ops < 0 || c.SampleTime < 0 || c.Budget < 0:
		return fmt.Errorf("count %d, ops %d, sample time %v and budget %v must not be negative", c.Count, c.Ops, c.SampleTime, c.Budget)
	}
	if err := strategies.Validate(c.Strategies...); err != nil {
		return err
	}
	if err := c.Growth.Check(); err != nil {
		return err
	}
	for _, name := range c.Skip {
		if !slices.ContainsFunc(experiment.List(), func(x experiment.Experiment) bool { return x.Name == name }) {
			return fmt.Errorf("no experiment %q to skip", name)
		}
	}
	for _, n := range c.Goroutines {
		if n < 1 || n > MaxGoroutines {
			return fmt.Errorf("%d goroutines for one allocator are not between 1 and %d", n, MaxGoroutines)
		}
	}
	return c.checkNames()
}

// checkNames checks the names of workloads and builders, which become parts of names
// of benchmarks.
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
	for _, b := range c.Builders {
		if err := strategies.CheckName(b.Name); err != nil {
			return fmt.Errorf("table builder: %w", err)
		}
	}
	return nil
}

// env is the part of the configuration for experiments.
func (c *Config) env() *experiment.Env {
	return &experiment.Env{
		Strategies: c.Strategies, Builders: c.Builders, Region: c.Workloads[0].Region,
		Seed: c.Seed, SampleTime: c.SampleTime,
		Grid: experiment.Grid(c.Growth), Goroutines: c.Goroutines,
	}
}

// experiments are those that are not skipped. Crossings never are: a report knows by
// them which times are those of a library.
func (c *Config) experiments() []experiment.Experiment {
	return slices.DeleteFunc(experiment.List(), func(x experiment.Experiment) bool {
		return slices.Contains(c.Skip, x.Name) && x.Name != experiment.Crossings.Name
	})
}
