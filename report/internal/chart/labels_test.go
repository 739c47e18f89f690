package chart

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/fixture"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// At no width and over no range of values do two labels of the axes touch, or leave
// the figure, and those that have room stay.
func TestLabelsKeepApart(t *testing.T) {
	type axis struct {
		plot.Axis
		ticks []plot.Tick
	}
	of := func(a plot.Axis, ticks []plot.Tick) axis { return axis{a, ticks} }
	decades := func(lo, hi float64) axis { return of(Decades(lo, hi)) }
	goroutines := axis{plot.Axis{Min: 1, Max: 128, Scale: plot.LogScale{}}, nil}
	for _, n := range []int{1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128} {
		goroutines.ticks = append(goroutines.ticks, plot.Tick{Value: float64(n), Label: text.Count(n)})
	}
	axes := map[string]axis{"decades": decades(1e-9, 1e-3), "one decade": decades(1e-9, 2e-9), "many decades": decades(1e-9, 1e2), "goroutines": goroutines}
	for e := 12; e <= 63; e += 10 {
		for _, every := range []int{1, 2, 4} {
			axes[fmt.Sprint("powers to ", e, " by ", every)] = of(Powers(4096, 1<<e, every, 0))
		}
		axes[fmt.Sprint("linear to 2^", e)] = of(LinearAxis(math.Exp2(float64(e)), 0.1, e/4, func(v float64) string { return fmt.Sprintf("%.3g", v) }))
	}
	inverted := of(Powers(4096, 4<<30, 2, 0))
	inverted.Scale = plot.InvertedScale{Normalizer: plot.LogScale{}}
	axes["inverted"] = inverted
	for name, a := range axes {
		for w := vg.Length(240); w < 1200; w += 53 {
			for _, right := range []vg.Length{4, 84} {
				svg, err := DrawSVG("f", "", "", w, 200, func(d Drawing) {
					p := New(a.Axis, a.Axis)
					p.Add(Rules{Ticks: a.ticks}, Base{Ticks: a.ticks})
					p.Draw(d.Inner(90, right, 10, 26))
				})
				fixture.Must(t, err)
				d := fixture.Drawings(t, string(svg))[0]
				if bad := d.Touching(); len(bad) > 0 {
					t.Fatalf("%s, %v wide, %v at the right: %q", name, w, right, bad)
				}
				across, up, given := 0, 0, 0
				for _, k := range a.ticks {
					if k.Label != "" {
						given++
					}
				}
				for _, l := range d.Labels {
					if l.Anchor == "middle" {
						across++
					} else {
						up++
					}
				}
				if up < min(2, given) || across < min(2, given-1) && w > 300 {
					t.Fatalf("%s, %v wide, %v at the right: %d labels across, %d up", name, w, right, across, up)
				}
			}
		}
	}
}

// What has room keeps every label.
func TestLabelsWithRoomStay(t *testing.T) {
	a, ticks := Powers(4096, 4<<30, 4, 0)
	svg, err := DrawSVG("f", "", "", 1000, 100, func(d Drawing) {
		p := New(a, plot.Axis{Min: 0, Max: 1, Scale: plot.LinearScale{}})
		p.Add(Base{Ticks: ticks})
		p.Draw(d.Inner(60, 60, 10, 26))
	})
	fixture.Must(t, err)
	got := ""
	for _, l := range fixture.Drawings(t, string(svg))[0].Labels {
		got += strings.ReplaceAll(l.Text, text.NBSP, " ") + ";"
	}
	if want := "4 KiB;64 KiB;1 MiB;16 MiB;256 MiB;4 GiB;"; got != want {
		t.Errorf("labels %s, want %s", got, want)
	}
}

// A text is aligned by the browser, whatever its font.
func TestAnchors(t *testing.T) {
	for want, x := range map[string]draw.XAlignment{"start": draw.XLeft, "middle": draw.XCenter, "end": draw.XRight} {
		svg, err := DrawSVG("f", "", "", 100, 100, func(d Drawing) {
			d.FillText(BoldText(theme.Sentinel("ink"), x), vg.Point{X: 50, Y: 30}, "<a>")
		})
		fixture.Must(t, err)
		got := fixture.Drawings(t, string(svg))[0].Labels
		if len(got) != 1 || got[0].Anchor != want || got[0].X != 50 || got[0].Text != "<a>" || !got[0].Bold {
			t.Errorf("%s: %+v in %s", want, got, svg)
		}
	}
}
