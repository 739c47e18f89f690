// Package section is what a part of the page is: a value with an id, a title, a
// template and a function that finds what it says. The sections themselves are in
// the rooms by subject; package page lists them.
package section

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/chart"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// A Section is a part of the page: a finding, a figure, and how to read it.
type Section struct {
	ID       string // the anchor, unique on the page
	Title    string // in the navigation
	Template string // what Make returns is shown by it, with the templates of shared.html
	Style    string // rules of its own, behind those of the page
	Script   string // statements in a function of their own, with the page's helpers as lab; see core.js of package page
	Optional bool   // a run that has nothing for it goes without
	Alone    bool   // it needs no workload: a run without any shows it if there is something to show

	// Make finds what the section says. What it returns has a [Head], or is
	// always there.
	Make func(judge.Run) (any, error)
}

// Head is what most sections begin with: a heading with a figure, or with the
// reason why there is none.
type Head struct {
	Heading template.HTML
	How     string // how to read the figure
	Note    string // what limits it
	Missing string // why there is no figure
	Figure  chart.Figure
}

// absent reports whether there is nothing to show.
func (h Head) absent() bool { return h.Missing != "" }

// Lacks says that a run has none of something, since it has no lines of b.
func Lacks(what string, b *schema.Bench) string {
	return fmt.Sprintf("This run has no %s (%s has no Benchmark%s lines)", what, b.File, b.Name)
}

// LacksSynthetic is Lacks for what has nothing to do with the workloads, which a run about a
// trace leaves out by itself.
func LacksSynthetic(what string, b *schema.Bench, facts rundir.Facts) string {
	if skipped := facts.Value(schema.FactSkipped); skipped != "" {
		return Lacks(what, b) + ": it is about what it was given, and left out " + skipped + " (run -all measures them too)."
	}
	if shard := facts.Value(schema.FactShard); shard != "" {
		return Lacks(what, b) + ": it is shard " + shard + "."
	}
	return Lacks(what, b) + "."
}

// LegendItem is a line of a legend: a kind of mark in a colour, and what it means.
type LegendItem struct{ Kind, Class, Text string }

// StrategyHead is a strategy as the head of a column.
type StrategyHead struct{ Name, Class string }

// Heads are the heads of the strategies' columns.
func Heads(names list.Names) []StrategyHead {
	var out []StrategyHead
	for s, n := range names {
		out = append(out, StrategyHead{n, theme.Class(s)})
	}
	return out
}

//go:embed shared.html
var sharedHTML string

// Anchor is the id of a place in a section, or of the row of a workload: what a link
// leads to. Other bytes than those of plain names are spelled out, so that two names never
// share an id.
func Anchor(section, name string) string {
	var b strings.Builder
	b.WriteString(section + "-")
	for _, c := range []byte(name) {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "~%02x", c)
		}
	}
	return b.String()
}

// HTML is the section as the page shows it. It is empty for an optional section that has
// nothing to say, and for any about a run without workloads.
func (s Section) HTML(in judge.Run) (template.HTML, error) {
	html, _, err := s.Show(in)
	return html, err
}

// Show is HTML, and whether the section has its figure: one that lacks it has a sentence in
// its place.
func (s Section) Show(in judge.Run) (html template.HTML, whole bool, err error) {
	data, err := s.Make(in)
	if err != nil {
		return "", false, err
	}
	h, ok := data.(interface{ absent() bool })
	whole = !ok || !h.absent()
	if !whole && (s.Optional || s.Alone && len(in.Workloads) == 0) {
		return "", false, nil
	}
	t, err := template.New("shared").Parse(sharedHTML)
	if err == nil {
		t, err = t.New(s.ID).Parse(s.Template)
	}
	if err != nil {
		return "", false, fmt.Errorf("section %s: %w", s.ID, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return "", false, fmt.Errorf("section %s: %w", s.ID, err)
	}
	return template.HTML(strings.TrimSpace(b.String())), whole, nil
}

// Maker is a Make of a function that returns what one section shows.
func Maker[T any](f func(judge.Run) (T, error)) func(judge.Run) (any, error) {
	return func(in judge.Run) (any, error) { return f(in) }
}
