package addrmap

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/stat"
	"github.com/vramlab/vramlab/report/internal/text"
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
	Start    int      `json:"start"` // frame to begin with
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
	Worst    int                `json:"worst"`   // frame with most broken free memory
	Peak     float64            `json:"peak"`    // percent broken there
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
	d.Start = startFrame(d)
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
	one := oneMap{Name: names[m.strategy], Class: theme.Class(m.strategy), First: -1}
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
		if f.broken > frames[one.Worst].broken {
			one.Worst = i
		}
	}
	one.Peak = frames[one.Worst].broken
	return one
}

// startFrame is the moment to show first: the first refusal of anyone, else
// the most broken moment of anyone.
func startFrame(d mapData) int {
	first := math.MaxInt
	for _, m := range d.Maps {
		if m.First >= 0 {
			first = min(first, m.First)
		}
	}
	if first < math.MaxInt {
		return first
	}
	worst := d.Maps[0]
	for _, m := range d.Maps {
		if m.Peak > worst.Peak {
			worst = m
		}
	}
	return worst.Worst
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

// mapHeading states how the free memory lies at one moment of all strategies: at the end
// or, where one has freed everything by then, when most is live.
func mapHeading(movies []*movie) text.Prose {
	if len(movies) == 0 {
		return "No placements were recorded"
	}
	at, op := tellingFrame(movies)
	if at < 0 {
		return "Nothing was granted"
	}
	when := "At the end"
	if at < len(movies[0].frames)-1 {
		when = "At operation " + text.Count(op) + ", when most is live,"
	}
	var parts []string
	equal := len(movies) > 1
	for _, m := range movies {
		holes := m.frames[at].holes
		equal = equal && holes == movies[0].frames[at].holes
		if len(parts) == 0 {
			parts = append(parts, text.Mark(m.strategy)+" leaves its free memory in "+text.Plural(float64(holes), "hole", "holes"))
			continue
		}
		parts = append(parts, text.Mark(m.strategy)+" in "+text.Plural(float64(holes), "hole", "holes"))
	}
	if equal {
		return text.Prose(when + " the free memory lies in " + text.Plural(float64(movies[0].frames[at].holes), "hole", "holes") + " with either strategy" + largestOf(movies, at))
	}
	return text.Prose(when + " " + text.List(parts))
}

// largestOf says how large the largest hole of each is, behind a number of holes that is
// the same for all.
func largestOf(movies []*movie, at int) string {
	first := movies[0].frames[at].largest
	var parts []string
	same := true
	for _, m := range movies {
		size := m.frames[at].largest
		same = same && size == first
		parts = append(parts, text.Size(size)+" with "+text.Mark(m.strategy))
	}
	switch {
	case first == 0 && same:
		return ""
	case same:
		return ", the largest of " + text.Size(first)
	}
	return ", the largest of " + text.List(parts)
}

// tellingFrame is the frame that a heading is about, -1 if nothing is live in any.
func tellingFrame(movies []*movie) (at, op int) {
	end, emptied := len(movies[0].frames)-1, false
	live := make([]uint64, end+1)
	for _, m := range movies {
		emptied = emptied || m.frames[end].live == 0
		for i, f := range m.frames {
			live[i] += f.live
		}
	}
	if emptied {
		for i, bytes := range live {
			if bytes > live[end] {
				end = i
			}
		}
		if live[end] == 0 {
			return -1, 0
		}
	}
	return end, movies[0].frames[end].op
}
