package tables

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// holesFigure draws the key picture.
func holesFigure(names list.Names, workloads []*rundir.Workload, lines []judge.HolesLine) (chart.Figure, error) {
	f := judge.FindHoles(lines)
	desc := text.Plain(names, words.HolesHeading(f))
	height := func(w vg.Length) vg.Length { return 400 + vg.Length(len(names))*rugRow }
	return chart.Draw("sweep", "Time to build an sg table against the size of the holes", desc, height, func(d chart.Drawing) {
		paintHoles(names, workloads, d, lines, f)
	})
}

// rugRow is the height of a strategy's row of strokes below the plot.
const rugRow = 13

func paintHoles(names list.Names, workloads []*rundir.Workload, d chart.Drawing, lines []judge.HolesLine, f judge.HolesFinding) {
	right := vg.Length(190)
	if d.Narrow() {
		right = 84
	}
	rug := vg.Length(len(names))*rugRow + 6
	x, xTicks := holesX(lines)
	hi := 0.0
	for _, l := range lines {
		for _, p := range l.Points {
			hi = max(hi, p.P99)
		}
	}
	y, yTicks := chart.Decades(min(f.FloorLo, f.Costliest)/2.2, hi)
	p := chart.New(x, y)
	p.Add(chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks, Drop: rug})
	for _, l := range lines {
		if !l.Refuses {
			p.Add(holesBand(l))
		}
	}
	for _, refusing := range []bool{true, false} { // thick floors below, thin branches above
		for _, l := range lines {
			if l.Refuses == refusing {
				p.Add(holesCurve(l))
			}
		}
	}
	addCrosses(names, p, d, lines)
	for s := range names {
		from := 4 + vg.Length(s)*rugRow
		p.Add(chart.Strokes{At: judge.Ends(workloads, s), From: from, To: from + rugRow - 3, Colour: theme.Colour(s)})
	}
	p.Add(branchLabels(names, d, lines, x.Min), floorNote(d, f, x))
	p.Draw(d.Inner(56, right, 10, 26+rug))
}

// holesX is the axis of hole sizes, large holes on the left.
func holesX(lines []judge.HolesLine) (plot.Axis, []plot.Tick) {
	lo, hi := uint64(math.MaxUint64), uint64(0)
	for _, l := range lines {
		for _, p := range l.Points {
			lo, hi = min(lo, p.Hole), max(hi, p.Hole)
		}
	}
	x, ticks := chart.Powers(lo, hi, 2, 0)
	x.Scale = plot.InvertedScale{Normalizer: plot.LogScale{}}
	return x, ticks
}

// holesCurve is the line of the medians. A refuser's is thick, so that it shows
// under the line it shares the floor with.
func holesCurve(l judge.HolesLine) plot.Plotter {
	width := vg.Length(2)
	if l.Refuses {
		width = 5.5
	}
	return chart.Curve{Points: holesXYs(l, func(p judge.HolesPoint) float64 { return p.Median }), Colour: theme.Colour(l.Strategy), Width: width}
}

// holesBand is the area from the medians to the 99th percentiles.
func holesBand(l judge.HolesLine) plot.Plotter {
	return chart.Band{
		Lo:     holesXYs(l, func(p judge.HolesPoint) float64 { return p.Median }),
		Hi:     holesXYs(l, func(p judge.HolesPoint) float64 { return p.P99 }),
		Colour: theme.Band(l.Strategy),
	}
}

func holesXYs(l judge.HolesLine, y func(judge.HolesPoint) float64) plotter.XYs {
	var out plotter.XYs
	for _, p := range l.Points {
		out = append(out, plotter.XY{X: float64(p.Hole), Y: y(p)})
	}
	return out
}

// addCrosses marks where a strategy begins to refuse, and names the request.
func addCrosses(names list.Names, p *plot.Plot, d chart.Drawing, lines []judge.HolesLine) {
	row := map[int]int{} // strategy to row of labels
	first := map[int]bool{}
	low := math.Inf(1) // the labels stand in rows below all crosses
	for _, l := range lines {
		if l.Refuses {
			low = min(low, l.Last().Median)
		}
	}
	for _, l := range lines {
		if !l.Refuses {
			continue
		}
		if _, ok := row[l.Strategy]; !ok {
			row[l.Strategy] = len(row)
			first[l.Strategy] = true
		}
		at := plotter.XY{X: float64(l.Last().Hole), Y: l.Last().Median}
		phrase := text.Size(l.Size)
		if first[l.Strategy] && !d.Narrow() {
			phrase = names[l.Strategy] + " refuses " + phrase
		}
		first[l.Strategy] = false
		p.Add(chart.XMarks{Points: plotter.XYs{at}, Colour: theme.Colour(l.Strategy)},
			chart.Note{X: at.X, Y: low, Dx: 0, Dy: -18 - vg.Length(row[l.Strategy])*chart.LineHeight, Style: chart.BoldText(theme.Colour(l.Strategy), draw.XCenter), Text: phrase})
	}
}

// branchLabels name the branches that reach the right edge.
func branchLabels(names list.Names, d chart.Drawing, lines []judge.HolesLine, smallest float64) chart.EndLabels {
	var out chart.EndLabels
	many := len(judge.FindHoles(lines).Scatter) > 1
	for _, l := range lines {
		p := l.Last()
		if l.Refuses || float64(p.Hole) > 2*smallest {
			continue
		}
		e := chart.EndLabel{Y: p.Median, Colour: theme.Colour(l.Strategy), Lines: []string{
			text.Size(l.Size) + " request", text.Duration(p.Median) + ", " + text.Plural(p.Segs, "entry", "entries"),
		}}
		if many {
			e.Lines[0] = names[l.Strategy] + ", " + text.Size(l.Size)
		}
		if d.Narrow() {
			e.Lines = []string{text.Size(l.Size), text.Duration(p.Median)}
		}
		out.Of = append(out.Of, e)
	}
	return out
}

// floorNote says what a table of one entry costs.
func floorNote(d chart.Drawing, f judge.HolesFinding, x plot.Axis) plot.Plotter {
	phrase := "1 entry, " + words.TimeRange(f.FloorLo, f.FloorHi)
	if d.Narrow() {
		phrase = "1 entry: " + words.TimeRange(f.FloorLo, f.FloorHi)
	}
	if f.FloorHi == 0 {
		phrase = ""
	}
	return chart.Note{X: x.Max, Y: f.FloorHi, Dx: 4, Dy: 14, Style: chart.BoldText(theme.Sentinel("ink"), draw.XLeft), Text: phrase}
}
