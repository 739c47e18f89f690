package text

import (
	"strings"
	"unicode"
)

// Prose is a sentence that names strategies by marks instead of by name, so
// that one rule serves the page (names in colour) and the terminal (plain),
// and no label that happens to contain a strategy's name gets its colour.
type Prose string

// firstMark is the mark of the first strategy; marks are private characters
// that [clean] removes from everything read from files.
const firstMark = '\uE000'

// Mark names strategy i in a sentence.
func Mark(i int) string { return string(rune(firstMark + i)) }

// Clean is text from a file as it may be shown: without what could be taken for a mark,
// and with a sign in place of what a terminal obeys or a reader does not see: control
// characters, ends of lines, directions of writing.
func Clean(s string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= firstMark && c < firstMark+0x1000:
			return -1
		case c == '\t':
			return ' '
		case unicode.In(c, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return unicode.ReplacementChar
		}
		return c
	}, s)
}

// Expand replaces every mark by what name says.
func (p Prose) Expand(n int, name func(i int) string, other func(string) string) string {
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

// Indices are 0 to n-1: all of n strategies.
func Indices(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}

// Marks names strategies in a sentence.
func Marks(strategies []int) []string {
	out := make([]string, len(strategies))
	for i, s := range strategies {
		out[i] = Mark(s)
	}
	return out
}

// Plain is the sentence for a terminal: the names that its marks stand for, and
// plain spaces.
func Plain(names []string, p Prose) string {
	same := func(s string) string { return s }
	s := p.Expand(len(names), func(i int) string { return names[i] }, same)
	return strings.ReplaceAll(s, NBSP, " ")
}
