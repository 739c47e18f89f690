package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench"
	"github.com/vramlab/vramlab/cmd/vramlab/process"
	"github.com/vramlab/vramlab/cmd/vramlab/progress"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/strategies/cabi"
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
			t := trial{ctx: ctx, Strategy: s.Strategy, region: w.Region, ops: ops, step: func(done int) {
				bar.Step(i*trialSteps+trialSteps*done/max(1, len(ops)), len(c.Workloads)*trialSteps, fmt.Sprintf("%s on trial on %s", s.Name, w.Name))
			}}
			before := process.Now()
			err := t.run()
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

// inTrial is an error with the strategy and the workload, and the library if there is one.
func inTrial(s chosen, workload string, err error) error {
	if fault := (*cabi.Fault)(nil); errors.As(err, &fault) {
		return fmt.Errorf("%w (on %s)", err, workload)
	}
	return fmt.Errorf("%s%s on %s: %w", libraryOf(s.item), s.Name, workload, err)
}

// trial is that of one strategy on one workload.
type trial struct {
	ctx context.Context
	strategies.Strategy
	region strategies.Region
	ops    []workloads.Op
	step   func(done int)

	placed []uint64 // by operation: a hash of what was granted
	counts replay.Counts
}

// run replays the operations under the shadow model, once more without it, and in
// batches, and compares.
func (t *trial) run() error {
	return guarded(func() error {
		a, err := strategies.Checked(t.Strategy).New(t.region)
		if err != nil {
			return err
		}
		if err := t.replay(a); err != nil {
			return err
		}
		if err := a.(strategies.Checker).Check(); err != nil {
			return err
		}
		if a, err = t.New(t.region); err != nil {
			return err
		}
		if err := t.replay(a); err != nil {
			return err
		}
		return t.batches()
	})
}

// replay does the operations on a, call by call, and stops if ctx is done. A second one
// must place as the first did.
func (t *trial) replay(a strategies.Allocator) error {
	live := replay.NewLive(t.ops)
	player := replay.NewPlayer(a, live)
	again := t.placed != nil
	if !again {
		t.placed = make([]uint64, len(t.ops))
	}
	requests := 0
	for i := range t.ops {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		op := &t.ops[i]
		what, _ := player.Do(op)
		blocks := live.Held(op.Slot)
		if op.Kind == workloads.Alloc {
			requests++
		}
		hash := hashOf(blocks)
		if !again {
			t.placed[i] = hash
			t.counts.Note(op, what, blocks)
			t.step(i)
		} else if hash != t.placed[i] {
			return fmt.Errorf("is not deterministic: asked the same again, it placed request %d elsewhere", requests)
		}
	}
	live.Drain(a)
	return nil
}

// hashOf is a hash of blocks and their order.
func hashOf(blocks []strategies.Block) uint64 {
	h := fnv.New64a()
	for _, b := range blocks {
		binary.Write(h, binary.LittleEndian, [2]uint64{b.Start, b.Size})
	}
	return h.Sum64()
}

// batches replays in batches, if the strategy has them: each operation timed, and all
// together. They must do what the calls did.
func (t *trial) batches() error {
	a, err := t.New(t.region)
	if err != nil {
		return err
	}
	b, ok := strategies.As[replay.Batcher](a)
	if !ok {
		return nil
	}
	b.Cross()
	batch, err := b.Batch(t.ops)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return nil
	case err != nil:
		return err
	}
	ns := make([]uint32, len(t.ops))
	for left := timings; left > 0; left-- {
		sum, took, err := t.batch(batch, ns)
		switch {
		case err != nil:
			return err
		case sum*leastShare+leastSum >= took:
			left = 0
		case left == 1:
			return fmt.Errorf("has times of operations that add up to %v in batches that took %v (table_run)", sum, took)
		}
	}
	batch.Clock()
	_, _, err = t.batch(batch, nil)
	return err
}

// The times of the operations of a batch make up most of what it takes. They may not,
// on a busy machine, so a batch that is far from it is repeated.
const (
	timings    = 3
	leastShare = 8
	leastSum   = 200 * time.Microsecond
)

// batch replays once: the sum of the times of the operations, and that of the replay.
func (t *trial) batch(b replay.Batch, ns []uint32) (sum, took time.Duration, err error) {
	if err := t.ctx.Err(); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	counts, err := b.Replay(ns)
	took = time.Since(began)
	if err == nil && counts != t.counts {
		err = fmt.Errorf("does other work in batches than call by call: %s", counts.Against(t.counts))
	}
	if err != nil {
		return 0, 0, err
	}
	for _, n := range ns {
		sum += time.Duration(n)
	}
	return sum, took, b.Drain()
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
