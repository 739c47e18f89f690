package tables

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

var few = map[string]struct {
	sizes []uint64
	time  float64
	drawn bool
}{
	"one":        {[]uint64{4096}, 1e-7, false},
	"no numbers": {[]uint64{4096, 8192}, math.NaN(), false},
	"equal":      {[]uint64{4096, 4096}, 1e-7, true},
	"two":        {[]uint64{4096, 1 << 20}, 1e-7, true},
}

// Sweeps of one size of holes, of times that are no numbers or all the same.
func TestHolesFew(t *testing.T) {
	for name, tt := range few {
		t.Run(name, func(t *testing.T) {
			var lines []judge.HolesLine
			for s := range 2 {
				l := judge.HolesLine{Strategy: s, Size: 1 << 20, Refuses: s == 1}
				for _, n := range tt.sizes {
					l.Points = append(l.Points, judge.HolesPoint{Hole: n, Median: tt.time, P99: tt.time, Segs: 1})
				}
				lines = append(lines, l)
			}
			f, err := holesFigure(list.Names{"buddy", "rangemgr"}, nil, lines)
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}

// Builders measured on one size of objects, of times that are no numbers or all the same.
func TestBuildersFew(t *testing.T) {
	for name, tt := range few {
		t.Run(name, func(t *testing.T) {
			l := judge.BuilderLine{Name: "counted"}
			for _, n := range tt.sizes {
				l.Points = append(l.Points, judge.BuilderPoint{Size: n, Median: tt.time, BuilderCell: &rundir.BuilderCell{Peak: 4096 * tt.time / tt.time}})
			}
			f, err := builderFigure("builders", "", "", []judge.BuilderLine{l}, tt.sizes[0])
			fixture.Must(t, err)
			testrun.CheckFew(t, f, tt.drawn)
		})
	}
}
