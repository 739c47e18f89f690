package history

import (
	"cmp"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// mostPanels bounds the series that are drawn.
const mostPanels = 8

// Formats are those that Draw takes, which are also the endings of files: svg, png and pdf.
func Formats() []string { return []string{"svg", "png", "pdf"} }

// Draw draws the series with the largest steps, one below the other, in one of
// [Formats]: every point, and a line at each level.
func (h *History) Draw(w io.Writer, format string) error {
	var of []Series
	for _, s := range h.Series {
		if h.largest(&s) > 0 {
			of = append(of, s)
		}
	}
	if len(of) == 0 {
		return errors.New("nothing to draw: no figure changes")
	}
	slices.SortStableFunc(of, func(a, b Series) int { return cmp.Compare(h.largest(&b), h.largest(&a)) })
	of = of[:min(len(of), mostPanels)]
	c, err := draw.NewFormattedCanvas(18*vg.Centimeter, vg.Length(len(of))*4.5*vg.Centimeter, format)
	if err != nil {
		return err
	}
	plots := make([][]*plot.Plot, len(of))
	for i := range of {
		p, err := h.panel(&of[i])
		if err != nil {
			return err
		}
		plots[i] = []*plot.Plot{p}
	}
	tiles := draw.Tiles{Rows: len(of), Cols: 1, PadY: 3 * vg.Millimeter}
	for i, row := range plot.Align(plots, tiles, draw.New(c)) {
		plots[i][0].Draw(row[0])
	}
	_, err = c.WriteTo(w)
	return err
}

// largest is the largest step of a series, as the logarithm of a ratio.
func (h *History) largest(s *Series) (d float64) {
	for _, st := range h.Steps {
		if st.Bench == s.Bench && st.Unit == s.Unit {
			if l := math.Abs(math.Log(st.New / st.Old)); l > d || math.IsNaN(l) {
				d = l
			}
		}
	}
	return d
}

// panel draws one series.
func (h *History) panel(s *Series) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text = s.Bench + "  " + s.Unit
	p.Title.TextStyle.Font.Size = 9
	points := make(plotter.XYs, len(s.Values))
	for i, v := range s.Values {
		points[i] = plotter.XY{X: float64(i), Y: v}
	}
	dots, err := plotter.NewScatter(points)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", p.Title.Text, err)
	}
	dots.Radius = 1.6
	p.Add(dots)
	from, level := 0, math.NaN()
	line := func(to int) error {
		if math.IsNaN(level) {
			return nil
		}
		l, err := plotter.NewLine(plotter.XYs{{X: float64(from) - 0.4, Y: level}, {X: float64(to) - 0.6, Y: level}})
		if err != nil {
			return err
		}
		l.Color = color.RGBA{0xb4, 0x46, 0x0a, 0xff}
		l.Width = 1.2
		p.Add(l)
		return nil
	}
	for _, span := range s.spans() {
		from, level = span[0], math.NaN()
		for _, st := range h.Steps {
			if st.Bench != s.Bench || st.Unit != s.Unit || st.At < span[0] || st.At >= span[1] {
				continue
			}
			if math.IsNaN(level) {
				level = st.Old
			}
			if err := line(st.At); err != nil {
				return nil, err
			}
			from, level = st.At, st.New
		}
		if err := line(span[1]); err != nil {
			return nil, err
		}
	}
	p.Y.Min = min(p.Y.Min, 0)
	p.X.Label.Text = ""
	p.X.Tick.Marker = plot.ConstantTicks(h.ticks())
	return p, nil
}

// ticks names the points of steps, and the ends.
func (h *History) ticks() (ticks []plot.Tick) {
	named := map[int]bool{0: true, len(h.Points) - 1: true}
	for _, s := range h.Steps {
		if len(named) < 6 {
			named[s.At] = true
		}
	}
	for i, pt := range h.Points {
		t := plot.Tick{Value: float64(i)}
		if named[i] {
			t.Label = pt.Name[:min(len(pt.Name), 12)]
		}
		ticks = append(ticks, t)
	}
	return ticks
}
