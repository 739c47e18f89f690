// Package summary is the first screen of the page: the headline, three verdicts, the
// table of decisions, and whether to believe them.
package summary

import (
	_ "embed"
	"html/template"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed verdict.html
var verdictHTML string

// Section is the first screen: what to take, and whether to believe it.
var Section = section.Section{
	ID:       "verdict",
	Title:    "Verdict",
	Template: verdictHTML,
	Make:     section.Maker(makeSummary),
}

// summarySection is the verdict of the run, and a table of decisions.
type summarySection struct {
	What     template.HTML
	Headline template.HTML
	Scope    string
	Cards    []card
	Matrix   matrix
	Trust    []rundir.Field
}

func makeSummary(in judge.Run) (summarySection, error) {
	return summarySection{
		What:     what(in),
		Headline: theme.Markup(in.Strategies, words.Headline(in)),
		Scope:    words.Scope(in.Times),
		Cards:    cards(in),
		Matrix:   makeMatrix(in),
		Trust:    trust(in.Strategies, in.Workloads, in.Times.Self, in.Facts, in.Curves.Crossing, in.Warnings),
	}, nil
}

// what is the line that says what was run.
func what(in judge.Run) template.HTML {
	names := in.Strategies
	var parts []string
	marked := text.Marks(text.Indices(len(names)))
	parts = append(parts, strings.Join(marked, " against "))
	parts = append(parts, words.WorkloadsFound(in.Workloads, in.Facts))
	if n := words.SamplesFound(in.Workloads, len(names)); n != "" {
		parts = append(parts, n+" per cell, interleaved")
	}
	if t, err := time.Parse(time.RFC3339, in.Facts.Value(schema.FactDate)); err == nil {
		parts = append(parts, t.Format("2 Jan 2006"))
	}
	return theme.Markup(names, text.Prose(strings.Join(parts, " · ")))
}

// factPlacement is what runs of old said of their placements.
const factPlacement schema.Fact = "placement"

// trust is the line that says how far to believe the rest.
func trust(names list.Names, workloads []*rundir.Workload, self *judge.SelfTest, facts rundir.Facts, crossings rundir.Crossings, warn *rundir.Warnings) []rundir.Field {
	out := []rundir.Field{{Key: "Noise", Value: words.NoiseText(self)}}
	traces := 0
	for _, w := range workloads {
		for s := range names {
			if w.Placement(s) != nil {
				traces++
			}
		}
	}
	cells := text.Plural(float64(len(workloads)*len(names)), "cell", "cells")
	placement := "every block recorded in " + text.Count(traces) + " of " + cells
	if stated := facts.Value(factPlacement); stated != "" {
		placement = stated
	}
	placement = strings.Join(text.NonEmpty(placement, words.Kernels(names, facts)), "; ")
	out = append(out, rundir.Field{Key: "Placement", Value: placement})
	if o := strings.Join(text.NonEmpty(facts.Value(schema.FactOrder), text.Labelled2("seed ", facts.Value(schema.FactSeed))), ", "); o != "" {
		out = append(out, rundir.Field{Key: "Order", Value: o})
	}
	machine := facts.Value(schema.FactLoad)
	machine = strings.Join(text.NonEmpty(machine, words.Stated(facts, schema.FactCores, "core", "cores")), ", ")
	if machine != "" {
		out = append(out, rundir.Field{Key: "Machine", Value: machine})
	}
	if c := words.CrossingSentence(names, crossings); c != "" {
		out = append(out, rundir.Field{Key: "C library", Value: c})
	}
	if n := len(warn.All()); n > 0 {
		out = append(out, rundir.Field{Key: "Read with", Value: text.Plural(float64(n), "warning", "warnings") + ", listed at the end"})
	}
	return out
}
