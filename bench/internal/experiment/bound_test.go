package experiment

import (
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// TestBound: a line for each recorded trace, and one for each strategy that can begin in it.
// First fit leaves a hole of one page, which hindsight does not; so does a strategy that could
// use it if it were not asked for one piece.
func TestBound(t *testing.T) {
	alloc := func(slot uint32, pages uint64) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: pages * 4096}}
	}
	ops := []workloads.Op{alloc(0, 1), alloc(1, 1), {Kind: workloads.Free}, alloc(0, 2), alloc(2, 0)}
	both := []strategies.Strategy{churn.FirstFit, churn.ScatterFit}
	e := testEnv(both...)
	region := strategies.Region{Size: 1 << 20, Page: 4096}
	e.Streams = []Stream{
		{Workload: "hole", Region: region, Ops: ops, Recorded: true},
		{Workload: "generated", Region: region, Ops: ops},
		{Workload: "nothing", Region: region, Ops: ops[4:], Recorded: true},
		{Workload: "denied", Region: region, Ops: append([]workloads.Op{alloc(9, 200)}, ops...), Recorded: true, Denied: []int{0}},
	}
	for i := range e.Streams {
		e.Streams[i].Strategies = both
	}
	e.Streams[3].Strategies = both[:1]
	var lines []result.Line
	e.Write = func(l ...result.Line) error { lines = append(lines, l...); return nil }
	if cells, err := Bound.SetUp(t.Context(), e); err != nil || len(cells) > 0 {
		t.Fatalf("%d cells, error %v", len(cells), err)
	}
	if len(lines) != 5 {
		t.Fatalf("%d lines: %v", len(lines), lines)
	}
	for i, pair := range [][2]string{{"hole", "firstfit"}, {"hole", "scatterfit"}, {"denied", "firstfit"}} {
		l := lines[2+i]
		inTable(t, l)
		region, _ := value(l, schema.RegionBytes)
		ratio, _ := value(l, schema.RegionPerPeak)
		other, stated := value(l, schema.OtherRequests)
		if l.Name != schema.SmallestInOnePiece.FullName(schema.Labels{schema.Workload: pair[0], schema.Strategy: pair[1]}) || region != 16384 || ratio != 4.0/3 || other != 0 || !stated {
			t.Errorf("%s: %v bytes, %v of the peak, %v other requests", l.Name, region, ratio, other)
		}
	}
	for i, workload := range []string{"hole", "denied"} {
		l := lines[i]
		inTable(t, l)
		ratio, _ := value(l, schema.BoundPerPeak)
		lower, _ := value(l, schema.LowerBoundBytes)
		upper, _ := value(l, schema.UpperBoundBytes)
		left, _ := value(l, schema.LeftOut)
		if l.Name != schema.HindsightBound.FullName(schema.Labels{schema.Workload: workload}) || l.Iters != 3 || ratio != 1 || lower != 12288 || upper != 12288 || left != 1 {
			t.Errorf("%s: %d objects, %v of the peak, %v to %v, %v left out", l.Name, l.Iters, ratio, lower, upper, left)
		}
	}
}
