package times

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// callsHeight is the height of a figure: two panels side by side, or on a telephone one
// above the other.
func callsHeight(w vg.Length) vg.Length {
	if w <= chart.Narrow {
		return 2 * 250
	}
	return 290
}

// callsFigure draws the requests and the frees of a workload.
func callsFigure(names list.Names, times *judge.Times, w *rundir.Workload, cost float64) (chart.Figure, error) {
	f, err := chart.Draw("calls", callsTitle(w), callsSentence(names, times, w), callsHeight, func(d chart.Drawing) {
		paintCalls(names, times, d, w, cost)
	})
	f.Workload = w.Name
	return f, err
}

// smallCalls is the narrow drawing alone, for the workloads that are not in focus.
func smallCalls(names list.Names, times *judge.Times, w *rundir.Workload, cost float64, id string) (chart.Figure, error) {
	f, err := chart.DrawSmall(id, callsTitle(w), callsSentence(names, times, w), callsHeight(chart.Narrow), func(d chart.Drawing) {
		paintCalls(names, times, d, w, cost)
	})
	f.Workload = w.Name
	return f, err
}

func callsTitle(w *rundir.Workload) string {
	return "How long single calls take, " + text.Clean(w.Title)
}

// paintCalls draws both panels on the same axes.
func paintCalls(names list.Names, times *judge.Times, d chart.Drawing, w *rundir.Workload, cost float64) {
	x, xTicks := callTimeAxis(names, times, w, cost)
	y, yTicks, top := shareAxis(names, times, w)
	for i, k := range callKinds {
		p := chart.New(x, y)
		title := k.title + ", share by time of one"
		p.Add(chart.Axes{Title: title, X: chart.Quantity{Name: "time of one", Unit: chart.Seconds}, Y: chart.Quantity{Name: "share of calls", Unit: chart.Percent, Form: chart.Odds}, ByY: true},
			chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks}, chart.Caption{Dx: -56, Dy: -18, Text: title})
		if cost > 0 {
			p.Add(chart.Upright{At: cost})
		}
		var lines chart.Lines
		for _, l := range callLines(names, times, w, k.op) {
			s := chart.Series{Name: names[l.strategy], Strategy: l.strategy, Points: l.points, Looks: []chart.Look{chart.Line(2)}}
			if !math.IsNaN(l.longest) {
				s.Below = append(s.Below, chart.Dots{Points: plotter.XYs{{X: l.longest, Y: top}}, Colour: theme.Colour(l.strategy), Shape: l.strategy})
			}
			lines.Of = append(lines.Of, s)
		}
		p.Add(lines)
		p.Draw(d.Half(i, 64, 16))
	}
}

// callTimeAxis has room for all times of the workload, and for the clock's cost.
func callTimeAxis(names list.Names, times *judge.Times, w *rundir.Workload, cost float64) (plot.Axis, []plot.Tick) {
	lo, hi := math.Inf(1), 0.0
	if cost > 0 {
		lo, hi = cost, cost
	}
	for _, k := range callKinds {
		for _, l := range callLines(names, times, w, k.op) {
			for _, pt := range l.points {
				lo, hi = min(lo, pt.X), max(hi, pt.X)
			}
			if l.longest > hi { // false for what is no number
				hi = l.longest
			}
		}
	}
	return chart.TimeAxis(lo, hi)
}

// shareAxis goes from the rarest of the short calls to the rarest of the long ones, and one
// step further to where the longest stand.
func shareAxis(names list.Names, times *judge.Times, w *rundir.Workload) (axis plot.Axis, ticks []plot.Tick, top float64) {
	lo, hi := 0.0, 0.0
	for _, k := range callKinds {
		for _, l := range callLines(names, times, w, k.op) {
			lo, hi = min(lo, l.points[0].Y), max(hi, l.points[len(l.points)-1].Y)
		}
	}
	for _, q := range schema.Quantiles() {
		label, ok := shareLabels[q.Unit]
		if v := odds(q.Share); ok && v >= lo && v <= hi {
			ticks = append(ticks, plot.Tick{Value: v, Label: label + text.NBSP + "%"})
		}
	}
	top = hi + 0.7
	ticks = append(ticks, plot.Tick{Value: top, Label: "longest"})
	return plot.Axis{Min: lo, Max: top, Scale: plot.LinearScale{}}, ticks, top
}

// shareLabels are those at the axis.
var shareLabels = map[*schema.Unit]string{
	schema.P1Ns: "1", schema.P10Ns: "10", schema.P50Ns: "50", schema.P90Ns: "90",
	schema.P99Ns: "99", schema.P999Ns: "99.9", schema.P9999Ns: "99.99",
}
