package report

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// The plotters below draw what the library's own do not: grids at labelled
// ticks only, lines with gaps, one path for all bars of a colour, labels
// outside the data area that keep their distance.

// rules draws a line across the data area at each labelled tick of the y axis
// and writes the label left of it.
type rules struct{ ticks []plot.Tick }

func (g rules) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	line := draw.LineStyle{Color: sentinel("grid"), Width: 1}
	for _, t := range g.ticks {
		at := y(t.Value)
		if t.Label == "" || !c.ContainsY(at) {
			continue
		}
		c.StrokeLine2(line, c.Min.X, at, c.Max.X, at)
		c.FillText(plainText(draw.XRight), vg.Point{X: c.Min.X - 8, Y: at}, t.Label)
	}
}

// base draws the x axis: a line, ticks, and the labels of those that have
// one, drop below the data area.
type base struct {
	ticks []plot.Tick
	drop  vg.Length
}

func (b base) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	line := draw.LineStyle{Color: sentinel("axis"), Width: 1}
	y := c.Min.Y - b.drop
	c.StrokeLine2(line, c.Min.X, y, c.Max.X, y)
	for _, t := range b.ticks {
		at := x(t.Value)
		if !c.ContainsX(at) {
			continue
		}
		long := vg.Length(3)
		if t.Label != "" {
			long = 5
			c.FillText(plainText(draw.XCenter), vg.Point{X: at, Y: y - 14}, t.Label)
		}
		c.StrokeLine2(line, at, y, at, y-long)
	}
}

// curve is a line through points; one whose y is not a number is a gap.
type curve struct {
	points plotter.XYs
	colour color.Color
	width  vg.Length
}

func (l curve) Plot(c draw.Canvas, p *plot.Plot) {
	sty := draw.LineStyle{Color: l.colour, Width: l.width}
	for _, run := range runs(l.points) {
		pts := onCanvas(run, &c, p)
		if len(pts) == 1 { // a line of one point would not be seen
			pts = append(pts, vg.Point{X: pts[0].X + 2, Y: pts[0].Y})
		}
		c.StrokeLines(sty, pts)
	}
}

// band fills the area between two lines over the same x.
type band struct {
	lo, hi plotter.XYs
	colour color.Color
}

func (b band) Plot(c draw.Canvas, p *plot.Plot) {
	if len(b.lo) < 2 {
		return
	}
	up := onCanvas(b.hi, &c, p)
	down := onCanvas(b.lo, &c, p)
	slices.Reverse(down)
	c.FillPolygon(b.colour, append(up, down...))
}

// runs cuts a line at the points that are no numbers.
func runs(points plotter.XYs) []plotter.XYs {
	var out []plotter.XYs
	var run plotter.XYs
	for _, pt := range points {
		if math.IsNaN(pt.X) || math.IsNaN(pt.Y) || math.IsInf(pt.Y, 0) {
			if len(run) > 0 {
				out = append(out, run)
			}
			run = nil
			continue
		}
		run = append(run, pt)
	}
	if len(run) > 0 {
		out = append(out, run)
	}
	return out
}

// onCanvas places points, those outside the axes at their edges.
func onCanvas(points plotter.XYs, c *draw.Canvas, p *plot.Plot) []vg.Point {
	x, y := p.Transforms(c)
	out := make([]vg.Point, len(points))
	for i, pt := range points {
		out[i] = vg.Point{X: x(within(pt.X, p.X)), Y: y(within(pt.Y, p.Y))}
	}
	return out
}

// within clamps v to an axis: a logarithmic scale panics at 0.
func within(v float64, a plot.Axis) float64 { return min(max(v, a.Min), a.Max) }

// columns are bars from the lower edge, all of one colour in one path.
type columns struct {
	points plotter.XYs // x is the middle of a bar
	width  float64     // in units of x
	colour color.Color
}

func (b columns) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for _, pt := range b.points {
		if !(pt.Y > 0) {
			continue
		}
		x0, x1, top := x(pt.X-b.width/2), x(pt.X+b.width/2), y(within(pt.Y, p.Y))
		path.Move(vg.Point{X: x0, Y: c.Min.Y})
		path.Line(vg.Point{X: x0, Y: top})
		path.Line(vg.Point{X: x1, Y: top})
		path.Line(vg.Point{X: x1, Y: c.Min.Y})
		path.Close()
	}
	if len(path) > 0 {
		c.SetColor(b.colour)
		c.Fill(path)
	}
}

// crosses mark points with an x.
type crosses struct {
	points plotter.XYs
	colour color.Color
}

func (m crosses) Plot(c draw.Canvas, p *plot.Plot) {
	const r = 5
	for _, at := range onCanvas(m.points, &c, p) {
		for _, halo := range []draw.LineStyle{{Color: sentinel("bg"), Width: 6}, {Color: m.colour, Width: 2.5}} {
			c.StrokeLine2(halo, at.X-r, at.Y-r, at.X+r, at.Y+r)
			c.StrokeLine2(halo, at.X-r, at.Y+r, at.X+r, at.Y-r)
		}
	}
}

// strokes are short upright lines below the data area, between two distances
// from its lower edge.
type strokes struct {
	at       []float64 // x
	from, to vg.Length
	colour   color.Color
}

func (s strokes) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	var lines [][]vg.Point
	for _, v := range s.at {
		at := x(within(v, p.X))
		lines = append(lines, []vg.Point{{X: at, Y: c.Min.Y - s.from}, {X: at, Y: c.Min.Y - s.to}})
	}
	c.StrokeLines(draw.LineStyle{Color: s.colour, Width: 2}, lines...)
}

// note is a line of text at a point of the data.
type note struct {
	x, y   float64
	dx, dy vg.Length
	style  text.Style
	text   string
}

func (n note) Plot(c draw.Canvas, p *plot.Plot) {
	at := onCanvas(plotter.XYs{{X: n.x, Y: n.y}}, &c, p)[0]
	c.FillText(n.style, vg.Point{X: at.X + n.dx, Y: at.Y + n.dy}, n.text)
}

// caption is a line of text at a distance from the upper left corner.
type caption struct {
	dx, dy vg.Length
	text   string
}

func (n caption) Plot(c draw.Canvas, _ *plot.Plot) {
	c.FillText(boldText(sentinel("ink"), draw.XLeft), vg.Point{X: c.Min.X + n.dx, Y: c.Max.Y - n.dy}, n.text)
}

// endLabel names a line at its right end instead of in a legend.
type endLabel struct {
	y      float64 // where the line ends
	lines  []string
	colour color.Color
}

// endLabels writes the labels right of the data area, each as near to its
// line as the others allow.
type endLabels []endLabel

// lineHeight is the distance of two lines of a label.
const lineHeight = 14

func (l endLabels) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	want := make([]vg.Length, len(l))
	tall := make([]vg.Length, len(l))
	for i, e := range l {
		want[i] = y(within(e.y, p.Y))
		tall[i] = vg.Length(len(e.lines)) * lineHeight
	}
	for i, at := range spreadOut(want, tall, c.Min.Y-lineHeight/2, c.Max.Y+lineHeight) {
		top := at + tall[i]/2 - lineHeight/2
		for k, s := range l[i].lines {
			c.FillText(boldText(l[i].colour, draw.XLeft), vg.Point{X: c.Max.X + 10, Y: top - vg.Length(k)*lineHeight}, s)
		}
	}
}

// spreadOut moves the middles of labels apart until none overlaps, as little
// as may be: in order of height, groups that touch share what is missing, and
// what leaves [lo, hi] is pushed back.
func spreadOut(want, tall []vg.Length, lo, hi vg.Length) []vg.Length {
	const gap = 4
	byHeight := make([]int, len(want))
	for i := range byHeight {
		byHeight[i] = i
	}
	slices.SortStableFunc(byHeight, func(a, b int) int {
		switch {
		case want[a] < want[b]:
			return -1
		case want[a] > want[b]:
			return 1
		}
		return 0
	})
	out := slices.Clone(want)
	apart := func(a, b int) vg.Length { return (tall[a]+tall[b])/2 + gap }
	for range 60 { // relaxation; five labels settle in a few rounds
		for k := 1; k < len(byHeight); k++ {
			a, b := byHeight[k-1], byHeight[k]
			if d := apart(a, b) - (out[b] - out[a]); d > 0 {
				out[a], out[b] = out[a]-d/2, out[b]+d/2
			}
		}
		for _, i := range byHeight {
			out[i] = min(max(out[i], lo+tall[i]/2), hi-tall[i]/2)
		}
	}
	for k := 1; k < len(byHeight); k++ { // whatever is left goes upwards
		a, b := byHeight[k-1], byHeight[k]
		out[b] = max(out[b], out[a]+apart(a, b))
	}
	return out
}
