package growth

import (
	_ "embed"
	"fmt"
	"html/template"
	"math"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

//go:embed worst.html
var worstHTML string

// Worst is how much memory a strategy needs in the worst case that was found.
var Worst = section.Section{
	ID:       "worst",
	Title:    "Worst case",
	Template: worstHTML,
	Optional: true,
	Make:     section.Maker(makeWorst),
}

// worstSection is the worst case that was found.
type worstSection struct{ section.Head }

func makeWorst(in judge.Run) (p worstSection, err error) {
	lines, bounds := worstLines(in.Strategies, in.Curves.Worst)
	if len(lines) == 0 {
		p.Missing = section.LacksSynthetic("worst cases", schema.WorstCase, in.Facts)
		return p, nil
	}
	p.Heading = template.HTML("Worst case found: " + template.HTMLEscapeString(worstFinding(lines)))
	p.How = "A program that knows the strategy allocates and frees, with at most 1 MiB live, requests of 4 KiB up to a size, each in one piece, until one is refused. The larger the region in which that still happens, the worse."
	p.Note = "Found by search (vramlab attack): there may be worse. Dashed: what the best allocator needs, with sizes that are powers of two (Robson 1974); no strategy can stay below it. Dotted: what first fit by address (Robson 1977) and, above it, half fit need at most, whatever the program."
	p.Figure, err = worstFigure(in.Strategies, lines, bounds, worstFinding(lines))
	return p, err
}

// worstLine is a strategy by the largest request.
type worstLine struct {
	strategy int
	name     string
	points   plotter.XYs
}

// worstBounds are what is known of other allocators: lines beside those of the strategies.
var worstBounds = []struct {
	name   string
	dashes []vg.Length
	of     func(rundir.WorstPoint) float64
}{
	{"Robson's bound", []vg.Length{4, 3}, func(p rundir.WorstPoint) float64 { return p.Bound }},
	{"first fit at most", []vg.Length{1, 3}, func(p rundir.WorstPoint) float64 { return p.FirstFit }},
	{"half fit at most", []vg.Length{1, 5}, func(p rundir.WorstPoint) float64 { return p.HalfFit }},
}

// worstLines are the lines of the strategies, and those of worstBounds.
func worstLines(names list.Names, worst rundir.Worst) (lines []worstLine, bounds []plotter.XYs) {
	bounds = make([]plotter.XYs, len(worstBounds))
	most := 0
	for s, name := range names {
		l := worstLine{strategy: s, name: name}
		for _, pt := range worst[name] {
			l.points = append(l.points, plotter.XY{X: float64(pt.Largest), Y: pt.Region})
		}
		if len(l.points) == 0 {
			continue
		}
		lines = append(lines, l)
		if len(worst[name]) <= most {
			continue
		}
		most = len(worst[name])
		for i, b := range worstBounds {
			bounds[i] = nil
			for _, pt := range worst[name] {
				if v := b.of(pt); !math.IsNaN(v) {
					bounds[i] = append(bounds[i], plotter.XY{X: float64(pt.Largest), Y: v})
				}
			}
		}
	}
	return lines, bounds
}

// worstFinding says which strategies need most and least for the largest requests.
func worstFinding(lines []worstLine) string {
	end := func(l worstLine) plotter.XY { return l.points[len(l.points)-1] }
	least, most := lines[0], lines[0]
	for _, l := range lines {
		if end(l).Y > end(most).Y {
			most = l
		}
		if end(l).Y < end(least).Y {
			least = l
		}
	}
	size := text.Size(uint64(end(most).X))
	times := func(l worstLine) string { return text.Short3(end(l).Y) + " times what is live" }
	switch {
	case len(lines) == 1:
		return fmt.Sprintf("%s needs %s for requests up to %s", most.name, times(most), size)
	case end(most).Y == end(least).Y:
		return fmt.Sprintf("each strategy needs %s for requests up to %s", times(most), size)
	}
	return fmt.Sprintf("%s needs %s for requests up to %s, %s %s", most.name, times(most), size, least.name, text.Short3(end(least).Y))
}

// worstFigure draws the region needed against the largest request.
func worstFigure(names list.Names, lines []worstLine, bounds []plotter.XYs, finding string) (chart.Figure, error) {
	height := func(vg.Length) vg.Length { return 230 }
	return chart.Draw("worst", "Worst case found", finding, height, func(d chart.Drawing) {
		paintWorst(names, d.Inner(60, nameWidth(names, true), 20, 30), lines, bounds)
	})
}

func paintWorst(names list.Names, c draw.Canvas, lines []worstLine, bounds []plotter.XYs) {
	lo, hi, least, top := math.Inf(1), 0.0, 1.0, 1.0
	for _, l := range lines {
		for _, pt := range l.points {
			lo, hi, least, top = min(lo, pt.X), max(hi, pt.X), min(least, pt.Y), max(top, pt.Y)
		}
	}
	for _, bound := range bounds {
		for _, pt := range bound {
			top = max(top, pt.Y)
		}
	}
	x, xTicks := chart.Powers(uint64(lo), uint64(hi), 1, 0)
	// The bounds lie between 1 and 14, a buddy far above: a linear axis would draw all
	// others into one.
	y, yTicks := chart.Powers(1, stat.ToBytes(math.Ceil(top)), 1, 0)
	y.Min = min(y.Min, least)
	for i := range yTicks {
		yTicks[i].Label = text.Short3(yTicks[i].Value)
	}
	p := chart.New(x, y)
	p.Add(chart.Axes{Title: "Worst case found", X: chart.Quantity{Name: "largest request", Unit: chart.Bytes}, Y: chart.Quantity{Name: "region needed, by what is live"}},
		chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks, Drop: 0})
	var of chart.Lines
	for _, l := range lines {
		of.Of = append(of.Of, chart.Series{Name: l.name, Strategy: l.strategy, Points: l.points, Looks: []chart.Look{chart.Line(2), chart.Marked(3)}, End: []string{l.name}})
	}
	for i, b := range worstBounds {
		if chart.Drawn(bounds[i]) {
			of.Of = append(of.Of, chart.Series{Name: b.name, Strategy: chart.NoStrategy, Points: bounds[i], Colour: theme.Sentinel("ink"),
				Looks: []chart.Look{chart.Dashed(draw.LineStyle{Width: 1.5, Dashes: b.dashes})}})
		}
	}
	p.Add(of)
	p.Draw(c)
}
