package addrmap

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"html/template"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// The address map of one workload: for each of two strategies the frames of
// its placement trace as one stream, four bits a cell, all frames of a cell
// together, deflated. Of six maps of real runs that order is 8 to 35 % smaller
// than frame by frame, since a cell stays what it is for long. Differences
// between frames on top of it made five of the six larger.

const (
	mapFrames = judge.Looks
	mapBudget = 1536 << 10 // bytes of all encoded maps together
)

// mapData is what the script of the page gets.
type mapData struct {
	Workload string   `json:"workload"`
	Ops      int      `json:"ops"`
	At       []int    `json:"at"` // operation of each frame
	Cell     uint64   `json:"cell"`
	Cells    int      `json:"cells"`
	Columns  int      `json:"columns"`
	Start    int      `json:"start"` // frame to begin with: the most broken, which the heading is about
	Maps     []oneMap `json:"maps"`
}

// oneMap is one strategy's part.
type oneMap struct {
	Name     string             `json:"name"`
	Class    string             `json:"class"`
	Data     string             `json:"data"`
	Captions []string           `json:"captions"`
	Refused  []int              `json:"refused"` // requests in each frame
	Why      [][2]template.HTML `json:"why"`     // explanations, of which Which says when they hold
	Which    []int              `json:"which"`   // by frame: index in Why, -1 before the first refusal
	First    int                `json:"first"`   // frame of the first refusal, -1

	strategy int
	frames   []frame
}

// makeMap encodes the movies, with fewer frames when they do not fit the
// budget, in bytes of all together.
func makeMap(names list.Names, w *rundir.Workload, movies []*movie, budget int) (mapData, error) {
	step := 1
	for {
		d, total, err := encodeMap(names, w, movies, step)
		if err != nil || total <= budget || len(d.At) <= 15 {
			return d, err
		}
		step *= 2
	}
}

// encodeMap encodes every step-th frame and returns the encoded size.
func encodeMap(names list.Names, w *rundir.Workload, movies []*movie, step int) (mapData, int, error) {
	g := movies[0].grid
	d := mapData{Workload: w.Title, Cell: g.cell, Cells: g.cells, Columns: g.columns}
	total := 0
	for _, m := range movies {
		frames := thin(m.frames, step)
		data, err := packFrames(frames, g.cells)
		if err != nil {
			return d, 0, err
		}
		total += len(data)
		one := describe(names, m, frames)
		one.Data = data
		d.Maps = append(d.Maps, one)
		if d.At == nil {
			for _, f := range frames {
				d.At = append(d.At, f.op)
			}
		}
	}
	d.Ops = d.At[len(d.At)-1]
	d.Start = d.mostBroken()
	return d, total, nil
}

// thin keeps every step-th frame, the last one among them, and moves the
// explanations of those it drops to the next it keeps.
func thin(frames []frame, step int) []frame {
	if step == 1 {
		return frames
	}
	var out []frame
	var why *pinned
	for i, f := range frames {
		if why == nil || f.why != nil && f.why.weight() > why.weight() {
			why = f.why
		}
		if (len(frames)-1-i)%step == 0 {
			f.why, why = why, nil
			out = append(out, f)
		}
	}
	return out
}

// packFrames is the stream of one movie, as the head of this file has it.
func packFrames(frames []frame, cells int) (string, error) {
	raw := make([]byte, (cells*len(frames)+1)/2)
	i := 0
	for c := range cells {
		for _, f := range frames {
			raw[i/2] |= f.levels[c] << (4 * (i % 2))
			i++
		}
	}
	var b bytes.Buffer
	z, err := flate.NewWriter(&b, flate.DefaultCompression)
	if err != nil {
		return "", err
	}
	if _, err := z.Write(raw); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(b.Bytes()), nil
}

// describe is what the page says beside the frames of one strategy.
func describe(names list.Names, m *movie, frames []frame) oneMap {
	one := oneMap{Name: names[m.strategy], Class: theme.Class(m.strategy), First: -1, strategy: m.strategy, frames: frames}
	before := 0
	for i, f := range frames {
		one.Captions = append(one.Captions, m.caption(f))
		one.Refused = append(one.Refused, f.refused-before)
		if f.telling > 0 && one.First < 0 {
			one.First = i
		}
		before = f.refused
		if f.why != nil && (len(one.Why) == 0 || f.why.weight() > 0) {
			head, body := f.why.sentences(m.strategy)
			one.Why = append(one.Why, [2]template.HTML{theme.Markup(names, head), theme.Markup(names, body)})
		}
		one.Which = append(one.Which, len(one.Why)-1)
	}
	return one
}

// encode is the data as a script element holds it: JSON without a character
// that could end the element.
func (d mapData) encode() (template.JS, error) {
	b, err := json.Marshal(d)
	return template.JS(b), err
}

// shown are the two strategies whose maps are drawn: the base, and of the
// others the one that refused most, or broke most.
func shown(names list.Names, w *rundir.Workload) []int {
	var out []int
	for s := range names {
		if w.Placement(s) != nil {
			out = append(out, s)
		}
	}
	if len(out) <= 2 {
		return out
	}
	other := out[1]
	rank := func(s int) float64 {
		return 1e6*float64(w.Placement(s).Refusals.N-w.Placement(s).Refusals.Invalid) + stat.OrZero(w.MeanBroken(s))
	}
	for _, s := range out[2:] {
		if rank(s) > rank(other) {
			other = s
		}
	}
	return []int{out[0], other}
}

// shootAll takes the frames of the strategies shown. A trace that changed
// under the report becomes a warning, and its map is left out.
func shootAll(names list.Names, warn *rundir.Warnings, w *rundir.Workload) []*movie {
	var out []*movie
	for _, s := range shown(names, w) {
		p := w.Placement(s)
		m, err := shoot(p, s, mapFrames)
		if err != nil {
			warn.Add("%v", err)
			continue
		}
		if len(m.frames) == 0 || len(out) > 0 && (m.grid != out[0].grid || len(m.frames) != len(out[0].frames)) {
			warn.Add("%s: the region or the operations are not those of the other strategy", p.Path)
			continue
		}
		out = append(out, m)
	}
	return out
}
