// Package page puts the sections together: their list, the frame around them with
// its styles and its script, and how to repeat the run.
package page

import (
	"bytes"
	_ "embed"
	"html/template"
	"slices"

	"github.com/vramlab/vramlab/report/internal/addrmap"
	"github.com/vramlab/vramlab/report/internal/age"
	"github.com/vramlab/vramlab/report/internal/cpu"
	"github.com/vramlab/vramlab/report/internal/figures"
	"github.com/vramlab/vramlab/report/internal/growth"
	"github.com/vramlab/vramlab/report/internal/hindsight"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/kernels"
	"github.com/vramlab/vramlab/report/internal/managed"
	"github.com/vramlab/vramlab/report/internal/memory"
	"github.com/vramlab/vramlab/report/internal/pays"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/summary"
	"github.com/vramlab/vramlab/report/internal/tables"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/times"
	"github.com/vramlab/vramlab/report/internal/words"
)

// sections are the parts of the page. They stand in the order of their groups, see groups, and
// within a group in that of this list. A new one is a [section.Section] in a file of its own
// and a line here, and its id in groups.
var sections = []section.Section{
	summary.Section,
	addrmap.Section, // beside the one above, on the first screen
	summary.Matrix,
	summary.Reading,
	pays.Section,
	managed.Section,
	tables.Holes,
	tables.Builders,
	tables.PageTables,
	hindsight.Fewest,
	tables.Walks,
	tables.Lifetimes,
	kernels.Section,
	memory.Fragmentation,
	memory.Defrag,
	hindsight.Section,
	growth.Worst,
	memory.Sizes,
	age.Section,
	times.Section,
	growth.Scaling,
	growth.Concurrency,
	cpu.Section,
}

//go:embed page.html
var pageHTML string

//go:embed style.css
var styleCSS template.CSS

//go:embed screen.css
var screenCSS template.CSS

//go:embed print.css
var printCSS template.CSS

//go:embed core.js
var coreJS template.JS

//go:embed nav.js
var navJS template.JS

// page is what the template of the page shows.
type page struct {
	Title    string
	Theme    template.CSS
	Style    template.CSS
	Script   template.JS
	Headline template.HTML
	Empty    bool // no workload
	Shown    bool // of an empty run, some section
	Nav      []navGroup
	Screen   []renderedSection // the first screen
	Bare     bool              // it is without a map
	Sections []renderedSection
	Again    renderedSection
}

// renderedSection is a section as it stands on the page.
type renderedSection struct {
	ID, Title string
	HTML      template.HTML
}

// Render is the page of a run. The same run gives the same bytes.
func Render(in judge.Run) ([]byte, error) {
	head := words.Headline(in)
	p := page{
		Title:    text.Plain(in.Strategies, head),
		Theme:    theme.CSS(),
		Style:    styleCSS + screenCSS + tables.SortStyle + figures.Style,
		Script:   coreJS + navJS + tables.SortScript,
		Headline: theme.Markup(in.Strategies, head),
		Empty:    len(in.Workloads) == 0,
		Bare:     true,
	}
	for _, s := range sections {
		if p.Empty && !s.Alone {
			continue
		}
		html, whole, err := s.Show(in)
		if err != nil {
			return nil, err
		}
		if html == "" {
			continue
		}
		p.Shown = true
		p.Style += template.CSS(s.Style)
		if s.Script != "" {
			p.Script += template.JS("(function () {\n" + s.Script + "})();\n")
		}
		r := renderedSection{s.ID, s.Title, html}
		switch {
		case s.ID == summary.Section.ID:
			p.Screen = append(p.Screen, r)
		case s.ID == addrmap.Section.ID && whole:
			p.Screen = append(p.Screen, r)
			p.Bare = false
		default:
			p.Sections = append(p.Sections, r)
		}
	}
	slices.SortStableFunc(p.Sections, func(a, b renderedSection) int { return groupOf(a.ID) - groupOf(b.ID) })
	p.Script += figures.Script(in.Facts)
	p.Style += printCSS         // counts above those of the sections
	html, err := again.HTML(in) // last: making the others may add warnings
	if err != nil {
		return nil, err
	}
	p.Again = renderedSection{again.ID, again.Title, html}
	p.Nav = navOf(slices.Concat(p.Screen, p.Sections, []renderedSection{p.Again}))
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, p)
	return withLinks(b.Bytes()), err
}
