package report

import (
	"math"
	"slices"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// lockDashes tell the kinds of lock apart: colours are the strategies'.
var lockDashes = [][]vg.Length{{7, 4}, nil, {1.5, 3}}

// concurrentPanel is one of the two plots.
type concurrentPanel struct {
	title string
	y     plot.Axis
	ticks []plot.Tick
	value func(*concurrentCell) float64
}

// concurrentFigure draws throughput and the latency of rare calls against the
// number of goroutines.
func concurrentFigure(names Names, self *SelfTest, concurrent Concurrent, numbers []int, locks []string) (figure, error) {
	height := func(w vg.Length) vg.Length {
		if w <= narrow {
			return 2 * 250
		}
		return 290
	}
	panels := []concurrentPanel{throughputPanel(names, concurrent), latencyPanel(names, concurrent)}
	return makeFigure("concurrent", "Throughput and latency against goroutines", names.plain(concurrentHeading(names, self, concurrent)), height, func(d drawing) {
		for i, pn := range panels {
			paintConcurrent(names, concurrent, d.half(i, 60, nameWidth(names, d.narrow())), pn, numbers, locks)
		}
	})
}

func paintConcurrent(names Names, concurrent Concurrent, c draw.Canvas, pn concurrentPanel, numbers []int, locks []string) {
	x := plot.Axis{Min: float64(numbers[0]), Max: float64(numbers[len(numbers)-1]), Scale: plot.LogScale{}}
	if x.Max == x.Min {
		x.Max *= 1.0001
	}
	var ticks []plot.Tick
	for _, n := range numbers {
		ticks = append(ticks, plot.Tick{Value: float64(n), Label: count(n)})
	}
	p := chart(x, pn.y)
	p.Add(rules{pn.ticks}, base{ticks, 0}, caption{-56, -18, pn.title})
	var ends endLabels
	for s := len(names) - 1; s >= 0; s-- { // the base on top
		last := math.NaN()
		for i, lock := range locks {
			var pts plotter.XYs
			for _, n := range numbers {
				if v := pn.value(concurrent.of(names[s], lock, n)); v > 0 {
					pts = append(pts, plotter.XY{X: float64(n), Y: v})
				}
			}
			if len(pts) == 0 {
				continue
			}
			p.Add(stroke{pts, draw.LineStyle{Color: colourOf(s), Width: 2, Dashes: lockDashes[i%len(lockDashes)]}}, dots{pts, colourOf(s)})
			last = pts[len(pts)-1].Y
		}
		if !math.IsNaN(last) {
			ends = append(ends, endLabel{last, []string{names[s]}, colourOf(s)})
		}
	}
	p.Add(ends)
	p.Draw(c)
}

// eachConcurrent calls f for the value of every cell that has one.
func eachConcurrent(names Names, concurrent Concurrent, value func(*concurrentCell) float64, f func(float64)) {
	for k, c := range concurrent {
		if v := value(c); names.index(k.strategy) >= 0 && v > 0 {
			f(v)
		}
	}
}

func throughputPanel(names Names, concurrent Concurrent) concurrentPanel {
	pn := concurrentPanel{title: "million operations a second", value: func(c *concurrentCell) float64 { return c.perSecond() / 1e6 }}
	top := 0.0
	eachConcurrent(names, concurrent, pn.value, func(v float64) { top = max(top, v) })
	pn.y, pn.ticks = linearAxis(top, 0.05, 4, short3)
	return pn
}

func latencyPanel(names Names, concurrent Concurrent) concurrentPanel {
	pn := concurrentPanel{title: "latency of a call, p99", value: func(c *concurrentCell) float64 {
		if c == nil {
			return math.NaN()
		}
		return median(slices.Clone(c.p99))
	}}
	lo, hi := math.Inf(1), 0.0
	eachConcurrent(names, concurrent, pn.value, func(v float64) { lo, hi = min(lo, v), max(hi, v) })
	if hi == 0 {
		pn.title = strings.TrimSuffix(pn.title, ", p99") + ": not measured"
	}
	pn.y, pn.ticks = timeAxis(min(lo, hi), hi)
	return pn
}
