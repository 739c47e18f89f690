package growth

import (
	"math"
	"strings"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// Sweeps of one size, of times that are no numbers or all the same.
func TestScalingFew(t *testing.T) {
	point := func(n, time float64) judge.ScalePoint {
		return judge.ScalePoint{N: n, Median: time, ScalingCell: &rundir.ScalingCell{Time: []float64{time}}}
	}
	nan := math.NaN()
	for name, tt := range map[string]struct {
		points []judge.ScalePoint
		drawn  bool
	}{
		"one":        {[]judge.ScalePoint{point(1000, 1e-7)}, false},
		"no numbers": {[]judge.ScalePoint{point(1000, nan), point(10000, nan)}, false},
		"equal":      {[]judge.ScalePoint{point(1000, 1e-7), point(1000, 1e-7)}, true},
	} {
		t.Run(name, func(t *testing.T) {
			s := judge.Scale{Lines: []judge.ScaleLine{{Strategy: 0, Op: "alloc", Points: tt.points}}}
			f, err := scaleFigure(list.Names{"buddy"}, &judge.SelfTest{}, "scaling", s)
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}

// Goroutines of one number make a sentence, and the table stays.
func TestConcurrentFew(t *testing.T) {
	r := testrun.WithCurves(t, fixture.Pair1(2), fixture.ConcurrentText("buddy", "locked", 2, 5, 50)+fixture.ConcurrentText("rangemgr", "locked", 2, 5, 60))
	p, err := makeConcurrentSection(r)
	fixture.Must(t, err)
	testrun.CheckFew(t, p.Figure, false)
	if len(p.Table.Rows) != 2 || !strings.Contains(p.Figure.Few, "buddy (one point)") {
		t.Errorf("%d rows, %q", len(p.Table.Rows), p.Figure.Few)
	}
}
