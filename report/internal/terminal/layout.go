package terminal

import (
	"math"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/internal/cells"
	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// The titles of workloads are cut down to leastTitle where there is little room, and shown
// up to mostTitle. Of them goodTitle matters more than a column that need not be there.
const leastTitle, goodTitle, mostTitle = 12, 20, 28

// A plan is which columns are printed, and how. Values of a column stand below the names of
// the strategies, or below letters for them.
type plan struct {
	names       list.Names
	letters     bool
	colour      bool
	columns     int
	title, pick int // widths
	groups      []group
}

// A group is a column of the table of decisions: a value for each strategy, or the range of
// them where there is no room, and behind times a word.
type group struct {
	at     int // column of the table
	time   bool
	head   string
	ranged bool
	values []int // widths
	word   int   // width of the finding behind the values; 0: none
	least  int   // width of the head, and of findings in place of values
}

// width is that of a group with a space between its values.
func (g group) width() int {
	n := len(g.values) - 1
	for _, w := range g.values {
		n += w
	}
	if g.word > 0 {
		n += 1 + g.word
	}
	return max(n, g.least)
}

// fit finds the widest plan that fits: names before letters, and values of all strategies
// before ranges. What carries over to a driver is left out last, then times.
func fit(names list.Names, t decisions.Table, look Look) plan {
	for _, must := range []int{3, 2, 1, 0} { // of the exact columns
		for _, how := range []struct{ letters, ranged, times bool }{
			{false, false, false}, {true, false, false}, {true, true, false}, {true, true, true},
		} {
			p := plan{names: names, letters: how.letters && len(names) > 1, columns: look.Columns, colour: look.Colour}
			p.measure(t)
			all := wanted(t)
			n := min(must, len(all))
			for i, at := range all {
				g := p.group(t, at, how.ranged && len(names) > 2)
				if i >= n && p.width(goodTitle)+gap+g.width() > p.columns {
					continue
				}
				p.groups = append(p.groups, g)
				if i == n-1 { // times behind what must be there
					p.groups = append(p.groups, p.group(t, len(t.Columns)-1, how.times && len(names) > 2))
				}
			}
			if p.width(leastTitle) <= p.columns {
				return p.ordered()
			}
		}
	}
	p := plan{names: names, letters: len(names) > 1, columns: look.Columns, colour: look.Colour}
	p.measure(t)
	p.pick = max(0, min(p.pick, p.columns-gap-leastTitle))
	return p.ordered()
}

// wanted are the columns of a table but the time, in the order in which they are left out
// last: what is refused, page tables or sg tables, what a driver pays. Those of both kinds of
// tables stand in it if there is room: they are much the same.
func wanted(t decisions.Table) []int {
	var first, later []int
	tables := false
	for i, c := range t.Columns[:len(t.Columns)-1] {
		ofTables := strings.HasPrefix(c.Brief, "PTEs") || strings.HasPrefix(c.Brief, "sg")
		if ofTables && tables || strings.HasPrefix(c.Brief, "2M reach") || strings.HasPrefix(c.Brief, "metadata") {
			later = append(later, i)
			continue
		}
		tables = tables || ofTables
		first = append(first, i)
	}
	slices.SortStableFunc(first, func(a, b int) int { return rank(t.Columns[a]) - rank(t.Columns[b]) })
	return append(first, later...)
}

// rank puts what decides first, in the order of the rules.
func rank(c decisions.Column) int {
	switch {
	case c.Brief == refused:
		return 0
	case strings.HasPrefix(c.Brief, "PTEs"), strings.HasPrefix(c.Brief, "sg"):
		return 1
	case c.Kind == decisions.Pays:
		return 2
	}
	return 3
}

// ordered is the plan with its columns in the order of the table, and with the room that is
// left for titles.
func (p plan) ordered() plan {
	slices.SortFunc(p.groups, func(a, b group) int { return a.at - b.at })
	least := min(p.title, leastTitle)
	p.title = min(p.title, least+max(0, p.columns-p.width(least)))
	return p
}

// width is that of the plan with titles of so many cells.
func (p *plan) width(title int) int {
	n := min(p.title, title)
	if p.pick > 0 {
		n += gap + p.pick
	}
	for _, g := range p.groups {
		n += gap + g.width()
	}
	return n
}

// measure finds how wide titles and picks are.
func (p *plan) measure(t decisions.Table) {
	p.title = len("workload")
	for _, r := range t.Rows {
		p.title = max(p.title, min(mostTitle, cells.Width(title(r))))
		if len(p.names) > 1 {
			p.pick = max(p.pick, len("take"), cells.Width(p.taken(r)))
		}
	}
}

// group measures a column.
func (p *plan) group(t decisions.Table, at int, ranged bool) group {
	g := group{at: at, time: t.Columns[at].Kind == decisions.Time, head: t.Columns[at].Brief, ranged: ranged, values: make([]int, len(p.names))}
	if g.time && len(p.names) > 1 {
		g.head, g.word = g.head+", ratio", len(least)
	}
	if ranged {
		g.values = make([]int, 1)
		if g.time {
			g.head = strings.Replace(t.Columns[at].Brief, ", ns", ", ratio", 1)
		}
	} else if len(p.names) > 1 {
		for s := range p.names {
			g.values[s] = cells.Width(p.label(s))
		}
	}
	for _, r := range t.Rows {
		values, word := p.shown(g, r.Cells[at])
		for i, v := range values {
			g.values[i] = max(g.values[i], cells.Width(v))
		}
		if g.time && values != nil {
			g.word = max(g.word, cells.Width(word))
		} else {
			g.least = max(g.least, cells.Width(word))
		}
	}
	g.least = max(g.least, cells.Width(g.head))
	return g
}

// label is what stands above the values of a strategy.
func (p *plan) label(s int) string {
	if p.letters {
		return letter(s)
	}
	return p.names[s]
}

// letter is a, b, ... z, a2, ...
func letter(s int) string {
	l := string(rune('a' + s%26))
	if s >= 26 {
		l += text.Count(s/26 + 1)
	}
	return l
}

// shown is what is printed of a cell: values, or a word, or behind times both.
func (p *plan) shown(g group, c decisions.Cell) (values []string, word string) {
	word = p.plain(c.Finding)
	if !g.time {
		switch {
		case c.Unlike, c.Finding == "not measured":
			return nil, word
		case c.Finding == "tie" && len(slices.Compact(slices.Clone(c.Values))) == 1:
			return nil, "tie at " + c.Values[0]
		case g.ranged:
			return []string{span(c.Numbers, c.Values)}, ""
		}
		return c.Values, ""
	}
	if brief, ok := briefly[word]; ok {
		word = brief
	}
	if c.Unlike || c.Values == nil {
		return nil, word
	}
	if g.ranged {
		return []string{span(c.Numbers, ratios(c, "×1"))}, word
	}
	return ratios(c, ""), word
}

// briefly are findings about times where everybody knows that they are about times.
var briefly = map[string]string{"too short to time": "too short", "too noisy": "noisy", "too few samples": "too few", "nothing served": "none served"}

// ratios are the first time that is known, or what stands for it, and the others as ratios
// to it.
func ratios(c decisions.Cell, first string) []string {
	out := slices.Clone(c.Values)
	base := math.NaN()
	for s, v := range c.Numbers {
		switch {
		case math.IsNaN(v):
		case math.IsNaN(base):
			base = v
			if first != "" {
				out[s] = first
			}
		default:
			ratio := "×" + text.Digits3(v/base)
			if strings.HasPrefix(c.Values[s], "(") {
				ratio = "(" + ratio + ")"
			}
			out[s] = ratio
		}
	}
	return out
}

// span is the range of the values that are compared: "1.64–25", or "≥36.9–136" of totals in
// which a part is left out.
func span(numbers []float64, shown []string) string {
	lo, hi := -1, -1
	for s, v := range numbers {
		if math.IsNaN(v) || strings.HasPrefix(shown[s], "(") {
			continue
		}
		if lo < 0 || v < numbers[lo] {
			lo = s
		}
		if hi < 0 || v > numbers[hi] {
			hi = s
		}
	}
	switch {
	case lo < 0:
		return text.None
	case shown[lo] == shown[hi]:
		return shown[lo]
	}
	return shown[lo] + "–" + strings.TrimPrefix(shown[hi], "≥")
}

// plain is a finding with names or letters for its strategies.
func (p *plan) plain(f text.Prose) string {
	labels := make([]string, len(p.names))
	for s := range labels {
		labels[s] = p.label(s)
	}
	return text.Plain(labels, f)
}

// taken are the strategies to take: one by name, of several the letters.
func (p *plan) taken(r decisions.Row) string {
	if len(r.Verdict.Picks) == 1 {
		return text.Plain(p.names, r.Take)
	}
	if p.letters {
		return strings.ReplaceAll(p.plain(r.Take), " or ", "/")
	}
	return p.plain(r.Take)
}

func title(r decisions.Row) string { return text.Clean(r.Verdict.Workload.Title) }
