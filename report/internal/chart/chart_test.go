package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"

	"github.com/vramlab/vramlab/report/internal/text"
)

// A colour that is no token must not reach the page.
func TestForeignColour(t *testing.T) {
	_, err := themed(`<svg width="1"><path style="fill:#123456"/></svg>`, "f", "", "", 1, 1)
	if err == nil || !strings.Contains(err.Error(), "#123456") {
		t.Errorf("got %v, want an error that names the colour", err)
	}
	_, err = DrawSVG("f", "", "", 10, 10, func(Drawing) { panic("log of zero") })
	if err == nil || !strings.Contains(err.Error(), "figure f: log of zero") {
		t.Errorf("got %v, want the panic as an error", err)
	}
}

func TestSpreadOut(t *testing.T) {
	for _, want := range [][]vg.Length{{}, {5}, {5, 5, 5}, {100, 99, 98, 97}, {-50, 300, 10}} {
		tall := make([]vg.Length, len(want))
		for i := range tall {
			tall[i] = 14
		}
		got := spreadOut(want, tall, 0, 112)
		for i := range got {
			for j := range got[:i] {
				if d := math.Abs(float64(got[i] - got[j])); d < 14 {
					t.Errorf("%v: labels %d and %d are %.1f apart in %v", want, j, i, d, got)
				}
			}
		}
	}
	if got := fmt.Sprint(spreadOut([]vg.Length{20, 80}, []vg.Length{14, 14}, 0, 100)); got != "[20 80]" {
		t.Errorf("labels that do not touch moved to %s", got)
	}
}

func TestAxes(t *testing.T) {
	for _, v := range []float64{0, -1, math.NaN(), math.Inf(1), 1e-12, 3, 1e300} {
		a, ticks := LinearAxis(v, 0.35, 2, text.Short3)
		if !(a.Max > a.Min) || len(ticks) < 2 {
			t.Errorf("linear axis to %v: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
		a, ticks = Decades(v, v)
		if !(a.Max > a.Min) || a.Min <= 0 || len(ticks) < 2 {
			t.Errorf("decades around %v: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
	}
	for _, v := range [][2]float64{{0, 0}, {-1, 0}, {3, 5}, {-1, 1e6}, {math.Inf(-1), 1}, {-7, -2}} {
		a, ticks := SignedAxis(v[0], v[1], 4, text.Short3)
		if !(a.Max > a.Min) || a.Min > 0 || a.Max < 0 || len(ticks) < 2 || len(ticks) > 7 || !math.IsInf(v[0], 0) && (a.Min > v[0] || a.Max < v[1]) {
			t.Errorf("signed axis of %v: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
	}
	for _, v := range []uint64{0, 1, 4096, math.MaxUint64} {
		a, ticks := Powers(v, v, 2, 0.35)
		if !(a.Max > a.Min) || a.Min <= 0 || len(ticks) < 2 {
			t.Errorf("powers around %d: %v to %v with %d ticks", v, a.Min, a.Max, len(ticks))
		}
	}
}
