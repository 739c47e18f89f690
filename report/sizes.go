package report

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// blocksPer is the mean number of blocks of a granted request.
func (p *placement) blocksPer() float64 {
	if p == nil || p.granted == 0 {
		return 0
	}
	return float64(p.blocks) / float64(p.granted)
}

// sizesHeading states how many blocks a request becomes.
func sizesHeading(names Names, w *workload) prose {
	var parts []string
	for s := range names {
		if b := w.placement(s).blocksPer(); b > 0 {
			parts = append(parts, plural(b, mark(s)+" block", mark(s)+" blocks"))
		}
	}
	if len(parts) == 0 {
		return "No request was granted"
	}
	return prose("A request becomes " + list(parts) + " on average")
}

// sizesFigure draws what was asked for and what was granted, by power of two.
func sizesFigure(names Names, w *workload) (figure, error) {
	desc := names.plain(sizesHeading(names, w))
	height := func(width vg.Length) vg.Length {
		if width <= narrow {
			return 2*histHeight + notesHeight(names)
		}
		return histHeight + notesHeight(names)
	}
	return makeFigure("sizes", "Sizes of requests and of granted blocks, "+clean(w.title), desc, height, func(d drawing) {
		top := notesHeight(names) + 6
		left := d.inner(48, d.width/2+10, top, 26)
		right := d.inner(d.width/2+52, 4, top, 26)
		if d.narrow() { // the names stand below the title
			left = d.inner(44, 4, 28, histHeight+notesHeight(names)+26)
			right = d.inner(44, 4, histHeight+28+notesHeight(names), 26)
		}
		lo, hi := sizeClasses(w)
		most := paintRequests(names, left, w, lo, hi, d.narrow())
		paintBlocks(names, right, w, lo, hi, most, d.narrow())
	})
}

const histHeight = 200

// notesHeight is what the names of the strategies take above the bars.
func notesHeight(names Names) vg.Length { return vg.Length(max(2, len(names))) * lineHeight }

// sizeClasses is the range of classes that hold a request or a block.
func sizeClasses(w *workload) (lo, hi int) {
	lo, hi = 63, 0
	for _, p := range w.placed {
		if p == nil {
			continue
		}
		for class := range p.reqHist {
			if p.reqHist[class]+p.blkHist[class] > 0 {
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

func percentTick(v float64) string { return short3(v) + nbsp + "%" }

// paintRequests draws the left histogram and returns the top that both share.
func paintRequests(names Names, c draw.Canvas, w *workload, lo, hi int, small bool) float64 {
	values, top := shares(w.anyPlacement().reqHist, lo, hi)
	for s := range names {
		if p := w.placement(s); p != nil {
			_, t := shares(p.blkHist, lo, hi)
			top = max(top, t)
		}
	}
	p := histogram(lo, hi, top, small)
	var pts plotter.XYs
	for i, v := range values {
		pts = append(pts, plotter.XY{X: float64(lo + i), Y: v})
	}
	p.Add(columns{pts, 0.72, sentinel("muted")}, caption{0, -16, "requests, share by number"})
	p.Draw(c)
	return top
}

// paintBlocks draws the right histogram: a bar a strategy in each class.
func paintBlocks(names Names, c draw.Canvas, w *workload, lo, hi int, top float64, small bool) {
	p := histogram(lo, hi, top, small)
	n := float64(len(names))
	line := len(names) - 1
	for s, name := range names {
		of := w.placement(s)
		if of == nil {
			continue
		}
		values, _ := shares(of.blkHist, lo, hi)
		var pts plotter.XYs
		for i, v := range values {
			pts = append(pts, plotter.XY{X: float64(lo+i) + 0.8*((float64(s)+0.5)/n-0.5), Y: v})
		}
		label := fmt.Sprintf("%s %s a request", name, plural(of.blocksPer(), "block", "blocks"))
		p.Add(columns{pts, 0.76 / n, colourOf(s)})
		p.Add(cornerNote{10 + vg.Length(line)*lineHeight, boldText(colourOf(s), draw.XRight), label})
		line--
	}
	above := vg.Length(-16)
	if small {
		above -= notesHeight(names)
	}
	p.Add(caption{0, above, "blocks granted, share by number"})
	p.Draw(c)
}

// histogram is the empty plot of both: classes across, percent up.
func histogram(lo, hi int, top float64, small bool) *plot.Plot {
	every := 2
	if small || hi-lo > 14 {
		every = 4
	}
	var xTicks []plot.Tick
	for class := lo; class <= hi; class++ {
		t := plot.Tick{Value: float64(class)}
		if (class-lo)%every == 0 {
			t.Label = shortSize(uint64(1) << class)
		}
		xTicks = append(xTicks, t)
	}
	y, yTicks := linearAxis(top, 0.02, 3, percentTick)
	p := chart(plot.Axis{Min: float64(lo) - 0.6, Max: float64(hi) + 0.6, Scale: plot.LinearScale{}}, y)
	p.Add(rules{yTicks}, base{xTicks, 0})
	return p
}

// cornerNote is a line of text above the upper right corner.
type cornerNote struct {
	dy    vg.Length
	style text.Style
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
func sizesTable(names Names, workloads []*workload) []sizesRow {
	var out []sizesRow
	for _, w := range workloads {
		any := w.anyPlacement()
		if any == nil || any.requests == 0 {
			continue
		}
		row := sizesRow{Title: w.title, Requests: count(any.requests), Span: sizeRange(any.smallest, any.biggest)}
		for s := range names {
			text := none
			if b := w.placement(s).blocksPer(); b > 0 {
				text = short3(b)
			}
			row.Blocks = append(row.Blocks, text)
		}
		out = append(out, row)
	}
	return out
}
