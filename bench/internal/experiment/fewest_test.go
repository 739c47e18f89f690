package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestFewest: a line for each workload, and one for each strategy that did the same work.
// Eight objects of 1 MiB fill the region, every second one is freed, and 4 MiB are asked
// for: with hindsight that is one segment and two entries of 2 MiB, scattered four segments
// and 64 entries of 64 KiB, and in one piece nothing.
func TestFewest(t *testing.T) {
	const mib = 1 << 20
	alloc := func(slot uint32, size uint64) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: size}}
	}
	var ops []workloads.Op
	for slot := range uint32(8) {
		ops = append(ops, alloc(slot, mib))
	}
	for slot := uint32(0); slot < 8; slot += 2 {
		ops = append(ops, workloads.Op{Kind: workloads.Free, Slot: slot})
	}
	ops = append(ops, alloc(8, 4*mib))
	e := testEnv(churn.FirstFit, churn.ScatterFit)
	region := strategies.Region{Size: 8 * mib, Page: 4096}
	e.Streams = []Stream{
		{Workload: "halves", Region: region, Ops: ops, Strategies: e.Strategies},
		{Workload: "long", Region: region, Ops: make([]workloads.Op, longestSearched+1), Strategies: e.Strategies},
		{Workload: "nothing", Region: region, Ops: []workloads.Op{alloc(0, 0)}, Strategies: e.Strategies},
		{Workload: "denied", Region: region, Ops: []workloads.Op{alloc(0, 16*mib), alloc(1, mib)}, Denied: []int{0}, Strategies: e.Strategies[:1]},
	}
	var lines []result.Line
	e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
	if cells, err := Fewest.SetUp(t.Context(), e); err != nil || len(cells) > 0 {
		t.Fatalf("%d cells, error %v", len(cells), err)
	}
	want := []struct {
		name   string
		values []float64
	}{
		{"FewestEntries/workload=halves/policy=i915", []float64{100, 1, 1, 130. / 9, 130. / 9}},
		{"FewestEntries/workload=denied/policy=i915", []float64{100, 1, 1, 16, 16}},
		{"Distance/strategy=scatterfit/workload=halves/policy=i915", []float64{12. / 9, 192. / 130}},
		{"Distance/strategy=firstfit/workload=denied/policy=i915", []float64{1, 1}},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d: %v", len(lines), len(want), lines)
	}
	for i, w := range want {
		if lines[i].Name != w.name || len(lines[i].Values) != len(w.values) {
			t.Errorf("line %d is %v, want %s", i, lines[i], w.name)
			continue
		}
		for k, v := range w.values {
			if lines[i].Values[k].V != v {
				t.Errorf("%s: %s is %v, want %v", w.name, lines[i].Values[k].Unit.Name, lines[i].Values[k].V, v)
			}
		}
	}
}
