package words

import (
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

func TestWindowed(t *testing.T) {
	for want, r := range map[string]rundir.Refusals{
		"and had to lie in a part of the region.":                  {N: 3, Windowed: 3},
		"; at 2 of them enough was free there in one piece.":       {N: 3, Windowed: 3, Window: rundir.WindowRefusals{Fits: 2, LeastHole: 5}},
		", where at least 22 MiB was free in one piece: the rules": {N: 1, Windowed: 1, Window: rundir.WindowRefusals{Fits: 1, LeastHole: 22 << 20}},
		"in one piece: a binary buddy rounds a contiguous request": {N: 1, Windowed: 1, Window: rundir.WindowRefusals{Fits: 1, Contiguous: 1, LeastHole: 22 << 20}},
	} {
		w := rundir.NewWorkload("w")
		w.Placed = []*rundir.Placement{{Refusals: r, Able: rundir.Abilities{Powers: true}}, {Able: rundir.Abilities{OnePiece: true}}}
		got := strings.ReplaceAll(refusedSizes(w, []int{0, 1}), text.NBSP, " ")
		if !strings.Contains(got, want) {
			t.Errorf("got %q, want %q in it", got, want)
		}
	}
}
