package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/cmd/vramlab/trial"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/cabi"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/managed"
	"github.com/vramlab/vramlab/workloads/model"
)

// config turns the flags into what bench.Run takes, except for the directory, and opens
// the libraries.
func (o *runOptions) config(args []string, env *environment) (c bench.Config, list []chosen, err error) {
	if c, err = o.plan(args, env); err != nil {
		return c, nil, err
	}
	list, err = pickStrategies(o.strategies, env.strategies, o.skip, func(item, spec string) (strategies.Strategy, error) {
		env.worker.Try(item)
		s, err := openLibrary(spec)
		if err != nil {
			return s, &unfit{item, err}
		}
		env.worker.Try("")
		return s, nil
	})
	for _, s := range list {
		c.Strategies = append(c.Strategies, s.Strategy)
	}
	return c, list, err
}

// plan is config without the strategies.
func (o *runOptions) plan(args []string, env *environment) (c bench.Config, err error) {
	o.files = make(map[string]string)
	switch {
	case o.onlyTrace && o.all:
		return c, usagef("-only trace leaves out what -all measures: give one of them")
	case len(args) > 0 && len(o.traces) == 0:
		return c, usagef("unexpected argument %q (traces are given with -trace)", args[0])
	}
	c = bench.Config{Count: cmp.Or(o.count, 10), Seed: o.seed, Profile: o.profile, Pin: o.pin, Ops: o.ops}
	c.SampleTime, c.Budget = cmp.Or(o.sampleTime, bench.DefaultSampleTime), cmp.Or(o.budget, bench.DefaultBudget)
	c.ProfileTime = cmp.Or(o.profileTime, bench.DefaultProfileTime)
	if o.quick {
		c.Count, c.Ops, c.SampleTime = cmp.Or(o.count, 6), cmp.Or(o.ops, quickOps), cmp.Or(o.sampleTime, quickSample)
		c.ProfileTime = cmp.Or(o.profileTime, quickProfile)
	}
	if o.leaveOut != "" {
		skipped, err := pick(o.leaveOut, "experiment", bench.Experiments(), experimentName)
		if err != nil {
			return c, err
		}
		for _, x := range skipped {
			if !x.Always {
				c.Skip = append(c.Skip, x.Name)
			}
		}
	}
	for _, x := range o.besideTheTrace() {
		if !slices.Contains(c.Skip, x.Name) {
			c.Skip = append(c.Skip, x.Name)
		}
	}
	if c.Builders, err = pick(o.builders, "builder", sgtable.Builders(), builderName); err != nil {
		return c, err
	}
	if c.Policies, err = pick(cmp.Or(o.policies, everyName), "policy", sgtable.Policies(), policyName); err != nil {
		return c, err
	}
	if err = cmp.Or(o.managed(&c, env.strategies), o.extras(&c)); err != nil {
		return c, err
	}
	if err = o.load(&c, args, env); err != nil {
		return c, err
	}
	c.Shard = o.shard
	if err := c.CheckShard(); err != nil {
		return c, usageError{err}
	}
	return c, nil
}

// load adds the workloads that are named, those of models, and those of traces, of which
// more may stand in args.
func (o *runOptions) load(c *bench.Config, args []string, env *environment) (err error) {
	o.named = nil
	if o.workloads == "" && len(o.traces)+len(o.models) == 0 {
		o.workloads = everyName
	}
	if o.workloads != "" {
		list, named := o.workloads, workloads.List()
		if list != everyName {
			list, named = withGroup(list, driversName, namesOf(workloads.Drivers(), workloadName)), workloads.All()
		}
		if c.Workloads, err = pick(list, "workload", named, workloadName); err != nil {
			return err
		}
		o.named = namesOf(c.Workloads, workloadName)
	}
	once := false
	for _, path := range o.models {
		if path = fileNamed(path); path == standardInput && once {
			return errTwice
		}
		once = once || path == standardInput
		w, err := o.modelled(env, path)
		if err != nil {
			return err
		}
		w.Name = unusedName(w.Name, c.Workloads)
		c.Workloads = append(c.Workloads, w)
	}
	for _, path := range append(o.traces, args...) {
		if path = fileNamed(path); path == standardInput && once {
			return errTwice
		}
		once = once || path == standardInput
		list, err := env.workloadsOf(path, o.most)
		if err != nil {
			return err
		}
		for _, w := range list {
			w.Name = unusedName(w.Name, c.Workloads)
			c.Workloads = append(c.Workloads, w)
			if len(list) == 1 && path != standardInput && env.device == "" {
				o.files[w.Name] = path
			}
		}
	}
	return nil
}

// modelled is the workload of a model in a file, or in standard input, which is read once.
func (o *runOptions) modelled(env *environment, path string) (w workloads.Workload, err error) {
	var m *model.Model
	switch {
	case path != standardInput:
		m, err = model.ReadFile(path)
	case o.piped != nil:
		return *o.piped, nil
	default:
		src, err := env.input()
		if err != nil {
			return w, err
		}
		if m, err = model.Read(src, path); err != nil {
			return w, err
		}
	}
	if err != nil {
		return w, err
	}
	if w = m.Workload(workloads.NameOf(path)); path == standardInput {
		o.piped = &w
	}
	return w, nil
}

var errTwice = usagef("standard input is named twice, and can be read once")

// besideTheTrace are the experiments that a run about a trace leaves out, by itself or with
// -only. Growth is none of them: only -sweep asks for it. Nor is sharing, if -cpu does.
func (o *runOptions) besideTheTrace() (list []bench.Experiment) {
	if !o.onlyTrace && (o.all || o.workloads != "" || o.leaveOut != "" || len(o.traces)+len(o.models) == 0) {
		return nil
	}
	for _, x := range bench.Experiments() {
		if x.Synthetic && x.Name != "growth" && !(x.Name == "sharing" && o.cpuGiven) {
			list = append(list, x)
		}
	}
	return list
}

// managed adds what the flags of the memory manager ask for to the configuration.
func (o *runOptions) managed(c *bench.Config, known []strategies.Strategy) (err error) {
	if !slices.Contains(managers, o.manager) {
		return usagef("-manager %s: have %s", o.manager, strings.Join(managers, ", "))
	}
	c.Manager.All = o.manager == "ttm"
	if c.Manager.Placements, c.Manager.GTT, err = placementsOf(o.placements, known); err != nil {
		return usageError{err}
	}
	if c.Manager.Pressures, err = bench.ParsePressures(o.pressure); err != nil {
		return usageError{err}
	}
	switch skipped := slices.Contains(c.Skip, "managed"); {
	case c.Manager.All && skipped:
		return usagef("-manager ttm replays what -skip %s leaves out: name the others with -skip", o.leaveOut)
	case o.manager == "none" && !skipped:
		c.Skip = append(c.Skip, "managed")
	}
	return nil
}

// placementsOf reads placements, and finds the strategy that they name for the GTT, if any.
func placementsOf(text string, known []strategies.Strategy) (p managed.Placements, gtt strategies.Strategy, err error) {
	p, err = managed.ParsePlacements(text)
	name := p.GTT()
	if err != nil || name == "" {
		return p, gtt, err
	}
	of, err := strategiesOf(name, known)
	switch {
	case strings.HasPrefix(name, inLibrary):
		return p, gtt, fmt.Errorf("placements: the gtt has a strategy of the lab, not %s", name)
	case err != nil:
		return p, gtt, fmt.Errorf("placements: the gtt: %w", err)
	case len(of) != 1:
		return p, gtt, fmt.Errorf("placements: the gtt has one strategy, not %s", name)
	}
	return p, of[0], nil
}

// extras adds what -sweep and -cpu ask for to the configuration.
func (o *runOptions) extras(c *bench.Config) (err error) {
	if o.pin {
		if err := bench.CanPin(); err != nil {
			return usagef("-pin: %v", err)
		}
	}
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

// canApart says why a run with these options cannot have a process for each sample, nil
// if it can.
func (o *runOptions) canApart(env *environment, args []string) error {
	switch {
	case strings.Contains(o.strategies, inLibrary):
		return usagef("-isolate is for strategies that are compiled in: a library has a process of its own, and the whole run is in it")
	case env.restart == nil:
		return errors.New("this program cannot start itself again, as -isolate has it")
	}
	for _, path := range append(o.traces, args...) {
		if fileNamed(path) == standardInput {
			return usagef("-isolate reads a trace for each sample, and standard input can be read once")
		}
	}
	return nil
}

// tryOut replays every workload under the shadow model on the foreign strategies,
// before a run directory exists: one that grants the same memory twice must not be
// measured. What a library does in batches is tried too, and what it does to the process.
func tryOut(ctx context.Context, env *environment, list []chosen, c bench.Config) error {
	for _, s := range list {
		if !foreign(s.Strategy) || !env.worker.NeedsTrial(s.item) {
			continue
		}
		env.worker.Try(s.item)
		done := 0
		bar := progress.NewPatient(env.stderr)
		for i, w := range c.Workloads {
			env.worker.On(w.Name)
			ops := w.Ops(c.Seed, c.Ops)
			before := process.Now()
			err := trial.Run(ctx, s.Strategy, w.Region, ops, func(done int) {
				bar.Step(i*trialSteps+trialSteps*done/max(1, len(ops)), len(c.Workloads)*trialSteps, fmt.Sprintf("%s on trial on %s", s.Name, w.Name))
			})
			if how := before.Changed(); how != "" && !isFault(err) {
				err = fmt.Errorf("%s while it was on trial", how)
			}
			switch {
			case errors.Is(err, context.Canceled):
				bar.Done()
				return err
			case err != nil:
				bar.Done()
				return &unfit{s.item, inTrial(s, w.Name, err)}
			}
			done += len(ops)
		}
		bar.Done()
		env.worker.Passed(s.item)
		fmt.Fprintf(env.text(), "%s: %d operations under the shadow model, no rule broken\n", s.Name, done)
	}
	return nil
}

// trialSteps are those of the progress of a trial, for each workload.
const trialSteps = 1000

// inTrial is an error with the strategy and the workload, and the library if there is one.
func inTrial(s chosen, workload string, err error) error {
	if fault := (*cabi.Fault)(nil); errors.As(err, &fault) {
		return fmt.Errorf("%w (on %s)", err, workload)
	}
	return fmt.Errorf("%s%s on %s: %w", libraryOf(s.item), s.Name, workload, err)
}
