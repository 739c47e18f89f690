package words

import (
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/text"
)

// Values are the values of all strategies, "742 : 226", in their order; more than two
// may go over several lines. Where some did the same work and others less, those that
// did less are in brackets.
func Values(same []int, shown []string) string {
	parts := slices.Clone(shown)
	for s := range parts {
		parts[s] = Bracketed(same, s, parts[s])
	}
	if len(parts) > 2 {
		return strings.Join(parts, text.NBSP+": ")
	}
	return strings.Join(parts, text.NBSP+":"+text.NBSP)
}

// Bracketed is a value in brackets where the strategy did less work than those that did
// the same.
func Bracketed(same []int, s int, value string) string {
	if len(same) > 0 && !slices.Contains(same, s) && value != text.None {
		return "(" + value + ")"
	}
	return value
}
