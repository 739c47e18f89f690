package report

import (
	"image/color"
	"math"
	"strconv"
	"unicode/utf8"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// dots mark points, all of one colour in one path.
type dots struct {
	points plotter.XYs
	colour color.Color
}

func (m dots) Plot(c draw.Canvas, p *plot.Plot) {
	const radius = 3
	var path vg.Path
	for _, at := range onCanvas(m.points, &c, p) {
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
	}
	if len(path) > 0 {
		c.SetColor(m.colour)
		c.Fill(path)
	}
}

// ring marks the point where two lines cross.
type ring struct{ at plotter.XY }

func (m ring) Plot(c draw.Canvas, p *plot.Plot) {
	const radius = 7
	at := onCanvas(plotter.XYs{m.at}, &c, p)[0]
	for _, line := range []draw.LineStyle{{Color: sentinel("bg"), Width: 4.5}, {Color: sentinel("ink"), Width: 1.5}} {
		var path vg.Path
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
		c.SetLineStyle(line)
		c.Stroke(path)
	}
}

// bars are upright strokes from the least to the greatest sample of points.
type bars struct {
	lo, hi plotter.XYs
	colour color.Color
}

func (b bars) Plot(c draw.Canvas, p *plot.Plot) {
	lo, hi := onCanvas(b.lo, &c, p), onCanvas(b.hi, &c, p)
	var lines [][]vg.Point
	for i := range lo {
		lines = append(lines, []vg.Point{lo[i], hi[i]})
	}
	c.StrokeLines(draw.LineStyle{Color: b.colour, Width: 1.5}, lines...)
}

// scaleFigure draws both operations of a part side by side on the same axes,
// on a narrow page one above the other.
func scaleFigure(names Names, self *SelfTest, id string, s scale) (figure, error) {
	height := func(w vg.Length) vg.Length {
		if w <= narrow {
			return 2 * 290
		}
		return 350
	}
	title := "Time of an operation against " + map[bool]string{false: "live objects", true: "the size of the region"}[s.byRegion]
	return makeFigure(id, title, names.plain(scalingHeading(self, s)), height, func(d drawing) {
		for i, op := range scalingOps {
			paintScale(names, self, d, d.half(i, 60, nameWidth(names, d.narrow())), s, op)
		}
	})
}

// nameWidth is the room that the names at the ends of lines need.
func nameWidth(names Names, small bool) vg.Length {
	longest := 0
	for _, name := range names {
		longest = max(longest, utf8.RuneCountInString(name))
	}
	if small {
		return min(100, 24+6.6*vg.Length(longest))
	}
	return min(190, 58+6.8*vg.Length(longest))
}

// paintScale draws one operation.
func paintScale(names Names, self *SelfTest, d drawing, c draw.Canvas, s scale, op string) {
	x, xTicks := s.xAxis(d.narrow())
	y, yTicks := s.yAxis()
	p := chart(x, y)
	p.Add(rules{yTicks}, base{xTicks, 0}, caption{-56, -18, op + ", time of one"})
	var ends endLabels
	for i := len(s.lines) - 1; i >= 0; i-- { // the base on top
		if l := s.lines[i]; l.op == op {
			l.paint(p)
			ends = append(ends, scaleLabel(names, l, len(names), d.narrow()))
		}
	}
	for _, pair := range s.allCrossed(self, len(names)) {
		if pair.op != op {
			continue
		}
		for _, at := range pair.at {
			p.Add(ring{plotter.XY{X: at.at, Y: s.timeAt(pair.a, op, at.at)}})
		}
	}
	p.Add(ends)
	p.Draw(c)
}

// paint draws a line: the points with the range of their samples, and dashed
// the power law.
func (l scaleLine) paint(p *plot.Plot) {
	var mid, lo, hi plotter.XYs
	for _, pt := range l.points {
		least, most := math.Inf(1), 0.0
		for _, t := range pt.time {
			least, most = min(least, t), max(most, t)
		}
		mid = append(mid, plotter.XY{X: pt.n, Y: pt.median})
		lo, hi = append(lo, plotter.XY{X: pt.n, Y: least}), append(hi, plotter.XY{X: pt.n, Y: most})
	}
	own := colourOf(l.strategy)
	if l.time.ok {
		var law plotter.XYs
		for _, n := range []float64{mid[0].X, mid[len(mid)-1].X} {
			law = append(law, plotter.XY{X: n, Y: l.time.at(n)})
		}
		p.Add(stroke{law, draw.LineStyle{Color: own, Width: 1, Dashes: []vg.Length{2, 3}}})
	}
	p.Add(bars{lo, hi, own}, curve{mid, own, 2}, dots{mid, own})
}

// scaleLabel names a line, and its exponent where the fit tells something.
func scaleLabel(names Names, l scaleLine, many int, small bool) endLabel {
	e := endLabel{y: l.points[len(l.points)-1].median, colour: colourOf(l.strategy), lines: []string{names[l.strategy]}}
	power := "^" + exponent(l.time.b)
	switch {
	case !l.time.ok || l.time.growth() == growthUnknown:
	case !small:
		e.lines[0] += "  " + power
	case many <= 4:
		e.lines = append(e.lines, power)
	}
	return e
}

// timeAt is the time of a line at a size between two of its points, on the
// straight line that is drawn.
func (s scale) timeAt(strategy int, op string, n float64) float64 {
	l := s.of(strategy, op)
	for i := 1; i < len(l.points); i++ {
		p, q := l.points[i-1], l.points[i]
		if n >= p.n && n <= q.n {
			part := math.Log(n/p.n) / math.Log(q.n/p.n)
			return p.median * math.Pow(q.median/p.median, part)
		}
	}
	return l.points[0].median
}

// yAxis covers all times of a part, so that operations compare.
func (s scale) yAxis() (plot.Axis, []plot.Tick) {
	lo, hi := math.Inf(1), 0.0
	for _, l := range s.lines {
		for _, p := range l.points {
			for _, t := range p.time {
				lo, hi = min(lo, t), max(hi, t)
			}
		}
	}
	return timeAxis(lo, hi)
}

// xAxis is the axis of the size that grows, from the least to the greatest
// that was measured.
func (s scale) xAxis(small bool) (plot.Axis, []plot.Tick) {
	lo, hi := s.span()
	if s.byRegion {
		every := 2
		if small {
			every = 4
		}
		return powers(toBytes(lo), toBytes(hi), every, 0)
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
		for _, p := range s.longest().points {
			label(p.n)
		}
	}
	return plot.Axis{Min: lo, Max: hi, Scale: plot.LogScale{}}, ticks
}

// longest is the line with the most points.
func (s scale) longest() scaleLine {
	out := s.lines[0]
	for _, l := range s.lines {
		if len(l.points) > len(out.points) {
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
