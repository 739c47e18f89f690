package addrmap

import (
	"slices"
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// Beside the base stands who refused most for want of memory: a request that made no sense
// is no reason, and of those that refused alike the most broken is shown.
func TestShownByHand(t *testing.T) {
	type trace struct {
		refused, invalid int
		broken           float64
	}
	for _, tt := range []struct {
		others []trace
		want   []int
	}{
		{[]trace{{9, 9, 0}, {2, 0, 0}, {5, 4, 0}}, []int{0, 2}},
		{[]trace{{2, 0, 0}, {9, 9, 0}, {3, 0, 0}}, []int{0, 3}},
		{[]trace{{7, 7, 1}, {0, 0, 30}, {8, 8, 2}}, []int{0, 2}},
		{[]trace{{3, 1, 10}, {2, 0, 20}, {1, 0, 99}}, []int{0, 2}},
		{[]trace{{4, 4, 1}}, []int{0, 1}},
	} {
		w := rundir.NewWorkload("w")
		names := list.Names{"base"}
		w.Placed = []*rundir.Placement{{}}
		for i, o := range tt.others {
			names = append(names, string(rune('a'+i)))
			w.Placed = append(w.Placed, &rundir.Placement{Refusals: rundir.Refusals{N: o.refused, Invalid: o.invalid}})
			w.Moments[i+1] = []rundir.Moment{{Op: 1, Broken: o.broken}}
		}
		if got := shown(names, w); !slices.Equal(got, tt.want) {
			t.Errorf("%+v: %v are shown, want %v", tt.others, got, tt.want)
		}
	}
}
