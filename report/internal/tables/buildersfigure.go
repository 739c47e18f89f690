package tables

import (
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// builderStyle is the line of builder i of n: the first is thick, the last,
// by its name the worst, has long dashes, those between are quiet.
func builderStyle(i, n int) draw.LineStyle {
	switch {
	case i == 0:
		return draw.LineStyle{Color: theme.Sentinel("ink"), Width: 2.6}
	case i == n-1:
		return draw.LineStyle{Color: theme.Sentinel("ink"), Width: 2, Dashes: []vg.Length{9, 4}}
	}
	dashes := [][]vg.Length{nil, {5, 3}, {1.5, 3}}
	return draw.LineStyle{Color: theme.Sentinel("muted"), Width: 1.6, Dashes: dashes[(i-1)%len(dashes)]}
}

// builderPanel is one of the two plots: times or memory.
type builderPanel struct {
	title string
	unit  chart.Unit
	y     plot.Axis
	ticks []plot.Tick
	value func(judge.BuilderPoint) float64
	text  func(float64) string
}

// builderFigure draws the times of a layout and the memory beside them.
// Dots mark the size that its heading speaks of, 0 for none.
func builderFigure(id, title, desc string, lines []judge.BuilderLine, told uint64) (chart.Figure, error) {
	height := func(w vg.Length) vg.Length {
		if w <= chart.Narrow {
			return 2 * 270
		}
		return 330
	}
	panels := []builderPanel{timePanel(lines), memoryPanel(lines)}
	return chart.Draw(id, title, desc, height, func(d chart.Drawing) {
		left, right := vg.Length(60), vg.Length(150)
		if d.Narrow() {
			right = 84
		}
		x, xTicks := builderX(lines)
		for i, panel := range panels {
			p := chart.New(x, panel.y)
			p.Add(chart.Axes{Title: panel.title, X: chart.Quantity{Name: "size of the object", Unit: chart.Bytes}, Y: chart.Quantity{Name: panel.title, Unit: panel.unit}},
				chart.Rules{Ticks: panel.ticks}, chart.Base{Ticks: xTicks, Drop: 0}, chart.Caption{Dx: -left + 4, Dy: -18, Text: panel.title})
			panel.paint(p, lines, told)
			p.Add(panel.labels(lines, d.Narrow()))
			p.Draw(d.Half(i, left, right))
		}
	})
}

// builderX is the axis of object sizes.
func builderX(lines []judge.BuilderLine) (plot.Axis, []plot.Tick) {
	lo, hi := uint64(math.MaxUint64), uint64(0)
	for _, l := range lines {
		for _, p := range l.Points {
			lo, hi = min(lo, p.Size), max(hi, p.Size)
		}
	}
	return chart.Powers(lo, hi, 2, 0)
}

func timePanel(lines []judge.BuilderLine) builderPanel {
	pn := builderPanel{
		title: "time per table",
		unit:  chart.Seconds,
		value: func(p judge.BuilderPoint) float64 { return p.Median },
		text:  text.Duration,
	}
	lo, hi := pn.span(lines)
	pn.y, pn.ticks = chart.Decades(lo, hi)
	return pn
}

func memoryPanel(lines []judge.BuilderLine) builderPanel {
	pn := builderPanel{
		title: "memory held at the peak of a build",
		unit:  chart.Bytes,
		value: func(p judge.BuilderPoint) float64 { return max(p.Peak, 1) }, // NaN stays NaN
		text:  func(v float64) string { return text.Size(stat.ToBytes(v)) },
	}
	lo, hi := pn.span(lines)
	pn.y, pn.ticks = chart.Powers(stat.ToBytes(lo), stat.ToBytes(hi), max(4, (stat.Class2(stat.ToBytes(hi))-stat.Class2(stat.ToBytes(lo)))/6), 0)
	return pn
}

// span is the least and the greatest value of a panel.
func (pn builderPanel) span(lines []judge.BuilderLine) (lo, hi float64) {
	lo, hi = math.Inf(1), 0
	for _, l := range lines {
		for _, p := range l.Points {
			if v := pn.value(p); v > 0 {
				lo, hi = min(lo, v), max(hi, v)
			}
		}
	}
	return min(lo, hi), hi
}

// points are those of a line.
func (pn builderPanel) points(l judge.BuilderLine) (pts plotter.XYs) {
	for _, pt := range l.Points {
		pts = append(pts, plotter.XY{X: float64(pt.Size), Y: pn.value(pt)})
	}
	return pts
}

// paint draws the lines, the first last: it shows where others share its way.
func (pn builderPanel) paint(p *plot.Plot, lines []judge.BuilderLine, told uint64) {
	var dots plotter.XYs
	var of chart.Lines
	for i, l := range lines {
		pts := pn.points(l)
		of.Of = append(of.Of, chart.Series{Name: l.Name, Strategy: chart.NoStrategy, Points: pts, Colour: theme.Sentinel("ink"), Looks: []chart.Look{chart.Dashed(builderStyle(i, len(lines)))}})
		if !chart.Drawn(pts) {
			continue
		}
		if at := l.At(told); at != nil && pn.value(*at) > 0 {
			dots = append(dots, plotter.XY{X: float64(told), Y: pn.value(*at)})
		}
	}
	p.Add(of, chart.Dots{Points: dots, Colour: theme.Sentinel("ink")})
}

// labels name the lines at their ends. Lines that end with the same words
// share a label.
func (pn builderPanel) labels(lines []judge.BuilderLine, small bool) chart.EndLabels {
	names := make(map[string][]string)
	var out chart.EndLabels
	var texts []string
	for _, l := range lines {
		v := pn.value(l.Points[len(l.Points)-1])
		if math.IsNaN(v) || !chart.Drawn(pn.points(l)) {
			continue
		}
		phrase := pn.text(v)
		if names[phrase] == nil {
			texts = append(texts, phrase)
			out.Of = append(out.Of, chart.EndLabel{Y: v, Colour: theme.Sentinel("ink"), Of: chart.NoStrategy})
		}
		names[phrase] = append(names[phrase], l.Name)
	}
	for i, phrase := range texts {
		out.Of[i].Lines = labelLines(names[phrase], phrase, small)
	}
	return out
}

// labelLines puts the names of a label and what they share into short lines.
func labelLines(names []string, phrase string, small bool) []string {
	if len(names) == 1 && !small {
		return []string{names[0] + " " + phrase}
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
	return append(out, phrase)
}
