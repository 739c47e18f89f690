package report

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// stroke is a curve in ink instead of a strategy's colour: builders are no
// strategies, so that dashes tell them apart, and names at their ends.
type stroke struct {
	points plotter.XYs
	style  draw.LineStyle
}

func (l stroke) Plot(c draw.Canvas, p *plot.Plot) {
	for _, run := range runs(l.points) {
		pts := onCanvas(run, &c, p)
		if len(pts) == 1 {
			pts = append(pts, vg.Point{X: pts[0].X + 2, Y: pts[0].Y})
		}
		c.StrokeLines(l.style, pts)
	}
}

// builderStyle is the line of builder i of n: the first is thick, the last,
// by its name the worst, has long dashes, those between are quiet.
func builderStyle(i, n int) draw.LineStyle {
	switch {
	case i == 0:
		return draw.LineStyle{Color: sentinel("ink"), Width: 2.6}
	case i == n-1:
		return draw.LineStyle{Color: sentinel("ink"), Width: 2, Dashes: []vg.Length{9, 4}}
	}
	dashes := [][]vg.Length{nil, {5, 3}, {1.5, 3}}
	return draw.LineStyle{Color: sentinel("muted"), Width: 1.6, Dashes: dashes[(i-1)%len(dashes)]}
}

// builderPanel is one of the two plots: times or memory.
type builderPanel struct {
	title string
	y     plot.Axis
	ticks []plot.Tick
	value func(builderPoint) float64
	text  func(float64) string
}

// builderFigure draws the times of a layout and the memory beside them.
func builderFigure(id, title, desc string, lines []builderLine) (figure, error) {
	height := func(w vg.Length) vg.Length {
		if w <= narrow {
			return 2 * 270
		}
		return 330
	}
	panels := []builderPanel{timePanel(lines), memoryPanel(lines)}
	return makeFigure(id, title, desc, height, func(d drawing) {
		left, right, every := vg.Length(60), vg.Length(150), 4
		if d.narrow() {
			right, every = 84, 8
		}
		x, xTicks := builderX(lines, every)
		for i, panel := range panels {
			p := chart(x, panel.y)
			p.Add(rules{panel.ticks}, base{xTicks, 0}, caption{-left + 4, -18, panel.title})
			panel.paint(p, lines)
			p.Add(panel.labels(lines, d.narrow()))
			p.Draw(d.half(i, left, right))
		}
	})
}

// builderX is the axis of object sizes.
func builderX(lines []builderLine, every int) (plot.Axis, []plot.Tick) {
	lo, hi := uint64(math.MaxUint64), uint64(0)
	for _, l := range lines {
		for _, p := range l.points {
			lo, hi = min(lo, p.size), max(hi, p.size)
		}
	}
	return powers(lo, hi, every, 0)
}

func timePanel(lines []builderLine) builderPanel {
	pn := builderPanel{
		title: "time per table",
		value: func(p builderPoint) float64 { return p.median },
		text:  duration,
	}
	lo, hi := pn.span(lines)
	pn.y, pn.ticks = decades(lo, hi)
	return pn
}

func memoryPanel(lines []builderLine) builderPanel {
	pn := builderPanel{
		title: "memory held at the peak of a build",
		value: func(p builderPoint) float64 { return max(p.peak, 1) }, // NaN stays NaN
		text:  func(v float64) string { return size(toBytes(v)) },
	}
	lo, hi := pn.span(lines)
	pn.y, pn.ticks = powers(toBytes(lo), toBytes(hi), max(4, (class2(toBytes(hi))-class2(toBytes(lo)))/6), 0)
	return pn
}

// span is the least and the greatest value of a panel.
func (pn builderPanel) span(lines []builderLine) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, l := range lines {
		for _, p := range l.points {
			if v := pn.value(p); v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	return min(lo, hi), hi
}

// paint draws the lines, the first last: it shows where others share its way.
func (pn builderPanel) paint(p *plot.Plot, lines []builderLine) {
	for i := len(lines) - 1; i >= 0; i-- {
		var pts plotter.XYs
		for _, pt := range lines[i].points {
			pts = append(pts, plotter.XY{X: float64(pt.size), Y: pn.value(pt)})
		}
		p.Add(stroke{pts, builderStyle(i, len(lines))})
	}
}

// labels name the lines at their ends. Lines that end with the same words
// share a label.
func (pn builderPanel) labels(lines []builderLine, small bool) endLabels {
	names := make(map[string][]string)
	var out endLabels
	var texts []string
	for _, l := range lines {
		v := pn.value(l.points[len(l.points)-1])
		if math.IsNaN(v) {
			continue
		}
		text := pn.text(v)
		if names[text] == nil {
			texts = append(texts, text)
			out = append(out, endLabel{y: v, colour: sentinel("ink")})
		}
		names[text] = append(names[text], l.name)
	}
	for i, text := range texts {
		out[i].lines = labelLines(names[text], text, small)
	}
	return out
}

// labelLines puts the names of a label and what they share into short lines.
func labelLines(names []string, text string, small bool) []string {
	if len(names) == 1 && !small {
		return []string{names[0] + " " + text}
	}
	per := 2
	if small {
		per = 1
	}
	var out []string
	for i := 0; i < len(names); i += per {
		line := strings.Join(names[i:min(i+per, len(names))], ", ")
		if i+per < len(names) {
			line += ","
		}
		out = append(out, line)
	}
	return append(out, text)
}
