package report

import (
	"slices"
	"strings"
)

// Names are the names of the strategies compared, the base first. A strategy
// is its index in them everywhere behind the reading.
type Names []string

// index is the index of a strategy, -1 for an unknown one.
func (n Names) index(name string) int { return slices.Index(n, name) }

// plain is the sentence for a terminal: names as they are, plain spaces.
func (n Names) plain(p prose) string {
	same := func(s string) string { return s }
	s := p.expand(len(n), func(i int) string { return n[i] }, same)
	return strings.ReplaceAll(s, nbsp, " ")
}

// add appends a name that is not in the list.
func add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// order puts names into the order that a meta line states, those it does not
// name behind them as they were. Cells run in random order, so that the order
// of lines says nothing by itself.
func order(names []string, stated string) []string {
	var out []string
	for _, n := range strings.FieldsFunc(stated, func(c rune) bool { return c == ' ' || c == ',' }) {
		if slices.Contains(names, n) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	for _, n := range names {
		if !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// known sorts names: those of the list as it has them, the others behind by
// name.
func known(names []string, list ...string) []string {
	slices.Sort(names)
	return order(slices.Compact(names), strings.Join(list, " "))
}
