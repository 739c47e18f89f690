package chart

import (
	"encoding/json"
	"fmt"
	"html"
	"html/template"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/vg"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// The widths at which every figure is drawn: for the column of a desktop, so that text has
// 11 pixels where the page is 1,000 wide, and for all that is narrower. One of the two is
// shown.
const (
	wide   = 1020
	Narrow = 358
)

// Figure is a drawing in both widths, or only in the small one, with its data. Where there is
// something to draw that is too little for a drawing, it is a sentence.
type Figure struct {
	Wide, Narrow template.HTML
	Few          string // what was left out, since it has too few points
	Workload     string // names the files that a reader saves

	id   string
	data struct {
		Wide   drawingJSON  `json:"wide"`
		Narrow *drawingJSON `json:"narrow,omitempty"`
	}
	keys []key
}

// key is a strategy with marks in the figure.
type key struct {
	strategy int
	name     string
	kind     Key
}

// class is that of the mark beside the name.
func (k key) class() string {
	beyond := strconv.Itoa((k.strategy - 2) % theme.Dashes)
	switch {
	case k.kind == BarKey:
		return "bar"
	case k.kind == MarkKey && k.strategy >= 2:
		return "mark m" + beyond
	case k.kind == MarkKey:
		return "mark"
	case Dashes(k.strategy) == nil:
		return "line"
	}
	return "line d" + beyond
}

// Draw draws the figure twice. The id makes the ids inside unique.
func Draw(id, title, desc string, height func(width vg.Length) vg.Length, paint func(d Drawing)) (Figure, error) {
	f, err := drawn(id, id+"-wide", title, desc, wide, height(wide), paint)
	if err != nil || f.Wide == "" {
		return f, err
	}
	small, err := drawn(id, id+"-narrow", title, desc, Narrow, height(Narrow), paint)
	if err != nil {
		return f, err
	}
	f.Narrow = small.Wide
	its, err := small.data.Wide.without(f.data.Wide)
	f.data.Narrow = &its
	return f, err
}

// DrawSmall is the narrow drawing alone, for what stands beside others.
func DrawSmall(id, title, desc string, height vg.Length, paint func(d Drawing)) (Figure, error) {
	return drawn(id, id, title, desc, Narrow, height, paint)
}

func drawn(id, svgID, title, desc string, w, h vg.Length, paint func(d Drawing)) (Figure, error) {
	f := Figure{id: id}
	rec, err := painted(id, w, h, paint)
	if err != nil {
		return f, err
	}
	if !rec.lines {
		return f, fmt.Errorf("figure %s: it has no Lines, so that nothing knows what it draws", id)
	}
	f.Few = few(rec.left)
	if !rec.drawn() {
		return f, nil
	}
	if f.data.Wide, err = rec.data(); err != nil {
		return f, fmt.Errorf("figure %s: %w", id, err)
	}
	f.keys = rec.keys()
	f.Wide, err = rec.svg(svgID, title, desc)
	return f, err
}

// keys are the strategies of a drawing, each once.
func (r *recorder) keys() (out []key) {
	for _, d := range r.panels {
		for _, s := range d.series {
			if s.Strategy >= 0 && !slices.ContainsFunc(out, func(k key) bool { return k.strategy == s.Strategy }) {
				out = append(out, key{s.Strategy, s.Name, s.Key})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b key) int { return a.strategy - b.strategy })
	return out
}

// few says which series are not drawn.
func few(left []Series) string {
	var names []string
	for _, s := range left {
		if s.Silent { // it goes with another
			continue
		}
		n := "no point"
		if count(s.Points) == 1 {
			n = "one point"
		}
		if phrase := s.said() + " (" + n + ")"; !slices.Contains(names, phrase) {
			names = append(names, phrase)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "Not drawn, since a line needs two points: " + strings.Join(names, "; ") + "."
}

// HTML is the figure as the page shows it: the names of the strategies, which the script of
// package figures makes buttons, the drawings, and the data.
func (f Figure) HTML() (template.HTML, error) {
	switch {
	case f.Wide == "" && f.Few == "":
		return "", nil
	case f.Wide == "":
		return template.HTML(`<p class="missing">` + html.EscapeString(f.Few) + "</p>"), nil
	}
	data, err := json.Marshal(f.data)
	if err != nil {
		return "", fmt.Errorf("figure %s: %w", f.id, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<figure class="figure" id="figure-%s" data-workload="%s">`, html.EscapeString(f.id), html.EscapeString(f.Workload))
	if len(f.keys) > 1 {
		b.WriteString(`<p class="legend keys">`)
		for _, k := range f.keys {
			fmt.Fprintf(&b, `<span class="%s" data-k="%d"><i class="%s"></i>%s</span> `, theme.Class(k.strategy), k.strategy, k.class(), html.EscapeString(k.name))
		}
		b.WriteString("</p>")
	}
	if f.Narrow == "" {
		fmt.Fprintf(&b, `<div class="fig">%s</div>`, f.Wide)
	} else {
		fmt.Fprintf(&b, `<div class="fig wide">%s</div><div class="fig narrow">%s</div>`, f.Wide, f.Narrow)
	}
	fmt.Fprintf(&b, `<script type="application/json" class="values">%s</script></figure>`, data)
	if f.Few != "" {
		fmt.Fprintf(&b, `<p class="limits">%s</p>`, html.EscapeString(f.Few))
	}
	return template.HTML(b.String()), nil
}
