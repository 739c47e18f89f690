package subject

import (
	"testing"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/workloads"
)

// TestDeviations: one of three grants in a window is aligned to its size only by the
// buddy of 7.1, and 6.11 would stop at the request that rounds above the largest root. A
// line is of one iteration at least.
func TestDeviations(t *testing.T) {
	window := strategies.Request{Size: 4096, Align: 8192, Lo: 0, Hi: 1 << 20, Flags: strategies.Range}
	region := strategies.Region{Size: 10 << 30, Page: 4096}
	ops := []workloads.Op{
		{Slot: 0, Req: window}, {Slot: 1, Req: window}, {Slot: 2, Req: window},
		{Slot: 3, Req: strategies.Request{Size: 9 << 30, Flags: strategies.Contiguous}},
	}
	type counts = map[*schema.Unit]float64
	for _, c := range []struct {
		s     strategies.Strategy
		ops   []workloads.Op
		iters int
		want  counts
	}{
		{buddy.Linux611, ops, 4, counts{schema.KernelStops: 1}},
		{buddy.Linux611, ops[3:], 1, counts{schema.KernelStops: 1}},
		{buddy.Linux611, nil, 1, counts{schema.KernelStops: 0}},
		{buddy.Linux71, ops, 4, counts{schema.MisalignedGrants: 1, schema.KernelStops: 0}},
		{churn.FirstFit, ops[3:], 0, nil},
	} {
		s := &Subject{Strategy: c.s, Load: load(workloads.Workload{Name: "w", Region: region}, c.ops)}
		if err := s.Prepare(sgtable.Builders()[:1]); err != nil {
			t.Fatal(err)
		}
		var got counts
		for _, l := range s.Lines {
			if bench, _ := schema.Parse(l.Name); bench == schema.Deviations {
				got = counts{}
				if l.Iters != c.iters {
					t.Errorf("%s, want %d iterations", l.Append(nil), c.iters)
				}
				for _, v := range l.Values {
					got[v.Unit] = v.V
				}
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: %v, want %v", c.s.Name, got, c.want)
		}
		for u, v := range c.want {
			if got[u] != v {
				t.Errorf("%s: %v %s, want %v", c.s.Name, got[u], u.Name, v)
			}
		}
	}
}
