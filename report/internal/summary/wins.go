package summary

import (
	"cmp"
	"fmt"
	"html/template"
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// bars are the picture beside the headline: of several workloads on how many each strategy is
// the best in a column of the matrix, of a single one the values themselves.
type bars struct {
	Caption string
	Rows    []bar
	Low     bool // many strategies: bars are as low as the text beside them
}

// bar is a column of the matrix.
type bar struct {
	Label string
	Says  string // what is drawn, for who cannot see it
	High  int    // pixels, at least
	Draws template.HTML
}

// winsHigh is how high a bar of wins is, in pixels.
const winsHigh = 30

// mostBars is the number of columns that the first screen has room for.
const mostBars = 5

// makeBars draws the columns in which something is decided; there are none where there is
// nothing to choose between.
func makeBars(names list.Names, table decisions.Table) (b bars) {
	single := len(table.Rows) == 1
	if len(table.Rows) == 0 || len(names) < 2 && !single {
		return b
	}
	b.Caption = "Workloads won (grey: tie; faint: unequal work)"
	most := mostBars
	if single {
		b.Caption = "Less is better, ↑ more"
		most = max(2, 14/len(names))
	}
	columns := text.Indices(len(table.Columns))
	columns = append(columns[1:], 0) // the time decides nothing
	for _, i := range columns {
		if len(b.Rows) == most {
			break
		}
		c := table.Columns[i]
		name := cmp.Or(text.UpperFirst(c.Brief), c.Short)
		if single {
			if c.Higher {
				name += " ↑"
			}
			if cell := table.Rows[0].Cells[i]; !cell.Unlike && cell.Values != nil && (len(cell.Best) > 0 || len(names) == 1) {
				b.Rows = append(b.Rows, valueBar(names, name, cell))
			}
		} else if bar, ok := winsBar(names, name, table.Rows, i); ok {
			b.Rows = append(b.Rows, bar)
		}
	}
	return b
}

// winsBar counts the rows by who is best in a column.
func winsBar(names list.Names, label string, rows []decisions.Row, column int) (bar, bool) {
	type winners struct {
		who []int
		n   int
	}
	var all []winners // by strategy, those that several share behind those of one
	tie, unlike := 0, 0
	for _, r := range rows {
		switch c := r.Cells[column]; {
		case c.Unlike:
			unlike++
		case len(c.Best) == 0:
			tie++
		default:
			i := slices.IndexFunc(all, func(w winners) bool { return slices.Equal(w.who, c.Best) })
			if i < 0 {
				i, all = len(all), append(all, winners{who: c.Best})
			}
			all[i].n++
		}
	}
	if len(all) == 0 {
		return bar{}, false
	}
	slices.SortFunc(all, func(a, b winners) int {
		return cmp.Or(cmp.Compare(len(a.who), len(b.who)), slices.Compare(a.who, b.who))
	})
	out := bar{Label: label, High: winsHigh}
	var b strings.Builder
	var says []string
	from := 0.0
	add := func(n int, word string, classes ...string) {
		if n == 0 {
			return
		}
		wide := 100 * float64(n) / float64(len(rows))
		for i, class := range classes { // who share a place share its height
			each := 100 / float64(len(classes))
			fmt.Fprintf(&b, `<rect class="%s" x="%s%%" y="%s%%" width="%s%%" height="%s%%"/>`, class, css(from), css(float64(i)*each), css(wide), css(each))
		}
		if wide > 9 && len(classes) < 3 && classes[0] != "tie" && classes[0] != "unlike" {
			fmt.Fprintf(&b, `<text class="%s" x="%s%%" y="%s%%" dx="9" dy=".35em">%d</text>`, classes[0], css(from), css(50/float64(len(classes))), n)
		}
		says = append(says, word+" "+text.Count(n))
		from += wide
	}
	for _, w := range all {
		var classes, who []string
		for _, s := range w.who {
			classes, who = append(classes, theme.Class(s)), append(who, text.Clean(names[s]))
		}
		add(w.n, text.List(who), classes...)
	}
	add(tie, "tie", "tie")
	add(unlike, "not compared", "unlike")
	out.Draws, out.Says = template.HTML(b.String()), label+": "+strings.Join(says, ", ")
	return out, true
}

// valueBar has a bar for each strategy, as long as its value.
func valueBar(names list.Names, label string, c decisions.Cell) bar {
	const high = 19
	most := 0.0
	for _, v := range c.Numbers {
		if v > most { // false for what is no number
			most = v
		}
	}
	out := bar{Label: label, High: high * len(names)}
	var b strings.Builder
	var says []string
	for s, v := range c.Numbers {
		wide := 0.0
		if most > 0 && !math.IsNaN(v) {
			wide = 78 * max(v, 0) / most
		}
		each := 100 / float64(len(names))
		y := float64(s) * each
		fmt.Fprintf(&b, `<rect class="%s" x="0" y="%s%%" width="%s%%" height="%s%%"/>`, theme.Class(s), css(y+each*0.08), css(max(wide, 0.6)), css(each*0.84))
		fmt.Fprintf(&b, `<text class="beside" x="%s%%" y="%s%%" dx="6" dy=".35em">%s</text>`, css(wide), css(y+each/2), template.HTMLEscapeString(c.Values[s]))
		says = append(says, text.Clean(names[s])+" "+c.Values[s])
	}
	out.Draws, out.Says = template.HTML(b.String()), label+": "+strings.Join(says, ", ")
	return out
}

// css is a number as it stands in an attribute.
func css(v float64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v), "0"), ".")
}

// none reports whether nothing is drawn.
func (b bars) None() bool { return len(b.Rows) == 0 }
