package memory

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// smallest is the table of the smallest regions that serve the recorded traces.
type smallest struct {
	Strategies []section.StrategyHead
	Rows       []smallestRow
	Never      bool // some values are marked
}

// smallestRow is a trace with the values of the strategies.
type smallestRow struct {
	Title  string
	Values []string
}

// smallestTable is the table of a run, without rows where nothing was searched.
func smallestTable(names list.Names, workloads []*rundir.Workload) (t smallest) {
	t.Strategies = section.Heads(names)
	for _, w := range workloads {
		if len(w.Smallest) == 0 {
			continue
		}
		row := smallestRow{Title: w.Title}
		for s := range names {
			v, ok := w.Smallest[s]
			row.Values = append(row.Values, smallestValue(v, ok))
			t.Never = t.Never || ok && v.Never > 0
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// smallestValue is "104.40 % (169 MiB)", with a mark where some requests do not count.
func smallestValue(v rundir.Smallest, ok bool) string {
	if !ok {
		return text.None
	}
	size := text.Size(stat.ToBytes(v.Bytes))
	if !math.IsNaN(v.PerPeak) && !math.IsInf(v.PerPeak, 0) {
		size = fmt.Sprintf("%.2f%s%% (%s)", 100*v.PerPeak, text.NBSP, size)
	}
	if v.Never > 0 {
		size += "*"
	}
	return size
}
