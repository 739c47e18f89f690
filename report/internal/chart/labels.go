package chart

import (
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// PointLabel names a point of a scatter.
type PointLabel struct {
	At   plotter.XY
	Text string
}

// Labels write names beside points, right or left of them, the first of the list first. One
// that would lie on a dot or another label, or leave the data area, is left out.
type Labels struct {
	Of    []PointLabel
	Dots  plotter.XYs // that labels keep clear of
	Style draw.TextStyle
	Most  int // so many at most
}

// Plot draws the labels that have room.
func (l Labels) Plot(c draw.Canvas, p *plot.Plot) {
	const clear, high = 9, LineHeight
	var taken []vg.Rectangle
	for _, at := range onCanvas(l.Dots, &c, p) {
		taken = append(taken, vg.Rectangle{Min: vg.Point{X: at.X - 5, Y: at.Y - 5}, Max: vg.Point{X: at.X + 5, Y: at.Y + 5}})
	}
	free := func(r vg.Rectangle) bool {
		for _, t := range taken {
			if r.Min.X < t.Max.X && t.Min.X < r.Max.X && r.Min.Y < t.Max.Y && t.Min.Y < r.Max.Y {
				return false
			}
		}
		return r.Min.X >= c.Min.X && r.Max.X <= c.Max.X && r.Min.Y >= c.Min.Y && r.Max.Y <= c.Max.Y
	}
	drawn := 0
	for _, label := range l.Of {
		at := onCanvas(plotter.XYs{label.At}, &c, p)[0]
		wide := TextWidth(l.Style, label.Text)
		for _, left := range []vg.Length{at.X + clear, at.X - clear - wide} {
			box := vg.Rectangle{Min: vg.Point{X: left, Y: at.Y - high/2}, Max: vg.Point{X: left + wide, Y: at.Y + high/2}}
			if drawn == l.Most || !free(box) {
				continue
			}
			sty, from := l.Style, left
			if left < at.X { // the text ends at the dot, however wide the reader's font is
				sty.XAlign, from = draw.XRight, at.X-clear
			}
			c.FillText(sty, vg.Point{X: from, Y: at.Y}, label.Text)
			taken = append(taken, box)
			drawn++
			break
		}
	}
}
