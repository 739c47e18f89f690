package times

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// tailTable shows the latencies of single calls.
type tailTable struct {
	Note  string
	Clock string // what a reading of the clock costs
	Rows  []tailRow
}

type tailRow struct {
	Title string
	Lines []tailLine
}

// tailLine is one strategy on one workload: p50, p99, p99.9 and the longest.
type tailLine struct {
	Name, Class string
	Values      []string
}

// calls are how many a quantile needs so that it is not the longest of them.
var calls = map[*schema.Unit]int{schema.P99Ns: 100, schema.P999Ns: 1000}

// makeTails has the strategies whose times are compared on a workload, or the only one.
func makeTails(in judge.Run) tailTable {
	names, times, workloads := in.Strategies, in.Times, in.Workloads
	t := tailTable{Clock: words.ClockCost(in.Facts), Note: "Of strategies that did the same work. A dash: fewer calls than it takes for such a quantile not to be the longest."}
	for _, w := range workloads {
		row := tailRow{Title: w.Title}
		for _, s := range times.Comparable(w) {
			line := tailLine{Name: names[s], Class: theme.Class(s)}
			any := false
			for _, unit := range rundir.Tails {
				v := w.Center(schema.AllocFree, unit, s)
				if w.ReplayOps(s) < calls[unit] {
					v = math.NaN()
				}
				any = any || !math.IsNaN(v)
				line.Values = append(line.Values, durationOrNone(v))
			}
			if any {
				row.Lines = append(row.Lines, line)
			}
		}
		if len(row.Lines) > min(1, len(names)-1) {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

func durationOrNone(sec float64) string {
	if math.IsNaN(sec) {
		return text.None
	}
	return text.Duration(sec)
}
