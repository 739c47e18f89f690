package times

import (
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// workTable shows what was counted. Counts are exact and the same everywhere,
// so they have no interval and no p.
type workTable struct {
	Note string
	Rows []tailRow
}

// makeWork has a row for every workload that someone counted on, and in it a
// line for every strategy: dashes for one that cannot count.
func makeWork(names list.Names, workloads []*rundir.Workload) workTable {
	t := workTable{Note: "Visits are places looked at in search of one that fits; what a place is, a list, a hole or a node, depends on the strategy. A dash: not counted. In brackets: did less work, not compared."}
	for _, w := range workloads {
		row := tailRow{Title: w.Title}
		same := judge.Equal(w, len(names), judge.Own)
		any := false
		for s, name := range names {
			counted, ok := w.Counted[s]
			any = any || ok
			line := tailLine{name, theme.Class(s), workTexts(counted, ok)}
			for i, v := range line.Values {
				line.Values[i] = words.Bracketed(same, s, v)
			}
			row.Lines = append(row.Lines, line)
		}
		if any {
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// workTexts are the counts as they are shown.
func workTexts(c rundir.Work, counted bool) []string {
	out := make([]string, len(c))
	for i, v := range c {
		out[i] = text.None
		if counted {
			out[i] = text.Short3(v)
		}
	}
	return out
}
