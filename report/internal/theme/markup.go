package theme

import (
	"html/template"
	"strconv"

	"github.com/vramlab/vramlab/report/internal/text"
)

// Markup is the sentence for the page: names in the colour of their strategy.
func Markup(names []string, p text.Prose) template.HTML {
	name := func(i int) string {
		return `<b class="` + Class(i) + `">` + template.HTMLEscapeString(names[i]) + `</b>`
	}
	return template.HTML(p.Expand(len(names), name, template.HTMLEscapeString))
}

// Class is the CSS class that gives strategy i its colour.
func Class(i int) string { return "s" + string(rune('0'+i%Colours)) }

// PercentCSS is a share as a percentage for a style, without the sign.
func PercentCSS(share float64) string { return strconv.FormatFloat(100*share, 'f', 3, 64) }
