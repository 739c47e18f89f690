package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/smallest"
)

// TestSmallest: a line for each strategy on each recorded trace that it can begin in. The
// trace leaves a hole of one page, so what scatters needs 3 pages, and first fit 4.
func TestSmallest(t *testing.T) {
	alloc := func(slot uint32, pages uint64) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: pages * 4096}}
	}
	ops := []workloads.Op{alloc(0, 1), alloc(1, 1), {Kind: workloads.Free}, alloc(0, 2), alloc(2, 0)}
	picky := churn.FirstFit
	picky.Name = "picky" // manages its own region and no other
	picky.New = func(r strategies.Region) (strategies.Allocator, error) {
		if r.Size != 1<<20 {
			return nil, strategies.ErrInvalid
		}
		return churn.FirstFit.New(r)
	}
	e := testEnv(churn.FirstFit, churn.ScatterFit, picky)
	region := strategies.Region{Size: 1 << 20, Page: 4096}
	long := make([]workloads.Op, longestSearched+1)
	for i := range long {
		if long[i] = alloc(0, 1); i%2 == 1 {
			long[i].Kind = workloads.Free
		}
	}
	e.Streams = []Stream{
		{Workload: "hole", Region: region, Ops: ops, Recorded: true, Strategies: e.Strategies},
		{Workload: "generated", Region: region, Ops: ops, Strategies: e.Strategies},
		{Workload: "some", Region: region, Ops: ops, Recorded: true, Strategies: e.Strategies[1:2]},
		{Workload: "nothing", Region: region, Ops: ops[4:], Recorded: true, Strategies: e.Strategies},
		{Workload: "denied", Region: region, Ops: append([]workloads.Op{alloc(9, 200)}, ops...), Recorded: true, Denied: []int{0}, Strategies: e.Strategies[1:2]},
		{Workload: "long", Region: region, Ops: long, Recorded: true, Strategies: e.Strategies},
	}
	var lines []result.Line
	e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
	if cells, err := Smallest.SetUp(t.Context(), e); err != nil || len(cells) > 0 {
		t.Fatalf("%d cells, error %v", len(cells), err)
	}
	want := []struct {
		name                  string
		ratio, bytes, refused float64
	}{
		{"BenchmarkSmallestRegion/strategy=firstfit/workload=hole", 4. / 3, 16384, 4},
		{"BenchmarkSmallestRegion/strategy=scatterfit/workload=hole", 1, 12288, 4},
		{"BenchmarkSmallestRegion/strategy=scatterfit/workload=some", 1, 12288, 4},
		{"BenchmarkSmallestRegion/strategy=scatterfit/workload=denied", 1, 12288, 4},
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d: %v", len(lines), len(want), lines)
	}
	for i, l := range lines {
		inTable(t, l)
		ratio, _ := value(l, schema.RegionPerPeak)
		bytes, _ := value(l, schema.RegionBytes)
		refused, _ := value(l, schema.RefusedOp)
		never, _ := value(l, schema.NeverServed)
		if w := want[i]; "Benchmark"+l.Name != w.name && l.Name != w.name || ratio != w.ratio || bytes != w.bytes || refused != w.refused || never != 1 {
			t.Errorf("%s: %v of the peak, %v bytes, operation %v, %v never; want %v and 1", l.Name, ratio, bytes, refused, never, w)
		}
	}
}

// TestSmallestLine: operations count from behind the state, and none is 0. Without a byte
// live there is no ratio.
func TestSmallestLine(t *testing.T) {
	state := []workloads.Op{{Kind: workloads.Live}, {Kind: workloads.Live, Slot: 1}, {Kind: workloads.Free}}
	for _, test := range []struct {
		ops    []workloads.Op
		op     int // that is refused
		peak   uint64
		values []float64 // ratio, bytes, operation, never
	}{
		{nil, -1, 4096, []float64{3, 12288, 0, 0}},
		{nil, 0, 4096, []float64{3, 12288, 1, 0}},
		{state, -1, 4096, []float64{3, 12288, 0, 0}},
		{state, 5, 1, []float64{12288, 12288, 4, 0}},
		{nil, 1, 0, []float64{12288, 2, 0}},
	} {
		r := smallest.Result{Replays: 7, Pages: 3, Page: 4096, Refusal: smallest.Refusal{Op: test.op}}
		wantLine(t, smallestLine("s", Stream{Workload: "w", Ops: test.ops}, r, test.peak), 7, test.values...)
	}
}
