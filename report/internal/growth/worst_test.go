package growth

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// worstText is lines of a strategy, for requests from 8 KiB on.
func worstText(strategy string, ratios ...float64) (text string) {
	for i, r := range ratios {
		text += fmt.Sprintf("BenchmarkWorstCase/strategy=%s/size=%dKiB 1 %g region/live %g bound/live %d first-fit/live %d half-fit/live\n", strategy, 8<<i, r, 1.5+float64(i)/2, 2+i, 4+2*i)
	}
	return text
}

// TestWorst says who needs most, and draws each strategy and the bound.
func TestWorst(t *testing.T) {
	for _, tt := range []struct{ lines, heading string }{
		{worstText("buddy", 1.5, 2.1, 3), "Worst case found: buddy needs 3 times what is live for requests up to 32 KiB"},
		{worstText("buddy", 1.5, 2.1, 3) + worstText("rangemgr", 1.5, 2.1, 3), "Worst case found: each strategy needs 3 times what is live for requests up to 32 KiB"},
		{worstText("buddy", 1.5, 2.1, 3) + worstText("rangemgr", 1.5, 2.4, 4), "Worst case found: rangemgr needs 4 times what is live for requests up to 32 KiB, buddy 3"},
	} {
		p, err := makeWorst(testrun.WithCurves(t, fixture.Pair1(2), tt.lines))
		fixture.Must(t, err)
		if got := strings.ReplaceAll(string(p.Heading), "\u00a0", " "); got != tt.heading {
			t.Errorf("got  %s\nwant %s", got, tt.heading)
		}
		testrun.CheckFigure(t, p.Figure)
		lines, bounds := worstLines([]string{"buddy", "rangemgr"}, testrun.WithCurves(t, fixture.Pair1(2), tt.lines).Curves.Worst)
		if want := strings.Count(tt.lines, "\n") / 3; len(lines) != want || len(bounds[0]) != 3 || bounds[0][2].Y != 2.5 || bounds[1][2].Y != 4 || bounds[2][2].Y != 8 {
			t.Errorf("%d lines, bounds %v", len(lines), bounds)
		}
	}
	for _, lines := range []string{"", worstText("other", 1.5, 2), "BenchmarkWorstCase/strategy=buddy/size=big 1 2 region/live\n", "BenchmarkWorstCase/strategy=buddy/size=8KiB 1 0 region/live\n"} {
		p, err := makeWorst(testrun.WithCurves(t, fixture.Pair1(2), lines))
		fixture.Must(t, err)
		if p.Missing == "" {
			t.Errorf("%q has a section: %s", lines, p.Heading)
		}
	}
	p, err := makeWorst(testrun.WithCurves(t, fixture.Pair1(2), worstText("buddy", 1.5)))
	fixture.Must(t, err)
	testrun.CheckFew(t, p.Figure, false)
}
