// Package memory is the sections about memory: how free memory breaks up over a run,
// and which sizes were asked for and granted.
package memory

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

//go:embed fragmentation.html
var fragmentationHTML string

// Fragmentation is how free memory breaks up.
var Fragmentation = section.Section{
	ID:       "fragmentation",
	Title:    "Fragmentation",
	Template: fragmentationHTML,
	Make:     section.Maker(makeSeries),
}

// seriesSection is how free memory breaks up over a run.
type seriesSection struct {
	section.Head
	Others []section.Head // of the workloads not in focus

	Smallest smallest
}

func makeSeries(in judge.Run) (p seriesSection, err error) {
	p.Smallest = smallestTable(in.Strategies, in.Workloads)
	focus := seriesFocus(in.Strategies, in.Workloads)
	if focus == nil {
		p.Head = section.Head{Heading: "How free memory breaks up was not sampled",
			Missing: section.Lacks("series", schema.Series) + "."}
		return p, nil
	}
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, words.SeriesHeading(in.Strategies, focus)),
		How:     focus.Title + words.WithFacts(focus) + ". A 2 MiB page is lost as soon as one small block sits in it; a request in one piece is lost when the largest hole is smaller.",
		Note:    "Sampled between operations, outside the timed parts, " + clockOf(in.Strategies, focus).doc + ". " + words.SeriesMoment(in.Strategies, focus) + words.LessWork(in.Strategies, focus),
	}
	if _, any := refusedPanel(in.Strategies, focus, samplesNarrow); !any {
		p.Note += " Nothing was refused."
	}
	if p.Figure, err = seriesFigure(in.Strategies, focus, "series"); err != nil {
		return p, err
	}
	p.Others, err = otherSeries(in.Strategies, in.Workloads, focus)
	return p, err
}

// seriesFocus is the workload in focus, or the first that has a series.
func seriesFocus(names list.Names, workloads []*rundir.Workload) *rundir.Workload {
	if w := judge.Focus(names, workloads); w != nil && judge.LastOp(names, w) > 0 {
		return w
	}
	for _, w := range workloads {
		if judge.LastOp(names, w) > 0 {
			return w
		}
	}
	return nil
}

// otherSeries are the small figures of the workloads not in focus.
func otherSeries(names list.Names, workloads []*rundir.Workload, focus *rundir.Workload) ([]section.Head, error) {
	var out []section.Head
	for i, w := range workloads {
		if w == focus || judge.LastOp(names, w) == 0 {
			continue
		}
		f, err := smallSeries(names, w, fmt.Sprintf("series-%d", i))
		if err != nil {
			return nil, err
		}
		out = append(out, section.Head{Heading: template.HTML(template.HTMLEscapeString(w.Title)), How: strings.Join(text.NonEmpty(words.RegionFacts(w, true), words.SeriesMoment(names, w)), ". "), Figure: f})
	}
	return out, nil
}
