package explain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/trace"
)

// placements reads placements of a run that a strategy gave.
func placements(t *testing.T, lines string, op int) *explain.Recorded {
	t.Helper()
	r, err := trace.NewReader(strings.NewReader("vramlab trace 1\nregion 65536 page 4096\n"+lines), "placed.trace")
	if err != nil {
		t.Fatal(err)
	}
	st, err := explain.FromPlacements(r, op)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// Two strategies had these operations: an allocation (0) with a second attempt (1), another
// (2) with one (3), a free of the first (4), an allocation (5) with a second attempt (6), and
// a free (7). The one granted the first attempts, the other the second ones, or none.
func TestSecondAttempts(t *testing.T) {
	const granted = `a 0 8192 contiguous
= 0+8192
a 2 8192 contiguous
= 8192+8192
f 0
a 5 4096 contiguous
= 0+4096
f 2
`
	const refused = `a 0 8192 contiguous
! ENOSPC
f 0
a 0 8192
= 4096+4096 12288+4096
a 2 8192 contiguous
! ENOSPC
f 2
a 2 8192 align=8192
! ENOSPC
f 0
a 5 4096 contiguous
! ENOSPC
f 5
a 5 4096
= 0+4096
f 2
`
	a, b := placements(t, granted, 0), placements(t, refused, 2)
	if !b.Answered() || b.Errno != "" || len(b.Blocks) != 2 {
		t.Errorf("operation 2 of the other: %q, %v", b.Errno, b.Blocks)
	}
	if c := placements(t, refused, 4); c.Errno != "ENOSPC" {
		t.Errorf("operation 4 of the other: %q", c.Errno)
	}
	if err := a.Merge([]*explain.Recorded{a, b}); err != nil || a.Unknown != 0 {
		t.Fatalf("%v, %d unknown", err, a.Unknown)
	}
	if err := b.Merge([]*explain.Recorded{a, b}); err != nil {
		t.Fatal(err)
	}
	want := []workloads.Kind{workloads.Alloc, workloads.Fallback, workloads.Alloc, workloads.Fallback, workloads.Free, workloads.Alloc, workloads.Fallback, workloads.Free}
	for _, st := range []*explain.Recorded{a, b} {
		if len(st.Ops) != len(want) {
			t.Fatalf("%d operations, want %d: %v", len(st.Ops), len(want), st.Ops)
		}
		for i, op := range st.Ops {
			if op.Kind != want[i] || op != a.Ops[i] {
				t.Errorf("operation %d is %+v, of the first %+v, want kind %d", i+1, op, a.Ops[i], want[i])
			}
		}
	}
	if a.Ops[3].Req.Align != 8192 {
		t.Errorf("the second attempt is %v", a.Ops[3].Req)
	}
	alone := placements(t, granted, 0)
	if err := alone.Merge(nil); err != nil || alone.Unknown != 2 {
		t.Errorf("%v, %d unknown, want 2: nothing shows that there is a third", err, alone.Unknown)
	}
	if err := alone.Merge([]*explain.Recorded{placements(t, strings.Replace(granted, "a 2 8192", "a 2 4096", 1), 0)}); err == nil {
		t.Error("other operations are merged")
	}
}

// The refusal of a request whose object is freed later is no second attempt.
func TestFreedRefusals(t *testing.T) {
	st := placements(t, "a 0 8192\n! ENOSPC\nf 0\na 2 4096\n= 0+4096\na 3 8192\n! ENOSPC\na 4 4096\n= 4096+4096\nf 3\nf 4\n", 0)
	var kinds []workloads.Kind
	for _, op := range st.Ops {
		kinds = append(kinds, op.Kind)
	}
	if len(kinds) != 7 || kinds[1] != workloads.Free || kinds[5] != workloads.Free || st.Ops[1].Slot != st.Ops[0].Slot {
		t.Errorf("%v", st.Ops)
	}
}

// Of each part of a stream the refusal that tells most is chosen, the first of equals, and
// the first of all; invalid ones only where there is nothing else.
func TestChoose(t *testing.T) {
	f := func(op, weight int) explain.Found { return explain.Found{Op: op, Weight: weight} }
	for _, tt := range []struct {
		refused []explain.Found
		want    []int
	}{
		{nil, nil},
		{[]explain.Found{f(1, 0), f(2, 0), f(60, 0)}, []int{1, 60}},
		{[]explain.Found{f(1, 0), f(2, 2), f(3, 3), f(4, 3), f(60, 0), f(99, 1)}, []int{2, 3, 99}},
		{[]explain.Found{f(3, 3), f(4, 3)}, []int{3}},
		{[]explain.Found{f(20, 0), f(60, 1), f(61, 2)}, []int{60, 61}},
	} {
		if got := explain.Choose(tt.refused, 100, 2); !slices.Equal(got, tt.want) {
			t.Errorf("%v: chosen %v, want %v", tt.refused, got, tt.want)
		}
	}
}

// A search that may replay nothing claims nothing.
func TestGivesUp(t *testing.T) {
	st := drawn(3)
	s := rangemgr.Strategy
	refused, _, err := explain.Survey(st, s, false)
	if err != nil || len(refused) == 0 {
		t.Fatal(len(refused), err)
	}
	for _, f := range refused {
		events, err := explain.Explain(st, s, nil, []int{f.Op}, explain.Limits{Objects: 12, Trials: 4, Ops: 0})
		if err != nil {
			t.Fatal(err)
		}
		x := events[0].Why
		if x.Proven || x.Cheapest || len(x.Frees) > 0 || x.Hopeless && x.Kind != reason.Invalid && x.Kind != reason.Beyond && x.Kind != reason.TooBig {
			t.Errorf("%+v", *x)
		}
	}
}
