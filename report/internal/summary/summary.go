// Package summary is the first screen of the page: the headline, three verdicts, the
// table of decisions, and whether to believe them.
package summary

import (
	_ "embed"
	"html/template"
	"strconv"
	"strings"
	"time"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/decisions"
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

//go:embed matrix.html
var matrixHTML string

//go:embed reading.html
var readingHTML string

//go:embed summary.css
var summaryCSS string

// Section is the decision, beside the map on the first screen: what to take, why, and
// whether to believe it.
var Section = section.Section{
	ID:       "verdict",
	Title:    "Verdict",
	Template: verdictHTML,
	Style:    summaryCSS,
	Make:     section.Maker(makeVerdict),
}

// Matrix is what every strategy does on every workload.
var Matrix = section.Section{
	ID:       "matrix",
	Title:    "Workloads",
	Template: matrixHTML,
	Make:     section.Maker(makeMatrixSection),
}

// Reading is the finding in full, the verdicts that stand out, and how to read the rest.
var Reading = section.Section{
	ID:       "reading",
	Title:    "How to read this",
	Template: readingHTML,
	Make:     section.Maker(makeReading),
}

// verdictSection is the decision.
type verdictSection struct {
	What     []template.HTML
	Headline template.HTML
	Brief    bool          // it is short
	Why      template.HTML // of a single workload
	Bars     bars
	Trust    string
}

func makeVerdict(in judge.Run) (verdictSection, error) {
	own, _ := about(in)
	table := decisions.New(own)
	head := short(own, table.Rows)
	v := verdictSection{
		What:     what(in),
		Headline: theme.Markup(in.Strategies, head),
		Brief:    len(text.Plain(in.Strategies, head)) < 60,
		Bars:     makeBars(in.Strategies, table),
		Trust:    believe(in),
	}
	if len(own.Verdicts) == 1 {
		head, _ = words.Verdict(in.Strategies, in.Times, own.Verdicts[0])
		v.Why = theme.Markup(in.Strategies, head)
	}
	return v, nil
}

// matrixSection are the small multiples, and the matrix of the workloads that the run is
// about; those measured beside them are folded.
type matrixSection struct {
	Heading     string
	Legend      template.HTML
	Top         string // of the scale of the small multiples
	Tiles       []tile
	Matrix      matrix
	BesideHead  string
	BesideTiles []tile
	Beside      matrix
}

// tile is a small multiple of the strip.
type tile struct {
	spark
	Name, Link string
}

func makeMatrixSection(in judge.Run) (matrixSection, error) {
	own, beside := about(in)
	top := sparkTop(in.Strategies, in.Workloads)
	n := 0
	draw := func(in judge.Run) (tiles []tile, sparks []*spark) {
		for _, w := range in.Workloads {
			sp, ok := sparkOf(in.Strategies, w, "spark-"+strconv.Itoa(n), top)
			n++
			if !ok {
				sparks = append(sparks, nil)
				continue
			}
			sparks = append(sparks, &sp)
			link := mapLink(in.Strategies, w, false)
			if link == "" {
				link = "#" + section.Anchor("matrix", w.Name)
			}
			tiles = append(tiles, tile{sp, w.Title, link})
		}
		return tiles, sparks
	}
	m := matrixSection{Legend: legend(in), Top: text.Percent(top)}
	m.Heading = "Broken free memory"
	var sparks []*spark
	m.Tiles, sparks = draw(own)
	m.Matrix = makeMatrix(own, sparks)
	m.Matrix.Label = "What each strategy does on each workload"
	if k := len(beside.Workloads); k > 0 {
		m.BesideTiles, sparks = draw(beside)
		m.Beside = makeMatrix(beside, sparks)
		m.Beside.Label = "What each strategy does on the workloads measured beside"
		m.BesideHead = text.Plural(float64(k), "workload", "workloads") + " that come with vramlab, measured beside"
	}
	return m, nil
}

// readingSection is what the first screen has no room for.
type readingSection struct {
	Headline template.HTML
	Scope    string
	Cards    []card
	Note     string
	Trust    []rundir.Field
}

func makeReading(in judge.Run) (readingSection, error) {
	return readingSection{
		Headline: theme.Markup(in.Strategies, words.Headline(in)),
		Scope:    words.Scope(in.Times),
		Cards:    cards(in),
		Note:     matrixNote(in.Strategies),
		Trust:    trust(in.Strategies, in.Workloads, in.Times.Self, in.Facts, in.Curves.Crossing, in.Warnings),
	}, nil
}

// what is the line that says what was run.
func what(in judge.Run) (out []template.HTML) {
	names := in.Strategies
	var parts []string
	marked := text.Marks(text.Indices(len(names)))
	against := marked[0]
	if len(marked) > 4 {
		against += " against " + text.Count(len(marked)-1) + " others"
	} else if len(marked) > 1 {
		against += " against " + strings.Join(marked[1:], ", ")
	}
	parts = append(parts, against)
	parts = append(parts, words.WorkloadsFound(in.Workloads, in.Facts))
	if t, err := time.Parse(time.RFC3339, in.Facts.Value(schema.FactDate)); err == nil {
		parts = append(parts, t.Format("2 Jan 2006"))
	}
	for _, p := range parts {
		out = append(out, theme.Markup(names, text.Prose(p)))
	}
	return out
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
	if n := words.SamplesFound(workloads, len(names)); n != "" {
		out = append(out, rundir.Field{Key: "Samples", Value: n + " per cell, interleaved"})
	}
	if o := strings.Join(text.NonEmpty(facts.Value(schema.FactOrder), text.Labelled2("seed ", facts.Value(schema.FactSeed))), ", "); o != "" {
		out = append(out, rundir.Field{Key: "Order", Value: o})
	}
	machine := facts.Value(schema.FactLoad)
	machine = strings.Join(text.NonEmpty(machine, facts.Value(schema.FactThrottled), words.Interrupted(self.Basis),
		words.Cores(facts), facts.Value(schema.FactDisturbs)), ", ")
	if machine != "" {
		out = append(out, rundir.Field{Key: "Machine", Value: machine})
	}
	if shards := strings.Join(text.NonEmpty(words.Shards(facts), words.OneMachine(facts)), ": "); shards != "" {
		out = append(out, rundir.Field{Key: "Measured in", Value: shards})
	}
	if c := words.CrossingSentence(names, crossings); c != "" {
		out = append(out, rundir.Field{Key: "C library", Value: c})
	}
	if n := len(warn.All()); n > 0 {
		out = append(out, rundir.Field{Key: "Read with", Value: text.Plural(float64(n), "warning", "warnings") + ", listed at the end"})
	}
	return out
}
