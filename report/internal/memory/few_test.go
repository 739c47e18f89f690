package memory

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

// Series of no sample, of one, of values that are no numbers or all the same.
func TestSeriesFew(t *testing.T) {
	nan := math.NaN()
	for name, tt := range map[string]struct {
		moments []rundir.Moment
		drawn   bool
	}{
		"none":       {nil, false},
		"one":        {[]rundir.Moment{{Op: 5, Broken: 3, Largest: 4096, Seconds: nan}}, false},
		"no numbers": {[]rundir.Moment{{Op: 5, Broken: nan, Largest: nan, Refused: nan, Seconds: nan}, {Op: 7, Broken: nan, Largest: nan, Refused: nan, Seconds: nan}}, false},
		"equal":      {[]rundir.Moment{{Op: 5, Broken: 0, Largest: 0, Seconds: nan}, {Op: 5, Broken: 0, Largest: 0, Seconds: nan}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := rundir.NewWorkload("wa")
			w.Moments[0], w.Moments[1] = tt.moments, tt.moments
			names := list.Names{"buddy", "rangemgr"}
			f, err := seriesFigure(names, w, "series")
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
			f, err = smallSeries(names, w, "small")
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}

// Sizes of no request, of one class, of two.
func TestSizesFew(t *testing.T) {
	for classes, drawn := range []bool{false, false, true} {
		w := rundir.NewWorkload("wa")
		p := new(rundir.Placement)
		for c := range classes {
			p.ReqHist[12+c], p.BlkHist[12+c], p.Requests = 7, 7, p.Requests+7
		}
		w.Placed = []*rundir.Placement{p}
		f, err := sizesFigure(list.Names{"buddy"}, w)
		fixture.Must(t, err)
		testrun.CheckFew(t, f, drawn)
	}
}
