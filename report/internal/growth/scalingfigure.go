package growth

import (
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// scaleFigure draws both operations of a part side by side on the same axes,
// on a narrow page one above the other.
func scaleFigure(names list.Names, self *judge.SelfTest, id string, s judge.Scale) (chart.Figure, error) {
	height := func(w vg.Length) vg.Length {
		if w <= chart.Narrow {
			return 2 * 290
		}
		return 350
	}
	title := "Time of an operation against " + map[bool]string{false: "live objects", true: "the size of the region"}[s.ByRegion]
	return chart.Draw(id, title, text.Plain(names, words.ScalingHeading(self, s)), height, func(d chart.Drawing) {
		for i, op := range rundir.ScalingOps {
			paintScale(names, self, d, d.Half(i, 60, nameWidth(names, d.Narrow())), s, op)
		}
	})
}

// nameWidth is the room that the names at the ends of lines need, with an exponent
// behind them where there is room.
func nameWidth(names list.Names, small bool) vg.Length {
	sty := chart.BoldText(theme.Sentinel("ink"), draw.XLeft)
	longest, most := chart.TextWidth(sty, "^0.00"), vg.Length(120)
	for _, name := range names {
		if !small {
			name, most = name+"  ^0.00", 210
		}
		longest = max(longest, chart.TextWidth(sty, name))
	}
	return min(most, 14+longest)
}

// paintScale draws one operation.
func paintScale(names list.Names, self *judge.SelfTest, d chart.Drawing, c draw.Canvas, s judge.Scale, op string) {
	x, xTicks := xAxis(s)
	y, yTicks := yAxis(s)
	p := chart.New(x, y)
	p.Add(chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks, Drop: 0}, chart.Caption{Dx: -56, Dy: -18, Text: op + ", time of one"})
	grows := chart.Quantity{Name: "live objects"}
	if s.ByRegion {
		grows = chart.Quantity{Name: "size of the region", Unit: chart.Bytes}
	}
	p.Add(chart.Axes{Title: op, X: grows, Y: chart.Quantity{Name: "time of one", Unit: chart.Seconds}})
	var lines chart.Lines
	for _, l := range s.Lines {
		if l.Op == op {
			line := scaleSeries(l)
			line.Name, line.End = names[l.Strategy], scaleLabel(names, l, len(names), d.Narrow())
			lines.Of = append(lines.Of, line)
		}
	}
	p.Add(lines)
	for _, pair := range s.AllCrossed(self, len(names)) {
		if pair.Op != op {
			continue
		}
		for _, at := range pair.At {
			p.Add(chart.Ring{At: plotter.XY{X: at.At, Y: timeAt(s, pair.A, op, at.At)}})
		}
	}
	p.Draw(c)
}

// scaleSeries is a line: the points with the range of their samples, and dashed
// the power law.
func scaleSeries(l judge.ScaleLine) chart.Series {
	var mid, lo, hi plotter.XYs
	for _, pt := range l.Points {
		least, most := math.Inf(1), 0.0
		for _, t := range pt.Time {
			least, most = min(least, t), max(most, t)
		}
		mid = append(mid, plotter.XY{X: pt.N, Y: pt.Median})
		lo, hi = append(lo, plotter.XY{X: pt.N, Y: least}), append(hi, plotter.XY{X: pt.N, Y: most})
	}
	own := theme.Colour(l.Strategy)
	out := chart.Series{Strategy: l.Strategy, Points: mid, Looks: []chart.Look{chart.Line(2), chart.Marked(3)}}
	if l.Time.OK {
		var law plotter.XYs
		for _, n := range []float64{mid[0].X, mid[len(mid)-1].X} {
			law = append(law, plotter.XY{X: n, Y: l.Time.At(n)})
		}
		out.Below = append(out.Below, chart.Stroke{Points: law, Style: draw.LineStyle{Color: own, Width: 1, Dashes: []vg.Length{2, 3}}})
	}
	out.Below = append(out.Below, chart.Bars{Lo: lo, Hi: hi, Colour: own})
	return out
}

// scaleLabel names a line, and its exponent where the fit tells something.
func scaleLabel(names list.Names, l judge.ScaleLine, many int, small bool) []string {
	lines := []string{names[l.Strategy]}
	power := "^" + words.Exponent(l.Time.B)
	switch {
	case !l.Time.OK || l.Time.Growth() == judge.GrowthUnknown:
	case !small:
		lines[0] += "  " + power
	case many <= 4:
		lines = append(lines, power)
	}
	return lines
}

// timeAt is the time of a line at a size between two of its points, on the
// straight line that is drawn.
func timeAt(s judge.Scale, strategy int, op string, n float64) float64 {
	l := s.Of(strategy, op)
	for i := 1; i < len(l.Points); i++ {
		p, q := l.Points[i-1], l.Points[i]
		if n >= p.N && n <= q.N {
			part := math.Log(n/p.N) / math.Log(q.N/p.N)
			return p.Median * math.Pow(q.Median/p.Median, part)
		}
	}
	return l.Points[0].Median
}

// yAxis covers all times of a part, so that operations compare.
func yAxis(s judge.Scale) (plot.Axis, []plot.Tick) {
	lo, hi := math.Inf(1), 0.0
	for _, l := range s.Lines {
		for _, p := range l.Points {
			for _, t := range p.Time {
				lo, hi = min(lo, t), max(hi, t)
			}
		}
	}
	return chart.TimeAxis(lo, hi)
}

// xAxis is the axis of the size that grows, from the least to the greatest
// that was measured.
func xAxis(s judge.Scale) (plot.Axis, []plot.Tick) {
	lo, hi := s.Span()
	if s.ByRegion {
		return chart.Powers(stat.ToBytes(lo), stat.ToBytes(hi), 2, 0)
	}
	if !(hi > lo) {
		hi = lo * 1.0001
	}
	var ticks []plot.Tick
	label := func(v float64) { ticks = append(ticks, plot.Tick{Value: v, Label: shortCount(v)}) }
	for e := math.Ceil(math.Log10(lo) - 1e-9); e <= math.Log10(hi)+1e-9; e++ {
		label(math.Pow(10, e))
	}
	if len(ticks) < 2 { // less than two decades: the points themselves
		ticks = nil
		for _, p := range longest(s).Points {
			label(p.N)
		}
	}
	return plot.Axis{Min: lo, Max: hi, Scale: plot.LogScale{}}, ticks
}

// longest is the line with the most points.
func longest(s judge.Scale) judge.ScaleLine {
	out := s.Lines[0]
	for _, l := range s.Lines {
		if len(l.Points) > len(out.Points) {
			out = l
		}
	}
	return out
}

// shortCount is a number of things for an axis: 500, 10k, 1M.
func shortCount(v float64) string {
	switch {
	case v >= 1e6:
		return strconv.FormatFloat(v/1e6, 'g', 3, 64) + "M"
	case v >= 1e3:
		return strconv.FormatFloat(v/1e3, 'g', 3, 64) + "k"
	}
	return strconv.FormatFloat(v, 'g', 3, 64)
}
