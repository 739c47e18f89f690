package memory

import (
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
)

// clock is what a series is drawn over: the operations, or the seconds of the recording
// where every sample has its time.
type clock struct {
	last  float64 // where the axis ends, above 0
	of    chart.Quantity
	unit  string // behind the last label
	doc   string // what the axis is
	label func(float64) string
	at    func(rundir.Moment) float64
}

// operations is the clock of a workload without times, but for its end.
var operations = clock{of: chart.Quantity{Name: "operation"}, unit: " ops", doc: "drawn over the operations", label: opsLabel, at: func(m rundir.Moment) float64 { return float64(m.Op) }}

// clockOf is the clock of a workload.
func clockOf(names list.Names, w *rundir.Workload) clock {
	if last := seconds(names, w); last > 0 {
		return clock{last, chart.Quantity{Name: "time of the recording", Unit: chart.Seconds}, " s", "drawn over the seconds of the recording", text.Short3, func(m rundir.Moment) float64 { return m.Seconds }}
	}
	c := operations
	c.last = max(1, float64(judge.LastOp(names, w)))
	return c
}

// seconds is the time of the last sample, 0 if one has none, or goes back.
func seconds(names list.Names, w *rundir.Workload) float64 {
	last := 0.0
	for s := range names {
		before := 0.0
		for _, m := range w.Series(s) {
			if !(m.Seconds >= before) {
				return 0
			}
			before = m.Seconds
		}
		last = max(last, before)
	}
	return last
}
