// Package addrmap is the section with the address maps: where blocks sit at each
// moment of a run, and what stood in the way of a refused request. It replays
// placement traces; no allocator runs.
package addrmap

import (
	_ "embed"
	"fmt"
	"html/template"
	"slices"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/section"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

//go:embed map.html
var mapHTML string

//go:embed atlas.html
var atlasHTML string

//go:embed map.css
var mapCSS string

// Section is where blocks sit.
var Section = section.Section{
	ID:       "map",
	Title:    "Address map",
	Template: mapHTML + atlasHTML,
	Style:    mapCSS,
	Script:   joinScript(),
	Make:     section.Maker(makeMapSection),
}

// mapSection is where blocks sit, and why requests were refused. What is said without a
// script is of the map, the pair and the moment that are shown first.
type mapSection struct {
	section.Head
	Rows   []mapRow
	Atlas  template.JS
	Tiles  []tile
	Of     string // title of the workload, and what its region is
	Moment string // shown first: "operation 5 of 9"
}

func makeMapSection(in judge.Run) (p mapSection, err error) {
	if in.Maps.None {
		p.Head = section.Head{Heading: "Where blocks sit was left out",
			Missing: "The maps were not asked for (report -maps none)."}
		return p, nil
	}
	wanted, huge := mapped(in)
	sheets, err := shootAll(in.Strategies, in.Warnings, wanted)
	if err != nil {
		return p, err
	}
	if len(sheets) == 0 {
		p.Head = section.Head{Heading: "Where blocks sit was not recorded",
			Missing: "This run has no placement traces with operations (placements/ is empty or could not be read)." + tooLarge(huge)}
		return p, nil
	}
	bytes := in.Maps.Bytes
	if bytes == 0 {
		bytes = usualBytes
	}
	maps, left, err := choose(sheets, bytes)
	if err != nil {
		return p, err
	}
	a := newAtlas(in.Strategies, maps)
	if p.Atlas, err = a.encode(); err != nil {
		return p, err
	}
	p.Tiles = a.tiles
	p.open(in, maps[0], a.Maps[0])
	p.Note = mapNote(maps[0], a.Maps[0])
	if left > 0 {
		p.Note += fmt.Sprintf(" The maps of %s did not fit in %s (report -maps-size).", text.Plural(float64(left), "workload", "workloads"), text.Size(uint64(bytes)))
	}
	p.Note += tooLarge(huge)
	return p, nil
}

// mapped are the workloads that get maps, in their order, and those whose region is too
// large for one.
func mapped(in judge.Run) (wanted, huge []*rundir.Workload) {
	for _, w := range judge.MapOrder(in.Strategies, in.Workloads) {
		switch {
		case len(in.Maps.Names) > 0 && !slices.Contains(in.Maps.Names, w.Name):
		case w.AnyPlacement().Region.Managed() > mostExact:
			huge = append(huge, w)
		default:
			wanted = append(wanted, w)
		}
	}
	return wanted, huge
}

// tooLarge says which workloads have no map for the size of their region.
func tooLarge(huge []*rundir.Workload) string {
	if len(huge) == 0 {
		return ""
	}
	var titles []string
	for _, w := range huge {
		titles = append(titles, w.Title)
	}
	return fmt.Sprintf(" A region of more than %s has no map: %s.", text.Size(mostExact), text.List(titles))
}

// open says in words what the map shown first shows.
func (p *mapSection) open(in judge.Run, c *choice, m mapJSON) {
	o := opening{c.film, c.start}
	o.frame = c.frames()[m.Start]
	p.Of = m.Title
	if m.Facts != "" {
		p.Of += ", " + m.Facts // as the script writes it of another workload
	}
	p.Moment = "operation " + text.Count(o.at[o.frame]) + " of " + text.Count(o.ops)
	p.Head = section.Head{
		Heading: theme.Markup(in.Strategies, o.heading()),
		How: fmt.Sprintf("%s%s. Left: the whole run, time across, address down. Right: the moment under the scrubber, at first that of the heading, one cell per %s, %s per row. A row is the same addresses on both sides; on the left the free part of used cells is drawn three times as strong.",
			c.workload.Title, words.WithFacts(c.workload), text.Size(c.grid.cell), text.Count(c.grid.columns)),
	}
	for i, lane := range c.start.lanes {
		l := m.Lanes[lane]
		p.Rows = append(p.Rows, mapRow{in.Strategies[l.S], theme.Class(l.S), o.caption(c.lanes[lane].moments[o.frame]), i})
	}
}

// mapNote says what the map shown first leaves out.
func mapNote(c *choice, m mapJSON) string {
	note := text.Plural(float64(len(m.At)), "moment", "moments") + " of " + text.Operations(m.Ops) + "."
	if c.grid.cell > largePage {
		note += " The region is too large for one cell per 2" + text.NBSP + "MiB page: a cell is " + text.Size(c.grid.cell) + "."
	}
	return note
}

type mapRow struct {
	Name, Class, Caption string
	Index                int
}
