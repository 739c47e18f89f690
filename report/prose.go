package report

import (
	"html/template"
	"strings"
)

// prose is a sentence that names strategies by marks instead of by name, so
// that one rule serves the page (names in colour) and the terminal (plain),
// and no label that happens to contain a strategy's name gets its colour.
type prose string

// firstMark is the mark of the first strategy; marks are private characters
// that [clean] removes from everything read from files.
const firstMark = '\uE000'

// mark names strategy i in a sentence.
func mark(i int) string { return string(rune(firstMark + i)) }

// clean removes what could be taken for a mark.
func clean(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= firstMark && c < firstMark+0x1000 {
			return -1
		}
		return c
	}, s)
}

// expand replaces every mark by what name says.
func (p prose) expand(n int, name func(i int) string, other func(string) string) string {
	var b strings.Builder
	start := 0
	for at, c := range p {
		i := int(c - firstMark)
		if i < 0 || i >= n {
			continue
		}
		b.WriteString(other(string(p[start:at])))
		b.WriteString(name(i))
		start = at + len(string(c))
	}
	b.WriteString(other(string(p[start:])))
	return b.String()
}

// markup is the sentence for the page: names in the colour of their strategy.
func markup(names Names, p prose) template.HTML {
	name := func(i int) string {
		return `<b class="` + class(i) + `">` + template.HTMLEscapeString(names[i]) + `</b>`
	}
	return template.HTML(p.expand(len(names), name, template.HTMLEscapeString))
}

// class is the CSS class that gives strategy i its colour.
func class(i int) string { return "s" + string(rune('0'+i%colours)) }
func indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
