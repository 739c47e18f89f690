package hindsight_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/cmd/vramlab/hindsight"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/bound"
	"github.com/vramlab/vramlab/workloads/census"
	"github.com/vramlab/vramlab/workloads/smallest"
)

const page = strategies.MinPage

// TestOtherWork: a strategy that serves as many requests as the bounds count, but others, has
// no distance from them.
func TestOtherWork(t *testing.T) {
	ops := []workloads.Op{
		{Kind: workloads.Live, Slot: 0}, {Slot: 1}, {Slot: 2},
		{Slot: 3}, {Kind: workloads.Fallback, Slot: 3}, {Kind: workloads.Free, Slot: 1}, {Slot: 4},
	}
	placement := bound.Placement{Grants: []bound.Grant{
		{Size: page}, {Size: page}, {}, {}, {Size: page, Second: true}, {Size: page},
	}}
	for _, tt := range []struct {
		never []smallest.Refusal
		want  string
	}{
		{[]smallest.Refusal{{Op: 2}}, "150.00 % of peak, 50.00 % from optimal\n"},
		{nil, "150.00 % of peak, with 1 request left out of the bounds\n"},
		{[]smallest.Refusal{{Op: 2}, {Op: 3}}, "150.00 % of peak, without 1 request that it never serves\n"},
		{[]smallest.Refusal{{Op: 6}}, "150.00 % of peak, without 1 request that it never serves, with 1 request left out of the bounds\n"},
	} {
		row := hindsight.Row{Strategy: "s", Whole: 3 * page}
		row.Never, row.Extra = placement.Compare(ops, smallest.Result{Never: tt.never}.Refuses())
		r := bound.Result{Peak: 2 * page, Lower: census.Bound{Bytes: 2 * page}, Upper: 2 * page, Objects: 4, Impossible: 1}
		got := print(t, r, row)
		if _, row, _ := strings.Cut(got, "\ns  "); !strings.HasSuffix(row, "  "+tt.want) {
			t.Errorf("never %v: no line %q in\n%s", tt.never, tt.want, got)
		}
	}
}

// TestNothing: what serves nothing, or is compared with nothing, has no percentages.
func TestNothing(t *testing.T) {
	none := hindsight.Row{Strategy: "none", Never: 3}
	got := print(t, bound.Result{Peak: page, Lower: census.Bound{Bytes: page}, Upper: page, Objects: 3}, none)
	if !strings.HasSuffix(got, "none  it never serves any\n") {
		t.Errorf("serves nothing:\n%s", got)
	}
	got = print(t, bound.Result{Impossible: 2}, hindsight.Row{Strategy: "s", Whole: page, Extra: 1})
	if strings.Contains(got, "%") || strings.Contains(got, "optim") || !strings.HasSuffix(got, "with 1 request left out of the bounds\n") {
		t.Errorf("nothing is placed:\n%s", got)
	}
}

// TestUnits: bounds are printed as the file counts too, if that is not in bytes.
func TestUnits(t *testing.T) {
	r := bound.Result{Peak: 6000 * page, Lower: census.Bound{Bytes: 6000 * page}, Upper: 6001*page + page/2, Objects: 1}
	var b bytes.Buffer
	if err := hindsight.Print(&b, r, nil, page); err != nil {
		t.Fatal(err)
	}
	if want := "\nas the file counts  peak 6,000, lower bound 6,000, upper bound 6001.50\n"; !strings.Contains(b.String(), want) {
		t.Errorf("no line %q in\n%s", want, b.String())
	}
	if got := print(t, r); strings.Contains(got, "counts") {
		t.Errorf("units of a file that has none of its own:\n%s", got)
	}
}

func print(t *testing.T, r bound.Result, rows ...hindsight.Row) string {
	t.Helper()
	var b bytes.Buffer
	if err := hindsight.Print(&b, r, rows, 1); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
