package hindsight

import (
	"fmt"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
)

// regions is the table of the smallest regions beside their bounds.
type regions struct {
	Strategies []section.StrategyHead
	Rows       []regionRow
	Scatters   bool // some values are of requests granted in pieces
	Other      bool // some are of other requests than the bounds

	met   int     // rows whose bounds meet
	best  int     // the strategy that is nearest on its worst trace, of those that grant one piece on all; -1 for none
	worst float64 // and how far it is there: a share of the lower bound
}

// regionRow is a trace with its bounds and the values of the strategies.
type regionRow struct {
	Title  string
	Best   string // the upper bound
	Gap    string // how far the lower bound is below it
	Values []string
}

// regionsOf is the table of a run, without rows where no bounds were searched.
func regionsOf(names list.Names, workloads []*rundir.Workload) (t regions) {
	t.Strategies, t.best = section.Heads(names), -1
	farthest, compared := make([]float64, len(names)), make([]int, len(names))
	for _, w := range workloads {
		b := w.Hindsight
		if b.Lower == 0 {
			continue
		}
		row := regionRow{Title: w.Title, Best: text.Size(stat.ToBytes(b.Upper)), Gap: "optimal"}
		if b.Lower < b.Upper {
			row.Gap = "at most " + percent(b.Upper/b.Lower-1) + " above"
		} else {
			t.met++
		}
		for s := range names {
			v, ok := w.Smallest[s]
			far := v.Bytes/b.Lower - 1
			switch p := w.Placement(s); {
			case !ok:
				row.Values = append(row.Values, text.None)
			case p == nil || !p.Able.OnePiece:
				t.Scatters = true
				row.Values = append(row.Values, text.Size(stat.ToBytes(v.Bytes))+"†")
			case v.Never != b.LeftOut:
				t.Other = true
				row.Values = append(row.Values, text.Size(stat.ToBytes(v.Bytes))+"*")
			case far <= 0:
				row.Values = append(row.Values, "optimal")
				compared[s]++
			default:
				value := percent(far)
				if b.Lower < b.Upper {
					value = "at most " + value
				}
				row.Values = append(row.Values, value)
				farthest[s] = max(farthest[s], far)
				compared[s]++
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for s := range names {
		if compared[s] == len(t.Rows) && compared[s] > 0 && (t.best < 0 || farthest[s] < t.worst) {
			t.best, t.worst = s, farthest[s]
		}
	}
	return t
}

// heading says what the bounds are, where no strategy is compared on all traces.
func (t regions) heading() string {
	return fmt.Sprintf("The best that hindsight could do is known exactly of %s of %s", text.Count(t.met), text.Plural(float64(len(t.Rows)), "trace", "traces"))
}
