package times

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// drift is the figure of the times over the rounds of a run: one line for all strategies,
// since what it shows is the machine, and a line of each hid that.
type drift struct {
	Heading string
	How     string
	Legend  []section.LegendItem
	Figure  chart.Figure
}

// makeDrift has no heading where the run has too few rounds.
func makeDrift(in judge.Run) (out drift, err error) {
	d, ok := in.Times.DriftOf(in.Workloads)
	if !ok {
		return drift{}, nil
	}
	out = drift{Heading: words.DriftHeading(d), How: words.DriftHow(d, in.Basis, driftScaleOf(d).beyond)}
	out.Legend = []section.LegendItem{{Kind: "line", Class: "inked", Text: "median of the round"}, {Kind: "block", Text: "the middle half of its samples"}}
	if in.Basis.N > 0 {
		out.Legend = append(out.Legend, section.LegendItem{Kind: "dot", Text: words.Interrupted(in.Basis)})
	}
	out.Figure, err = driftFigure(d, out.Heading)
	return out, err
}

func driftFigure(d judge.Drift, heading string) (chart.Figure, error) {
	height := func(width vg.Length) vg.Length { return 220 }
	return chart.Draw("drift", "Times over the rounds of the run", heading, height, func(c chart.Drawing) { paintDrift(c, d) })
}

// driftScale is the scale of the figure in percent.
type driftScale struct {
	lo, hi float64
	beyond bool // interrupted samples lie off it
}

// driftScaleOf shows the middle halves of all rounds and of the interrupted samples those
// that are off by up to twice as much: one that lost its core for long says nothing of the
// others, and would flatten them.
func driftScaleOf(d judge.Drift) driftScale {
	s := driftScale{lo: -1, hi: 1}
	for _, r := range d.Rounds {
		s.lo, s.hi = min(s.lo, off(r.Lo)), max(s.hi, off(r.Hi))
	}
	most := 2 * max(-s.lo, s.hi)
	for _, r := range d.Rounds {
		for _, v := range r.Lost {
			s.beyond = s.beyond || math.Abs(off(v)) > most
			s.lo, s.hi = min(s.lo, max(off(v), -most)), max(s.hi, min(off(v), most))
		}
	}
	return s
}

// paintDrift draws the rounds: interrupted samples side by side, so that none hides another,
// over the band and under the line.
func paintDrift(c chart.Drawing, d judge.Drift) {
	n := len(d.Rounds)
	var mid, lo, hi, lost plotter.XYs
	for i, r := range d.Rounds {
		x := float64(i + 1)
		mid = append(mid, plotter.XY{X: x, Y: off(r.Mid)})
		lo, hi = append(lo, plotter.XY{X: x, Y: off(r.Lo)}), append(hi, plotter.XY{X: x, Y: off(r.Hi)})
		for k, v := range r.Lost {
			at := x + 0.6*((float64(k)+0.5)/float64(len(r.Lost))-0.5)
			lost = append(lost, plotter.XY{X: at, Y: off(v)})
		}
	}
	scale := driftScaleOf(d)
	y, yTicks := chart.SignedAxis(scale.lo, scale.hi, 4, signedPercent)
	dots := chart.Dots{Points: thin(lost, y, n), Colour: theme.Sentinel("broken")}
	switch {
	case len(dots.Points) > 200:
		dots.Radius = 1.5
	case c.Narrow():
		dots.Radius = 2
	}
	p := chart.New(plot.Axis{Min: 0.5, Max: float64(n) + 0.5, Scale: plot.LinearScale{}}, y)
	p.Add(chart.Axes{Title: "off the median of the cell", X: chart.Quantity{Name: "round"}, Y: chart.Quantity{Name: "off the median of the cell", Unit: chart.Change}},
		chart.Band{Lo: lo, Hi: hi, Colour: theme.Sentinel("line")}, chart.Rules{Ticks: yTicks}, chart.Base{Ticks: roundTicks(n)},
		chart.Caption{Dx: -48, Dy: -18, Text: "off the median of the cell, by round"})
	edge := func(name string, of plotter.XYs) chart.Series {
		return chart.Series{Name: name, Strategy: chart.NoStrategy, Points: of, Colour: theme.Sentinel("line")}
	}
	p.Add(dots, chart.Lines{Of: []chart.Series{
		{Name: "median", Strategy: chart.NoStrategy, Points: mid, Colour: theme.Sentinel("ink"), Looks: []chart.Look{chart.Line(2)}},
		edge("lower quartile", lo), edge("upper quartile", hi),
	}})
	if d.At > 0 {
		note := chart.Note{X: float64(d.At) + 0.5, Y: y.Max, Dx: 6, Dy: -14, Style: chart.BoldText(theme.Sentinel("ink"), draw.XLeft), Text: text.Signed(d.By)}
		if d.At > n/2 {
			note.Dx, note.Style = -6, chart.BoldText(theme.Sentinel("ink"), draw.XRight)
		}
		p.Add(chart.Upright{At: note.X}, note)
	}
	p.Draw(c.Inner(52, 12, 30, 26))
}

// off is a ratio as what it is off by, in percent.
func off(ratio float64) float64 { return 100 * (ratio - 1) }

func signedPercent(v float64) string {
	switch {
	case v < 0:
		return text.Minus + text.Percent(-v)
	case v > 0:
		return "+" + text.Percent(v)
	}
	return "0"
}

// roundTicks names rounds: each, or of many every fifth, tenth and so on.
func roundTicks(n int) []plot.Tick {
	step := 1
	for k := 0; n/step > 60; k++ {
		step *= []int{5, 2}[k%2]
	}
	var ticks []plot.Tick
	for i := step; i <= n; i += step {
		ticks = append(ticks, plot.Tick{Value: float64(i), Label: text.Count(i)})
	}
	return ticks
}

// thin leaves one of the dots that lie upon each other.
func thin(dots plotter.XYs, y plot.Axis, rounds int) (out plotter.XYs) {
	const columns, rows = 350, 60
	seen := make(map[[2]int]bool)
	for _, d := range dots {
		high := min(max(d.Y, y.Min), y.Max)
		at := [2]int{int(d.X / float64(rounds+1) * columns), int((high - y.Min) / (y.Max - y.Min) * rows)}
		if !seen[at] {
			seen[at] = true
			out = append(out, d)
		}
	}
	return out
}
