package chart

import (
	"image/color"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// Stroke is a line through points; one whose y is not a number is a gap.
type Stroke struct {
	Points plotter.XYs
	Style  draw.LineStyle
}

func (l Stroke) Plot(c draw.Canvas, p *plot.Plot) {
	for _, run := range runs(l.Points) {
		pts := onCanvas(run, &c, p)
		if len(pts) == 1 { // between two gaps: a line of one point would not be seen
			pts = append(pts, vg.Point{X: pts[0].X + 2, Y: pts[0].Y})
		}
		c.StrokeLines(l.Style, pts)
	}
}

// Dots mark points, all of one colour in one path.
type Dots struct {
	Points plotter.XYs
	Colour color.Color
	Radius vg.Length // 0: 3
	Shape  int       // a second way to tell strategies apart: the first two have discs
	Hollow bool
}

func (m Dots) Plot(c draw.Canvas, p *plot.Plot) {
	radius := m.Radius
	if radius == 0 {
		radius = 3
	}
	var path vg.Path
	for _, run := range runs(m.Points) {
		for _, at := range onCanvas(run, &c, p) {
			path = append(path, shape(m.Shape, at, radius)...)
		}
	}
	switch {
	case len(path) == 0:
	case m.Hollow:
		c.SetLineStyle(draw.LineStyle{Color: m.Colour, Width: 1.2})
		c.Stroke(path)
	default:
		c.SetColor(m.Colour)
		c.Fill(path)
	}
}

// corners are the shapes of marks beyond the disc, around their middle: square, triangle,
// diamond, triangle on its tip. Their areas are about that of the disc.
var corners = [][]vg.Point{
	{{X: -0.9, Y: -0.9}, {X: -0.9, Y: 0.9}, {X: 0.9, Y: 0.9}, {X: 0.9, Y: -0.9}},
	{{X: -1.2, Y: -0.9}, {X: 0, Y: 1.4}, {X: 1.2, Y: -0.9}},
	{{X: -1.35, Y: 0}, {X: 0, Y: 1.35}, {X: 1.35, Y: 0}, {X: 0, Y: -1.35}},
	{{X: -1.2, Y: 0.9}, {X: 0, Y: -1.4}, {X: 1.2, Y: 0.9}},
}

// shape is the outline of a mark.
func shape(kind int, at vg.Point, radius vg.Length) (path vg.Path) {
	if kind < 2 {
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
		return path
	}
	for i, k := range corners[(kind-2)%len(corners)] {
		pt := vg.Point{X: at.X + radius*k.X, Y: at.Y + radius*k.Y}
		if i == 0 {
			path.Move(pt)
		} else {
			path.Line(pt)
		}
	}
	path.Close()
	return path
}

// Ring marks the point where two lines cross.
type Ring struct{ At plotter.XY }

func (m Ring) Plot(c draw.Canvas, p *plot.Plot) {
	const radius = 7
	at := onCanvas(plotter.XYs{m.At}, &c, p)[0]
	for _, line := range []draw.LineStyle{{Color: theme.Sentinel("bg"), Width: 4.5}, {Color: theme.Sentinel("ink"), Width: 1.5}} {
		var path vg.Path
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
		c.SetLineStyle(line)
		c.Stroke(path)
	}
}

// Upright is a dashed line across the height of the data area: what holds for one x.
type Upright struct{ At float64 }

func (u Upright) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	at := x(within(u.At, p.X))
	c.StrokeLine2(draw.LineStyle{Color: theme.Sentinel("ink"), Width: 1, Dashes: []vg.Length{4, 3}}, at, c.Min.Y, at, c.Max.Y-LineHeight)
}

// Bars are upright strokes from the least to the greatest sample of points.
type Bars struct {
	Lo, Hi plotter.XYs
	Colour color.Color
}

func (b Bars) Plot(c draw.Canvas, p *plot.Plot) {
	lo, hi := onCanvas(b.Lo, &c, p), onCanvas(b.Hi, &c, p)
	var lines [][]vg.Point
	for i := range lo {
		lines = append(lines, []vg.Point{lo[i], hi[i]})
	}
	strokeAll(c, draw.LineStyle{Color: b.Colour, Width: 1.5}, lines...)
}
