package words

import (
	"fmt"
	"math"
	"strings"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
)

// crossoverSentence says where the two cross; it is empty where they do not.
func crossoverSentence(c judge.Crossed, s judge.Scale) text.Prose {
	what := text.UpperFirst(c.Op)
	switch len(c.At) {
	case 0:
		return ""
	case 1:
		x := c.At[0]
		return text.Prose(fmt.Sprintf("%s: %s takes less time below about %s, %s above (detectable at %s and at %s).", what,
			text.Mark(x.Below), about(s, x.At)+noun(s), text.Mark(x.Above), AxisText(s, x.Lo), AxisText(s, x.Hi)))
	}
	var at []string
	for _, x := range c.At {
		at = append(at, about(s, x.At))
	}
	first := c.At[0]
	return text.Prose(fmt.Sprintf("%s: %s takes less time at first, and changes places with %s at about %s.", what, text.Mark(first.Below), text.Mark(first.Above), text.List(at)))
}

// mostCrossings are put into sentences; a table has all.
const mostCrossings = 6

// CrossingSentences say where strategies cross, the base's pairs first.
func CrossingSentences(names list.Names, self *judge.SelfTest, s judge.Scale) []text.Prose {
	var out []text.Prose
	left := 0
	for _, c := range s.AllCrossed(self, len(names)) {
		switch phrase := crossoverSentence(c, s); {
		case phrase == "":
		case len(out) < mostCrossings:
			out = append(out, phrase)
		default:
			left++
		}
	}
	if left > 0 {
		out = append(out, text.Prose(text.Plural(float64(left), "more crossover is", "more crossovers are")+" in the table of pairs."))
	}
	return out
}

// CrossOutcome is the cell of a table: which strategy takes less, where the
// difference is detectable, and by how much.
func CrossOutcome(c judge.Crossed, s judge.Scale) text.Prose {
	told, lo, hi := 0, math.Inf(1), math.Inf(-1)
	for _, st := range c.Standings {
		if st.Told {
			told++
			lo, hi = min(lo, st.Ratio-1), max(hi, st.Ratio-1)
		}
	}
	switch {
	case told == 0:
		return "no detectable difference"
	case len(c.At) > 0:
		var at []string
		for _, x := range c.At {
			at = append(at, about(s, x.At)+" "+text.Mark(x.Above))
		}
		return text.Prose(text.Mark(c.At[0].Below) + ", from about " + strings.Join(at, ", from about "))
	}
	less, more := c.A, amountRange(lo, hi)
	if hi < 0 {
		less, more = c.B, amountRange(judge.Invert(hi), judge.Invert(lo))
	}
	phrase := text.Mark(less) + "; the other takes " + more
	if told < len(c.Standings) {
		phrase += fmt.Sprintf(" (detectable at %d of %d sizes)", told, len(c.Standings))
	}
	return text.Prose(phrase)
}

// amountRange is "12 to 58 % more time" or "1.2 to 31 times the time".
func amountRange(lo, hi float64) string {
	if hi >= 1 {
		return text.Span(text.Round2(1+lo), text.Round2(1+hi), " times as long")
	}
	return text.Span(text.Round2(100*lo), text.Round2(100*hi), text.NBSP+"% more time")
}
