// Package addrmap is the section with the address map: where blocks sit at each
// moment of a run, and what stood in the way of a refused request. It replays
// placement traces; no allocator runs.
package addrmap

import (
	_ "embed"
	"fmt"
	"html/template"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed map.html
var mapHTML string

// Section is where blocks sit.
var Section = section.Section{
	ID:       "map",
	Title:    "Address map",
	Template: mapHTML,
	Make:     section.Maker(makeMapSection),
}

// mapSection is where blocks sit, and why requests were refused.
type mapSection struct {
	section.Head
	Rows   []mapRow
	Data   template.JS
	Why    []whyBox
	Cell   string
	Moment string // shown first: "operation 5 of 9"
}

func makeMapSection(in judge.Run) (p mapSection, err error) {
	focus := judge.Focus(in.Strategies, in.Workloads)
	var movies []*movie
	if focus != nil {
		movies = shootAll(in.Strategies, in.Warnings, focus)
	}
	if len(movies) == 0 {
		p.Head = section.Head{Heading: "Where blocks sit was not recorded",
			Missing: "This run has no placement traces with operations (placements/ is empty or could not be read)."}
		return p, nil
	}
	data, err := makeMap(in.Strategies, focus, movies, mapBudget)
	if err != nil {
		return p, err
	}
	if p.Data, err = data.encode(); err != nil {
		return p, err
	}
	g := movies[0].grid
	p.Cell = text.Size(g.cell)
	p.Moment = "operation " + text.Count(data.At[data.Start]) + " of " + text.Count(data.Ops)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, data.heading()),
		How: fmt.Sprintf("%s%s. Left: the whole run, time across, address down. Right: the moment under the scrubber, at first that of the heading, one cell per %s, %s per row. A row is the same addresses on both sides; on the left the free part of used cells is drawn three times as strong.",
			focus.Title, words.WithFacts(focus), text.Size(g.cell), text.Count(g.columns)),
		Note: mapNote(in.Workloads, focus, movies, data),
	}
	for i, m := range data.Maps {
		p.Rows = append(p.Rows, mapRow{m.Name, m.Class, m.Captions[data.Start], i})
	}
	p.Why = data.whys()
	return p, nil
}

// whys are the explanations that hold at the moment shown first, empty where nothing was
// refused by then. There are none when nothing was refused at all.
func (d mapData) whys() []whyBox {
	var out []whyBox
	any := false
	for _, m := range d.Maps {
		box := whyBox{Class: m.Class}
		any = any || len(m.Why) > 0
		if k := m.Which[d.Start]; k >= 0 {
			box.Head, box.Body = m.Why[k][0], m.Why[k][1]
		}
		out = append(out, box)
	}
	if !any {
		return nil
	}
	return out
}

// mapNote says what the map leaves out.
func mapNote(workloads []*rundir.Workload, w *rundir.Workload, movies []*movie, d mapData) string {
	note := text.Plural(float64(len(d.At)), "moment", "moments") + " of " + text.Operations(d.Ops) + "."
	if c := movies[0].grid.cell; c > largePage {
		note += " The region is too large for one cell per 2" + text.NBSP + "MiB page: a cell is " + text.Size(c) + "."
	}
	if len(w.Placed) > len(movies) {
		note += " Two strategies are shown: the base and the one that refused or broke most."
	}
	others := 0
	for _, o := range workloads {
		if o != w && o.AnyPlacement() != nil {
			others++
		}
	}
	if others > 0 {
		which := "where the strategies differ most in what they break and refuse"
		if len(w.Placed) == 1 {
			which = "where most is broken and refused"
		}
		rest := text.Count(others) + " others are"
		if others == 1 {
			rest = "the other one are"
		}
		note += " One workload is shown, the one " + which + "; the placements of " + rest + " in files beside this page."
	}
	return note
}

type mapRow struct {
	Name, Class, Caption string
	Index                int
}

type whyBox struct {
	Class      string
	Head, Body template.HTML
}
