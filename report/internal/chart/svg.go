// Package chart draws: figures in two widths, axes made from ticks, and plotters
// for what the plotting library does not have. It knows nothing of what is drawn.
package chart

import (
	"bytes"
	"fmt"
	"html"
	"html/template"
	"regexp"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/vramlab/vramlab/report/internal/theme"
)

// Drawing is the canvas of a figure.
type Drawing struct {
	draw.Canvas
	Width, Height vg.Length
}

// Narrow reports whether this is the twin for a telephone.
func (d Drawing) Narrow() bool { return d.Width <= Narrow }

// Half is where panel i of two goes, 0 or 1: side by side or, on a telephone, one
// above the other. left and right of it stay free for ticks and names.
func (d Drawing) Half(i int, left, right vg.Length) draw.Canvas {
	const below, above = 26, 30
	switch {
	case d.Narrow() && i == 0:
		return draw.Crop(d.Canvas, left, -right, d.Height/2+below, -above)
	case d.Narrow():
		return draw.Crop(d.Canvas, left, -right, below, -above-d.Height/2)
	case i == 0:
		return draw.Crop(d.Canvas, left, -right-d.Width/2, below, -above)
	}
	return draw.Crop(d.Canvas, d.Width/2+left, -right, below, -above)
}

// DrawSVG draws into an SVG whose colours are the page's tokens, for what is no figure. A
// drawing that panics (the plotting library does on odd scales) is an error.
func DrawSVG(id, title, desc string, w, h vg.Length, paint func(d Drawing)) (template.HTML, error) {
	rec, err := painted(id, w, h, paint)
	if err != nil {
		return "", err
	}
	return rec.svg(id, title, desc)
}

// painted is a drawing and what it recorded.
func painted(id string, w, h vg.Length, paint func(d Drawing)) (rec *recorder, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("figure %s: %v", id, p)
		}
	}()
	rec = &recorder{Canvas: vgsvg.New(w, h)}
	paint(Drawing{draw.New(rec), w, h})
	return rec, nil
}

// svg is the drawing as the page has it.
func (r *recorder) svg(id, title, desc string) (template.HTML, error) {
	var b bytes.Buffer
	if _, err := r.WriteTo(&b); err != nil {
		return "", fmt.Errorf("figure %s: %w", id, err)
	}
	w, h := r.Size()
	return themed(b.String(), id, title, desc, w, h)
}

var (
	svgHead     = regexp.MustCompile(`(?s)^.*?<svg[^>]*>`)
	svgFont     = regexp.MustCompile("\n\tstyle=\"" + `font-family:[^"]*?font-weight:([a-z0-9]+);font-style:[a-z]+;font-size:([0-9.]+)px;fill:(#[0-9A-F]{6})"`)
	hexes       = regexp.MustCompile(`#[0-9A-Fa-f]{6}\b`)
	groupsOpen  = regexp.MustCompile(`<text [^>]*>` + groupOpens + `(\d+)</text>`)
	groupsClose = regexp.MustCompile(`<text [^>]*>` + groupCloses + `</text>`)
	spaces      = regexp.MustCompile(`\n\s*`)
)

// themed turns the SVG of the library into one that takes its colours and its
// font from the page and says to a screen reader what it shows. It fails when
// a colour is left that is no token: such a figure would not follow the theme.
func themed(svg, id, title, desc string, w, h vg.Length) (template.HTML, error) {
	loc := svgHead.FindStringIndex(svg)
	if loc == nil {
		return "", fmt.Errorf("figure %s: no SVG header", id)
	}
	body := svg[loc[1]:]
	body = svgFont.ReplaceAllStringFunc(body, func(s string) string {
		m := svgFont.FindStringSubmatch(s)
		weight := ""
		if m[1] == "bold" {
			weight = `class="b" `
		}
		return " " + weight + `style="fill:` + m[3] + `"`
	})
	body = groupsOpen.ReplaceAllString(body, `<g class="k$1">`)
	body = groupsClose.ReplaceAllString(body, "</g>")
	body = anchor(body)
	body = spaces.ReplaceAllString(body, "")
	for i, t := range theme.Tokens {
		body = strings.ReplaceAll(body, theme.SentinelHex(i), "var(--"+t.Name+")")
	}
	if left := hexes.FindString(body); left != "" {
		return "", fmt.Errorf("figure %s: colour %s is no token of the page", id, left)
	}
	return template.HTML(svgHeader(id, html.EscapeString(title), html.EscapeString(desc), w, h) + body), nil
}

// svgHeader opens an SVG. One without an id is a small one of fixed size, for
// a cell of a table: its title says all.
func svgHeader(id, title, desc string, w, h vg.Length) string {
	box := fmt.Sprintf(`<svg viewBox="0 0 %g %g" role="img"`, w.Points(), h.Points())
	if id == "" {
		return box + fmt.Sprintf(` width="%g" height="%g"><title>%s</title>`, w.Points(), h.Points(), title)
	}
	return box + fmt.Sprintf(` aria-labelledby="%s-t %s-d"><title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, id, id, id, title, id, desc)
}

// New is a plot without the library's axes and padding: the data area is
// the canvas it is drawn on, so that panels line up and labels are
// where the figure puts them.
func New(x, y plot.Axis) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	p.HideAxes()
	p.X.Min, p.X.Max, p.X.Scale, p.X.Padding = x.Min, x.Max, x.Scale, 0
	p.Y.Min, p.Y.Max, p.Y.Scale, p.Y.Padding = y.Min, y.Max, y.Scale, 0
	return p
}

// Inner is the part of the drawing inside the margins.
func (d Drawing) Inner(left, right, top, bottom vg.Length) draw.Canvas {
	return draw.Crop(d.Canvas, left, -right, bottom, -top)
}
