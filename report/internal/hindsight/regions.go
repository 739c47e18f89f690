package hindsight

import (
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// regions is the table of the smallest regions beside their bounds.
type regions struct {
	Strategies []section.StrategyHead
	Rows       []regionRow
	Other      bool // some values are of other requests than the bounds

	met     int       // rows whose bounds meet
	ranking []int     // the strategies that are compared on all traces, the nearest first
	worst   []float64 // by strategy: how far it is on its worst trace, a share of the lower bound
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
	t.Strategies, t.worst = section.Heads(names), make([]float64, len(names))
	compared := make([]int, len(names))
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
			v, ok := w.Whole[s]
			far := v.Bytes/b.Lower - 1
			switch {
			case !ok:
				row.Values = append(row.Values, text.None)
			case v.Other > 0:
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
				t.worst[s] = max(t.worst[s], far)
				compared[s]++
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for s := range names {
		if compared[s] == len(t.Rows) && compared[s] > 0 {
			t.ranking = append(t.ranking, s)
		}
	}
	slices.SortStableFunc(t.ranking, func(a, b int) int { return cmp.Compare(t.worst[a], t.worst[b]) })
	return t
}

// heading says how far the strategies are that are compared on all traces, or what the bounds
// are where there are none.
func (t regions) heading(names list.Names) template.HTML {
	if len(t.ranking) == 0 {
		return template.HTML(template.HTMLEscapeString(fmt.Sprintf("The best that hindsight could do is known exactly of %s of %s",
			text.Count(t.met), text.Plural(float64(len(t.Rows)), "trace", "traces"))))
	}
	var said []string
	for _, s := range t.ranking {
		said = append(said, fmt.Sprintf("%s at most %s", text.Mark(s), percent(t.worst[s])))
	}
	return theme.Markup(names, text.Prose("Above the best that hindsight could do, in one piece: "+strings.Join(said, ", ")))
}
