package report

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"time"
)

//go:embed page
var files embed.FS

// page is everything that the templates show. They only range and choose:
// every word and every figure is made before.
type page struct {
	Title    string
	Theme    template.CSS
	Style    template.CSS
	Script   template.JS
	Empty    bool
	Warnings []string

	What     template.HTML
	Headline template.HTML
	Cards    []card
	Matrix   matrix
	Trust    []Field

	Sweep  section
	Legend []legendItem
	Ends   []endsRow

	Times     timesTable
	TimesHead template.HTML
	TimesNote string
	More      []timesTable
	Work      workTable
	Tails     tailTable

	Series       section
	SeriesLegend []legendItem
	Others       []section

	Map     section
	MapRows []mapRow
	MapData template.JS
	MapNote string
	Why     []whyBox
	Cell    string
	LastOp  string

	Sizes     section
	SizesRows []sizesRow

	Builders section
	Layouts  []layout

	Policies     section
	PolicyMain   policyGroup // of the workload that the heading speaks of
	PolicyOthers []policyGroup

	Lifetimes      section
	LifetimeGroups []lifetimeGroup

	Scaling     section
	ScaleParts  []scalePart
	ScaleOthers []scaleOther

	Concurrent       section
	ConcurrentLegend []legendItem
	ConcurrentTable  concurrentTable

	CPU       section
	Lives     []boxes
	Flames    []boxes
	FlameNote string

	Commands    string
	CoverLetter string
	Environment []Field
	Strategies  []strategyHead
}

// section is a heading with a figure, or with the reason why there is none.
type section struct {
	Heading template.HTML
	How     string // how to read the figure
	Note    string // what limits it
	Missing string // why there is no figure
	Figure  figure
}

type legendItem struct{ Kind, Class, Text string }

type endsRow struct {
	Title  string
	Values []string
}

type mapRow struct {
	Name, Class, Caption string
	Index                int
}

type whyBox struct {
	Class      string
	Head, Body template.HTML
}

// card is one of the three verdicts of the first screen.
type card struct {
	Class      string // of the strategy it speaks for, or none
	Head, Body template.HTML
}

// Write renders the report of the run in dir into dir/report.html and returns
// that path. The same directory gives the same bytes.
func Write(dir string) (path string, err error) {
	r, err := Load(dir)
	if err != nil {
		return "", err
	}
	return r.Write()
}

// Write renders the report of a run already loaded into its directory.
func (r *Run) Write() (path string, err error) {
	data, err := r.render()
	if err != nil {
		return "", fmt.Errorf("report of %s: %w", r.dir, err)
	}
	path = filepath.Join(r.dir, "report.html")
	return path, writeFile(path, data)
}

// render makes the page.
func (r *Run) render() ([]byte, error) {
	p, err := r.page()
	if err != nil {
		return nil, err
	}
	t, err := template.ParseFS(files, "page/*.html")
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "page", p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (r *Run) page() (*page, error) {
	p := &page{Theme: themeCSS()}
	style, err := files.ReadFile("page/style.css")
	if err != nil {
		return nil, err
	}
	script, err := files.ReadFile("page/report.js")
	if err != nil {
		return nil, err
	}
	p.Style, p.Script = template.CSS(style), template.JS(script)
	for s, name := range r.strategies {
		p.Strategies = append(p.Strategies, strategyHead{name, class(s)})
	}
	all := r.times.Verdicts(r.workloads)
	p.Headline = markup(r.strategies, headline(r.strategies, r.times, r.curves.scaling, r.curves.crossing, all))
	p.Title = r.strategies.plain(headline(r.strategies, r.times, r.curves.scaling, r.curves.crossing, all))
	p.Empty = len(r.workloads) == 0
	fill := []func(*page, []Verdict) error{r.fillVerdict, r.fillSweep, r.fillTimes, r.fillSeries, r.fillMap, r.fillSizes,
		r.fillBuilders, r.fillPolicies, r.fillLifetimes, r.fillScaling, r.fillConcurrent, r.fillCPU}
	if p.Empty { // what needs no workload
		fill = []func(*page, []Verdict) error{r.fillScaling, r.fillConcurrent}
	}
	for _, f := range fill {
		if err := f(p, all); err != nil {
			return nil, err
		}
	}
	p.Commands, p.CoverLetter = commands(r.strategies, r.facts), coverLetter(r.strategies, r.workloads, r.times, r.facts, all)
	p.Environment = environment(r.facts, r.builders)
	p.Warnings = r.Warnings() // last: making the figures may add some
	return p, nil
}

func (r *Run) fillVerdict(p *page, all []Verdict) error {
	p.What = what(r.strategies, r.workloads, r.facts)
	p.Cards = cards(r.strategies, r.workloads, r.times, r.builders, r.curves.sweep, all)
	p.Matrix = makeMatrix(r.strategies, r.workloads, r.times, r.builders, all)
	p.Trust = trust(r.strategies, r.workloads, r.times.Self, r.facts, r.curves.crossing, r.warnings)
	return nil
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

func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
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

// writeFile writes through a temporary file beside the target, so that a full
// disk leaves the report that was there.
func writeFile(path string, data []byte) error {
	tmp := path + ".tmp"
	if err := os.WriteFile(tmp, data, 0o666); err != nil {
		os.Remove(tmp)
		return err
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return err
	}
	return nil
}
