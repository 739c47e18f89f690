package words

import (
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/text"
)

// Values are the values of all strategies, "742 : 226", in their order; more than two
// may go over several lines. Where some did the same work and others less, those that
// did less are in brackets.
func Values(v judge.Verdict, shown []string) string {
	parts := slices.Clone(shown)
	for s := range parts {
		if len(v.Same) > 1 && !slices.Contains(v.Same, s) {
			parts[s] = "(" + parts[s] + ")"
		}
	}
	if len(parts) > 2 {
		return strings.Join(parts, text.NBSP+": ")
	}
	return strings.Join(parts, text.NBSP+":"+text.NBSP)
}
