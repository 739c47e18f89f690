package times

import (
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
	"github.com/vramlab/vramlab/report/internal/text"
)

// The figure is there from six rounds on, says what it shows, and its labels keep apart.
func TestDrift(t *testing.T) {
	for _, tt := range []struct {
		name    string
		count   int
		shift   float64
		cores   bool
		lost    float64
		heading string
		how     string // the end
		legend  int
	}{
		{"few", 5, 0, true, 0, "", "", 0},
		{"too few to tell", 7, 0.1, true, 0, "7 rounds are too few to tell a change of the level of times; 8 are enough", "round by round.", 2},
		{"old", 8, 0, false, 0, "Over the 8 rounds no change of the level of times is seen", "This run does not say which samples were interrupted.", 2},
		{"quiet", 8, 0, true, 0, "Over the 8 rounds no change of the level of times is seen", "round by round.", 2},
		{"slower", 20, 0.1, true, 0.05, "From round 11 of 20 on, times are 9.8 % longer than before", "favours none.", 3},
		{"faster", 150, -0.2, true, 0.5, "From round 76 of 150 on, times are 20 % shorter than before", "favours none.", 3},
	} {
		f := fixture.Planted(2, fixture.Workload{Ns: []float64{300, 150}}, fixture.Workload{Ns: []float64{300, 150}})
		f.Noise, f.Count, f.Shift, f.Cores, f.Lost, f.Bare = 0.004, tt.count, tt.shift, tt.cores, tt.lost, true
		d, err := makeDrift(testrun.Load(t, f.Write(t)))
		fixture.Must(t, err)
		how := strings.ReplaceAll(d.How, text.NBSP, " ")
		if got := strings.ReplaceAll(d.Heading, text.NBSP, " "); got != tt.heading || !strings.HasSuffix(how, tt.how) || len(d.Legend) != tt.legend {
			t.Errorf("%s: %q, %q, %v", tt.name, got, how, d.Legend)
		}
		if d.Heading == "" {
			continue
		}
		testrun.CheckFigure(t, d.Figure)
		for _, drawing := range fixture.Drawings(t, string(d.Figure.Wide+d.Figure.Narrow)) {
			if bad := drawing.Touching(); len(bad) > 0 || len(drawing.Labels) < 6 {
				t.Errorf("%s: %d labels, %q", tt.name, len(drawing.Labels), bad)
			}
		}
	}
}

// Dots upon each other are one, also those beyond the scale.
func TestThin(t *testing.T) {
	y := plot.Axis{Min: -1, Max: 1}
	got := thin(plotter.XYs{{X: 1, Y: 0}, {X: 1, Y: 0.001}, {X: 2, Y: 0}, {X: 1, Y: 50}, {X: 1, Y: 90}, {X: 1, Y: -1}}, y, 10)
	if len(got) != 4 {
		t.Errorf("%v", got)
	}
}

// The latencies say what a reading of the clock costs, if the run does.
func TestClockCost(t *testing.T) {
	for fact, want := range map[string]string{
		"26.8ns": "A reading of the clock took 26.8 ns and is subtracted.", "": "", "nonsense": "", "-1ns": "", "0ns": "", "Infns": "", "NaNns": "",
	} {
		f := fixture.Pair1(2)
		f.Meta = "# clock-cost: " + fact + "\n"
		if got := strings.ReplaceAll(makeTails(testrun.Load(t, f.Write(t))).Clock, text.NBSP, " "); got != want {
			t.Errorf("%q: got %q, want %q", fact, got, want)
		}
	}
}
