package memory

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// sizesFigure draws what was asked for and what was granted, by power of two.
func sizesFigure(names list.Names, w *rundir.Workload) (chart.Figure, error) {
	desc := text.Plain(names, words.SizesHeading(names, w))
	height := func(width vg.Length) vg.Length {
		if width <= chart.Narrow {
			return 2*histHeight + notesHeight(names)
		}
		return histHeight + notesHeight(names)
	}
	f, err := chart.Draw("sizes", "Sizes of requests and of granted blocks, "+text.Clean(w.Title), desc, height, func(d chart.Drawing) {
		top := notesHeight(names) + 6
		left := d.Inner(48, d.Width/2+10, top, 26)
		right := d.Inner(d.Width/2+52, 4, top, 26)
		if d.Narrow() { // the names stand below the title
			left = d.Inner(44, 4, 28, histHeight+notesHeight(names)+26)
			right = d.Inner(44, 4, histHeight+28+notesHeight(names), 26)
		}
		lo, hi := sizeClasses(w)
		most := paintRequests(names, left, w, lo, hi)
		paintBlocks(names, right, w, lo, hi, most, d.Narrow())
	})
	f.Workload = w.Name
	return f, err
}

const histHeight = 200

// notesHeight is what the names of the strategies take above the bars.
func notesHeight(names list.Names) vg.Length { return vg.Length(max(2, len(names))) * chart.LineHeight }

// sizeClasses is the range of classes that hold a request or a block.
func sizeClasses(w *rundir.Workload) (lo, hi int) {
	lo, hi = 63, 0
	for _, p := range w.Placed {
		if p == nil {
			continue
		}
		for class := range p.ReqHist {
			if p.ReqHist[class]+p.BlkHist[class] > 0 {
				lo, hi = min(lo, class), max(hi, class)
			}
		}
	}
	return min(lo, hi), hi
}

// shares turns counts into percent of their sum.
func shares(hist [64]int, lo, hi int) (out []float64, top float64) {
	total := 0
	for _, n := range hist {
		total += n
	}
	for class := lo; class <= hi; class++ {
		v := 0.0
		if total > 0 {
			v = 100 * float64(hist[class]) / float64(total)
		}
		out, top = append(out, v), max(top, v)
	}
	return out, top
}

func percentTick(v float64) string { return text.Short3(v) + text.NBSP + "%" }

// paintRequests draws the left histogram and returns the top that both share.
func paintRequests(names list.Names, c draw.Canvas, w *rundir.Workload, lo, hi int) float64 {
	values, top := shares(w.AnyPlacement().ReqHist, lo, hi)
	for s := range names {
		if p := w.Placement(s); p != nil {
			_, t := shares(p.BlkHist, lo, hi)
			top = max(top, t)
		}
	}
	p := histogram("requests, share by number", lo, hi, top)
	var pts plotter.XYs
	for i, v := range values {
		pts = append(pts, plotter.XY{X: float64(lo + i), Y: v})
	}
	p.Add(chart.Lines{Of: []chart.Series{{Name: "requests", Strategy: chart.NoStrategy, Points: pts, Colour: theme.Sentinel("muted"), Looks: []chart.Look{chart.Columned(0.72, 0)}}}}, chart.Caption{Dx: 0, Dy: -16, Text: "requests, share by number"})
	p.Draw(c)
	return top
}

// paintBlocks draws the right histogram: a bar a strategy in each class.
func paintBlocks(names list.Names, c draw.Canvas, w *rundir.Workload, lo, hi int, top float64, small bool) {
	p := histogram("blocks granted, share by number", lo, hi, top)
	n := float64(len(names))
	line := len(names) - 1
	var lines chart.Lines
	for s, name := range names {
		of := w.Placement(s)
		if of == nil {
			continue
		}
		values, _ := shares(of.BlkHist, lo, hi)
		var pts plotter.XYs
		for i, v := range values {
			pts = append(pts, plotter.XY{X: float64(lo + i), Y: v})
		}
		label := fmt.Sprintf("%s %s a request", name, text.Plural(of.BlocksPer(), "block", "blocks"))
		note := cornerNote{10 + vg.Length(line)*chart.LineHeight, chart.BoldText(theme.Colour(s), draw.XRight), label}
		lines.Of = append(lines.Of, chart.Series{Name: name, Strategy: s, Points: pts, Below: []plot.Plotter{note}, Key: chart.BarKey,
			Looks: []chart.Look{chart.Columned(0.76/n, 0.8*((float64(s)+0.5)/n-0.5))}})
		line--
	}
	p.Add(lines)
	above := vg.Length(-16)
	if small {
		above -= notesHeight(names)
	}
	p.Add(chart.Caption{Dx: 0, Dy: above, Text: "blocks granted, share by number"})
	p.Draw(c)
}

// histogram is the empty plot of both: classes across, percent up.
func histogram(title string, lo, hi int, top float64) *plot.Plot {
	var xTicks []plot.Tick
	for class := hi; class >= lo; class-- { // labels are counted from the least class
		t := plot.Tick{Value: float64(class)}
		if (class-lo)%2 == 0 {
			t.Label = text.ShortSize(uint64(1) << class)
		}
		xTicks = append(xTicks, t)
	}
	y, yTicks := chart.LinearAxis(top, 0.02, 3, percentTick)
	p := chart.New(plot.Axis{Min: float64(lo) - 0.6, Max: float64(hi) + 0.6, Scale: plot.LinearScale{}}, y)
	p.Add(chart.Axes{Title: title, X: chart.Quantity{Name: "size from", Unit: chart.Bytes, Form: chart.Exponent}, Y: chart.Quantity{Name: "share", Unit: chart.Percent}},
		chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks, Drop: 0})
	return p
}

// cornerNote is a line of text above the upper right corner.
type cornerNote struct {
	dy    vg.Length
	style draw.TextStyle
	text  string
}

func (n cornerNote) Plot(c draw.Canvas, _ *plot.Plot) {
	c.FillText(n.style, vg.Point{X: c.Max.X, Y: c.Max.Y + n.dy}, n.text)
}

// sizesRow is a workload in the table of blocks per request.
type sizesRow struct {
	Title, Requests, Span string
	Blocks                []string // by strategy
}

// sizesTable lists blocks per request for every workload.
func sizesTable(names list.Names, workloads []*rundir.Workload) []sizesRow {
	var out []sizesRow
	for _, w := range workloads {
		any := w.AnyPlacement()
		if any == nil || any.Requests == 0 {
			continue
		}
		row := sizesRow{Title: w.Title, Requests: text.Count(any.Requests), Span: text.SizeRange(any.Smallest, any.Biggest)}
		for s := range names {
			phrase := text.None
			if b := w.Placement(s).BlocksPer(); b > 0 {
				phrase = text.Short3(b)
			}
			row.Blocks = append(row.Blocks, phrase)
		}
		out = append(out, row)
	}
	return out
}
