package summary

import (
	"html/template"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// about splits a run in what it was given and what was measured beside it. Of a run that was
// given nothing, or nothing else, all of it is the first.
func about(in judge.Run) (own, beside judge.Run) {
	n := 0
	for _, w := range in.Workloads {
		if w.Brought {
			n++
		}
	}
	if n == 0 {
		n = len(in.Workloads)
	}
	return part(in, 0, n), part(in, n, len(in.Workloads))
}

// part is a run with some of its workloads.
func part(in judge.Run, from, to int) judge.Run {
	run := *in.Run
	run.Workloads = in.Workloads[from:to]
	in.Run, in.Verdicts = &run, in.Verdicts[from:to]
	return in
}

// short is the headline of the first screen: what to take on how many workloads. The reasons
// are drawn beside it and stand in full further down. A run that cannot say what to take has
// its full headline.
func short(in judge.Run, rows []decisions.Row) text.Prose {
	stopped := ""
	if in.Stopped != nil {
		stopped = words.StoppedIn(*in.Stopped) + ". "
	}
	picks := groups(rows, len(in.Strategies))
	if len(in.Strategies) == 1 || len(picks) == 0 || picks[0].open {
		return words.Headline(in)
	}
	if len(rows) == 1 {
		return text.Prose(stopped+"Take "+string(picks[0].take)+" for ") + text.Prose(text.Clean(rows[0].Verdict.Workload.Title))
	}
	var parts []string
	for i, p := range picks {
		if p.open && len(parts) > 1 {
			break // whichever is no decision
		}
		on := " on " + text.Count(p.n)
		switch {
		case i == 0 && p.n == len(rows):
			on = " on all " + text.Plural(float64(len(rows)), "workload", "workloads")
		case i == 0:
			on += " of " + text.Plural(float64(len(rows)), "workload", "workloads")
		}
		take := string(p.take)
		if p.many > 2 {
			take = "any of " + text.Count(p.many)
		}
		parts = append(parts, take+on)
	}
	return text.Prose(stopped + "Take " + text.List(parts))
}

// pick is what is taken on n workloads; open: whichever.
type pick struct {
	take text.Prose
	n    int
	many int // strategies
	open bool
}

// groups counts the rows by what to take, most first; whichever is last.
func groups(rows []decisions.Row, strategies int) (out []pick) {
	for _, r := range rows {
		if r.Unknown {
			continue
		}
		i := slices.IndexFunc(out, func(p pick) bool { return p.take == r.Take })
		if i < 0 {
			i = len(out)
			out = append(out, pick{take: r.Take, many: len(r.Verdict.Picks), open: len(r.Verdict.Picks) == strategies})
		}
		out[i].n++
	}
	slices.SortStableFunc(out, func(a, b pick) int {
		if a.open != b.open {
			if a.open {
				return 1
			}
			return -1
		}
		return b.n - a.n
	})
	return out
}

// believe is the line that says how far to trust the decision; the rest of it is further
// down.
func believe(in judge.Run) string {
	noise, _, _ := strings.Cut(words.NoiseBrief(in.Times.Self), " (")
	switch noise = text.LowerFirst(noise); {
	case in.Times.Self.Able > 0 && in.Times.Self.Failed:
		noise = "times too noisy"
	case strings.HasPrefix(noise, "noise unknown"):
		noise = "noise of times unknown"
	}
	return "Counts exact, " + noise + "." + drivers(in.Verdicts)
}

// drivers says whose page tables the picks rest on, where others change some.
func drivers(verdicts []judge.Verdict) string {
	n := 0
	for _, v := range verdicts {
		if len(v.Otherwise) > 0 {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return " Under " + words.Driver(verdicts[0].Bill().Policy) + "; others change " + text.Count(n) + "."
}

// legend names the strategies in their colours.
func legend(in judge.Run) template.HTML {
	return theme.Markup(in.Strategies, text.Prose(strings.Join(text.Marks(text.Indices(len(in.Strategies))), " ")))
}
