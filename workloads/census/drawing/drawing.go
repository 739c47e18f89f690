// Package drawing draws a census: what is live over the operations of a trace, and a map of
// how many objects have which size and lifetime.
//
// The drawing is one file that needs nothing else, an SVG or a PNG. Live bytes are a band
// from the least to the most in each stretch of operations, so that a peak of one operation
// shows. A field of the map is the darker the more objects it has, on a scale of powers of
// ten, and has their number. The last column is what is live at the end.
package drawing

import (
	"fmt"
	"image/color"
	"io"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/vramlab/vramlab/workloads/census"
)

// The measures of the drawing, in points.
const (
	width      = 760
	curve      = 230 // height of the upper part
	rowHeight  = 20
	textSize   = 11
	leftMargin = 78
	margin     = 14
)

// Formats are the endings of files that [Write] can write.
func Formats() []string { return []string{".svg", ".png"} }

// Write draws c under a title in the format of an ending of [Formats]. A census without
// an object is drawn with empty axes. The error is an unknown ending, or that of w.
func Write(w io.Writer, ending, title string, c *census.Census) error {
	m := newHeat(c)
	height := vg.Length(curve + 90 + rowHeight*max(1, len(m.rows)))
	var canvas interface {
		vg.CanvasSizer
		io.WriterTo
	}
	switch strings.ToLower(ending) {
	case ".svg":
		canvas = vgsvg.New(width, height)
	case ".png":
		canvas = vgimg.PngCanvas{Canvas: vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(144))}
	default:
		return fmt.Errorf("a drawing ends in %s, not in %q", strings.Join(Formats(), " or "), ending)
	}
	paint(draw.New(canvas), height, title, c, m)
	_, err := canvas.WriteTo(w)
	return err
}

var (
	ink   = color.NRGBA{0x22, 0x26, 0x2b, 0xff}
	faint = color.NRGBA{0xd9, 0xdc, 0xe0, 0xff}
	band  = color.NRGBA{0x3b, 0x76, 0xb5, 0xff}
)

// style is a style of text.
func style(x draw.XAlignment, y draw.YAlignment) draw.TextStyle {
	return draw.TextStyle{
		Color: ink, Font: font.Font{Typeface: "Liberation", Variant: "Sans", Size: textSize},
		XAlign: x, YAlign: y, Handler: plot.DefaultTextHandler,
	}
}

// paint draws both parts, one above the other.
func paint(all draw.Canvas, height vg.Length, title string, c *census.Census, m heat) {
	all.FillPolygon(color.White, []vg.Point{{X: 0, Y: 0}, {X: width, Y: 0}, {X: width, Y: height}, {X: 0, Y: height}})
	head := style(draw.XLeft, draw.YTop)
	all.FillText(head, vg.Point{X: margin, Y: height - 8}, cut(head, title))
	upper := draw.Crop(all, margin, -margin, height-curve, -30)
	live(c).Draw(upper)
	lower := draw.Crop(all, leftMargin, -margin, 34, -curve-42)
	m.draw(lower)
}

// cut is what fits into a line of a text.
func cut(sty draw.TextStyle, line string) string {
	const more = "..."
	if sty.Width(line) <= width-2*margin {
		return line
	}
	runes := []rune(line)
	for len(runes) > 0 && sty.Width(string(runes)+more) > width-2*margin {
		runes = runes[:len(runes)-1]
	}
	return string(runes) + more
}

// live is the plot of live bytes.
func live(c *census.Census) *plot.Plot {
	p := plot.New()
	unit, name := uint64(1), "B"
	for _, u := range []string{"KiB", "MiB", "GiB", "TiB", "PiB"} {
		if c.Peak.Bytes < unit<<10 {
			break
		}
		unit, name = unit<<10, u
	}
	for _, s := range []*draw.TextStyle{&p.X.Label.TextStyle, &p.Y.Label.TextStyle, &p.X.Tick.Label, &p.Y.Tick.Label} {
		s.Font, s.Color = style(draw.XLeft, draw.YTop).Font, ink
	}
	p.Y.Label.Text = "live, " + name
	p.X.Label.Text = "operations"
	p.X.Min, p.X.Max = 0, max(1, float64(c.Ops))
	p.Y.Min, p.Y.Max = 0, max(1, 1.05*float64(c.Peak.Bytes)/float64(unit))
	p.X.Tick.Marker, p.Y.Tick.Marker = ticks{}, ticks{}
	grid := plotter.NewGrid()
	grid.Vertical.Color, grid.Horizontal.Color = nil, faint
	p.Add(grid)
	var up, down plotter.XYs
	for i, s := range c.Curve.Points {
		x := float64(uint64(i) * c.Curve.Every)
		up = append(up, plotter.XY{X: x, Y: float64(s.Most) / float64(unit)})
		down = append(down, plotter.XY{X: x, Y: float64(s.Least) / float64(unit)})
	}
	if len(up) == 0 {
		return p
	}
	p.Add(area(up, down))
	return p
}

// area is the band between two lines over the same x, with its edge.
func area(up, down plotter.XYs) plot.Plotter {
	ring := append(plotter.XYs{}, up...)
	for i := len(down) - 1; i >= 0; i-- {
		ring = append(ring, down[i])
	}
	poly, err := plotter.NewPolygon(ring)
	if err != nil {
		panic(err) // bytes and operations are finite
	}
	poly.Color, poly.LineStyle = band, draw.LineStyle{Color: band, Width: 1.2}
	return poly
}

// ticks are those of the library with numbers as people write them.
type ticks struct{}

func (ticks) Ticks(lo, hi float64) []plot.Tick {
	all := plot.DefaultTicks{}.Ticks(lo, hi)
	for i := range all {
		if v := all[i].Value; all[i].Label != "" && v >= 1000 && v == math.Trunc(v) {
			all[i].Label = census.Commas(uint64(v))
		}
	}
	return all
}
