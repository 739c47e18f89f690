package times

import (
	"math"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// tailTable shows the latencies of single calls.
type tailTable struct {
	Rows []tailRow
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

func makeTails(names list.Names, clock judge.Clock, workloads []*rundir.Workload) tailTable {
	var t tailTable
	for _, w := range workloads {
		row := tailRow{Title: w.Title}
		for s, name := range names {
			if clock.Shortest(w, []int{s}) < judge.LeastTicks {
				continue
			}
			line := tailLine{Name: name, Class: theme.Class(s)}
			any := false
			for _, unit := range rundir.Tails {
				v := w.Center(schema.AllocFree, unit, s)
				any = any || !math.IsNaN(v)
				line.Values = append(line.Values, durationOrNone(v))
			}
			if any {
				row.Lines = append(row.Lines, line)
			}
		}
		if len(row.Lines) > 0 {
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
