package report

import "math"

// tailTable shows the latencies of single calls.
type tailTable struct {
	Heads []strategyHead
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

func makeTails(names Names, workloads []*workload) tailTable {
	var t tailTable
	for _, w := range workloads {
		row := tailRow{Title: w.title}
		for s, name := range names {
			line := tailLine{Name: name, Class: class(s)}
			any := false
			for _, unit := range tails {
				v := w.center(benchTime, unit, s)
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
		return none
	}
	return duration(sec)
}
