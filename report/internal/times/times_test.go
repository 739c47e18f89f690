package times

import (
	"math"
	"testing"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/testrun"
)

func TestOddForest(t *testing.T) {
	p := func(delta, lo, hi float64) *judge.Pair { return &judge.Pair{Delta: delta, Lo: lo, Hi: hi} }
	inf := math.Inf(1)
	for _, pairs := range [][]*judge.Pair{
		{nil, nil}, {nil, p(0, 0, 0)}, {nil, p(-1, -1, -1)}, {nil, p(1e9, -inf, inf)}, {nil, p(-0.999, -0.9999, 5)},
		{nil, p(1, 0.5, 2), p(-0.5, -inf, inf), p(0.1, 0.1, 0.1)},
	} {
		row := pairRow{pairs: pairs}
		axis := ratioAxisOf([]pairRow{row})
		svg, err := axis.row(row, make([]section.StrategyHead, len(pairs)), false)
		fixture.Must(t, err)
		testrun.CheckFigure(t, chart.Figure{Wide: svg, Narrow: svg})
		if axis.lo > -1 || axis.lo < -octavesMost || axis.hi < 1 || axis.hi > octavesMost {
			t.Errorf("axis %+v leaves its limits", axis)
		}
	}
}
