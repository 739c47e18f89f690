package hindsight

import (
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed fewest.html
var fewestHTML string

// Fewest is how few segments and page-table entries each workload could take, and how far the
// strategies are from that.
var Fewest = section.Section{
	ID:       "fewest",
	Title:    "Fewest entries",
	Template: fewestHTML,
	Optional: true,
	Make:     section.Maker(makeFewest),
}

// fewestSection is a table with a row for each workload.
type fewestSection struct {
	section.Head
	Strategies []section.StrategyHead
	Rows       []fewestRow
	Other      bool // some strategies did other work
}

// fewestRow is a workload: the bounds, and the strategies' distances.
type fewestRow struct {
	ID, Title     string
	Segs, Entries fewestCells
}

// fewestCells are a bound, and how many times its lower end each strategy takes.
type fewestCells struct {
	Bound string
	Times []string
}

func makeFewest(in judge.Run) (s fewestSection, err error) {
	var policies []string
	for _, w := range in.Workloads {
		for policy := range w.Fewest {
			policies = append(policies, policy)
		}
	}
	policies = rundir.KnownPolicies(policies)
	if len(policies) == 0 {
		s.Missing = section.Lacks("bounds of segments and page-table entries", schema.FewestEntries) + "."
		return s, nil
	}
	policy := policies[0]
	s.Strategies = section.Heads(in.Strategies)
	best := make([]int, len(in.Strategies)) // by strategy: workloads on which its entries are the fewest
	for _, w := range in.Workloads {
		f, ok := w.Fewest[policy]
		if !ok {
			continue
		}
		row := fewestRow{
			ID: section.Anchor("fewest", w.Name), Title: w.Title,
			Segs:    fewestCells{Bound: between(f.LeastSegs, f.FoundSegs)},
			Entries: fewestCells{Bound: between(f.LeastEntries, f.FoundEntries)},
		}
		for k := range in.Strategies {
			d, ok := w.Distance(k, policy)
			if !ok {
				s.Other = true
				row.Segs.Times, row.Entries.Times = append(row.Segs.Times, text.None), append(row.Entries.Times, text.None)
				continue
			}
			if d.Entries == 1 {
				best[k]++
			}
			row.Segs.Times, row.Entries.Times = append(row.Segs.Times, times(d.Segs)), append(row.Entries.Times, times(d.Entries))
		}
		s.Rows = append(s.Rows, row)
	}
	s.Heading = heading(in.Strategies, best, len(s.Rows))
	s.How = fmt.Sprintf("Segments and page-table entries per table under %s, whoever places: at least what is proved, at most what was found with hindsight, "+
		"where both are the same that is the optimum. Then how many times the least each strategy takes; 1 is the optimum.", words.Driver(policy))
	s.Note = "Exact. Hindsight knows when each object is freed; its placement was replayed and counted as those of the strategies."
	if s.Other {
		s.Note += " " + text.None + ": it granted other requests than the bounds are about, so it is not compared."
	}
	return s, nil
}

// heading says who takes the fewest entries possible, and on how many of all workloads.
func heading(names list.Names, best []int, of int) template.HTML {
	most, who := 0, []string{}
	for s, n := range best {
		switch {
		case n > most:
			most, who = n, []string{names[s]}
		case n == most && n > 0:
			who = append(who, names[s])
		}
	}
	switch {
	case most == 0:
		return theme.Markup(names, "How few segments and page-table entries it could be")
	case len(who) > 3:
		who = []string{text.Count(len(who)) + " strategies"}
	}
	takes := "take"
	if len(who) == 1 && !strings.Contains(who[0], " ") {
		takes = "takes"
	}
	return theme.Markup(names, text.Prose(fmt.Sprintf("%s %s the fewest page-table entries possible on %d of %s",
		text.List(who), takes, most, text.Plural(float64(of), "workload", "workloads"))))
}

// between is a bound: one value if its ends are the same.
func between(least, found float64) string {
	if least == found {
		return text.Short3(least)
	}
	return strings.Join(text.Apart([]float64{least, found}), " to ")
}

// times is a distance. Only what is exactly 1 reads so.
func times(v float64) string {
	switch {
	case v == 1:
		return "1"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	}
	return text.Short3(v)
}
