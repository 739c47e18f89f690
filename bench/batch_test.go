package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// far is firstfit behind a boundary: the other side is this one, and counts.
func far(f *farSide) strategies.Strategy {
	s := churn.FirstFit
	s.Name = "far"
	s.New = func(r strategies.Region) (strategies.Allocator, error) {
		a, err := churn.FirstFit.New(r)
		return &farAllocator{a, f}, err
	}
	return s
}

type farSide struct {
	replays, timed, crossings int
	lie                       int   // added to the requests counted
	unable                    bool  // to batch
	fault                     error // of every replay
}

type farAllocator struct {
	strategies.Allocator
	*farSide
}

func (f *farAllocator) Cross() { f.crossings++ }

func (f *farAllocator) Batch(ops []workloads.Op) (replay.Batch, error) {
	if f.unable {
		return nil, fmt.Errorf("far: %w", errors.ErrUnsupported)
	}
	return &farBatch{f, ops, replay.NewLive(ops)}, nil
}

type farBatch struct {
	*farAllocator
	ops  []workloads.Op
	live *replay.Live
}

func (b *farBatch) Replay(ns []uint32) (replay.Counts, error) {
	b.replays++
	for i := range ns {
		b.timed++
		ns[i] = 1000
	}
	c := replay.Replay(b.Allocator, b.ops, b.live)
	c.Requests += b.lie
	return c, b.fault
}

func (b *farBatch) Drain() error   { b.live.Drain(b.Allocator); return nil }
func (b *farBatch) Clock() float64 { return 10 }

// TestBatches runs a strategy that can batch: its times are those of the other
// side, and a crossing has a line of its own.
func TestBatches(t *testing.T) {
	run := func(f *farSide) (string, error) {
		dir := filepath.Join(t.TempDir(), "run")
		var all []string
		for _, x := range Experiments() {
			all = append(all, x.Name)
		}
		err := Run(context.Background(), Config{Dir: dir, Strategies: []strategies.Strategy{far(f)},
			Workloads: []workloads.Workload{churn.Workload("churn", 64)}, Count: 2, SampleTime: time.Millisecond, Skip: all})
		var text bytes.Buffer
		for _, name := range schema.Files() {
			contents, _ := os.ReadFile(filepath.Join(dir, string(name)))
			text.Write(contents)
		}
		return text.String(), err
	}

	f := new(farSide)
	out, err := run(f)
	if err != nil || f.replays == 0 || f.timed == 0 || f.crossings == 0 {
		t.Errorf("%v, %+v", err, f)
	}
	for _, want := range []string{"\nBenchmarkCrossing/strategy=far", " ns/batched-op", " 990 p50-ns"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in the results:\n%s", want, out)
		}
	}

	f = &farSide{unable: true}
	if out, err := run(f); err != nil || f.replays != 0 || !strings.Contains(out, "\nBenchmarkCrossing/strategy=far") {
		t.Errorf("without batches: %v, %+v\n%s", err, f, out)
	}
	if _, err := run(&farSide{lie: 1}); err == nil || !strings.Contains(err.Error(), "far on churn: not deterministic, or its batches do other work than its calls: ") {
		t.Errorf("a batch that did something else: %v", err)
	}
	fault := &strategies.Violation{Strategy: "libfar.so: far", Detail: "failed in a batch"}
	if _, err := run(&farSide{fault: fault}); !errors.Is(err, fault) {
		t.Errorf("a library that fails in a batch: %v", err)
	}
}
