package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
)

// The number of samples drawn at either width: more would be ink, not
// information.
const (
	samplesWide   = 240
	samplesNarrow = 48
)

// lastOp is the last operation of any series of the workload, 0 without one.
func lastOp(names Names, w *workload) int {
	n := 0
	for s := range names {
		if m := w.series(s); len(m) > 0 {
			n = max(n, m[len(m)-1].op)
		}
	}
	return n
}

// seriesFigure draws how free memory breaks up over the operations of a
// workload: the broken part, the largest hole, the refusals.
func seriesFigure(names Names, w *workload, id string) (figure, error) {
	desc := names.plain(seriesHeading(names, w))
	height := func(vg.Length) vg.Length { return seriesHeight(panels(names, w, samplesNarrow)) }
	return makeFigure(id, "Free memory over time, "+clean(w.title), desc, height, func(d drawing) {
		n := samplesWide
		if d.narrow() {
			n = samplesNarrow
		}
		paintSeries(names, d, w, panels(names, w, n))
	})
}

// smallSeries is the narrow drawing alone, for the workloads that are not in
// focus.
func smallSeries(names Names, w *workload, id string) (figure, error) {
	panels := panels(names, w, samplesNarrow)
	svg, err := makeSVG(id, "Free memory over time, "+clean(w.title), names.plain(seriesHeading(names, w)),
		narrow, seriesHeight(panels), func(d drawing) { paintSeries(names, d, w, panels) })
	return figure{Wide: svg}, err
}

const panelHeight, panelGap, axisHeight = 112, 18, 26

func seriesHeight(panels []panel) vg.Length {
	return vg.Length(len(panels))*(panelHeight+panelGap) - panelGap + axisHeight + 8
}

func paintSeries(names Names, d drawing, w *workload, panels []panel) {
	right, n := vg.Length(150), 8.0
	if d.narrow() {
		right, n = 92, 3
	}
	_, xTicks := linearAxis(float64(lastOp(names, w)), 0, int(n), opsLabel)
	x := plot.Axis{Min: 0, Max: max(1, float64(lastOp(names, w))), Scale: plot.LinearScale{}}
	if k := len(xTicks) - 1; k > 0 {
		xTicks[k].Label += " ops"
	}
	for i, pn := range panels {
		top := vg.Length(i) * (panelHeight + panelGap)
		c := d.inner(64, right, top+8, d.height-top-8-panelHeight)
		p := chart(x, pn.y)
		ticks := xTicks
		if i < len(panels)-1 {
			ticks = unlabelled(xTicks)
		}
		p.Add(rules{pn.ticks}, base{ticks, 0})
		var labels endLabels
		for i, s := range pn.sets {
			p.Add(pn.draw(s, i, x.Max))
			labels = append(labels, endLabel{lastMean(s.points), s.lines(d.narrow(), len(pn.sets)), s.colour})
		}
		p.Add(labels, caption{4, 7, pn.title})
		p.Draw(c)
	}
}

func unlabelled(ticks []plot.Tick) []plot.Tick {
	out := make([]plot.Tick, len(ticks))
	for i, t := range ticks {
		out[i].Value = t.Value
	}
	return out
}

// opsLabel is a number of operations on an axis: 250k, 1.5M.
func opsLabel(v float64) string {
	switch {
	case v >= 1e6:
		return short3(v/1e6) + "M"
	case v >= 1e3:
		return short3(v/1e3) + "k"
	}
	return short3(v)
}

// sampled draws n or fewer points from a series, each joined from a bin of
// neighbours.
func sampled(all []moment, n int, value func(moment) float64, join func([]float64) float64) plotter.XYs {
	bins := min(n, len(all))
	var out plotter.XYs
	for b := range bins {
		from, to := b*len(all)/bins, (b+1)*len(all)/bins
		var ys []float64
		for _, m := range all[from:to] {
			if v := value(m); !math.IsNaN(v) {
				ys = append(ys, v)
			}
		}
		out = append(out, plotter.XY{X: float64(all[to-1].op), Y: join(ys)})
	}
	return out
}

// lastMean is the mean of the last tenth of a line.
func lastMean(pts plotter.XYs) float64 {
	var ys []float64
	for _, pt := range pts[len(pts)*9/10:] {
		if !math.IsNaN(pt.Y) {
			ys = append(ys, pt.Y)
		}
	}
	return orZero(mean(ys))
}

// seriesHeading states where the workload ended.
func seriesHeading(names Names, w *workload) prose {
	type end struct {
		s       int
		largest float64
	}
	var ends []end
	for s := range names {
		if m := w.series(s); len(m) > 0 && !math.IsNaN(m[len(m)-1].largest) {
			ends = append(ends, end{s, m[len(m)-1].largest})
		}
	}
	after := "After " + count(lastOp(names, w)) + " operations "
	if len(ends) == 0 {
		return prose(after + "nothing is known of the holes")
	}
	parts := []string{fmt.Sprintf("%s's largest hole is %s", mark(ends[0].s), size(toBytes(ends[0].largest)))}
	equal := true
	for _, e := range ends[1:] {
		parts = append(parts, fmt.Sprintf("%s's %s", mark(e.s), size(toBytes(e.largest))))
		equal = equal && e.largest == ends[0].largest
	}
	if equal && len(ends) > 1 {
		return prose(after + "the largest hole is " + size(toBytes(ends[0].largest)) + " with " + list(marks(indices(len(ends)))))
	}
	return prose(after + list(parts))
}
