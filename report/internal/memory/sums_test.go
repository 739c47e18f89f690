package memory

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// However many bars are drawn, each refusal is in one of them; a line ends at the last
// sample, and each of its points is one.
func TestBins(t *testing.T) {
	var all []rundir.Moment
	for i := range 250 {
		all = append(all, rundir.Moment{Op: 10 * (i + 1), Refused: float64(i % 7), Largest: float64(1000 + i)})
	}
	want := 0.0
	for _, m := range all {
		want += m.Refused
	}
	for _, n := range []int{1, 2, 7, 48, 100, 240, 250, 300} {
		got := 0.0
		for _, pt := range summed(operations, all, n, func(m rundir.Moment) float64 { return m.Refused }) {
			got += pt.Y
		}
		if got != want {
			t.Errorf("%d bars: %v refusals, want %v", n, got, want)
		}
		line := sampled(operations, all, n, func(m rundir.Moment) float64 { return m.Largest })
		if last := line[len(line)-1]; last.X != 2500 || last.Y != 1249 || len(line) > n {
			t.Errorf("%d points end at %v", len(line), last)
		}
		for _, pt := range line {
			if pt.Y != 1000+pt.X/10-1 {
				t.Errorf("a point %v that no sample has", pt)
			}
		}
	}
}

// More refusals than an int holds are a large number, not a negative one.
func TestRefusedBeyondCounting(t *testing.T) {
	w := rundir.NewWorkload("w")
	w.Moments[0] = []rundir.Moment{{Op: 1, Refused: 1e29}, {Op: 2, Refused: 1e29}}
	p, any := refusedPanel(list.Names{"a"}, w, 48)
	if !any || p.sets[0].value != "9,010,000,000,000,000 in all" || math.IsNaN(p.y.Max) {
		t.Errorf("value %q", p.sets[0].value)
	}
}
