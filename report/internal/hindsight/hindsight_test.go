package hindsight

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// TestRegions: a strategy is compared with the lower bound, one that serves other requests with
// nothing, and the heading has those that are compared on all traces, the nearest first.
func TestRegions(t *testing.T) {
	names := list.Names{"buddy", "rangemgr", "tlsf", "none"}
	workload := func(lower, upper float64, bytes ...float64) *rundir.Workload {
		w := rundir.NewWorkload("w")
		w.Hindsight = rundir.Hindsight{Lower: lower, Upper: upper}
		for s, b := range bytes {
			w.Whole[s] = rundir.Whole{Bytes: b}
		}
		return w
	}
	odd := workload(4<<20, 4<<20, 4<<20, 4<<20, 4<<20)
	odd.Whole[2] = rundir.Whole{Bytes: 4 << 20, Other: 1}
	runs := []*rundir.Workload{
		workload(4<<20, 4<<20, 8<<20, 5<<20, 4<<20),
		workload(4<<20, 5<<20, 6<<20, 6<<20),
		odd,
		rundir.NewWorkload("generated"),
	}
	r := regionsOf(names, runs)
	var got []string
	for _, row := range r.Rows {
		got = append(got, strings.ReplaceAll(row.Best+"|"+row.Gap+"|"+strings.Join(row.Values, "|"), "\u00a0", " "))
	}
	want := []string{
		"4 MiB|optimal|100.00 %|25.00 %|optimal|–",
		"5 MiB|at most 25.00 % above|at most 50.00 %|at most 50.00 %|–|–",
		"4 MiB|optimal|optimal|optimal|4 MiB*|–",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	if !slices.Equal(r.ranking, []int{1, 0}) || r.met != 2 || !r.Other {
		t.Errorf("ranking %v, %d met", r.ranking, r.met)
	}
	for _, tt := range []struct {
		names list.Names
		want  string
	}{
		{names, "in one piece: rangemgr at most 50.00 %, buddy at most 100.00 %"},
		{nil, "The best that hindsight could do is known exactly of 2 of 3 traces"},
	} {
		got := tags.ReplaceAllString(string(regionsOf(tt.names, runs).heading(tt.names)), "")
		if got = strings.ReplaceAll(got, "\u00a0", " "); !strings.HasSuffix(got, tt.want) {
			t.Errorf("heading %q, want %q", got, tt.want)
		}
	}
}

var tags = regexp.MustCompile("<[^>]*>")
