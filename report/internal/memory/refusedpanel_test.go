package memory

import (
	"testing"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
)

// A bar of the panel is the sum of what was refused at the samples it stands for.
func TestRefusedBars(t *testing.T) {
	w := rundir.NewWorkload("w")
	w.Moments[0] = []rundir.Moment{{Op: 10, Refused: 4}, {Op: 20, Refused: 1}, {Op: 30, Refused: 7}, {Op: 40}}
	w.Moments[1] = []rundir.Moment{{Op: 10}, {Op: 20}, {Op: 30}, {Op: 40}}
	p, any := refusedPanel(list.Names{"a", "b"}, w, 2)
	if !any || len(p.sets) != 2 {
		t.Fatalf("%d sets, any %v", len(p.sets), any)
	}
	bars := p.sets[0].points
	if len(bars) != 2 || bars[0].Y != 5 || bars[1].Y != 7 || bars[0].X != 20 || bars[1].X != 40 || p.sets[0].value != "12 in all" {
		t.Errorf("bars %v, %q; want 5 up to 20, 7 up to 40, 12 in all", bars, p.sets[0].value)
	}
	if p.sets[1].any || p.sets[1].value != "none" {
		t.Errorf("the other has %q", p.sets[1].value)
	}
}
