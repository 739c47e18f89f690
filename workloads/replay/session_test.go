package replay_test

import (
	"testing"
	"time"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// calls counts the calls of an allocator, and as a batch its replays and drains.
type calls struct {
	strategies.Allocator
	n, replays, drains int
}

func (c *calls) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	c.n++
	return c.Allocator.Alloc(dst, r)
}

func (c *calls) Free(blocks []strategies.Block) {
	c.n++
	c.Allocator.Free(blocks)
}

// batching is calls on the other side of a boundary.
type batching struct{ *calls }

func (b batching) Cross()                                     {}
func (b batching) Batch([]workloads.Op) (replay.Batch, error) { return b, nil }
func (b batching) Clock() float64                             { return 0 }

func (b batching) Replay([]uint32) (replay.Counts, error) {
	b.replays++
	return replay.Counts{Requests: 7}, nil
}

func (b batching) Drain() error {
	b.drains++
	return nil
}

// TestAround: the replay is within, the frees of what is live at the end are not; and it is
// the replay that Timed does.
func TestAround(t *testing.T) {
	ops := churn.Ops(1, 300, 40)
	c := &calls{Allocator: churn.New(churn.FirstFit)}
	s, err := replay.NewSession(c, ops, replay.NewLive(ops))
	if err != nil {
		t.Fatal(err)
	}
	within := 0
	counts := s.Around(func(do func()) {
		before := c.n
		do()
		within = c.n - before
	})
	if within != len(ops) || c.n <= within || counts.Ops() != len(ops) {
		t.Errorf("%d calls within, %d in all, %d operations of %d", within, c.n, counts.Ops(), len(ops))
	}
	if timed, took := s.Timed(); timed != counts || took <= 0 || took > time.Hour {
		t.Errorf("timed %+v in %v, before %+v", timed, took, counts)
	}
}

// TestAroundBatch: of a batch too, which drains itself.
func TestAroundBatch(t *testing.T) {
	ops := churn.Ops(1, 300, 40)
	b := batching{&calls{Allocator: churn.New(churn.FirstFit)}}
	s, err := replay.NewSession(b, ops, replay.NewLive(ops))
	if err != nil {
		t.Fatal(err)
	}
	counts := s.Around(func(do func()) {
		if b.replays != 0 {
			t.Error("a replay before what is measured")
		}
		if do(); b.replays != 1 || b.drains != 0 {
			t.Errorf("%d replays, %d drains within", b.replays, b.drains)
		}
	})
	if counts.Requests != 7 || b.drains != 1 {
		t.Errorf("%+v, %d drains", counts, b.drains)
	}
}
