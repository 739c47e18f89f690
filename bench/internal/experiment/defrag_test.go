package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/all"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/defrag"
)

// TestDefrag: after 10 operations a region of 8 MiB has two holes of 1 MiB, with an object of 1
// MiB between, so that 2 MiB in one piece are refused until that is moved, or evicted as the
// oldest. Before that each strategy has all that is free in one piece.
func TestDefrag(t *testing.T) {
	var ops []workloads.Op
	for slot := range uint32(8) {
		ops = append(ops, workloads.Op{Slot: slot, Req: strategies.Request{Size: 1 << 20, Flags: strategies.Contiguous}})
	}
	for _, slot := range []uint32{0, 2, 7, 5} {
		ops = append(ops, workloads.Op{Slot: slot, Kind: workloads.Free})
	}
	var list []strategies.Strategy
	for _, name := range []string{"rangemgr", "radix"} {
		s, _ := all.Lookup(name)
		list = append(list, s)
	}
	e := testEnv(list...)
	region := strategies.Region{Size: 8 << 20, Page: 4096}
	e.Streams = []Stream{
		{Workload: "gap", Region: region, Ops: ops, Strategies: list},
		{Workload: "short", Region: region, Ops: ops[:1], Strategies: list},
		{Workload: "none", Region: region, Ops: nil, Strategies: list},
		{Workload: "long", Region: region, Ops: make([]workloads.Op, longestAsked+1), Strategies: list},
	}
	var lines []result.Line
	e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
	if cells, err := Defrag.SetUp(t.Context(), e); err != nil || len(cells) > 0 {
		t.Fatalf("%d cells, error %v", len(cells), err)
	}
	if len(lines) != 2 {
		t.Fatalf("%d lines, want 2: %v", len(lines), lines)
	}
	for i, name := range []string{"rangemgr", "radix"} {
		inTable(t, lines[i])
		if want := "Defrag/strategy=" + name + "/workload=gap/step=10"; lines[i].Name != want {
			t.Errorf("%s, want %s", lines[i].Name, want)
		}
	}
	wantLine(t, lines[1], 1, 2<<20, 1<<20, 1<<20, 1<<20)
}

// TestDefragLine: what is not known, or does not help, has no value.
func TestDefragLine(t *testing.T) {
	for _, test := range []struct {
		a      defrag.Answer
		values []float64
	}{
		{defrag.Answer{Op: 5, Size: 8}, []float64{8, 0, 0, 0, 0}},
		{defrag.Answer{Op: 5, Size: 8, Errno: "ENOSPC", Moves: &defrag.Cost{Possible: true, Lower: 3, Plan: &defrag.Plan{Bytes: 4}, Proven: true},
			Evict: &defrag.Eviction{Bytes: 5, Granted: true}, Wait: &defrag.Wait{Op: 7, Searched: true}}, []float64{8, 4, 3, 5, 3}},
		{defrag.Answer{Op: 5, Size: 8, Errno: "ENOSPC", Moves: &defrag.Cost{Possible: true, Lower: 3, Plan: &defrag.Plan{Bytes: 4}},
			Evict: &defrag.Eviction{Bytes: 5}, Wait: &defrag.Wait{}}, []float64{8, 3}},
		{defrag.Answer{Op: 5, Size: 8, Errno: "ENOSPC", Moves: &defrag.Cost{}, Evict: &defrag.Eviction{}, Wait: &defrag.Wait{Searched: true}}, []float64{8}},
	} {
		test.a.Strategy, test.a.Workload = "s", "w"
		wantLine(t, defragLine(test.a), 1, test.values...)
	}
}
