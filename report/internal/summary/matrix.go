package summary

import (
	"html/template"
	"slices"

	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// matrix is the table of decisions as the page draws it.
type matrix struct {
	Label  string // of the table
	Take   bool   // there is something to choose between
	Many   bool   // three strategies or more: cells are narrow, so that only the column of strategies names the better one
	Sparks bool   // a column has the small multiples
	Heads  []matrixHead
	Names  []section.StrategyHead
	Rows   []matrixRow
}

type matrixHead struct{ Long, Short string }

type matrixRow struct {
	ID, Title, Facts, Brief string
	Take                    template.HTML
	TakeClass               string // class of the tint, "hatch" when it depends
	Spark                   *spark
	Map                     string // where the drawing leads
	Cells                   []matrixCell
}

// matrixCell names the better strategy and gives the values of all.
type matrixCell struct {
	Label  string // the column, for where the table is not a table
	Class  string // "hatch" when the values do not compare
	Winner template.HTML
	Named  bool // the winner is a strategy, and not a word
	Lines  []matrixLine
	Link   string
}

// matrixLine is the value of a strategy.
type matrixLine struct {
	Name, Class, Value string
	Best               bool
}

// makeMatrix fills the matrix; sparks are the drawings of its rows, in their order.
func makeMatrix(in judge.Run, sparks []*spark) matrix {
	names, table := in.Strategies, decisions.New(in)
	n := len(names)
	m := matrix{Take: n > 1, Many: n > 2, Names: section.Heads(names)}
	for _, c := range table.Columns {
		m.Heads = append(m.Heads, matrixHead{c.Long, c.Short})
	}
	for i, r := range table.Rows {
		w := r.Verdict.Workload
		row := matrixRow{ID: section.Anchor("matrix", w.Name), Title: w.Title, Facts: words.RegionFacts(w, true), Brief: words.RegionFacts(w, false),
			Take: theme.Markup(names, r.Take), Map: mapLink(names, w, false)}
		if i < len(sparks) && sparks[i] != nil {
			row.Spark, m.Sparks = sparks[i], true
		}
		switch {
		case r.Unknown:
			row.TakeClass = "hatch"
		case len(r.Verdict.Picks) == 1:
			row.TakeClass = "take " + theme.Class(r.Verdict.Picks[0])
		}
		for i, c := range r.Cells {
			row.Cells = append(row.Cells, cellOf(names, m.Heads[i].Short, c, link(in, table.Columns[i], w)))
		}
		m.Rows = append(m.Rows, row)
	}
	return m
}

// cellOf is a cell of the table of decisions as it is drawn.
func cellOf(names list.Names, label string, c decisions.Cell, link string) matrixCell {
	cell := matrixCell{Label: label, Winner: theme.Markup(names, c.Finding), Named: len(c.Best) > 0, Link: link}
	if c.Unlike {
		cell.Class = "hatch"
	}
	if c.Gain != "" {
		cell.Winner += template.HTML(` <b class="` + theme.Class(c.Best[0]) + `">` + c.Gain + `</b>`)
	}
	for s, v := range c.Values {
		cell.Lines = append(cell.Lines, matrixLine{names[s], theme.Class(s), v, slices.Contains(c.Best, s)})
	}
	return cell
}

// matrixNote says how to read the matrix.
func matrixNote(names list.Names) string {
	if len(names) == 1 {
		return "What was measured."
	}
	return "Take: who refuses less; else who needs half the page-table entries or less; else who costs a driver less in total. Each cell names the better strategy and gives the values of " +
		text.List(names) + " in that order, the better one in its colour; within 5" + text.NBSP + "%, or a point of a share, it is a tie. Hatched: unequal work, or unknown; an allocator that refuses does less, so nothing else is compared. In brackets: did less work, not compared. ≥, in part: a part of the cost is not known of all."
}
