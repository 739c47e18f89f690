package change

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable is text from a file with what a terminal would obey escaped.
func printable(text string) string {
	if !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for _, c := range text {
		if hidden(c) {
			quoted := strconv.QuoteRuneToASCII(c)
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// hidden reports whether a character is not seen, or no character.
func hidden(c rune) bool { return !unicode.IsPrint(c) || c == utf8.RuneError }

// printables makes several texts printable, in place.
func printables(texts ...string) []string {
	for i, t := range texts {
		texts[i] = printable(t)
	}
	return texts
}
