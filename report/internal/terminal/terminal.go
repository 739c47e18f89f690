// Package terminal prints the table of decisions for somebody who waits for the end of a
// run: at most 25 lines, none wider than the terminal.
package terminal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/internal/cells"
	"github.com/vramlab/vramlab/report/internal/decisions"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/words"
)

// Look is how a text is printed.
type Look struct {
	Columns int  // of the terminal; what is less than 20 counts as 20
	Colour  bool // the better values stand out, and what nobody can compare steps back
	Whole   bool // what says how far to trust the run is whole, warnings too: for what is no terminal
}

const (
	mostLines    = 25
	mostHeadline = 4 // lines of it
	leastColumns = 20
	gap          = 2 // columns between two
)

// Closing is what a run found: the headline, the table, what the sweep says of growth, how
// far to trust it, and the last lines as they are. Each line is as wide as the look says at
// most, but for the last ones, and what is whole.
func Closing(in judge.Run, headline string, last []string, look Look) []string {
	look.Columns = max(leastColumns, look.Columns)
	var head, foot []string
	for line := range strings.Lines(headline) {
		head = append(head, cells.Wrap(line, look.Columns)...)
	}
	if len(head) > mostHeadline {
		const rest = "… (more in the report)"
		head = head[:mostHeadline]
		last := cells.Cut(head[mostHeadline-1]+rest, look.Columns)
		if !strings.HasSuffix(last, rest) {
			last = strings.TrimSuffix(cells.Cut(last, look.Columns-cells.Width(rest)), "…") + rest
		}
		head[mostHeadline-1] = cells.Cut(last, look.Columns)
	}
	foot = append(foot, growth(in, look.Columns)...)
	trust := warnings(in)
	if len(in.Verdicts) > 0 {
		noise := strings.ReplaceAll(words.NoiseBrief(in.Times.Self), text.NBSP, " ")
		trust = append([]string{words.ScopeBrief(in.Times), noise}, trust...)
		if len(in.Strategies) > 1 {
			trust = append([]string{words.TakeBrief(in.Verdicts)}, trust...)
		}
	}
	for _, line := range trust {
		if !look.Whole {
			line = cells.Cut(line, look.Columns)
		}
		foot = append(foot, line)
	}
	foot = append(foot, last...)
	out := append(head, "")
	if len(in.Verdicts) > 0 {
		out = append(out, table(in, look, mostLines-len(out)-len(foot)-1)...)
		out = append(out, "")
	}
	return append(out, foot...)
}

// growth is what the sweep found, in two lines: one for each size that grows, or two for
// the only one.
func growth(in judge.Run, columns int) (lines []string) {
	if len(in.Verdicts) == 0 {
		return nil // it is the headline
	}
	shown, _ := judge.Scales(in.Strategies, in.Curves.Scaling, in.Curves.Crossing)
	for _, s := range shown {
		line := text.Plain(in.Strategies, words.ScalingBrief(in.Times.Self, s))
		if len(shown) > 1 {
			lines = append(lines, cells.Cut(line, columns))
		} else if lines = cells.Wrap(line, columns); len(lines) > 2 {
			lines[1] = cells.Cut(strings.Join(lines[1:], " "), columns)
		}
	}
	return lines[:min(2, len(lines))]
}

// warnings is what was wrong with the files of the run, in a line: how much, and the first.
func warnings(in judge.Run) []string {
	all := in.Warnings.All()
	switch len(all) {
	case 0:
		return nil
	case 1:
		return []string{"warning: " + all[0]}
	}
	return []string{fmt.Sprintf("%d warnings in the report, the first: %s", len(all), all[0])}
}

// table is the table of decisions in so many lines: those workloads that differ most, if
// there are more, in the order of the run.
func table(in judge.Run, look Look, lines int) []string {
	t := decisions.New(in)
	p := fit(in.Strategies, t, look)
	head := p.head()
	rows := t.Rows
	if room := max(1, lines-len(head)); len(rows) > room {
		room = max(1, room-1)
		ranked := judge.Ranked(in.Strategies, in.Workloads, in.Verdicts)
		chosen := judge.Choose(ranked, len(ranked))[:room]
		rows = slices.DeleteFunc(slices.Clone(rows), func(r decisions.Row) bool {
			return !slices.ContainsFunc(chosen, func(v judge.Verdict) bool { return v.Workload == r.Verdict.Workload })
		})
	}
	out := head
	for _, r := range rows {
		out = append(out, p.row(r))
	}
	if n := len(t.Rows) - len(rows); n > 0 {
		out = append(out, cells.Cut(fmt.Sprintf("and %s in the report", strings.ReplaceAll(text.Plural(float64(n), "more workload", "more workloads"), text.NBSP, " ")), look.Columns))
	}
	return out
}
