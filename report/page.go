package report

import (
	"bytes"
	_ "embed"
	"html/template"
)

// sections are the parts of the page, in their order. A new one is a
// [Section] in a file of its own and a line here.
var sections = []Section{
	SummarySection,
	HolesSection,
	OperationsSection,
	FragmentationSection,
	MapSection,
	SizesSection,
	BuildersSection,
	PageTablesSection,
	LifetimesSection,
	ScalingSection,
	ConcurrencySection,
	CPUSection,
}

//go:embed page/page.html
var pageHTML string

//go:embed page/style.css
var styleCSS template.CSS

//go:embed page/report.js
var scriptJS template.JS

// page is what the template of the page shows.
type page struct {
	Title    string
	Theme    template.CSS
	Style    template.CSS
	Script   template.JS
	Headline template.HTML
	Empty    bool // no workload
	Shown    bool // of an empty run, some section
	Sections []renderedSection
	Again    renderedSection
}

// renderedSection is a section as it stands on the page.
type renderedSection struct {
	ID, Title string
	HTML      template.HTML
}

// Render is the page of a run. The same run gives the same bytes.
func Render(in In) ([]byte, error) {
	head := headline(in.strategies, in.times, in.curves.scaling, in.curves.crossing, in.verdicts)
	p := page{
		Title:    in.strategies.plain(head),
		Theme:    themeCSS(),
		Style:    styleCSS,
		Script:   scriptJS,
		Headline: markup(in.strategies, head),
		Empty:    len(in.workloads) == 0,
	}
	for _, s := range sections {
		if p.Empty && !s.Alone {
			continue
		}
		html, err := s.HTML(in)
		if err != nil {
			return nil, err
		}
		p.Shown = p.Shown || html != ""
		p.Sections = append(p.Sections, renderedSection{s.ID, s.Title, html})
	}
	html, err := AgainSection.HTML(in) // last: making the others may add warnings
	if err != nil {
		return nil, err
	}
	p.Again = renderedSection{AgainSection.ID, AgainSection.Title, html}
	t, err := template.New("page").Parse(pageHTML)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.Execute(&b, p)
	return b.Bytes(), err
}
