package meter

import (
	"testing"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// lengths is a batch that wants a time for each operation.
type lengths struct {
	strategies.Allocator
	t   *testing.T
	ops int
}

func (l *lengths) Cross() {}

func (l *lengths) Batch(ops []workloads.Op) (replay.Batch, error) {
	l.ops = len(ops)
	return l, nil
}

func (l *lengths) Replay(ns []uint32) (replay.Counts, error) {
	if len(ns) != l.ops {
		l.t.Errorf("room for %d times of %d operations", len(ns), l.ops)
	}
	return replay.Counts{}, nil
}

func (l *lengths) Drain() error   { return nil }
func (l *lengths) Clock() float64 { return 1 }

// TestLatencyLengths: a meter that measured a long stream measures a short one.
func TestLatencyLengths(t *testing.T) {
	m := NewLatency()
	for _, n := range []int{300, 20, 500} {
		ops := churn.Ops(1, n, 10)
		s, err := replay.NewSession(&lengths{churn.New(churn.FirstFit), t, 0}, ops, replay.NewLive(ops))
		if err != nil {
			t.Fatal(err)
		}
		m.Measure(s, ops)
	}
}
