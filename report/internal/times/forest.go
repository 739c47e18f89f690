package times

import (
	"fmt"
	"html/template"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// ratioAxis is the scale that the forest plots of a table share: the ratio to
// the base, logarithmic, in whole octaves.
type ratioAxis struct{ lo, hi int } // powers of two

// The size of one row's plot, the same wherever it is shown.
const (
	forestWidth  = 168
	forestHeight = 22
	octavesMost  = 3 // on either side; what lies beyond becomes an arrow
)

// ratioAxisOf is an axis that shows every difference of the rows, within
// three octaves of the base.
func ratioAxisOf(rows []pairRow) ratioAxis {
	a := ratioAxis{-1, 1}
	for _, row := range rows {
		for _, p := range row.pairs {
			if p == nil || p.Delta <= -1 {
				continue
			}
			o := math.Log2(1 + p.Delta)
			a.lo = max(-octavesMost, min(a.lo, int(math.Floor(o))))
			a.hi = min(octavesMost, max(a.hi, int(math.Ceil(o))))
		}
	}
	return a
}

// x places a ratio; beyond is -1 or 1 when it lies off the scale.
func (a ratioAxis) x(ratio float64) (x vg.Length, beyond int) {
	const margin = 12
	o := math.Log2(ratio)
	switch {
	case o < float64(a.lo) || ratio <= 0:
		return margin, -1
	case o > float64(a.hi):
		return forestWidth - margin, 1
	}
	share := (o - float64(a.lo)) / float64(a.hi-a.lo)
	return margin + vg.Length(share)*(forestWidth-2*margin), 0
}

// ticks is the scale as it stands in the head of the table.
func (a ratioAxis) ticks() (template.HTML, error) {
	return chart.DrawSVG("", "ratio to the base, logarithmic", "", forestWidth, 16, func(d chart.Drawing) {
		for o := a.lo; o <= a.hi; o++ {
			at, _ := a.x(math.Exp2(float64(o)))
			d.FillText(chart.PlainText(draw.XCenter), vg.Point{X: at, Y: 8}, ratioLabel(o))
		}
	})
}

// words say what the scale is.
func (a ratioAxis) words() string {
	return ratioLabel(a.lo) + " to " + ratioLabel(a.hi) + ", stroke: 1×"
}

func ratioLabel(octave int) string {
	if octave < 0 {
		return []string{"½×", "¼×", "⅛×"}[-octave-1]
	}
	return fmt.Sprintf("%d×", 1<<octave)
}

// row draws the comparisons of one row: a whisker for the interval, a dot for
// the difference, an arrow off scale.
func (a ratioAxis) row(row pairRow, names []section.StrategyHead, self bool) (template.HTML, error) {
	var parts []string
	for s, p := range row.pairs {
		if p != nil {
			part := names[s].Name + ": " + text.Percent(100*(1+p.Delta)) + " of the base"
			if self {
				part = names[s].Name + " a second time: " + text.Percent(100*(1+p.Delta)) + " of the first"
			}
			parts = append(parts, part)
		}
	}
	return chart.DrawSVG("", strings.Join(parts, "; "), "", forestWidth, forestHeight, func(d chart.Drawing) {
		p := chart.New(plot.Axis{Min: 0, Max: forestWidth, Scale: plot.LinearScale{}},
			plot.Axis{Min: 0, Max: forestHeight, Scale: plot.LinearScale{}})
		p.Add(forestRow{a, row, self})
		p.Draw(d.Canvas)
	})
}

// forestRow is the plotter of one row.
type forestRow struct {
	axis ratioAxis
	row  pairRow
	self bool
}

func (f forestRow) Plot(c draw.Canvas, _ *plot.Plot) {
	one, _ := f.axis.x(1)
	c.StrokeLine2(draw.LineStyle{Color: theme.Sentinel("axis"), Width: 1}, one, 2, one, forestHeight-2)
	n, k := 0, 0
	for _, p := range f.row.pairs {
		if p != nil {
			n++
		}
	}
	for s, p := range f.row.pairs {
		if p == nil {
			continue
		}
		k++
		y := vg.Length(forestHeight) * (1 - vg.Length(k)/vg.Length(n+1))
		f.dot(c, s, p, y)
	}
}

func (f forestRow) dot(c draw.Canvas, s int, p *judge.Pair, y vg.Length) {
	colour := theme.Colour(s)
	if f.self {
		colour = theme.Sentinel("muted")
	}
	line := draw.LineStyle{Color: colour, Width: 1.5}
	at, beyond := f.axis.x(1 + p.Delta)
	if beyond != 0 {
		tip := at + vg.Length(beyond)*6
		c.StrokeLine2(line, at-vg.Length(beyond)*12, y, tip, y)
		c.StrokeLines(line, []vg.Point{{X: tip - vg.Length(beyond)*5, Y: y + 4}, {X: tip, Y: y}, {X: tip - vg.Length(beyond)*5, Y: y - 4}})
		return
	}
	if p.Bounded() {
		lo, _ := f.axis.x(1 + p.Lo)
		hi, _ := f.axis.x(1 + p.Hi)
		c.StrokeLine2(line, lo, y, hi, y)
	}
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: colour, Radius: 4, Shape: draw.CircleGlyph{}}, vg.Point{X: at, Y: y})
}
