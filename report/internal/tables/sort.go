package tables

import (
	_ "embed"
	"html/template"
)

// SortScript sorts and filters every table of the page that has a header; SortStyle is what
// that looks like. A table with data-sort="no" is left as it is, and one whose rows another
// script replaces says so by an event "rows". A cell is sorted by its data-value, if it has
// one, and otherwise by the number that its text begins with, or by the text.
//
//go:embed sort.js
var SortScript template.JS

// SortStyle are the rules for [SortScript].
//
//go:embed sort.css
var SortStyle template.CSS
