package chart

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// The plotters below draw what the library's own do not: grids at labelled
// ticks only, lines with gaps, one path for all bars of a colour, labels
// outside the data area that keep their distance. The library's own axes and
// legends gave ticks of 4.1 µs, labels outside the drawing and panels that do not
// line up.

// Band fills the area between two lines over the same x.
type Band struct {
	Lo, Hi plotter.XYs
	Colour color.Color
}

func (b Band) Plot(c draw.Canvas, p *plot.Plot) {
	if len(b.Lo) < 2 {
		return
	}
	up := onCanvas(b.Hi, &c, p)
	down := onCanvas(b.Lo, &c, p)
	slices.Reverse(down)
	c.FillPolygon(b.Colour, append(up, down...))
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

// strokeAll draws lines of one style as one path: the style takes more bytes than a line.
func strokeAll(c draw.Canvas, sty draw.LineStyle, lines ...[]vg.Point) {
	var path vg.Path
	for _, l := range lines {
		for i, pt := range l {
			if i == 0 {
				path.Move(pt)
			} else {
				path.Line(pt)
			}
		}
	}
	if len(path) > 0 {
		c.SetLineStyle(sty)
		c.Stroke(path)
	}
}

// Columns are bars from the lower edge, all of one colour in one path.
type Columns struct {
	Points plotter.XYs // x is the middle of a bar
	Width  float64     // in units of x
	Colour color.Color
}

func (b Columns) Plot(c draw.Canvas, p *plot.Plot) {
	x, y := p.Transforms(&c)
	var path vg.Path
	for _, pt := range b.Points {
		if !(pt.Y > 0) {
			continue
		}
		x0, x1, top := x(pt.X-b.Width/2), x(pt.X+b.Width/2), y(within(pt.Y, p.Y))
		path.Move(vg.Point{X: x0, Y: c.Min.Y})
		path.Line(vg.Point{X: x0, Y: top})
		path.Line(vg.Point{X: x1, Y: top})
		path.Line(vg.Point{X: x1, Y: c.Min.Y})
		path.Close()
	}
	if len(path) > 0 {
		c.SetColor(b.Colour)
		c.Fill(path)
	}
}

// XMarks mark points with an x.
type XMarks struct {
	Points plotter.XYs
	Colour color.Color
}

func (m XMarks) Plot(c draw.Canvas, p *plot.Plot) {
	const r = 5
	for _, at := range onCanvas(m.Points, &c, p) {
		for _, halo := range []draw.LineStyle{{Color: theme.Sentinel("bg"), Width: 6}, {Color: m.Colour, Width: 2.5}} {
			c.StrokeLine2(halo, at.X-r, at.Y-r, at.X+r, at.Y+r)
			c.StrokeLine2(halo, at.X-r, at.Y+r, at.X+r, at.Y-r)
		}
	}
}

// Strokes are short upright lines below the data area, between two distances
// from its lower edge.
type Strokes struct {
	At       []float64 // x
	From, To vg.Length
	Colour   color.Color
}

func (s Strokes) Plot(c draw.Canvas, p *plot.Plot) {
	x, _ := p.Transforms(&c)
	var lines [][]vg.Point
	for _, v := range s.At {
		at := x(within(v, p.X))
		lines = append(lines, []vg.Point{{X: at, Y: c.Min.Y - s.From}, {X: at, Y: c.Min.Y - s.To}})
	}
	strokeAll(c, draw.LineStyle{Color: s.Colour, Width: 2}, lines...)
}

// Note is a line of text at a point of the data.
type Note struct {
	X, Y   float64
	Dx, Dy vg.Length
	Style  draw.TextStyle
	Text   string
}

func (n Note) Plot(c draw.Canvas, p *plot.Plot) {
	at := onCanvas(plotter.XYs{{X: n.X, Y: n.Y}}, &c, p)[0]
	c.FillText(n.Style, vg.Point{X: at.X + n.Dx, Y: at.Y + n.Dy}, n.Text)
}

// Caption is a line of text at a distance from the upper left corner.
type Caption struct {
	Dx, Dy vg.Length
	Text   string
}

func (n Caption) Plot(c draw.Canvas, _ *plot.Plot) {
	c.FillText(BoldText(theme.Sentinel("ink"), draw.XLeft), vg.Point{X: c.Min.X + n.Dx, Y: c.Max.Y - n.Dy}, n.Text)
}

// EndLabel names a line at its right end instead of in a legend.
type EndLabel struct {
	Y      float64 // where the line ends
	Lines  []string
	Colour color.Color
	Of     int // the strategy that it is hidden with, or NoStrategy
}

// EndLabels writes the labels right of the data area, each as near to its
// line as the others allow. Room at the top stays free for a caption.
type EndLabels struct {
	Of  []EndLabel
	Top vg.Length
}

// LineHeight is the distance of two lines of a label.
const LineHeight = 14

func (l EndLabels) Plot(c draw.Canvas, p *plot.Plot) {
	_, y := p.Transforms(&c)
	want := make([]vg.Length, len(l.Of))
	tall := make([]vg.Length, len(l.Of))
	for i, e := range l.Of {
		want[i] = y(within(e.Y, p.Y))
		tall[i] = vg.Length(len(e.Lines)) * LineHeight
	}
	for i, at := range spreadOut(want, tall, c.Min.Y-LineHeight/4, c.Max.Y+LineHeight-l.Top) {
		top := at + tall[i]/2 - LineHeight/2
		grouped(c, l.Of[i].Of, func() {
			for k, s := range l.Of[i].Lines {
				c.FillText(BoldText(l.Of[i].Colour, draw.XLeft), vg.Point{X: c.Max.X + 10, Y: top - vg.Length(k)*LineHeight}, s)
			}
		})
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
	top := hi
	for k := len(byHeight) - 1; k >= 0; k-- { // and what that pushed above hi comes down again
		i := byHeight[k]
		out[i] = min(out[i], top-tall[i]/2)
		top = out[i] - tall[i]/2 - gap
	}
	return out
}
