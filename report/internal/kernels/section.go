// Package kernels is the section about kernels: where their generations part, what the
// strategies do only because a kernel does, and what its own lists and trees would cost.
package kernels

import (
	_ "embed"
	"html/template"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed kernels.html
var kernelsHTML string

// Section is what a run says of kernels.
var Section = section.Section{
	ID:       "kernels",
	Title:    "Kernels",
	Template: kernelsHTML,
	Optional: true,
	Make:     section.Maker(makeKernels),
}

// kernelsSection is what a run says of kernels.
type kernelsSection struct {
	section.Head
	Partings   []partingRow
	Alike      string // workloads on which generations do not part
	Deviations []template.HTML
	Parts      []string // kinds of steps
	Work       []workRow
}

// partingRow is a pair of generations on a workload.
type partingRow struct {
	Title       string // of the first row of a workload
	Pair        template.HTML
	Differ      string // requests done otherwise
	First, What string
	Refused     string // the new one : the old one
	Entries     string
}

// workRow is a workload with the work of its strategies.
type workRow struct {
	ID     string // what the matrix links to
	Title  string
	Lines  []workLine
	Model  template.HTML
	Limits template.HTML
}

// workLine is what was counted of a strategy.
type workLine struct {
	Name, Class string
	Values      []string
}

func makeKernels(in judge.Run) (s kernelsSection, err error) {
	s.Alike = words.KernelAlike(in.Verdicts)
	for _, v := range in.Verdicts {
		s.Partings = append(s.Partings, partingRows(in, v)...)
		for _, sentence := range words.DeviationSentences(v) {
			s.Deviations = append(s.Deviations, theme.Markup(in.Strategies, text.Prose(text.Clean(v.Workload.Title)+": "+sentence)))
		}
		if row := workRowOf(in, v); len(row.Lines) > 0 {
			s.Work = append(s.Work, row)
		}
	}
	s.Head.Heading = theme.Markup(in.Strategies, words.KernelHeading(in.Verdicts))
	if len(s.Partings)+len(s.Deviations)+len(s.Work) == 0 && s.Alike == "" {
		s.Head.Missing = section.Lacks("counts of the kernel's steps", schema.KernelWork) + "."
		return s, nil
	}
	for _, p := range rundir.KernelParts {
		s.Parts = append(s.Parts, p.Name)
	}
	if len(s.Work) > 0 {
		s.Head.Note = "Steps are exact: what the lists and trees of that kernel do for the same placements, counted in its structural twin. Kinds of steps cost differently: fewer in all need not be less time. " +
			"The times are those of a model fitted to the kernel's C in user space, without locks and drivers; the error is how far it was off on average for loads left out of the fit, and only a difference beyond the errors is called. They are the allocator's part of what a driver pays."
	}
	return s, nil
}

// partingRows are the pairs of generations that part on a workload.
func partingRows(in judge.Run, v judge.Verdict) []partingRow {
	var rows []partingRow
	for _, p := range v.Kernel.Partings {
		if p.Differ == 0 {
			continue
		}
		row := partingRow{
			Pair:    theme.Markup(in.Strategies, words.PartingPair(&v.Kernel, p)),
			Differ:  text.Count(p.Differ) + " of " + text.Count(p.Requests),
			First:   text.Count(p.First),
			What:    words.PartingKinds(p),
			Refused: words.Values(nil, []string{text.Count(v.Workload.Placement(p.New).Refusals.N), text.Count(v.Workload.Placement(p.Old).Refusals.N)}),
			Entries: entries(in, v, p),
		}
		if len(rows) == 0 {
			row.Title = v.Workload.Title
		}
		if p.Known {
			row.First += ": " + words.FirstRequest(p)
		}
		rows = append(rows, row)
	}
	return rows
}

// entries are the sg entries of a table with both generations, where they did the same
// work.
func entries(in judge.Run, v judge.Verdict, p judge.Parting) string {
	if !slices.Contains(v.Same, p.Old) || !slices.Contains(v.Same, p.New) {
		return "unequal work"
	}
	of := func(s int) float64 { return v.Workload.Table(in.Builder, schema.SegsPerTable, s).Center() }
	shown := text.Apart([]float64{of(p.New), of(p.Old)})
	return words.Values(nil, shown)
}

// workRowOf is what was counted of the strategies on a workload.
func workRowOf(in judge.Run, v judge.Verdict) workRow {
	row := workRow{
		ID:     section.Anchor("kernels", v.Workload.Name),
		Title:  v.Workload.Title,
		Model:  theme.Markup(in.Strategies, words.KernelModel(v)),
		Limits: theme.Markup(in.Strategies, words.KernelLimits(in.Strategies, v)),
	}
	for s, name := range in.Strategies {
		c, ok := v.Workload.Kernel[s]
		if !ok {
			continue
		}
		line := workLine{Name: name, Class: theme.Class(s)}
		values := append([]float64{c.Steps}, c.Parts[:]...)
		for _, n := range values {
			shown := text.None
			if c.Differs == 0 && !math.IsNaN(n) {
				shown = words.Bracketed(v.Kernel.Counted, s, text.Short3(n))
			}
			line.Values = append(line.Values, shown)
		}
		line.Values = append(line.Values, words.ModelTime(c))
		row.Lines = append(row.Lines, line)
	}
	return row
}
