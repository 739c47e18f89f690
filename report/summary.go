package report

import (
	_ "embed"
	"html/template"
	"strings"
	"time"
)

//go:embed page/verdict.html
var verdictHTML string

// SummarySection is the first screen: what to take, and whether to believe it.
var SummarySection = Section{
	ID:       "verdict",
	Title:    "Verdict",
	Template: verdictHTML,
	Make:     maker(makeSummary),
}

// summarySection is the verdict of the run, and a table of decisions.
type summarySection struct {
	What     template.HTML
	Headline template.HTML
	Cards    []card
	Matrix   matrix
	Trust    []Field
}

func makeSummary(in In) (summarySection, error) {
	return summarySection{
		What:     what(in.strategies, in.workloads, in.facts),
		Headline: markup(in.strategies, headline(in.strategies, in.times, in.curves.scaling, in.curves.crossing, in.verdicts)),
		Cards:    cards(in.strategies, in.workloads, in.times, in.builders, in.curves.sweep, in.verdicts),
		Matrix:   makeMatrix(in.strategies, in.workloads, in.times, in.builders, in.verdicts),
		Trust:    trust(in.strategies, in.workloads, in.times.Self, in.facts, in.curves.crossing, in.warnings),
	}, nil
}

// what is the line that says what was run.
func what(names Names, workloads []*workload, facts Facts) template.HTML {
	var parts []string
	marked := marks(indices(len(names)))
	parts = append(parts, strings.Join(marked, " against "))
	parts = append(parts, plural(float64(len(workloads)), "workload", "workloads"))
	if n := stated(facts, "count", "sample", "samples"); n != "" {
		parts = append(parts, n+" a cell, interleaved")
	}
	if t, err := time.Parse(time.RFC3339, facts.value("date")); err == nil {
		parts = append(parts, t.Format("2 Jan 2006"))
	}
	return markup(names, prose(strings.Join(parts, " · ")))
}

// trust is the line that says how far to believe the rest.
func trust(names Names, workloads []*workload, self *SelfTest, facts Facts, crossings Crossings, warn *Warnings) []Field {
	out := []Field{{"Noise", self.sentence()}}
	traces := 0
	for _, w := range workloads {
		for s := range names {
			if w.placement(s) != nil {
				traces++
			}
		}
	}
	cells := plural(float64(len(workloads)*len(names)), "cell", "cells")
	placement := "every block of " + count(traces) + " of " + cells + " recorded"
	if stated := facts.value("placement"); stated != "" {
		placement = stated
	}
	out = append(out, Field{"Placement", placement})
	if o := strings.Join(nonEmpty(facts.value("order"), labelled2("seed ", facts.value("seed"))), ", "); o != "" {
		out = append(out, Field{"Order", o})
	}
	machine := facts.value("load")
	machine = strings.Join(nonEmpty(machine, stated(facts, "cores", "core", "cores")), ", ")
	if machine != "" {
		out = append(out, Field{"Machine", machine})
	}
	if c := crossingSentence(names, crossings); c != "" {
		out = append(out, Field{"C library", c})
	}
	if n := len(warn.all()); n > 0 {
		out = append(out, Field{"Read with", plural(float64(n), "warning", "warnings") + ", listed at the end"})
	}
	return out
}
