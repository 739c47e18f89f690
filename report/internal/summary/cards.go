package summary

import (
	"html/template"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// cards are the three verdicts of the first screen: the workload where most
// was refused, the largest win, what sg tables cost. What a run does not have
// is replaced by the next best.
func cards(in judge.Run) []card {
	names, times := in.Strategies, in.Times
	sg, hasSG := sgCard(in)
	places := 3
	if hasSG {
		places = 2
	}
	var out []card
	for _, v := range judge.Choose(judge.Ranked(names, in.Workloads, in.Verdicts), places) {
		head, body := words.Verdict(names, times, v)
		c := card{Head: theme.Markup(names, head), Body: theme.Markup(names, body)}
		if len(v.Picks) == 1 && len(names) > 1 {
			c.Class = theme.Class(v.Picks[0])
		}
		out = append(out, c)
	}
	if hasSG {
		out = append(out, sg)
	}
	return out
}

// sgCard is the verdict on sg tables: entries, what the difference costs, and
// what fragmentation adds.
func sgCard(in judge.Run) (card, bool) {
	if in.Builder == "" {
		return card{}, false
	}
	names, sweep := in.Strategies, in.Curves.Holes
	c := card{Head: theme.Markup(names, words.SgHead(names, in.Workloads, in.Builder))}
	if lines := judge.HolesLines(names, sweep); len(lines) > 0 {
		c.Body = theme.Markup(names, words.SgBody(judge.FindHoles(lines), in.Builder, sweep.Builder()))
	}
	return c, c.Head != ""
}

// card is one of the three verdicts of the first screen.
type card struct {
	Class      string // of the strategy it speaks for, or none
	Head, Body template.HTML
}
