// Package figures is what a reader does with the figures of the page: see their values,
// hide strategies in them, save them. Package chart draws them and says what data they
// have; the styles and the script here are on the page once.
package figures

import (
	_ "embed"
	"encoding/json"
	"html/template"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// Style is behind the rules of the page.
//
//go:embed figure.css
var Style template.CSS

var (
	//go:embed say.js
	sayJS string
	//go:embed figure.js
	figureJS string
	//go:embed toggle.js
	toggleJS string
	//go:embed hover.js
	hoverJS string
	//go:embed save.js
	saveJS string
)

// Script is for a page with the helpers of the page as lab, behind all figures. Files that a
// reader saves have the date of the run in their names.
func Script(facts rundir.Facts) template.JS {
	date, _, _ := strings.Cut(facts.Value(schema.FactDate), "T")
	run, err := json.Marshal(struct {
		Date    string `json:"date"`
		Colours int    `json:"colours"`
	}{date, theme.Colours})
	if err != nil {
		panic(err) // of a text and a number
	}
	return template.JS("(function () {\nconst run = " + string(run) + ";\n" + sayJS + figureJS + hoverJS + toggleJS + saveJS + "})();\n")
}
