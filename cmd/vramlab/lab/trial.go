package lab

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// foreign reports whether s is none of vramlab's own strategies.
func foreign(s strategies.Strategy) bool {
	_, own := all.Lookup(s.Name)
	return !own
}

// tryOut replays every workload under the shadow model on the foreign strategies,
// before a run directory exists: one that grants the same memory twice must not be
// measured. What a library does in batches is tried too.
func tryOut(ctx context.Context, env *environment, list []chosen, c bench.Config) error {
	for _, s := range list {
		if !foreign(s.Strategy) || !env.worker.needsTrial(s.item) {
			continue
		}
		env.worker.try(s.item)
		done := 0
		for _, w := range c.Workloads {
			env.worker.on(w.Name)
			ops := w.Ops(c.Seed, c.Ops)
			err := replayChecked(ctx, s.Strategy, w.Region, ops)
			if err == nil {
				err = replayBatches(ctx, s.Strategy, w.Region, ops)
			}
			switch {
			case errors.Is(err, context.Canceled):
				return err
			case err != nil:
				return &unfit{s.item, fmt.Errorf("%s on %s: %w", s.Name, w.Name, err)}
			}
			done += len(ops)
		}
		env.worker.passed(s.item)
		fmt.Fprintf(env.stdout, "%s: %d operations under the shadow model, no rule broken\n", s.Name, done)
	}
	return nil
}

// replayBatches replays ops in batches, if s has them: each timed, and all together.
func replayBatches(ctx context.Context, s strategies.Strategy, r strategies.Region, ops []workloads.Op) error {
	return guarded(func() error {
		a, err := s.New(r)
		if err != nil {
			return err
		}
		b, ok := strategies.As[replay.Batcher](a)
		if !ok {
			return nil
		}
		b.Cross()
		batch, err := b.Batch(ops)
		switch {
		case errors.Is(err, errors.ErrUnsupported):
			return nil
		case err != nil:
			return err
		}
		for _, ns := range [][]uint32{make([]uint32, len(ops)), nil} {
			if err := ctx.Err(); err != nil {
				return err
			}
			if _, err := batch.Replay(ns); err != nil {
				return err
			}
			if err := batch.Drain(); err != nil {
				return err
			}
		}
		return nil
	})
}

// replayChecked replays ops on s under the shadow model and checks the whole heap
// at the end. Between parts of the replay it stops if ctx is done.
func replayChecked(ctx context.Context, s strategies.Strategy, r strategies.Region, ops []workloads.Op) error {
	return guarded(func() error {
		a, err := strategies.Checked(s).New(r)
		if err != nil {
			return err
		}
		live := replay.NewLive(ops)
		for part := range slices.Chunk(ops, replay.BatchOps) {
			if err := ctx.Err(); err != nil {
				return err
			}
			replay.Replay(a, part, live)
		}
		live.Drain(a)
		return a.(strategies.Checker).Check()
	})
}

// guarded runs f. A rule that the shadow model, or an allocator in a library, finds
// broken in f becomes the error; other panics go on.
func guarded(f func() error) (err error) {
	defer strategies.Catch(&err)
	return f()
}
