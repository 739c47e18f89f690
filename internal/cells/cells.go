// Package cells measures text in the cells of a terminal. A letter of East Asia takes two,
// a mark that stands on the letter before it none.
package cells

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Width is the number of cells that a line takes. Control characters count none: they do
// not belong into one.
func Width(line string) (n int) {
	for _, r := range line {
		n += of(r)
	}
	return n
}

func of(r rune) int {
	if r >= ' ' && r < 0x7f {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf, unicode.Cc) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// Cut is a line of at most so many cells: where it is wider, its beginning and an ellipsis.
// Of less than one cell nothing is left.
func Cut(line string, most int) string {
	if Width(line) <= most {
		return line
	}
	var b strings.Builder
	room := most - 1 // for the ellipsis
	for _, r := range line {
		if room -= of(r); room < 0 {
			break
		}
		b.WriteRune(r)
	}
	if most < 1 {
		return ""
	}
	return strings.TrimRight(b.String(), " ") + "…"
}

// Left is a line that begins a column of so many cells, with spaces behind it; Right ends
// one. What is wider stays.
func Left(line string, column int) string { return line + spaces(column-Width(line)) }

// Right is a line that ends a column of so many cells, with spaces before it.
func Right(line string, column int) string { return spaces(column-Width(line)) + line }

func spaces(n int) string { return strings.Repeat(" ", max(0, n)) }

// Wrap breaks a text at its spaces into lines of at most so many cells. A word that is
// wider is cut.
func Wrap(text string, most int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		word = Cut(word, most)
		switch {
		case line == "":
			line = word
		case Width(line)+1+Width(word) <= most:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
