package subject

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
	"github.com/vramlab/vramlab/workloads"
)

// policyOps is small enough to be placed by eye: firstfit puts one object
// behind the other, and refuses what is over 16 MiB.
func policyOps() []workloads.Op {
	alloc := func(slot uint32, size uint64) workloads.Op {
		return workloads.Op{Slot: slot, Req: strategies.Request{Size: size}}
	}
	second := alloc(3, 60<<10)
	second.Kind = workloads.Fallback
	return []workloads.Op{
		alloc(0, 2<<20), alloc(1, 12<<10), alloc(2, 64<<10),
		alloc(3, 32<<20), second, // 60 KiB in the end
		alloc(4, 32<<20), {Slot: 4, Kind: workloads.Free}, // refused
		{Slot: 0, Kind: workloads.Free},
	}
}

// plainPolicies are the policies under which a toy that aligns nothing keeps its promises; the
// blocks of nouveau are larger than what such a toy begins with.
var plainPolicies = sgtable.Policies()[:4]

// TestPolicyNouveau: of 2 MiB and 12, 64, 60 KiB each has pages of its own size.
func TestPolicyNouveau(t *testing.T) {
	var ops []workloads.Op
	for i, size := range []uint64{2 << 20, 12 << 10, 64 << 10, 60 << 10} {
		ops = append(ops, workloads.Op{Slot: uint32(i), Req: strategies.Request{Size: size}})
	}
	s := &Subject{Strategy: strategytest.Reference, Load: load(workloads.Workload{Name: "few", Region: strategies.Region{Size: 16 << 20, Page: 4096}}, ops)}
	lines, err := s.Policies(sgtable.Policies()[4:])
	if err != nil || len(lines) != 1 {
		t.Fatal(lines, err)
	}
	want := map[string]float64{
		"served-pct": 100, "segs/table": 1, "entries/table": 20. / 4, "pte4k/table": 18. / 4, "pte64k/table": 1. / 4, "pte2m/table": 1. / 4,
		"cover64k-pct": 100 * 2112. / 2184, "cover2m-pct": 100 * 2048. / 2184, "reach-B": 512 * 2184 * 1024. / 20, "waste-pct": 0,
	}
	for _, v := range lines[0].Values {
		if w, ok := want[v.Unit.Name]; !ok || math.Abs(v.V-w) > 1e-9*w {
			t.Errorf("%v %s, want %v", v.V, v.Unit.Name, w)
		}
	}
}

// TestWalks: of a table of three segments a byte is as many segments away as its own is,
// and an IOMMU joins them, but for the end of the one that is no whole 64 KiB. A policy under which nothing is granted has no line.
func TestWalks(t *testing.T) {
	var w walks
	for range 2 {
		w.add([]sgtable.Segment{{Addr: 0, Len: 64 << 10}, {Addr: 128 << 10, Len: 4 << 10}, {Addr: 256 << 10, Len: 64 << 10}})
	}
	want := map[string]float64{
		"segs/table": 3, "steps/lookup": (1 + 16*2.) / 33, "index-steps/lookup": (16*2 + 2 + 16*2) / 33.,
		"dma-segs/table": 1, "dma64k-segs/table": 2,
	}
	got := w.values(2)
	for _, v := range got {
		if w, ok := want[v.Unit.Name]; !ok || math.Abs(v.V-w) > 1e-9*w {
			t.Errorf("%v %s, want %v", v.V, v.Unit.Name, w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d values, want %d", len(got), len(want))
	}
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "few", Region: churn.Region}, policyOps())}
	for _, most := range []int{4, 2} {
		list := plainPolicies[:most]
		if _, err := s.Policies(list); err != nil || len(s.Walks) != most {
			t.Errorf("%d lines of %d policies, error %v", len(s.Walks), most, err)
		}
	}
	s.Load = load(s.Load.Workload, []workloads.Op{{Req: strategies.Request{Size: 32 << 20}}})
	if _, err := s.Policies(plainPolicies); err != nil || len(s.Walks) != 0 {
		t.Errorf("%d lines where all is refused, error %v", len(s.Walks), err)
	}
}

func TestPolicies(t *testing.T) {
	ops := policyOps()
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "few", Region: churn.Region}, ops)}
	lines, err := s.Policies(plainPolicies)
	if err != nil {
		t.Fatal(err)
	}
	// In order: 2 MiB and 12, 64, 60 KiB, tightly under two of the policies; all
	// whole 64 KiB under xe, so that 56 of 2240 KiB are more than was asked.
	tight := map[string]float64{
		"served-pct": 80, "segs/table": 1, "entries/table": 35. / 4, "pte4k/table": 34. / 4, "pte64k/table": 0, "pte2m/table": 1. / 4,
		"cover64k-pct": 100 * 2048. / 2184, "cover2m-pct": 100 * 2048. / 2184, "reach-B": 512 * 2184 * 1024. / 35, "waste-pct": 0,
	}
	xe := map[string]float64{
		"served-pct": 80, "segs/table": 1, "entries/table": 1, "pte4k/table": 0, "pte64k/table": 3. / 4, "pte2m/table": 1. / 4,
		"cover64k-pct": 100, "cover2m-pct": 100 * 2048. / 2240, "reach-B": 512 * 2240 * 1024. / 4, "waste-pct": 100 * 56. / 2240,
	}
	want := map[string]map[string]float64{"i915": tight, "amdgpu": tight, "xe": xe, "xe_6.11": xe}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d", len(lines), len(want))
	}
	for _, l := range lines {
		policy, ok := strings.CutPrefix(l.Name, "Policy/strategy=firstfit/workload=few/policy=")
		if !ok || l.Iters != 4 || len(l.Values) != len(want[policy]) {
			t.Fatalf("line %s", l.Append(nil))
		}
		for _, v := range l.Values {
			if w, ok := want[policy][v.Unit.Name]; !ok || math.Abs(v.V-w) > 1e-9*w {
				t.Errorf("%s: %v %s, want %v", policy, v.V, v.Unit.Name, w)
			}
		}
	}
	one, err := s.Policies(sgtable.Policies()[1:2])
	if err != nil || len(one) != 1 || !strings.HasSuffix(one[0].Name, "/policy="+sgtable.Policies()[1].Name) {
		t.Errorf("of one policy: %v, %v", one, err)
	}
}

// TestPoliciesAreExact: the lines of a longer stream, with refusals and
// scattered tables, are the same each time.
func TestPoliciesAreExact(t *testing.T) {
	w := churn.Workload("churn", 300)
	var first []result.Line
	for range 2 {
		s := &Subject{Strategy: churn.ScatterFit, Load: load(w, w.Ops(1, 0))}
		lines, err := s.Policies(plainPolicies)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !reflect.DeepEqual(lines, first) {
			t.Errorf("once %v, then %v", first, lines)
		}
		first = lines
	}
	for _, l := range first {
		if len(l.Values) == 1 {
			continue
		}
		if v := l.Values; v[2].V != v[3].V+v[4].V+v[5].V || v[1].V < 1 || v[2].V < v[1].V {
			t.Errorf("entries do not add up, or are fewer than segments: %s", l.Append(nil))
		}
	}
}

// TestPoliciesGrantNothing: without a table there is no mean, and only the share served.
func TestPoliciesGrantNothing(t *testing.T) {
	ops := []workloads.Op{{Req: strategies.Request{Size: 1 << 40}}}
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "none", Region: churn.Region}, ops)}
	lines, err := s.Policies(sgtable.Policies())
	if err != nil || len(lines) != len(sgtable.Policies()) {
		t.Fatalf("lines %v, error %v", lines, err)
	}
	for _, l := range lines {
		if len(l.Values) != 1 || l.Values[0].Unit != schema.ServedPct || l.Values[0].V != 0 || l.Iters != 1 {
			t.Errorf("line %s", l.Append(nil))
		}
	}
}

// TestPoliciesOfXe: 3 GiB in one piece is refused by xe of Linux 6.11 and granted by that
// of today; a smaller one is granted as a power of two there, and trimmed by a strategy
// that can. A second attempt follows a lack of space only.
func TestPoliciesOfXe(t *testing.T) {
	w, err := workloads.FromFile("testdata/xe-contiguous-3g.trace")
	if err != nil {
		t.Fatal(err)
	}
	three := w.Ops(0, 0)
	smaller := []workloads.Op{{Req: strategies.Request{Size: 192 << 10, Flags: strategies.Contiguous}}}
	again := append(three[:1:1], workloads.Op{Kind: workloads.Fallback, Req: strategies.Request{Size: 3 << 30}})
	for _, c := range []struct {
		s          strategies.Strategy
		ops        []workloads.Op
		served     [2]float64 // xe_6.11, xe
		wasteOf611 float64
	}{
		{strategytest.Reference, three, [2]float64{0, 100}, -1},
		{strategytest.Reference, again, [2]float64{0, 100}, -1},
		{strategytest.Reference, smaller, [2]float64{100, 100}, 0},
		{churn.FirstFit, smaller, [2]float64{100, 100}, 25},
	} {
		s := &Subject{Strategy: c.s, Load: load(workloads.Workload{Name: "xe", Region: w.Region}, c.ops)}
		lines, err := s.Policies(sgtable.Policies())
		if err != nil {
			t.Fatal(err)
		}
		for i, l := range lines[2:4] {
			if l.Values[0].V != c.served[i] {
				t.Errorf("%s: %s, want %v served", c.s.Name, l.Append(nil), c.served[i])
			}
		}
		if v := lines[2].Values; c.wasteOf611 >= 0 && v[len(v)-1].V != c.wasteOf611 {
			t.Errorf("%s: %s, want %v %% wasted", c.s.Name, lines[2].Append(nil), c.wasteOf611)
		}
	}
}

// TestPoliciesRegionRefused: the error of a strategy that does not take the
// region comes back with the names of both.
func TestPoliciesRegionRefused(t *testing.T) {
	s := &Subject{Strategy: churn.FirstFit, Load: load(workloads.Workload{Name: "bad"}, policyOps())}
	if _, err := s.Policies(sgtable.Policies()); err == nil || !strings.Contains(err.Error(), "firstfit on bad") {
		t.Errorf("error %v", err)
	}
}
