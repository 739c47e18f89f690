package bench

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// batched is an allocator behind a boundary, with the stream of its subject on the
// other side: what is timed of it is replayed there, [workloads.BatchOps]
// operations a crossing. Everything that is not timed goes through the allocator.
type batched struct {
	strategies.Allocator
	workloads.Batch
}

// inBatches is a as a *batched if it can be, and otherwise as it is.
func inBatches(a strategies.Allocator, ops []workloads.Op) (strategies.Allocator, error) {
	batcher, ok := a.(workloads.Batcher)
	if !ok {
		return a, nil
	}
	batch, err := batcher.Batch(ops)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return a, nil
	case err != nil:
		return nil, err
	}
	return &batched{a, batch}, nil
}

// replay times one replay, and drains.
func (b *batched) replay() (Counts, time.Duration) {
	start := time.Now()
	c, err := b.Replay(nil)
	took := time.Since(start)
	if err == nil {
		err = b.Drain()
	}
	if err != nil {
		panic(err)
	}
	return Counts(c), took
}

// pass is latencyMeter.pass on the other side, and drains.
func (b *batched) pass(ns []uint32) {
	_, err := b.Replay(ns)
	if err == nil {
		err = b.Drain()
	}
	if err != nil {
		panic(err)
	}
}

// crossing is a strategy with a boundary, whose cost is measured apart.
type crossing struct {
	strategy string
	workloads.Batcher
}

// noteCrossing remembers a strategy that has a boundary, once.
func (r *runner) noteCrossing(s strategies.Strategy, a strategies.Allocator) {
	b, ok := a.(workloads.Batcher)
	if ok && !slices.ContainsFunc(r.crossings, func(c crossing) bool { return c.strategy == s.Name }) {
		r.crossings = append(r.crossings, crossing{s.Name, b})
	}
}

// sample is the time of one crossing, the median of several rows, and its part of
// an operation in a batch.
func (c crossing) sample() (l line, err error) {
	defer strategies.Catch(&err)
	const rows, calls = 16, 1024
	var times [rows]time.Duration
	for i := range times {
		start := time.Now()
		for range calls {
			c.Cross()
		}
		times[i] = time.Since(start)
	}
	slices.Sort(times[:])
	ns := float64(lowerMedian(times[:]).Nanoseconds()) / calls
	return line{fmt.Sprintf("Crossing/strategy=%s", c.strategy), rows * calls, []value{
		{ns, "ns/op"}, {ns / workloads.BatchOps, "ns/batched-op"},
	}}, nil
}
