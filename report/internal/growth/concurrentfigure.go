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
	title   string
	of      chart.Quantity
	y       plot.Axis
	ticks   []plot.Tick
	value   func(*rundir.ConcurrentCell) float64
	samples func(*rundir.ConcurrentCell) []float64
}

// concurrentLine is a strategy behind a lock in a panel.
type concurrentLine struct {
	strategy, lock int
	points         plotter.XYs
	moves          bool // the samples of its ends lie apart: points without that have no line
}

// concurrentLines are the lines of a panel.
func concurrentLines(names list.Names, self *judge.SelfTest, concurrent rundir.Concurrent, pn concurrentPanel, numbers []int, locks []string) []concurrentLine {
	var out []concurrentLine
	for s := range names {
		for i, lock := range locks {
			l := concurrentLine{strategy: s, lock: i}
			var ends []*rundir.ConcurrentCell
			for _, n := range numbers {
				c := concurrent.Of(names[s], lock, n)
				if v := pn.value(c); v > 0 {
					l.points = append(l.points, plotter.XY{X: float64(n), Y: v})
					ends = append(ends, c)
				}
			}
			if len(l.points) == 0 {
				continue
			}
			l.moves = judge.Moved(self, pn.samples(ends[0]), pn.samples(ends[len(ends)-1]))
			out = append(out, l)
		}
	}
	return out
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
			lines := concurrentLines(names, self, concurrent, pn, numbers, locks)
			paintConcurrent(names, d.Half(i, 60, nameWidth(names, d.Narrow())), pn, numbers, locks, lines)
		}
	})
}

func paintConcurrent(names list.Names, c draw.Canvas, pn concurrentPanel, numbers []int, locks []string, lines []concurrentLine) {
	x := plot.Axis{Min: float64(numbers[0]), Max: max(float64(numbers[len(numbers)-1]), 1.0001*float64(numbers[0])), Scale: plot.LogScale{}}
	var ticks []plot.Tick
	for _, n := range numbers {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: text.Count(n)})
	}
	p := chart.New(x, pn.y)
	p.Add(chart.Axes{Title: pn.title, X: chart.Quantity{Name: "goroutines"}, Y: pn.of},
		chart.Rules{Ticks: pn.ticks}, chart.Base{Ticks: ticks, Drop: 0}, chart.Caption{Dx: -56, Dy: -18, Text: pn.title})
	ends := make(map[int]float64) // by strategy: where a line of its reaches the right edge
	var of chart.Lines
	for _, l := range lines {
		s := chart.Series{Name: names[l.strategy], Strategy: l.strategy, Points: l.points, Looks: []chart.Look{chart.Marked(3)}, Key: chart.MarkKey}
		if len(locks) > 1 {
			s.Part = locks[l.lock]
		}
		if l.moves {
			s.Looks = []chart.Look{chart.Dashed(draw.LineStyle{Width: 2, Dashes: lockDashes[l.lock%len(lockDashes)]}), chart.Marked(3)}
		}
		of.Of = append(of.Of, s)
		if !chart.Drawn(l.points) {
			continue
		}
		if last := l.points[len(l.points)-1]; last.X == x.Max {
			ends[l.strategy] = last.Y
		}
	}
	p.Add(of)
	var labels chart.EndLabels
	for s, name := range names {
		if y, ok := ends[s]; ok {
			labels.Of = append(labels.Of, chart.EndLabel{Y: y, Lines: []string{name}, Colour: theme.Colour(s), Of: s})
			continue
		}
		for _, l := range lines { // of the lines that end before the edge the first has the name
			if l.strategy == s && chart.Drawn(l.points) {
				last := l.points[len(l.points)-1]
				p.Add(chart.Of{Strategy: s, Marks: []plot.Plotter{chart.Note{X: last.X, Y: last.Y, Dx: 6, Dy: 6, Style: chart.BoldText(theme.Colour(s), draw.XLeft), Text: name}}})
				break
			}
		}
	}
	p.Add(labels)
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
	pn := concurrentPanel{title: "million operations a second", of: chart.Quantity{Name: "million operations a second"},
		value:   func(c *rundir.ConcurrentCell) float64 { return c.PerSecond() / 1e6 },
		samples: func(c *rundir.ConcurrentCell) []float64 { return c.Op },
	}
	top := 0.0
	eachConcurrent(names, concurrent, pn.value, func(v float64) { top = max(top, v) })
	pn.y, pn.ticks = chart.LinearAxis(top, 0.05, 4, text.Short3)
	return pn
}

func latencyPanel(names list.Names, concurrent rundir.Concurrent) concurrentPanel {
	pn := concurrentPanel{title: "latency of a call, p99", of: chart.Quantity{Name: "latency of a call, p99", Unit: chart.Seconds}, samples: func(c *rundir.ConcurrentCell) []float64 { return c.P99 }, value: func(c *rundir.ConcurrentCell) float64 {
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
