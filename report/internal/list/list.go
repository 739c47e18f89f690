// Package list is lists of names: of the strategies of a run, and of whatever else
// has a stated order.
package list

import (
	"slices"
	"strings"
)

// Names are the names of the strategies compared, the base first. A strategy
// is its index in them everywhere behind the reading.
type Names []string

// Index is the index of a strategy, -1 for an unknown one.
func (n Names) Index(name string) int { return slices.Index(n, name) }

// Add appends a name that is not in the list.
func Add(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// Order puts names into the order that a meta line states, those it does not
// name behind them as they were. Cells run in random order, so that the order
// of lines says nothing by itself.
func Order(names []string, stated string) []string {
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

// Known sorts names: those of the list in its order, then the others by name.
func Known(names []string, list ...string) []string {
	slices.Sort(names)
	return Order(slices.Compact(names), strings.Join(list, " "))
}
