//go:build (linux || darwin || (freebsd && cgo)) && (amd64 || arm64)

package cabi_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// TestBatch replays in C what was replayed call by call: the same counts, and the
// same memory free in the end.
func TestBatch(t *testing.T) {
	for _, s := range []strategies.Strategy{
		mustOpen(t, example(t, "bestfit"), ""), mustOpen(t, example(t, "bitmap"), ""), mustOpen(t, library(t, "scatter.c"), ""),
	} {
		for _, name := range []string{"steady", "contigfirst", "window"} {
			t.Run(s.Name+"/"+name, func(t *testing.T) {
				w, _ := workloads.Lookup(name)
				w.Region = strategies.Region{Size: 64 << 20, Page: 4096}
				ops := w.Ops(1, 4500) // more than one batch
				for i := range ops {
					if ops[i].Kind == workloads.Free && i%3 == 0 {
						ops[i].Kind = workloads.FreeCleared
					}
				}
				testBatch(t, s, w.Region, ops)
			})
		}
	}
}

func testBatch(t *testing.T, s strategies.Strategy, region strategies.Region, ops []workloads.Op) {
	one, all := newAllocator(t, s, region), newAllocator(t, s, region)
	live := replay.NewLive(ops)
	batch, err := all.(replay.Batcher).Batch(ops)
	if err != nil {
		t.Fatal(err)
	}
	ns := make([]uint32, len(ops))
	for round := range 2 {
		times := ns
		if round == 0 {
			times = nil
		}
		want := replay.Replay(one, ops, live)
		got, err := batch.Replay(times)
		if err != nil || replay.Counts(got) != want {
			t.Fatalf("round %d: got %+v, %v, want %+v", round, got, err, want)
		}
		if a, b := free(one), free(all); !slices.Equal(a, b) {
			t.Fatalf("round %d: %d blocks are free, want %d, or others", round, len(b), len(a))
		}
		live.Drain(one)
		if err := batch.Drain(); err != nil {
			t.Fatal(err)
		}
		if a, b := free(one), free(all); !slices.Equal(a, b) {
			t.Fatalf("round %d, drained: %d blocks are free, want %d, or others", round, len(b), len(a))
		}
	}
	if timed := len(ops) - count(ns, 0); timed == 0 || timed > len(ops) {
		t.Errorf("%d of %d operations have a time", timed, len(ops))
	}
	if c := batch.Clock(); c <= 0 || c > 1e6 {
		t.Errorf("a reading of the clock takes %v ns", c)
	}
}

func newAllocator(t testing.TB, s strategies.Strategy, r strategies.Region) strategies.Allocator {
	t.Helper()
	a, err := s.New(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func free(a strategies.Allocator) []strategies.Block { return slices.Collect(a.FreeBlocks()) }

func count(list []uint32, x uint32) (n int) {
	for _, v := range list {
		if v == x {
			n++
		}
	}
	return n
}

// TestBatchMisbehaviour has libraries break their contract in the middle of a
// batch.
func TestBatchMisbehaviour(t *testing.T) {
	path := library(t, "misbehave.c")
	ops := []workloads.Op{
		{Req: strategies.Request{Size: 4096}, Slot: 0}, {Req: strategies.Request{Size: 4096}, Slot: 1}, {Slot: 0, Kind: workloads.Free},
	}
	for name, want := range map[string]string{
		"none":          "none failed in a batch: VRAMLAB_EROOM",
		"too_many":      "too_many failed in a batch: VRAMLAB_EROOM",
		"no_code":       "no_code failed in a batch: -77, which is not a code of vramlab.h",
		"counting_free": "counting_free failed in a batch: 1, which is not a code of vramlab.h",
		"bad_free":      "bad_free failed in a batch: VRAMLAB_EFAIL",
	} {
		a := newAllocator(t, mustOpen(t, path, name), strategies.Region{Size: 1 << 20, Page: 4096})
		b, err := a.(replay.Batcher).Batch(ops)
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Replay(nil)
		wantError(t, name, err, path, want)
	}
	drained := newAllocator(t, mustOpen(t, path, "counting_free"), strategies.Region{Size: 1 << 20, Page: 4096})
	b, err := drained.(replay.Batcher).Batch(ops[:1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.Replay(nil); err != nil {
		t.Error(err)
	}
	wantError(t, "drain", b.Drain(), path, "counting_free failed at the drain of a batch: 1, which is not a code")
	byHand := newAllocator(t, mustOpen(t, path, "by_hand"), strategies.Region{Size: 1 << 20, Page: 4096}).(replay.Batcher)
	if _, err := byHand.Batch(ops); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a batch without functions for it: %v", err)
	}
}

// TestBatchLies has libraries count and time what cannot be.
func TestBatchLies(t *testing.T) {
	path := library(t, "misbehave.c")
	var ops []workloads.Op
	for i := range uint32(2000) {
		ops = append(ops, workloads.Op{Req: strategies.Request{Size: 4096}, Slot: i}, workloads.Op{Slot: i, Kind: workloads.Free})
	}
	for name, want := range map[string]string{
		"run_well":       "",
		"run_nothing":    "run_nothing did 0 of the 2000 requests in batches (table_run), or counts them wrongly (table_counts)",
		"run_half":       "run_half did 1000 of the 2000 requests in batches",
		"counts_nothing": "counts_nothing did 0 of the 2000 requests in batches",
		"counts_all":     "counts_all did 18446744073709551615 of the 2000 requests in batches",
		"counts_frees":   "counts what cannot be in batches (table_counts): 0 requests refused of 2000, 0 fallbacks and 18446744073709551615 frees of 2000 other operations",
		"times_nothing":  "times_nothing did 4000 operations in batches and has times of 0 (table_run)",
		"times_all":      "times_all has times of operations that add up to 4h46m19.",
		"clock_endless":  "clock_endless says that one reading of its clock takes 1.845e+16 ns (clock_ps)",
	} {
		a := newAllocator(t, mustOpen(t, path, name), strategies.Region{Size: 64 << 20, Page: 4096})
		b, err := a.(replay.Batcher).Batch(ops)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = b.Replay(make([]uint32, len(ops))); err == nil {
			err = caught(func() { b.Clock() })
		}
		wantError(t, name, err, path, want)
	}
}

// BenchmarkCross is a call of the library that has next to nothing to do.
func BenchmarkCross(b *testing.B) {
	a := newAllocator(b, mustOpen(b, example(b, "bestfit"), ""), strategies.Region{Size: 1 << 20, Page: 4096}).(replay.Batcher)
	b.ReportAllocs()
	for b.Loop() {
		a.Cross()
	}
}

// BenchmarkReplay is an operation of a replay, call by call and in batches; the
// difference is what the boundary costs.
func BenchmarkReplay(b *testing.B) {
	s := mustOpen(b, example(b, "bestfit"), "")
	w, _ := workloads.Lookup("steady")
	ops := w.Ops(1, 50_000)
	b.Run("way=calls", func(b *testing.B) {
		a, live := newAllocator(b, s, w.Region), replay.NewLive(ops)
		for b.Loop() {
			replay.Replay(a, ops, live)
			live.Drain(a)
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ops)), "ns/each")
	})
	b.Run("way=batch", func(b *testing.B) {
		batch, err := newAllocator(b, s, w.Region).(replay.Batcher).Batch(ops)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := batch.Replay(nil); err != nil {
				b.Fatal(err)
			}
			batch.Drain()
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ops)), "ns/each")
	})
}
