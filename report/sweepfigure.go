package report

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sweepFigure draws the key picture.
func sweepFigure(names Names, workloads []*workload, lines []sweepLine) (figure, error) {
	f := findSweep(lines)
	desc := names.plain(f.heading())
	height := func(w vg.Length) vg.Length { return 400 + vg.Length(len(names))*rugRow }
	return makeFigure("sweep", "Time to build an sg table against the size of the holes", desc, height, func(d drawing) {
		paintSweep(names, workloads, d, lines, f)
	})
}

// rugRow is the height of a strategy's row of strokes below the plot.
const rugRow = 13

func paintSweep(names Names, workloads []*workload, d drawing, lines []sweepLine, f sweepFinding) {
	right, every := vg.Length(190), 2
	if d.narrow() {
		right, every = 84, 4
	}
	rug := vg.Length(len(names))*rugRow + 6
	x, xTicks := sweepX(lines, every)
	hi := 0.0
	for _, l := range lines {
		for _, p := range l.points {
			hi = max(hi, p.p99)
		}
	}
	y, yTicks := decades(min(f.floorLo, f.costliest)/2.2, hi)
	p := chart(x, y)
	p.Add(rules{yTicks}, base{xTicks, rug})
	for _, l := range lines {
		if !l.refuses {
			p.Add(l.band())
		}
	}
	for _, refusing := range []bool{true, false} { // thick floors below, thin branches above
		for _, l := range lines {
			if l.refuses == refusing {
				p.Add(l.curve())
			}
		}
	}
	addCrosses(names, p, d, lines)
	for s := range names {
		from := 4 + vg.Length(s)*rugRow
		p.Add(strokes{ends(workloads, s), from, from + rugRow - 3, colourOf(s)})
	}
	p.Add(branchLabels(names, d, lines, x.Min), floorNote(d, f, x))
	p.Draw(d.inner(56, right, 10, 26+rug))
}

// sweepX is the axis of hole sizes, large holes on the left.
func sweepX(lines []sweepLine, every int) (plot.Axis, []plot.Tick) {
	lo, hi := uint64(math.MaxUint64), uint64(0)
	for _, l := range lines {
		for _, p := range l.points {
			lo, hi = min(lo, p.hole), max(hi, p.hole)
		}
	}
	x, ticks := powers(lo, hi, every, 0)
	x.Scale = plot.InvertedScale{Normalizer: plot.LogScale{}}
	return x, ticks
}

// curve is the line of the medians. A refuser's is thick, so that it shows
// under the line it shares the floor with.
func (l sweepLine) curve() plot.Plotter {
	width := vg.Length(2)
	if l.refuses {
		width = 5.5
	}
	return curve{l.xys(func(p sweepPoint) float64 { return p.median }), colourOf(l.strategy), width}
}

// band is the area from the medians to the 99th percentiles.
func (l sweepLine) band() plot.Plotter {
	return band{
		l.xys(func(p sweepPoint) float64 { return p.median }),
		l.xys(func(p sweepPoint) float64 { return p.p99 }),
		bandOf(l.strategy),
	}
}

func (l sweepLine) xys(y func(sweepPoint) float64) plotter.XYs {
	var out plotter.XYs
	for _, p := range l.points {
		out = append(out, plotter.XY{X: float64(p.hole), Y: y(p)})
	}
	return out
}

// addCrosses marks where a strategy begins to refuse, and names the request.
func addCrosses(names Names, p *plot.Plot, d drawing, lines []sweepLine) {
	row := map[int]int{} // strategy to row of labels
	first := map[int]bool{}
	for _, l := range lines {
		if !l.refuses {
			continue
		}
		if _, ok := row[l.strategy]; !ok {
			row[l.strategy] = len(row)
			first[l.strategy] = true
		}
		at := plotter.XY{X: float64(l.last().hole), Y: l.last().median}
		text := size(l.size)
		if first[l.strategy] && !d.narrow() {
			text = names[l.strategy] + " refuses " + text
		}
		first[l.strategy] = false
		p.Add(crosses{plotter.XYs{at}, colourOf(l.strategy)},
			note{at.X, at.Y, 0, -18 - vg.Length(row[l.strategy])*lineHeight, boldText(colourOf(l.strategy), draw.XCenter), text})
	}
}

// branchLabels name the branches that reach the right edge.
func branchLabels(names Names, d drawing, lines []sweepLine, smallest float64) endLabels {
	var out endLabels
	many := len(findSweep(lines).scatter) > 1
	for _, l := range lines {
		p := l.last()
		if l.refuses || float64(p.hole) > 2*smallest {
			continue
		}
		e := endLabel{y: p.median, colour: colourOf(l.strategy), lines: []string{
			size(l.size) + " request", duration(p.median) + ", " + plural(p.segs, "entry", "entries"),
		}}
		if many {
			e.lines[0] = names[l.strategy] + ", " + size(l.size)
		}
		if d.narrow() {
			e.lines = []string{size(l.size), duration(p.median)}
		}
		out = append(out, e)
	}
	return out
}

// floorNote says what a table of one entry costs.
func floorNote(d drawing, f sweepFinding, x plot.Axis) plot.Plotter {
	text := "1 entry, " + timeRange(f.floorLo, f.floorHi)
	if d.narrow() {
		text = "1 entry: " + timeRange(f.floorLo, f.floorHi)
	}
	if f.floorHi == 0 {
		text = ""
	}
	return note{x.Max, f.floorHi, 4, 14, boldText(sentinel("ink"), draw.XLeft), text}
}
