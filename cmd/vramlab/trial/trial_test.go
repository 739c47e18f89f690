package trial

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
)

// moody places from the other end in every second heap.
type moody struct {
	strategies.Allocator
	flags strategies.Flags
}

func (m *moody) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	r.Flags |= m.flags
	return m.Allocator.Alloc(dst, r)
}

// TestRun tries a strategy that is right, and one that is not deterministic.
func TestRun(t *testing.T) {
	good, _ := all.Lookup("rangemgr")
	heaps := 0
	bad := strategies.Strategy{Name: "moody", Doc: good.Doc, Caps: good.Caps, New: func(r strategies.Region) (strategies.Allocator, error) {
		a, err := good.New(r)
		m := &moody{Allocator: a}
		if heaps++; heaps%2 == 0 {
			m.flags = strategies.TopDown
		}
		return m, err
	}}
	w, _ := workloads.Lookup("gfx")
	ops := w.Ops(1, 500)
	steps := 0
	if err := Run(context.Background(), good, w.Region, ops, func(int) { steps++ }); err != nil || steps != len(ops) {
		t.Errorf("rangemgr: %v after %d of %d operations", err, steps, len(ops))
	}
	if err := Run(context.Background(), bad, w.Region, ops, nil); err == nil || !strings.Contains(err.Error(), "is not deterministic: asked the same again, it placed request 1 elsewhere") {
		t.Errorf("moody: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := Run(ctx, good, w.Region, ops, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
