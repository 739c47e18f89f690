package growth

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// lockDashes tell the kinds of lock apart: colours are the strategies'.
var lockDashes = [][]vg.Length{{7, 4}, nil, {1.5, 3}}

// concurrentPanel is one of the two plots.
type concurrentPanel struct {
	title string
	y     plot.Axis
	ticks []plot.Tick
	value func(*rundir.ConcurrentCell) float64
}

// concurrentFigure draws throughput and the latency of rare calls against the
// number of goroutines.
func concurrentFigure(names list.Names, self *judge.SelfTest, concurrent rundir.Concurrent, numbers []int, locks []string) (chart.Figure, error) {
	height := func(w vg.Length) vg.Length {
		if w <= chart.Narrow {
			return 2 * 250
		}
		return 290
	}
	panels := []concurrentPanel{throughputPanel(names, concurrent), latencyPanel(names, concurrent)}
	return chart.Draw("concurrent", "Throughput and latency against goroutines", text.Plain(names, words.ConcurrentHeading(names, self, concurrent)), height, func(d chart.Drawing) {
		for i, pn := range panels {
			paintConcurrent(names, concurrent, d.Half(i, 60, nameWidth(names, d.Narrow())), pn, numbers, locks)
		}
	})
}

func paintConcurrent(names list.Names, concurrent rundir.Concurrent, c draw.Canvas, pn concurrentPanel, numbers []int, locks []string) {
	x := plot.Axis{Min: float64(numbers[0]), Max: float64(numbers[len(numbers)-1]), Scale: plot.LogScale{}}
	if x.Max == x.Min {
		x.Max *= 1.0001
	}
	var ticks []plot.Tick
	for _, n := range numbers {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: text.Count(n)})
	}
	p := chart.New(x, pn.y)
	p.Add(chart.Rules{Ticks: pn.ticks}, chart.Base{Ticks: ticks, Drop: 0}, chart.Caption{Dx: -56, Dy: -18, Text: pn.title})
	var ends chart.EndLabels
	for s := len(names) - 1; s >= 0; s-- { // the base on top
		last := math.NaN()
		for i, lock := range locks {
			var pts plotter.XYs
			for _, n := range numbers {
				if v := pn.value(concurrent.Of(names[s], lock, n)); v > 0 {
					pts = append(pts, plotter.XY{X: float64(n), Y: v})
				}
			}
			if len(pts) == 0 {
				continue
			}
			p.Add(chart.Stroke{Points: pts, Style: draw.LineStyle{Color: theme.Colour(s), Width: 2, Dashes: lockDashes[i%len(lockDashes)]}}, chart.Dots{Points: pts, Colour: theme.Colour(s)})
			last = pts[len(pts)-1].Y
		}
		if !math.IsNaN(last) {
			ends = append(ends, chart.EndLabel{Y: last, Lines: []string{names[s]}, Colour: theme.Colour(s)})
		}
	}
	p.Add(ends)
	p.Draw(c)
}

// eachConcurrent calls f for the value of every cell that has one.
func eachConcurrent(names list.Names, concurrent rundir.Concurrent, value func(*rundir.ConcurrentCell) float64, f func(float64)) {
	for k, c := range concurrent {
		if v := value(c); names.Index(k.Strategy) >= 0 && v > 0 {
			f(v)
		}
	}
}

func throughputPanel(names list.Names, concurrent rundir.Concurrent) concurrentPanel {
	pn := concurrentPanel{title: "million operations a second", value: func(c *rundir.ConcurrentCell) float64 { return c.PerSecond() / 1e6 }}
	top := 0.0
	eachConcurrent(names, concurrent, pn.value, func(v float64) { top = max(top, v) })
	pn.y, pn.ticks = chart.LinearAxis(top, 0.05, 4, text.Short3)
	return pn
}

func latencyPanel(names list.Names, concurrent rundir.Concurrent) concurrentPanel {
	pn := concurrentPanel{title: "latency of a call, p99", value: func(c *rundir.ConcurrentCell) float64 {
		if c == nil {
			return math.NaN()
		}
		return stat.Median(slices.Clone(c.P99))
	}}
	lo, hi := math.Inf(1), 0.0
	eachConcurrent(names, concurrent, pn.value, func(v float64) { lo, hi = min(lo, v), max(hi, v) })
	if hi == 0 {
		pn.title = strings.TrimSuffix(pn.title, ", p99") + ": not measured"
	}
	pn.y, pn.ticks = chart.TimeAxis(min(lo, hi), hi)
	return pn
}
