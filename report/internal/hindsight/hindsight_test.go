package hindsight

import (
	"slices"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// TestRegions: a strategy of one piece is compared with the lower bound, one that scatters
// with nothing, nor one that serves other requests.
func TestRegions(t *testing.T) {
	names := list.Names{"buddy", "rangemgr", "tlsf", "none"}
	whole, apart := &rundir.Placement{Able: rundir.Abilities{OnePiece: true}}, &rundir.Placement{Able: rundir.Abilities{Scatters: true}}
	workload := func(lower, upper float64, bytes ...float64) *rundir.Workload {
		w := rundir.NewWorkload("w")
		w.Hindsight = rundir.Hindsight{Lower: lower, Upper: upper}
		w.Placed = []*rundir.Placement{apart, whole, whole, nil}
		for s, b := range bytes {
			w.Smallest[s] = rundir.Smallest{Bytes: b}
		}
		return w
	}
	odd := workload(4<<20, 4<<20, 4<<20, 4<<20, 4<<20)
	odd.Smallest[2] = rundir.Smallest{Bytes: 4 << 20, Never: 1}
	list := []*rundir.Workload{
		workload(4<<20, 4<<20, 3<<20, 5<<20, 4<<20),
		workload(4<<20, 5<<20, 4<<20, 6<<20),
		odd,
		rundir.NewWorkload("generated"),
	}
	r := regionsOf(names, list)
	var got []string
	for _, row := range r.Rows {
		got = append(got, strings.ReplaceAll(row.Best+"|"+row.Gap+"|"+strings.Join(row.Values, "|"), "\u00a0", " "))
	}
	want := []string{
		"4 MiB|optimal|3 MiB†|25.00 %|optimal|–",
		"5 MiB|at most 25.00 % above|4 MiB†|at most 50.00 %|–|–",
		"4 MiB|optimal|4 MiB†|optimal|4 MiB*|–",
	}
	if !slices.Equal(got, want) {
		t.Errorf("rows %q, want %q", got, want)
	}
	if r.best != 1 || r.worst != 0.5 || r.met != 2 || !r.Scatters || !r.Other {
		t.Errorf("best %d, %v, %d met", r.best, r.worst, r.met)
	}
	if r := regionsOf(names[:1], list); r.best != -1 || r.heading() != "The best that hindsight could do is known exactly of 2 of 3\u00a0traces" {
		t.Errorf("best %d, heading %q", r.best, r.heading())
	}
}
