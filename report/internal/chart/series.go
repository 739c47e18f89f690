package chart

import (
	"image/color"
	"math"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// Series is what a plot draws of one thing, most often a strategy. Its points are the only
// ones there are: the marks of the picture, the values that the page shows under the mouse
// and those of the table a reader saves are all made from them.
type Series struct {
	Name     string // of the strategy, or of what else this is
	Part     string // which of several series of the same name, as in "64 MiB request"
	Strategy int    // its index, or NoStrategy
	Points   plotter.XYs

	Colour color.Color    // nil: the strategy's
	Looks  []Look         // how the points are drawn, one upon the other
	Below  []plot.Plotter // drawn with it, under its points
	End    []string       // lines that name it behind its last point
	Silent bool           // saved, and not among the values under the mouse: the edge of a band
	Key    Key            // what stands for it beside the strategy's name
}

// Key is what stands for the series of a strategy beside its name above the figure.
type Key int

// The keys.
const (
	LineKey Key = iota // with the dashes of the strategy
	BarKey             // a block: bars, or lines whose dashes mean something else
	MarkKey            // the shape of the strategy's marks
)

// NoStrategy is the index of what belongs to no strategy.
const NoStrategy = -1

// Look is a way to draw the points of a series.
type Look func(s Series) plot.Plotter

// fewest is the number of points from which on a series is drawn: one alone shows no
// course, and a sentence says as much.
const fewest = 2

// Drawn reports whether points are enough for a series: it is the one place that decides it.
func Drawn(points plotter.XYs) bool { return count(points) >= fewest }

// count is the number of points that are numbers.
func count(points plotter.XYs) int {
	n := 0
	for _, run := range runs(points) {
		n += len(run)
	}
	return n
}

// colour is that of the series.
func (s Series) colour() color.Color {
	if s.Colour == nil {
		return theme.Colour(s.Strategy)
	}
	return s.Colour
}

// said is the name of the series with its part.
func (s Series) said() string {
	if s.Part == "" {
		return s.Name
	}
	return s.Name + ", " + s.Part
}

// Line joins the points. Strategies from the third on are dashed, so that colour does not
// alone tell six lines apart.
func Line(width vg.Length) Look {
	return func(s Series) plot.Plotter {
		return Stroke{Points: s.Points, Style: draw.LineStyle{Color: s.colour(), Width: width, Dashes: Dashes(s.Strategy)}}
	}
}

// Dashed joins the points with dashes that mean something else than the strategy.
func Dashed(sty draw.LineStyle) Look {
	return func(s Series) plot.Plotter {
		if sty.Color == nil {
			sty.Color = s.colour()
		}
		return Stroke{Points: s.Points, Style: sty}
	}
}

// Marked marks the points, each strategy from the third on with a shape of its own.
func Marked(radius vg.Length) Look {
	return func(s Series) plot.Plotter {
		return Dots{Points: s.Points, Colour: s.colour(), Radius: radius, Shape: max(0, s.Strategy)}
	}
}

// Ringed is [Marked] with hollow marks.
func Ringed(radius vg.Length) Look {
	return func(s Series) plot.Plotter {
		return Dots{Points: s.Points, Colour: s.colour(), Radius: radius, Shape: max(0, s.Strategy), Hollow: true}
	}
}

// Columned draws bars so wide that stand so far to the right of their points, both in units
// of x.
func Columned(width, shift float64) Look {
	return func(s Series) plot.Plotter {
		b := Columns{Width: width, Colour: s.colour()}
		for _, pt := range s.Points {
			b.Points = append(b.Points, plotter.XY{X: pt.X + shift, Y: pt.Y})
		}
		return b
	}
}

// Dashes are those of the lines of a strategy.
func Dashes(strategy int) []vg.Length {
	if strategy < 2 {
		return nil
	}
	return [][]vg.Length{{8, 3}, {2, 2.5}, {10, 3, 2, 3}, {4, 3}}[(strategy-2)%theme.Dashes]
}

// Lines are the series of a plot, the first on top, with their names at their ends. Room at
// the top stays free of those for a caption. Series that are not [Drawn] are left out.
type Lines struct {
	Of  []Series
	Top vg.Length
}

func (l Lines) Plot(c draw.Canvas, p *plot.Plot) {
	rec := recorderOf(c)
	rec.lines = true
	ends := EndLabels{Top: l.Top}
	var shown []Series
	for _, s := range l.Of {
		if !Drawn(s.Points) {
			rec.left = append(rec.left, s)
			continue
		}
		rec.keep(p, s)
		shown = append(shown, s)
		if len(s.End) > 0 {
			ends.Of = append(ends.Of, EndLabel{Y: last(s.Points), Lines: s.End, Colour: s.colour(), Of: s.Strategy})
		}
	}
	for _, s := range slices.Backward(shown) {
		marks := slices.Clone(s.Below)
		for _, look := range s.Looks {
			marks = append(marks, look(s))
		}
		Of{s.Strategy, marks}.Plot(c, p)
	}
	ends.Plot(c, p)
}

// last is the y of the last point that is a number.
func last(points plotter.XYs) float64 {
	all := runs(points)
	run := all[len(all)-1]
	return run[len(run)-1].Y
}

// Of is what belongs to a strategy: a reader can hide it with the rest of its marks.
type Of struct {
	Strategy int
	Marks    []plot.Plotter
}

func (o Of) Plot(c draw.Canvas, p *plot.Plot) {
	grouped(c, o.Strategy, func() {
		for _, m := range o.Marks {
			m.Plot(c, p)
		}
	})
}

// The marks that stand for the ends of a group while a figure is drawn: the SVG writer has
// no groups, and texts are what it leaves as they are.
const (
	groupOpens  = "\ue010"
	groupCloses = "\ue011"
)

// grouped puts what f draws into a group of the strategy.
func grouped(c draw.Canvas, strategy int, f func()) {
	if strategy < 0 {
		f()
		return
	}
	mark := func(s string) { c.FillText(PlainText(draw.XLeft), c.Min, s) }
	mark(groupOpens + strconv.Itoa(strategy))
	f()
	mark(groupCloses)
}

// finite reports whether a number is one.
func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
