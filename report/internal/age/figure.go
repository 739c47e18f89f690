package age

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/internal/survival"
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// mostPanels are drawn, those of the highest fill levels.
const mostPanels = 3

// figure draws the share of seeds that still get a large page, a panel for each fill level.
func figure(names list.Names, all rundir.Ageing, fills []int) (chart.Figure, error) {
	fills = fills[max(0, len(fills)-mostPanels):]
	height := func(w vg.Length) vg.Length {
		if w <= chart.Narrow {
			return vg.Length(len(fills)) * 150
		}
		return 190
	}
	desc := text.Plain(names, heading(names, all, fills[len(fills)-1]))
	x, ticks := axis(names, all, fills)
	return chart.Draw("age", "Seeds that still get 2 MiB against operations", desc, height, func(d chart.Drawing) {
		for i, fill := range fills {
			paint(names, panel(d, i, len(fills)), all, fill, x, ticks)
		}
	})
}

// panel is where panel i of n goes: side by side, or one above the other.
func panel(d chart.Drawing, i, n int) draw.Canvas {
	at, of := vg.Length(i), vg.Length(n)
	if d.Narrow() {
		h := d.Height / of
		return d.Inner(46, 14, at*h+26, (of-1-at)*h+22)
	}
	w := d.Width / of
	return d.Inner(at*w+46, (of-1-at)*w+20, 26, 22)
}

// axis covers the times of all panels, by decades from the one of the first refusal.
func axis(names list.Names, all rundir.Ageing, fills []int) (plot.Axis, []plot.Tick) {
	least, most := math.Inf(1), 10.0
	for _, fill := range fills {
		for _, name := range names {
			for _, t := range all.Times(rundir.AgeKey{Strategy: name, Fill: fill}) {
				most = max(most, float64(t.N))
				if !t.Censored {
					least = min(least, float64(t.N))
				}
			}
		}
	}
	first := math.Pow10(int(math.Floor(math.Log10(max(1, min(least, most/10))))))
	var ticks []plot.Tick
	for v := first; v <= most; v *= 10 {
		ticks = append(ticks, plot.Tick{Value: v, Label: text.Count(int(v))})
	}
	return plot.Axis{Min: first, Max: most, Scale: plot.LogScale{}}, ticks
}

func paint(names list.Names, c draw.Canvas, all rundir.Ageing, fill int, x plot.Axis, ticks []plot.Tick) {
	y := plot.Axis{Min: 0, Max: 100, Scale: plot.LinearScale{}}
	p := chart.New(x, y)
	title := fmt.Sprintf("%d%s%% full", fill, text.NBSP)
	p.Add(chart.Axes{Title: title, X: chart.Quantity{Name: "operations since the region was filled"}, Y: chart.Quantity{Name: "seeds that still get 2 MiB", Unit: chart.Percent}},
		chart.Rules{Ticks: []plot.Tick{{Value: 0, Label: "0"}, {Value: 50, Label: "50"}, {Value: 100, Label: "100%"}}},
		chart.Base{Ticks: ticks}, chart.Caption{Dx: -40, Dy: -18, Text: title})
	var lines chart.Lines
	for s, name := range names {
		if times := all.Times(rundir.AgeKey{Strategy: name, Fill: fill}); len(times) > 0 {
			lines.Of = append(lines.Of, series(name, s, times, x))
		}
	}
	p.Add(lines)
	p.Draw(c)
}

// series has the share after each refusal, from the left edge to the end of the longest run.
func series(name string, strategy int, times []survival.Time, x plot.Axis) chart.Series {
	share := 100.0
	points := plotter.XYs{{X: x.Min, Y: share}}
	steps := plotter.XYs{{X: x.Min, Y: share}}
	for _, step := range survival.Steps(times) {
		at := max(x.Min, float64(step.N)) // what was refused at once has no place on the axis
		steps = append(steps, plotter.XY{X: at, Y: share})
		share = 100 * step.Share
		steps = append(steps, plotter.XY{X: at, Y: share})
		points = append(points, plotter.XY{X: at, Y: share})
	}
	if last := times[len(times)-1]; last.Censored {
		end := plotter.XY{X: max(x.Min, float64(last.N)), Y: share}
		steps, points = append(steps, end), append(points, end)
	}
	return chart.Series{
		Name: name, Strategy: strategy, Points: points, Looks: []chart.Look{chart.Marked(2)},
		Below: []plot.Plotter{chart.Stroke{Points: steps, Style: draw.LineStyle{Color: theme.Colour(strategy), Width: 2, Dashes: chart.Dashes(strategy)}}},
	}
}
