// Package pays is the section on what a driver pays: the parts of the cost of each workload,
// the prices to change, and cost against broken memory.
package pays

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/cost"
	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed pays.html
var paysHTML string

//go:embed pays.css
var paysCSS string

//go:embed pays.js
var paysJS string

// Section is what a driver pays.
var Section = section.Section{
	ID:       "pays",
	Title:    "What a driver pays",
	Template: paysHTML,
	Style:    paysCSS,
	Script:   paysJS,
	Optional: true,
	Make:     section.Maker(makePays),
}

// paysSection is what the template shows.
type paysSection struct {
	section.Head
	Inputs    []input
	Heads     []string // of the parts
	Parts     []string // with where each comes from
	Reach     string   // whose page-table entries
	Groups    []group
	Otherwise template.HTML // picks under other policies
	LeftOut   string
	Prices    string
	Data      template.JS
	Caption   string // of the figure, which is empty where there is nothing to compare
}

// input is a price to change.
type input struct{ Name, Label, Unit, Value, Doc string }

// group is a workload.
type group struct {
	Title string
	Take  template.HTML
	Rows  []row
}

// row is a strategy on it.
type row struct {
	Strategy    int
	Name, Class string
	Parts       []string
	Widths      []string // of the bar, in percent
	Total       string
	Bounds      string
	Reach       string
	Model       string // of the lab, which is no part
}

func makePays(in judge.Run) (p paysSection, err error) {
	known := func(v judge.Verdict) bool { return !v.Bill().Left(cost.Allocator) || !v.Bill().Left(cost.PTE) }
	if !slices.ContainsFunc(in.Verdicts, known) {
		p.Head = section.Head{Heading: "What a driver pays is not known",
			Missing: section.Lacks("work of kernels or page-table entries", schema.KernelWork) + "."}
		return p, nil
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.PaysHeading(in.Strategies, in.Verdicts)),
		How: "Nanoseconds for each request served: it is allocated, gets a table, is mapped and is freed at last. The allocator's work is a model's prediction of a kernel, with its error; " +
			"the table was measured in user space; entries and bytes are counts at given prices. What to take goes by refusals first, then by page-table entries, then by this total. In brackets: did less work, not compared.",
		Note: "The time of the lab's own model, in user space, is no part of the total, and neither is reach: it is the GPU that gains by large entries. A refusal counts as an eviction of the bytes asked for, " +
			"the least that must move; none helps what is invalid or larger than the region.",
	}
	for i, part := range cost.Parts {
		p.Heads, p.Parts = append(p.Heads, words.PartHead(i)), append(p.Parts, words.PartSource(i))
		if part.Given() {
			p.Inputs = append(p.Inputs, input{part.Name, words.PriceLabel(i), part.Unit, trim(in.Prices[i]), part.Doc})
		}
	}
	table := decisions.New(in)
	for i, v := range in.Verdicts {
		p.Groups = append(p.Groups, groupOf(in, v, table.Rows[i]))
	}
	p.Reach = words.Driver(in.Verdicts[0].Bill().Policy)
	p.Otherwise = theme.Markup(in.Strategies, words.Otherwise(len(in.Strategies), in.Verdicts))
	p.LeftOut, p.Prices = words.LeftOutOf(in.Verdicts), words.Prices(in.Prices)
	if p.Data, err = encode(in, table); err != nil {
		return p, err
	}
	points := pointsOf(in)
	if len(points) < 2 {
		return p, nil
	}
	p.Caption = words.ParetoCaption(len(points), len(in.Verdicts))
	p.Figure, err = paretoFigure(in.Strategies, points)
	return p, err
}

// trim is a number as an input has it.
func trim(v float64) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// groupOf are the rows of a workload.
func groupOf(in judge.Run, v judge.Verdict, decided decisions.Row) group {
	b := v.Bill()
	g := group{Title: v.Workload.Title, Take: theme.Markup(in.Strategies, decided.Take)}
	most := 0.0
	for _, s := range v.Present {
		most = max(most, b.Total(s).Mid)
	}
	for _, s := range v.Present {
		r := row{Strategy: s, Name: in.Strategies[s], Class: theme.Class(s), Reach: text.None}
		bracketed := func(shown string) string { return words.Bracketed(v.Same, s, shown) }
		for part := range cost.Parts {
			shown, width := text.None, 0.0
			if ns := b.NS(part, s); ns.Known() {
				shown = bracketed(words.NS(ns.Mid))
				if !b.Left(part) && most > 0 {
					width = 100 * ns.Mid / most
				}
			}
			r.Parts, r.Widths = append(r.Parts, shown), append(r.Widths, text.Round2(width))
		}
		total := b.Total(s)
		r.Total, r.Bounds = bracketed(words.Paid(b, s)), words.Bounds(total)
		if !math.IsNaN(b.Cover[s]) {
			r.Reach = bracketed(text.Percent(b.Cover[s]))
		}
		r.Model = bracketed(words.NS(1e9 * v.Workload.OpTime(schema.AllocFree, s).Center()))
		g.Rows = append(g.Rows, r)
	}
	return g
}

// The numbers that the script of the section computes with.
type (
	dataset struct {
		Parts  []dataPart `json:"parts"`
		Names  []string   `json:"names"`
		Class  []string   `json:"classes"`
		Either string     `json:"either"`
		Far    float64    `json:"far"`
		Trifle float64    `json:"trifle"`
		Rows   []dataRow  `json:"rows"`
	}
	dataPart struct {
		Name  string  `json:"name"`
		Price float64 `json:"price"`
		Given bool    `json:"given"`
		Rate  bool    `json:"rate"`
	}
	dataRow struct {
		Anchor  string         `json:"anchor"` // of the row of the table of decisions
		Among   []int          `json:"among"`  // compared by the rules
		Same    bool           `json:"same"`   // which did the same work
		Full    []int          `json:"full"`   // not in brackets
		Fixed   string         `json:"fixed,omitempty"`
		Out     []int          `json:"out"`
		Amounts [][][3]float64 `json:"amounts"` // by part, strategy: middle, lowest, highest; -1 for what is not known
		Entries []float64      `json:"entries"`
		Reach   []float64      `json:"reach"`
	}
)

// encode makes the numbers of the section JSON.
func encode(in judge.Run, table decisions.Table) (template.JS, error) {
	d := dataset{Names: in.Strategies, Either: words.EitherOf(len(in.Strategies)), Far: judge.Far, Trifle: judge.Trifle}
	for i, p := range cost.Parts {
		d.Parts = append(d.Parts, dataPart{p.Name, in.Prices[i], p.Given(), p.Rate})
	}
	for s := range in.Strategies {
		d.Class = append(d.Class, theme.Class(s))
	}
	for i, v := range in.Verdicts {
		b := v.Bill()
		r := dataRow{Anchor: section.Anchor("matrix", v.Workload.Name), Among: some(v.Same), Same: !v.NotAsked, Full: some(v.Same), Out: some(b.Out), Entries: numbers(b.Entries), Reach: numbers(b.Reach)}
		if v.NotAsked {
			r.Among = some(v.Present)
		}
		if table.Rows[i].Unknown || len(in.Strategies) == 1 {
			r.Fixed, r.Among = text.Plain(in.Strategies, table.Rows[i].Take), some(nil)
		}
		for _, amounts := range b.Amounts {
			var out [][3]float64
			for _, a := range amounts {
				out = append(out, [3]float64(numbers([]float64{a.Mid, a.Lo, a.Hi})))
			}
			r.Amounts = append(r.Amounts, out)
		}
		d.Rows = append(d.Rows, r)
	}
	out, err := json.Marshal(d)
	return template.JS(out), err
}

// numbers are values with -1 for those that are not known: JSON has none for them.
func numbers(values []float64) []float64 {
	out := slices.Clone(values)
	for i, v := range out {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			out[i] = -1
		}
	}
	return out
}

// some is never nil, which JSON would write as null.
func some(of []int) []int { return append([]int{}, of...) }
