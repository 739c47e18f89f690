package memory

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// panel is one of the short plots that share the axis of operations, or of seconds.
type panel struct {
	title string
	y     plot.Axis
	ticks []plot.Tick
	unit  chart.Unit
	bars  bool
	sets  []panelSet
}

// panelSet is one strategy in a panel.
type panelSet struct {
	points   plotter.XYs
	name     string
	value    string
	strategy int
	any      bool // bars: one is not zero
}

// lines are the label of the set: on a telephone in two lines, and where four
// of those would not fit, without the name, which the legend has.
func (s panelSet) lines(small bool, sets int) []string {
	switch {
	case !small:
		return []string{s.name + " " + s.value}
	case sets <= 2:
		return []string{s.name, s.value}
	}
	return []string{s.value}
}

// look draws set i as a line, or as bars beside those of the other sets that
// have any.
func (pn panel) look(i int, s panelSet, last float64) chart.Look {
	if !pn.bars {
		return chart.Line(1.6)
	}
	before, all := 0, 0
	for k, other := range pn.sets {
		if other.any {
			all++
			if k < i {
				before++
			}
		}
	}
	step := last / float64(max(1, len(s.points)))
	width := 0.75 * step / float64(max(1, all))
	return chart.Columned(width, -0.875*step+(float64(before)+0.5)*width) // over the operations it counts, which end at its x
}

// panels builds the panels of a workload from at most n samples a strategy.
// The last one is left out when nothing was refused.
func panels(names list.Names, w *rundir.Workload, n int) []panel {
	out := []panel{brokenPanel(names, w, n), largestPanel(names, w, n)}
	if p, any := refusedPanel(names, w, n); any {
		out = append(out, p)
	}
	return out
}

// headRoom is the share of a panel kept free above the data for its title.
const headRoom = 0.35

func brokenPanel(names list.Names, w *rundir.Workload, n int) panel {
	clock := clockOf(names, w)
	p := panel{title: "free memory outside whole 2 MiB pages", unit: chart.Percent}
	st, _ := judge.Telling(names, w)
	value := func(m rundir.Moment) float64 { return m.Broken }
	top := 0.0
	for s, name := range names {
		pts := sampled(clock, w.Series(s), n, value)
		for _, pt := range pts {
			if pt.Y > top { // false for what is no number
				top = pt.Y
			}
		}
		if len(pts) > 0 {
			p.sets = append(p.sets, panelSet{pts, name, text.Percent(told(st, s, pts, value)), s, true})
		}
	}
	p.y, p.ticks = chart.LinearAxis(max(top, 1), headRoom, 2, func(v float64) string { return text.Short3(v) + text.NBSP + "%" })
	return p
}

func largestPanel(names list.Names, w *rundir.Workload, n int) panel {
	clock := clockOf(names, w)
	p := panel{title: "largest hole", unit: chart.Bytes}
	st, _ := judge.Telling(names, w)
	value := func(m rundir.Moment) float64 { return max(m.Largest, 1) }
	lo, hi := uint64(math.MaxUint64), uint64(1)
	for s, name := range names {
		pts := sampled(clock, w.Series(s), n, value)
		for _, pt := range pts {
			if pt.Y >= 1 {
				lo, hi = min(lo, uint64(pt.Y)), max(hi, uint64(pt.Y))
			}
		}
		if len(pts) > 0 {
			p.sets = append(p.sets, panelSet{pts, name, text.Size(stat.ToBytes(told(st, s, pts, value))), s, true})
		}
	}
	lo = min(lo, hi)
	span := stat.Class2(hi) - stat.Class2(lo)
	p.y, p.ticks = chart.Powers(lo, hi, max(1, (span+2)/3), headRoom)
	return p
}

func refusedPanel(names list.Names, w *rundir.Workload, n int) (p panel, any bool) {
	clock := clockOf(names, w)
	top, per := 0.0, 0
	for s, name := range names {
		all := w.Series(s)
		pts := summed(clock, all, n, func(m rundir.Moment) float64 { return m.Refused })
		total := 0.0
		for _, pt := range pts {
			if pt.Y > 0 {
				top, total = max(top, pt.Y), total+pt.Y
			}
		}
		if len(pts) == 0 {
			continue
		}
		per = judge.LastOp(names, w) / len(pts)
		label := "none"
		if total > 0 {
			label = text.Exact(min(total, 1<<53)) + " in all"
		}
		p.sets = append(p.sets, panelSet{pts, name, label, s, total > 0})
	}
	p.bars = true
	p.title = "requests refused per " + text.Operations(max(per, 1))
	p.y, p.ticks = chart.LinearAxis(top, headRoom, 2, text.Short3)
	if top < 2 {
		p.y, p.ticks = chart.LinearAxis(top, headRoom, 1, text.Short3)
	}
	return p, top > 0
}
