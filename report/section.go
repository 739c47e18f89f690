package report

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"strings"
)

// A Section is a part of the page: a finding, a figure, and how to read it.
type Section struct {
	ID       string // the anchor, unique on the page
	Title    string // in the navigation
	Template string // what Make returns is shown by it, with the templates of shared.html
	Alone    bool   // it needs no workload: a run without any shows it if there is something to show

	// Make finds what the section says. What it returns has a [Head], or is
	// always there.
	Make func(In) (any, error)
}

// In is what sections are made from: a run as it was read and judged.
type In struct {
	*Run
	times    *Times
	verdicts []Verdict // of the workloads, in their order
}

// NewIn judges a run.
func newIn(r *Run) In {
	t := compareTimes(r.workloads, len(r.strategies))
	return In{r, t, t.Verdicts(r.workloads)}
}

// Head is what most sections begin with: a heading with a figure, or with the
// reason why there is none.
type Head struct {
	Heading template.HTML
	How     string // how to read the figure
	Note    string // what limits it
	Missing string // why there is no figure
	Figure  figure
}

// absent reports whether there is nothing to show.
func (h Head) absent() bool { return h.Missing != "" }

// LegendItem is a line of a legend: a kind of mark in a colour, and what it means.
type legendItem struct{ Kind, Class, Text string }

// StrategyHead is a strategy as the head of a column.
type strategyHead struct{ Name, Class string }

// heads are the heads of the strategies' columns.
func heads(names Names) []strategyHead {
	var out []strategyHead
	for s, n := range names {
		out = append(out, strategyHead{n, class(s)})
	}
	return out
}

//go:embed page/shared.html
var sharedHTML string

// HTML is the section as it stands on the page, or nothing of one that is not
// shown since it has nothing to say of a run without workloads.
func (s Section) HTML(in In) (template.HTML, error) {
	data, err := s.Make(in)
	if err != nil {
		return "", err
	}
	if h, ok := data.(interface{ absent() bool }); ok && s.Alone && len(in.workloads) == 0 && h.absent() {
		return "", nil
	}
	t, err := template.New("shared").Parse(sharedHTML)
	if err == nil {
		t, err = t.New(s.ID).Parse(s.Template)
	}
	if err != nil {
		return "", fmt.Errorf("section %s: %w", s.ID, err)
	}
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		return "", fmt.Errorf("section %s: %w", s.ID, err)
	}
	return template.HTML(strings.TrimSpace(b.String())), nil
}

// Maker is a Make of a function that returns what one section shows.
func maker[T any](f func(In) (T, error)) func(In) (any, error) {
	return func(in In) (any, error) { return f(in) }
}
