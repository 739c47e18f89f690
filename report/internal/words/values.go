package words

import (
	"strings"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// ValuesOf is "742 : 226", in the order of the strategies; more than two may
// go over several lines.
func ValuesOf(names list.Names, value func(s int) float64, phrase func(float64) string) string {
	parts := make([]string, len(names))
	for s := range names {
		parts[s] = phrase(value(s))
	}
	if len(parts) > 2 {
		return strings.Join(parts, text.NBSP+": ")
	}
	return strings.Join(parts, text.NBSP+":"+text.NBSP)
}
