// Package age is the section about ageing: after how many operations on a full region a
// strategy first refuses a large page.
package age

import (
	_ "embed"
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/internal/survival"
	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
)

//go:embed age.html
var ageHTML string

// Section is how long large pages are to be had.
var Section = section.Section{
	ID:       "age",
	Title:    "Ageing",
	Template: ageHTML,
	Optional: true,
	Alone:    true,
	Make:     section.Maker(makeAge),
}

// ageSection is a curve and a median for each strategy and fill level.
type ageSection struct {
	section.Head
	Fills []int
	Rows  []row
}

// row is a strategy.
type row struct {
	Name, Class string
	Cells       []cell // by fill level
	Steady      string // of how many seeds
}

// cell is a median, dashes where there is none.
type cell struct{ Mid, Interval string }

func makeAge(in judge.Run) (p ageSection, err error) {
	p.Fills = fillsOf(in.Strategies, in.Curves.Ageing)
	if len(p.Fills) == 0 {
		p.Head = section.Head{Heading: "No strategy was aged", Missing: section.LacksSynthetic("ageing", schema.Ageing, in.Facts)}
		return p, nil
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, heading(in.Strategies, in.Curves.Ageing, p.Fills[len(p.Fills)-1])),
		How: "256 MiB are kept full by small objects that last among larger ones that pass, once for each seed. " +
			"A step down is a seed of which no aligned 2 MiB is free any more.",
	}
	confidence, fewest := 1.0, math.MaxInt
	for s, name := range in.Strategies {
		r := row{Name: name, Class: theme.Class(s)}
		seeds, steady := 0, 0
		for _, fill := range p.Fills {
			k := rundir.AgeKey{Strategy: name, Fill: fill}
			times := in.Curves.Ageing.Times(k)
			if len(times) == 0 {
				r.Cells = append(r.Cells, cell{Mid: text.None})
				continue
			}
			m := survival.Of(times)
			confidence, fewest = min(confidence, m.Confidence), min(fewest, m.Runs)
			r.Cells = append(r.Cells, cellOf(m))
			for _, seed := range in.Curves.Ageing[k] {
				if seeds++; seed.Steady {
					steady++
				}
			}
		}
		if seeds > 0 {
			r.Steady = fmt.Sprintf("%d of %d", steady, seeds)
			p.Rows = append(p.Rows, r)
		}
	}
	p.Note = note(confidence, fewest)
	p.Figure, err = figure(in.Strategies, in.Curves.Ageing, p.Fills)
	return p, err
}

// note says what the numbers of the table are.
func note(confidence float64, seeds int) string {
	of := fmt.Sprintf("Medians of at least %s, with intervals of at least %s, which assume no distribution.", text.Plural(float64(seeds), "seed", "seeds"), text.Percent(math.Floor(100*confidence)))
	if confidence < survival.Confidence {
		of = fmt.Sprintf("Medians of few seeds (%d), with their range: six are the fewest for an interval of 95%s%%.", seeds, text.NBSP)
	}
	return of + " > was not refused so long. Steady: the curve of unusable free memory (64 KiB) came to rest within the run. The command age does more seeds, for longer, and on other workloads."
}

// fillsOf are the fill levels of the strategies, ascending.
func fillsOf(names list.Names, all rundir.Ageing) (fills []int) {
	for k := range all {
		if names.Index(k.Strategy) >= 0 && !slices.Contains(fills, k.Fill) {
			fills = append(fills, k.Fill)
		}
	}
	slices.Sort(fills)
	return fills
}

// cellOf is a median as the table has it.
func cellOf(m survival.Median) cell {
	c := cell{Mid: count(m.Mid)}
	if m.Lo != m.Hi {
		c.Interval = count(m.Lo) + " to " + count(m.Hi)
	}
	return c
}

// count is a time with ">" before what was not refused.
func count(t survival.Time) string {
	if t.Censored {
		return ">" + text.Count(t.N)
	}
	return text.Count(t.N)
}

// mostNamed are the strategies that a heading tells one by one.
const mostNamed = 3

// heading compares the medians at a fill level.
func heading(names list.Names, all rundir.Ageing, fill int) text.Prose {
	type lived struct {
		strategy int
		mid      survival.Time
	}
	var of []lived
	for s, name := range names {
		if times := all.Times(rundir.AgeKey{Strategy: name, Fill: fill}); len(times) > 0 {
			of = append(of, lived{s, survival.Of(times).Mid})
		}
	}
	slices.SortStableFunc(of, func(a, b lived) int { return survival.Compare(b.mid, a.mid) })
	begin := fmt.Sprintf("Kept %d%s%% full, the first contiguous, aligned 2%sMiB is refused ", fill, text.NBSP, text.NBSP)
	if len(of) > mostNamed {
		most, least := of[0], of[len(of)-1]
		return text.Prose(begin + fmt.Sprintf("after %s (%s) to %s (%s) operations", count(least.mid), text.Mark(least.strategy), count(most.mid), text.Mark(most.strategy)))
	}
	var parts []string
	for _, l := range of {
		parts = append(parts, when(l.mid)+" under "+text.Mark(l.strategy))
	}
	return text.Prose(begin + text.List(parts))
}

// when is a median in a sentence.
func when(t survival.Time) string {
	if t.Censored {
		return "not within " + text.Operations(t.N)
	}
	return "after " + text.Operations(t.N)
}
