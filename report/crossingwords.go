package report

import (
	"fmt"
	"math"
	"strings"
)

// sentence says where the two cross; it is empty where they do not.
func (c crossed) sentence(s scale) prose {
	what := upperFirst(c.op)
	switch len(c.at) {
	case 0:
		return ""
	case 1:
		x := c.at[0]
		return prose(fmt.Sprintf("%s: below about %s %s takes less time, above %s (told apart at %s and at %s).", what,
			s.about(x.at)+s.noun(), mark(x.below), mark(x.above), s.axisText(x.lo), s.axisText(x.hi)))
	}
	var at []string
	for _, x := range c.at {
		at = append(at, s.about(x.at))
	}
	first := c.at[0]
	return prose(fmt.Sprintf("%s: %s takes less time at first, and changes places with %s at about %s.", what, mark(first.below), mark(first.above), list(at)))
}

// mostCrossings are put into sentences; a table has all.
const mostCrossings = 6

// crossingSentences say where strategies cross, the base's pairs first.
func crossingSentences(names Names, self *SelfTest, s scale) []prose {
	var out []prose
	left := 0
	for _, c := range s.allCrossed(self, len(names)) {
		switch text := c.sentence(s); {
		case text == "":
		case len(out) < mostCrossings:
			out = append(out, text)
		default:
			left++
		}
	}
	if left > 0 {
		out = append(out, prose(plural(float64(left), "more crossing", "more crossings")+" in the table of every two strategies."))
	}
	return out
}

// outcome is the cell of a table: who takes less, where the two could be told
// apart, and by how much.
func (c crossed) outcome(s scale) prose {
	told, lo, hi := 0, math.Inf(1), math.Inf(-1)
	for _, st := range c.standings {
		if st.told {
			told++
			lo, hi = min(lo, st.ratio-1), max(hi, st.ratio-1)
		}
	}
	switch {
	case told == 0:
		return "not told apart"
	case len(c.at) > 0:
		var at []string
		for _, x := range c.at {
			at = append(at, s.about(x.at)+" "+mark(x.above))
		}
		return prose(mark(c.at[0].below) + ", from about " + strings.Join(at, ", from about "))
	}
	less, more := c.a, amountRange(lo, hi)
	if hi < 0 {
		less, more = c.b, amountRange(invert(hi), invert(lo))
	}
	text := mark(less) + ", the other takes " + more
	if told < len(c.standings) {
		text += fmt.Sprintf(" (told apart at %d of %d sizes)", told, len(c.standings))
	}
	return prose(text)
}

// amountRange is "12 to 58 % more time" or "1.2 to 31 times the time".
func amountRange(lo, hi float64) string {
	if hi >= 1 {
		return span(round2(1+lo), round2(1+hi), " times the time")
	}
	return span(round2(100*lo), round2(100*hi), nbsp+"% more time")
}
