package memory

import (
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// The number of samples drawn at either width: more would be ink, not
// information.
const (
	samplesWide   = 240
	samplesNarrow = 48
)

// seriesFigure draws how free memory breaks up over the operations of a
// workload: the broken part, the largest hole, the refusals.
func seriesFigure(names list.Names, w *rundir.Workload, id string) (chart.Figure, error) {
	desc := text.Plain(names, words.SeriesHeading(names, w))
	height := func(vg.Length) vg.Length { return seriesHeight(panels(names, w, samplesNarrow)) }
	f, err := chart.Draw(id, "Free memory over time, "+text.Clean(w.Title), desc, height, func(d chart.Drawing) {
		n := samplesWide
		if d.Narrow() {
			n = samplesNarrow
		}
		paintSeries(names, d, w, panels(names, w, n))
	})
	f.Workload = w.Name
	return f, err
}

// smallSeries is the narrow drawing alone, for the workloads that are not in
// focus.
func smallSeries(names list.Names, w *rundir.Workload, id string) (chart.Figure, error) {
	panels := panels(names, w, samplesNarrow)
	f, err := chart.DrawSmall(id, "Free memory over time, "+text.Clean(w.Title), text.Plain(names, words.SeriesHeading(names, w)),
		seriesHeight(panels), func(d chart.Drawing) { paintSeries(names, d, w, panels) })
	f.Workload = w.Name
	return f, err
}

const panelGap, axisHeight = 18, 26

// panelHeight has room for the labels of all sets below the title.
func panelHeight(panels []panel) vg.Length {
	most := 0
	for _, pn := range panels {
		most = max(most, len(pn.sets))
	}
	return max(112, 2*chart.LineHeight+vg.Length(most)*(chart.LineHeight+4))
}

func seriesHeight(panels []panel) vg.Length {
	return vg.Length(len(panels))*(panelHeight(panels)+panelGap) - panelGap + axisHeight + 8
}

func paintSeries(names list.Names, d chart.Drawing, w *rundir.Workload, panels []panel) {
	right, n := vg.Length(150), 8.0
	if d.Narrow() {
		right, n = 92, 3
	}
	clock := clockOf(names, w)
	_, xTicks := chart.LinearAxis(clock.last, 0, int(n), clock.label)
	x := plot.Axis{Min: 0, Max: clock.last, Scale: plot.LinearScale{}}
	if k := len(xTicks) - 1; k > 0 {
		xTicks[k].Label += clock.unit
	}
	st, marked := judge.Telling(names, w)
	marked = marked && !st.AtEnd
	high := panelHeight(panels)
	for i, pn := range panels {
		top := vg.Length(i) * (high + panelGap)
		c := d.Inner(64, right, top+8, d.Height-top-8-high)
		p := chart.New(x, pn.y)
		ticks := xTicks
		if i < len(panels)-1 {
			ticks = unlabelled(xTicks)
		}
		p.Add(chart.Axes{Title: pn.title, X: clock.of, Y: chart.Quantity{Name: pn.title, Unit: pn.unit}}, chart.Rules{Ticks: pn.ticks}, chart.Base{Ticks: ticks, Drop: 0})
		lines := chart.Lines{Top: 2 * chart.LineHeight}
		for i, s := range pn.sets {
			lines.Of = append(lines.Of, chart.Series{Name: s.name, Strategy: s.strategy, Points: s.points,
				Looks: []chart.Look{pn.look(i, s, x.Max)}, End: s.lines(d.Narrow(), len(pn.sets))})
		}
		p.Add(lines)
		if marked {
			p.Add(chart.Upright{At: clock.at(st.Any())})
		}
		p.Add(chart.Caption{Dx: 4, Dy: 7, Text: pn.title})
		p.Draw(c)
	}
}

func unlabelled(ticks []plot.Tick) []plot.Tick {
	out := make([]plot.Tick, len(ticks))
	for i, t := range ticks {
		out[i].Value = t.Value
	}
	return out
}

// opsLabel is a number of operations on an axis: 250k, 1.5M.
func opsLabel(v float64) string {
	switch {
	case v >= 1e6:
		return text.Short3(v/1e6) + "M"
	case v >= 1e3:
		return text.Short3(v/1e3) + "k"
	}
	return text.Short3(v)
}

// sampled draws n or fewer points from a series of states: every k-th sample as it is,
// the last among them. A mean of neighbours would be a number that no sample has.
func sampled(c clock, all []rundir.Moment, n int, value func(rundir.Moment) float64) plotter.XYs {
	return binned(c, all, n, func(bin []rundir.Moment) float64 { return value(bin[len(bin)-1]) })
}

// summed draws n or fewer points from a series of counts, each the sum of a bin.
func summed(c clock, all []rundir.Moment, n int, value func(rundir.Moment) float64) plotter.XYs {
	return binned(c, all, n, func(bin []rundir.Moment) float64 {
		var ys []float64
		for _, m := range bin {
			if v := value(m); !math.IsNaN(v) {
				ys = append(ys, v)
			}
		}
		return stat.Sum(ys)
	})
}

func binned(c clock, all []rundir.Moment, n int, join func([]rundir.Moment) float64) plotter.XYs {
	bins := min(n, len(all))
	var out plotter.XYs
	for b := range bins {
		from, to := b*len(all)/bins, (b+1)*len(all)/bins
		out = append(out, plotter.XY{X: c.at(all[to-1]), Y: join(all[from:to])})
	}
	return out
}

// told is the number that stands beside the line of strategy s: that of the heading's
// moment or, where there is none, the last of the line.
func told(st judge.Standing, s int, pts plotter.XYs, value func(rundir.Moment) float64) float64 {
	if m, ok := st.Of[s]; ok && !math.IsNaN(value(m)) {
		return value(m)
	}
	return lastOf(pts)
}

// lastOf is the last value of a line, 0 of one without any.
func lastOf(pts plotter.XYs) float64 {
	for _, pt := range slices.Backward(pts) {
		if !math.IsNaN(pt.Y) {
			return pt.Y
		}
	}
	return 0
}
