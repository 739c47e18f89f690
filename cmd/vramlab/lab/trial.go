package lab

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/cmd/vramlab/trial"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/cabi"
)

// foreign reports whether s is none of vramlab's own strategies.
func foreign(s strategies.Strategy) bool {
	_, own := all.Lookup(s.Name)
	return !own
}

// tryOut replays every workload under the shadow model on the foreign strategies,
// before a run directory exists: one that grants the same memory twice must not be
// measured. What a library does in batches is tried too, and what it does to the process.
func tryOut(ctx context.Context, env *environment, list []chosen, c bench.Config) error {
	for _, s := range list {
		if !foreign(s.Strategy) || !env.worker.needsTrial(s.item) {
			continue
		}
		env.worker.try(s.item)
		done := 0
		bar := progress.NewPatient(env.stderr)
		for i, w := range c.Workloads {
			env.worker.on(w.Name)
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
		env.worker.passed(s.item)
		fmt.Fprintf(env.text(), "%s: %d operations under the shadow model, no rule broken\n", s.Name, done)
	}
	return nil
}

// trialSteps are those of the progress of a trial, for each workload.
const trialSteps = 1000

// isFault reports whether err says already what is wrong with a strategy.
func isFault(err error) bool {
	v := (*strategies.Violation)(nil)
	return errors.As(err, &v)
}

// unchanged is the error of do, which calls strategies, or that who of them changed the process.
func unchanged(who string, do func() error) error {
	before := process.Now()
	err := do()
	if how := before.Changed(); how != "" && !isFault(err) {
		return fmt.Errorf("%s %s", who, how)
	}
	return err
}

// inTrial is an error with the strategy and the workload, and the library if there is one.
func inTrial(s chosen, workload string, err error) error {
	if fault := (*cabi.Fault)(nil); errors.As(err, &fault) {
		return fmt.Errorf("%w (on %s)", err, workload)
	}
	return fmt.Errorf("%s%s on %s: %w", libraryOf(s.item), s.Name, workload, err)
}

// guarded runs f. A rule that the shadow model, or an allocator in a library, finds
// broken in f becomes the error; other panics go on.
func guarded(f func() error) (err error) {
	defer strategies.Catch(&err)
	return f()
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
