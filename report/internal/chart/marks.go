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

// Stroke is a curve in ink instead of a strategy's colour: builders are no
// strategies, so that dashes tell them apart, and names at their ends.
type Stroke struct {
	Points plotter.XYs
	Style  draw.LineStyle
}

func (l Stroke) Plot(c draw.Canvas, p *plot.Plot) {
	for _, run := range runs(l.Points) {
		pts := onCanvas(run, &c, p)
		if len(pts) == 1 {
			pts = append(pts, vg.Point{X: pts[0].X + 2, Y: pts[0].Y})
		}
		c.StrokeLines(l.Style, pts)
	}
}

// Dots mark points, all of one colour in one path.
type Dots struct {
	Points plotter.XYs
	Colour color.Color
}

func (m Dots) Plot(c draw.Canvas, p *plot.Plot) {
	const radius = 3
	var path vg.Path
	for _, at := range onCanvas(m.Points, &c, p) {
		path.Move(vg.Point{X: at.X + radius, Y: at.Y})
		path.Arc(at, radius, 0, 2*math.Pi)
		path.Close()
	}
	if len(path) > 0 {
		c.SetColor(m.Colour)
		c.Fill(path)
	}
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
	c.StrokeLines(draw.LineStyle{Color: b.Colour, Width: 1.5}, lines...)
}
