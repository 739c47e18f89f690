package managed

import (
	"fmt"
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// mostPanels is the number of pressures that are drawn: the least and the greatest.
const mostPanels = 2

// figure draws what is evicted on each workload, a panel for each pressure. It is empty for a
// single workload, of which the table says as much.
func figure(names list.Names, workloads []*rundir.Workload, cases []evictions, pressures []int) (chart.Figure, error) {
	if len(workloads) < 2 {
		return chart.Figure{}, nil
	}
	if len(pressures) > mostPanels {
		pressures = []int{pressures[0], pressures[len(pressures)-1]}
	}
	height := func(w vg.Length) vg.Length {
		if w <= chart.Narrow {
			return vg.Length(len(pressures)) * 170
		}
		return 180
	}
	desc := "Bytes evicted of those allocated, by workload and strategy: all, and those of evictions that a better placement would have spared."
	return chart.Draw("managed", "Evictions under a memory manager", desc, height, func(d chart.Drawing) {
		for i, p := range pressures {
			c := d.Half(i, 46, 8)
			if len(pressures) == 1 {
				c = d.Inner(46, 8, 30, 26)
			}
			panel(names, len(workloads), ofPressure(cases, p), p).Draw(c)
		}
	})
}

func ofPressure(cases []evictions, p int) (out []evictions) {
	for _, c := range cases {
		if c.pressure == p {
			out = append(out, c)
		}
	}
	return out
}

// panel draws two bars for each strategy and workload, one before the other: all that is
// evicted, pale, and what a better placement would have spared.
func panel(names list.Names, workloads int, cases []evictions, pressure int) *plot.Plot {
	top := 0.0
	for _, c := range cases {
		for _, v := range c.evicted {
			top = math.Max(top, zeroIfNaN(v))
		}
	}
	title := fmt.Sprintf("evicted of allocated, region of %d%s%% of the peak", pressure, text.NBSP)
	y, yTicks := chart.LinearAxis(100*top, 0.04, 3, text.Percent)
	var xTicks []plot.Tick
	for i := range workloads {
		t := plot.Tick{Value: float64(i + 1)}
		if workloads <= 16 || (i+1)%5 == 0 {
			t.Label = text.Count(i + 1)
		}
		xTicks = append(xTicks, t)
	}
	p := chart.New(plot.Axis{Min: 0.5, Max: float64(workloads) + 0.5, Scale: plot.LinearScale{}}, y)
	p.Add(chart.Axes{Title: title, X: chart.Quantity{Name: "workload, by its number in the table"}, Y: chart.Quantity{Name: "evicted of allocated", Unit: chart.Percent}},
		chart.Rules{Ticks: yTicks}, chart.Base{Ticks: xTicks, Drop: 0}, chart.Caption{Dx: -42, Dy: -18, Text: title})
	n := float64(len(names))
	var spared, all chart.Lines
	for s, name := range names {
		var everything, some plotter.XYs
		for _, c := range cases {
			x := float64(c.number)
			everything = append(everything, plotter.XY{X: x, Y: 100 * c.evicted[s]})
			some = append(some, plotter.XY{X: x, Y: 100 * c.spared[s]})
		}
		bar := []chart.Look{chart.Columned(0.76/n, 0.8*((float64(s)+0.5)/n-0.5))}
		spared.Of = append(spared.Of, chart.Series{Name: name, Part: "spared by a better placement", Strategy: s, Points: some, Looks: bar, Key: chart.BarKey})
		all.Of = append(all.Of, chart.Series{Name: name, Part: "all evictions", Strategy: s, Points: everything, Colour: theme.Band(s), Looks: bar, Key: chart.BarKey})
	}
	p.Add(chart.Lines{Of: append(spared.Of, all.Of...)}) // the first on top
	return p
}
