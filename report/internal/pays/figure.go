package pays

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// point is a workload in the figure.
type point struct {
	title string
	dots  []dot
}

// dot is a strategy on it: free memory broken in percent, and what a driver pays in seconds.
type dot struct {
	strategy int
	at       plotter.XY
	front    bool // no other on the workload is better in one of both and as good in the other
}

// pointsOf are the workloads on which two strategies did the same work, with totals in which
// no part is left out.
func pointsOf(in judge.Run) (out []point) {
	for _, v := range in.Verdicts {
		b := v.Bill()
		if len(b.Out) > 0 || v.NotAsked || len(v.Same) < 2 {
			continue
		}
		p := point{title: text.Clean(v.Workload.Title)}
		for _, s := range v.Same {
			at := plotter.XY{X: v.Carried.Broken[s], Y: 1e-9 * b.Total(s).Mid}
			if !math.IsNaN(at.X) && at.Y > 0 {
				p.dots = append(p.dots, dot{s, at, true})
			}
		}
		for i := range p.dots {
			p.dots[i].front = !slices.ContainsFunc(p.dots, func(o dot) bool { return dominates(o.at, p.dots[i].at) })
		}
		if len(p.dots) > 1 {
			out = append(out, p)
		}
	}
	return out
}

// dominates reports whether one point is as good as another in both, and better in one.
func dominates(a, b plotter.XY) bool { return a.X <= b.X && a.Y <= b.Y && a != b }

// paretoFigure draws what a driver pays against broken memory.
func paretoFigure(names list.Names, points []point) (chart.Figure, error) {
	height := func(w vg.Length) vg.Length { return 380 }
	return chart.Draw("pareto", "What a driver pays against broken free memory", "A dot for each strategy and workload; lower and farther left is better.", height, func(d chart.Drawing) {
		paintPareto(names, d, points)
	})
}

func paintPareto(names list.Names, d chart.Drawing, points []point) {
	lo, hi, broken := math.Inf(1), 0.0, 0.0
	for _, p := range points {
		for _, o := range p.dots {
			lo, hi, broken = min(lo, o.at.Y), max(hi, o.at.Y), max(broken, o.at.X)
		}
	}
	ticks := 8
	if d.Narrow() {
		ticks = 4
	}
	x, xTicks := chart.LinearAxis(broken, 0.06, ticks, text.Percent)
	y, yTicks := chart.TimeAxis(lo, hi)
	p := chart.New(x, y)
	p.Add(chart.Axes{Title: "what a driver pays", X: chart.Quantity{Name: "free memory broken", Unit: chart.Percent}, Y: chart.Quantity{Name: "paid a request served", Unit: chart.Seconds}},
		chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks})
	for _, w := range points {
		line := plotter.XYs{}
		for _, o := range w.dots {
			line = append(line, o.at)
		}
		slices.SortFunc(line, byX)
		p.Add(chart.Stroke{Points: line, Style: draw.LineStyle{Color: theme.Sentinel("axis"), Width: 1}})
	}
	var all plotter.XYs
	var lines chart.Lines
	for s := range names {
		of := chart.Series{Name: names[s], Strategy: s, Key: chart.MarkKey}
		front := make(map[plotter.XY]bool)
		for _, w := range points {
			for _, o := range w.dots {
				if o.strategy == s {
					of.Points = append(of.Points, o.at)
					front[o.at] = front[o.at] || o.front
				}
			}
		}
		slices.SortFunc(of.Points, byX)
		all = append(all, of.Points...)
		of.Looks = []chart.Look{sized(2.5, func(at plotter.XY) bool { return !front[at] }), sized(5.5, func(at plotter.XY) bool { return front[at] })}
		lines.Of = append(lines.Of, of)
	}
	p.Add(lines)
	p.Add(labelsOf(d, points, all))
	p.Draw(d.Inner(56, 16, 14, 30))
}

func byX(a, b plotter.XY) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) }

// sized marks those of the points that are meant.
func sized(radius vg.Length, meant func(plotter.XY) bool) chart.Look {
	return func(s chart.Series) plot.Plotter {
		var some plotter.XYs
		for _, at := range s.Points {
			if meant(at) {
				some = append(some, at)
			}
		}
		return chart.Dots{Points: some, Colour: theme.Colour(s.Strategy), Radius: radius, Shape: s.Strategy}
	}
}

// labelsOf name some workloads, those first whose strategies lie farthest apart in cost.
func labelsOf(d chart.Drawing, points []point, dots plotter.XYs) chart.Labels {
	apart := func(p point) float64 {
		lo, hi := math.Inf(1), 0.0
		for _, o := range p.dots {
			lo, hi = min(lo, o.at.Y), max(hi, o.at.Y)
		}
		return hi / lo
	}
	points = slices.Clone(points)
	slices.SortStableFunc(points, func(a, b point) int { return cmp.Compare(apart(b), apart(a)) })
	most := 8
	if d.Narrow() {
		most = 4
	}
	l := chart.Labels{Dots: dots, Style: chart.PlainText(draw.XLeft), Most: most}
	for _, p := range points {
		top := slices.MaxFunc(p.dots, func(a, b dot) int { return cmp.Compare(a.at.Y, b.at.Y) })
		l.Of = append(l.Of, chart.PointLabel{At: top.at, Text: p.title})
	}
	return l
}
