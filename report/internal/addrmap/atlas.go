package addrmap

import (
	"encoding/json"
	"fmt"
	"html/template"
	"math"
	"strconv"
	"strings"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/report/internal/theme"
	"github.com/vramlab/vramlab/report/internal/words"
)

// atlas is what the script of the page gets of all maps. Sizes and addresses are numbers
// up to 2^53: a region beyond has no map. A tile is the id of an element.
type atlas struct {
	Strategies []strategyJSON `json:"strategies"`
	Start      startJSON      `json:"start"`
	Maps       []mapJSON      `json:"maps"` // in the order of the chooser

	tiles []tile
}

type strategyJSON struct {
	Name  string `json:"name"`
	Class string `json:"class"`
}

type startJSON struct {
	Map string `json:"map"`
	S   []int  `json:"s"`
}

// mapJSON is one workload.
type mapJSON struct {
	Name     string       `json:"name"`
	Title    string       `json:"title"`
	Facts    string       `json:"facts"`
	Recorded bool         `json:"recorded"`
	Ops      int          `json:"ops"`
	Managed  uint64       `json:"managed"`
	Page     uint64       `json:"page"`
	Cell     uint64       `json:"cell"`
	Cells    int          `json:"cells"`
	Columns  int          `json:"columns"`
	At       []int        `json:"at"`    // operation of each frame
	Start    int          `json:"start"` // frame shown first
	Lanes    []laneJSON   `json:"lanes"`
	Pairs    []pairJSON   `json:"pairs"`
	Objects  *objectsJSON `json:"objects"`
	Note     string       `json:"note"` // what is left out, and why
}

// laneJSON is one strategy on it; the lists have a value for each frame.
type laneJSON struct {
	S      int `json:"s"`
	Layers struct {
		Level  string `json:"level"`
		Page   string `json:"page"`
		Age    string `json:"age"`
		Object string `json:"object"`
	} `json:"layers"`
	Extents string    `json:"extents"`
	Live    []uint64  `json:"live"`
	Largest []uint64  `json:"largest"`
	Broken  []float64 `json:"broken"`
	Refused []int     `json:"refused"`
	Telling []int     `json:"telling"`
	PTE4K   []int     `json:"pte4k"`
	PTE64K  []int     `json:"pte64k"`
	PTE2M   []int     `json:"pte2m"`
	First   int       `json:"first"` // frame of the first telling refusal, -1
	Why     []Why     `json:"why"`
}

// pairJSON is how two strategies differ; A and B are strategies, not lanes.
type pairJSON struct {
	A     int      `json:"a"`
	B     int      `json:"b"`
	First int      `json:"first"`
	Same  []uint64 `json:"same"`
	Moved []uint64 `json:"moved"`
	OnlyA []uint64 `json:"onlyA"`
	OnlyB []uint64 `json:"onlyB"`
}

type objectsJSON struct {
	Tile     string `json:"tile"`
	Kept     int    `json:"kept"`
	Of       int    `json:"of"`
	Complete bool   `json:"complete"`
	Base     string `json:"base"`
	Numbered bool   `json:"numbered"`
}

// tile is an element of the page that the script inflates. The text is base64.
type tile struct {
	ID   string
	Text template.HTML
}

// newAtlas puts the chosen maps together; the first is shown first.
func newAtlas(names list.Names, maps []*choice) *atlas {
	a := &atlas{Maps: []mapJSON{}}
	for s, n := range names {
		a.Strategies = append(a.Strategies, strategyJSON{n, theme.Class(s)})
	}
	for i, c := range maps {
		if i == 0 {
			a.Start = startJSON{Map: c.workload.Name}
			for _, l := range c.start.lanes {
				a.Start.S = append(a.Start.S, c.lanes[l].strategy)
			}
		}
		a.Maps = append(a.Maps, a.oneMap(names, c))
	}
	return a
}

// add makes a tile of a text and returns its id.
func (a *atlas) add(text string) string {
	id := "t" + strconv.Itoa(len(a.tiles))
	a.tiles = append(a.tiles, tile{id, template.HTML(text)})
	return id
}

func (a *atlas) oneMap(names list.Names, c *choice) mapJSON {
	w := c.workload
	m := mapJSON{Name: w.Name, Title: w.Title, Facts: words.RegionFacts(w, false), Recorded: w.Recorded(),
		Ops: c.ops, Managed: c.region, Page: c.page, Cell: c.grid.cell, Cells: c.grid.cells, Columns: c.grid.columns,
		Lanes: []laneJSON{}, Pairs: []pairJSON{}, Note: c.note()}
	frames := c.frames()
	for i, f := range frames {
		m.At = append(m.At, c.at[f])
		if f <= c.start.frame {
			m.Start = i
		}
	}
	for i, l := range c.lanes {
		m.Lanes = append(m.Lanes, a.oneLane(names, c, i, l, frames, m.At))
	}
	for i := range c.pairs {
		m.Pairs = append(m.Pairs, c.pairs[i].json(c.film, frames))
	}
	if o := c.objects; o != nil {
		m.Objects = &objectsJSON{Tile: a.add(o.tile), Kept: o.kept, Of: c.of, Complete: o.all,
			Base: strconv.FormatUint(o.base, 10), Numbered: o.ordered}
	}
	return m
}

func (a *atlas) oneLane(names list.Names, c *choice, i int, l *lane, frames, at []int) laneJSON {
	out := laneJSON{S: l.strategy, First: -1, Why: l.whys(names, at)}
	for k, id := range []*string{levels: &out.Layers.Level, pages: &out.Layers.Page, ages: &out.Layers.Age, hues: &out.Layers.Object} {
		if c.layers[k] {
			*id = a.add(c.sheet.layers[i][k])
		}
	}
	if c.objects != nil {
		out.Extents = a.add(c.objects.extents[i])
	}
	for f, at := range frames {
		m := l.moments[at]
		if m.telling > 0 && out.First < 0 {
			out.First = f
		}
		out.Live = append(out.Live, m.live)
		out.Largest = append(out.Largest, m.largest)
		out.Broken = append(out.Broken, math.Round(1000*m.broken)/1000)
		out.Refused = append(out.Refused, m.refused)
		out.Telling = append(out.Telling, m.telling)
		out.PTE4K = append(out.PTE4K, m.pte.small)
		out.PTE64K = append(out.PTE64K, m.pte.mid)
		out.PTE2M = append(out.PTE2M, m.pte.large)
	}
	return out
}

func (p *driftAt) json(f *film, frames []int) pairJSON {
	out := pairJSON{A: f.lanes[p.a].strategy, B: f.lanes[p.b].strategy, First: p.first}
	for _, at := range frames {
		d := p.at[at]
		out.Same, out.Moved = append(out.Same, d[same]), append(out.Moved, d[moved])
		out.OnlyA, out.OnlyB = append(out.OnlyA, d[onlyA]), append(out.OnlyB, d[onlyB])
	}
	return out
}

// note says what the file does not hold of a map, and how to get more.
func (c *choice) note() string {
	var parts []string
	switch o := c.objects; {
	case o == nil:
		parts = append(parts, "None of the "+text.Count(c.of)+" objects are in this file.")
	case !o.all:
		parts = append(parts, fmt.Sprintf("%s of %s objects are in this file: those that cover most for longest.", text.Count(o.kept), text.Count(c.of)))
	}
	if c.step > 1 {
		parts = append(parts, fmt.Sprintf("%s of %s moments are.", text.Count(len(c.frames())), text.Count(len(c.at))))
	}
	var without []string
	for k, name := range []string{pages: "sizes of pages", ages: "ages", hues: "colours of objects"} {
		if name != "" && !c.layers[k] && !c.complete() {
			without = append(without, name)
		}
	}
	if len(without) > 0 {
		parts = append(parts, "It has no layer of "+text.List(without)+".")
	}
	most := c.objects != nil && c.objects.kept >= mostObjects && len(parts) == 1 // a larger file has no more
	if len(parts) > 0 && !most {
		parts = append(parts, "vramlab report -maps-size makes room for more.")
	}
	if c.over > 0 {
		parts = append(parts, text.Plural(float64(c.over), "strategy", "strategies")+" behind the first "+text.Count(mostLanes)+" have no map here.")
	}
	return strings.Join(parts, " ")
}

// encode is the data as a script element holds it: JSON without a character
// that could end the element.
func (a *atlas) encode() (template.JS, error) {
	b, err := json.Marshal(a)
	return template.JS(b), err
}
