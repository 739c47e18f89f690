// Package trial tries out a strategy that is not vramlab's own before it is measured.
//
// One that grants the same memory twice, or places otherwise when it is asked again, must not
// be measured, and what a library does in batches must be what its calls do. A trial is four
// replays of a workload at most: under the shadow model, without it, and two in batches.
package trial

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Run tries s on the operations of a workload. step, if it is not nil, is told the operations
// done. The error says which rule s broke: a [strategies.Violation], or one of replays that
// differ; or it is that of ctx.
func Run(ctx context.Context, s strategies.Strategy, region strategies.Region, ops []workloads.Op, step func(done int)) error {
	if step == nil {
		step = func(int) {}
	}
	t := trial{ctx: ctx, Strategy: s, region: region, ops: ops, step: step}
	return t.run()
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
func (t *trial) run() (err error) {
	defer strategies.Catch(&err)
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
