package tables

import (
	"math"
	"slices"

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
	p.Add(chart.Axes{Title: "time per table", X: chart.Quantity{Name: "size of every hole", Unit: chart.Bytes}, Y: chart.Quantity{Name: "time per table", Unit: chart.Seconds}},
		chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks, Drop: rug})
	var rare, medians chart.Lines
	for _, refusing := range []bool{false, true} { // thin branches above thick floors
		for _, l := range lines {
			if l.Refuses == refusing {
				median, p99 := holesSeries(names, l)
				medians.Of, rare.Of = append(medians.Of, median), append(rare.Of, p99)
			}
		}
	}
	p.Add(rare, medians)
	lines = slices.DeleteFunc(slices.Clone(lines), func(l judge.HolesLine) bool {
		return !chart.Drawn(holesXYs(l, func(p judge.HolesPoint) float64 { return p.Median }))
	})
	addCrosses(names, p, d, lines)
	for s := range names {
		from := 4 + vg.Length(s)*rugRow
		p.Add(chart.Of{Strategy: s, Marks: []plot.Plotter{chart.Strokes{At: judge.Ends(workloads, s), From: from, To: from + rugRow - 3, Colour: theme.Colour(s)}}})
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

// holesSeries are the medians of a line, and the 99th percentiles, to which a band reaches
// from them. A refuser has no band, and its line is thick, so that it shows under the line it
// shares the floor with.
func holesSeries(names list.Names, l judge.HolesLine) (median, p99 chart.Series) {
	median = chart.Series{Name: names[l.Strategy], Part: text.Size(l.Size), Strategy: l.Strategy,
		Points: holesXYs(l, func(p judge.HolesPoint) float64 { return p.Median })}
	p99 = median
	p99.Part, p99.Silent = p99.Part+", p99", true
	p99.Points = holesXYs(l, func(p judge.HolesPoint) float64 { return p.P99 })
	if l.Refuses {
		median.Looks = []chart.Look{chart.Line(5.5)}
		return median, p99
	}
	median.Looks = []chart.Look{chart.Line(2)}
	p99.Below = []plot.Plotter{chart.Band{Lo: median.Points, Hi: p99.Points, Colour: theme.Band(l.Strategy)}}
	return median, p99
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
		p.Add(chart.Of{Strategy: l.Strategy, Marks: []plot.Plotter{chart.XMarks{Points: plotter.XYs{at}, Colour: theme.Colour(l.Strategy)},
			chart.Note{X: at.X, Y: low, Dx: 0, Dy: -18 - vg.Length(row[l.Strategy])*chart.LineHeight, Style: chart.BoldText(theme.Colour(l.Strategy), draw.XCenter), Text: phrase}}})
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
		e := chart.EndLabel{Y: p.Median, Of: l.Strategy, Colour: theme.Colour(l.Strategy), Lines: []string{
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
