package addrmap

import (
	"fmt"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// TestCloser: close-ups add to the frames and take none away, and around an operation they
// come down to every single one.
func TestCloser(t *testing.T) {
	even := spread(100_000, 240)
	at := closer(slices.Clone(even), []int{3, 50_000, 99_999})
	for _, op := range even {
		if !slices.Contains(at, op) {
			t.Errorf("the frame of operation %d is lost", op)
		}
	}
	if !slices.IsSorted(at) || at[0] < 1 || at[len(at)-1] != 100_000 || len(slices.Compact(slices.Clone(at))) != len(at) {
		t.Errorf("frames %v", at)
	}
	for _, op := range []int{1, 3, 11, 49_994, 50_000, 50_006, 99_993, 100_000} {
		if !slices.Contains(at, op) {
			t.Errorf("no frame of operation %d", op)
		}
	}
	if n := len(at) - len(even); n < 60 || n > 3*4*17 {
		t.Errorf("%d frames more", n)
	}
	if got := closer(spread(20, 240), []int{7}); fmt.Sprint(got) != fmt.Sprint(spread(20, 240)) {
		t.Errorf("frames of every operation became %v", got)
	}
}

// TestCloseUps: a map that cannot have all its objects has frames closer to its first refusal
// than elsewhere; one that can has them equally spaced.
func TestCloseUps(t *testing.T) {
	many := fixture.Many(2)
	r, err := rundir.Read(many.Write(t))
	fixture.Must(t, err)
	w := r.Workload("gfx")
	refused := int(w.Placement(1).Refusals.At[0])
	if p := w.Placement(0).Refusals.At; len(p) > 0 {
		refused = min(refused, int(p[0]))
	}
	few := shoot(list.Names{"a", "b"}, t.Errorf, w, 30, 10)
	if !slices.Contains(few.at, refused) || !slices.Contains(few.at, refused+1) || len(few.at) < 50 {
		t.Errorf("%d frames, none at the first refusal, operation %d: %v", len(few.at), refused, few.at)
	}
	for _, l := range few.lanes {
		if len(l.moments) != len(few.at) || len(l.layers[levels]) != len(few.at)*few.grid.cells {
			t.Errorf("%d moments of %d frames", len(l.moments), len(few.at))
		}
	}
	if all := shoot(list.Names{"a", "b"}, t.Errorf, w, 30, 1<<20); len(all.at) != 30 {
		t.Errorf("%d frames of a map with all objects", len(all.at))
	}
}
