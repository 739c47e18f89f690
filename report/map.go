package report

import (
	"bytes"
	"compress/flate"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"math"
)

// The address map of one workload: for each of two strategies the frames of
// its placement trace as one stream, four bits a cell, all frames of a cell
// together, deflated. Of six maps of real runs that order is 8 to 35 % smaller
// than frame by frame, since a cell stays what it is for long. Differences
// between frames on top of it made five of the six larger.

const (
	mapFrames = 240
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
func makeMap(names Names, w *workload, movies []*movie, budget int) (mapData, error) {
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
func encodeMap(names Names, w *workload, movies []*movie, step int) (mapData, int, error) {
	g := movies[0].grid
	d := mapData{Workload: w.title, Cell: g.cell, Cells: g.cells, Columns: g.columns}
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
		if why == nil {
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
func describe(names Names, m *movie, frames []frame) oneMap {
	one := oneMap{Name: names[m.strategy], Class: class(m.strategy), First: -1}
	before := 0
	for i, f := range frames {
		one.Captions = append(one.Captions, m.caption(f))
		one.Refused = append(one.Refused, f.refused-before)
		if f.refused > before && one.First < 0 {
			one.First = i
		}
		before = f.refused
		if f.why != nil {
			head, body := f.why.sentences(m.strategy)
			one.Why = append(one.Why, [2]template.HTML{markup(names, head), markup(names, body)})
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

// focus is the workload shown in full: the most interesting one. nil when
// there are no traces.
func focus(names Names, workloads []*workload) *workload {
	var best *workload
	bestScore := 0.0
	for _, w := range workloads {
		if w.anyPlacement() == nil {
			continue
		}
		if score := interest(names, w); best == nil || score > bestScore {
			best, bestScore = w, score
		}
	}
	return best
}

// interest is how much there is to see in a workload: by how many points the
// broken free memory of the strategies differs, and through how much of the
// run requests were refused by one that had the memory (all of it counts as
// ten points). A controlled workload, in which all strategies are broken
// alike, ranks behind a natural one.
func interest(names Names, w *workload) float64 {
	lo, hi, refusing := math.Inf(1), 0.0, 0.0
	for s := range names {
		p := w.placement(s)
		if p == nil {
			continue
		}
		refusing = max(refusing, float64(p.spreadRefusals())/mapFrames)
		if b := w.meanBroken(s); !math.IsNaN(b) {
			lo, hi = min(lo, b), max(hi, b)
		}
	}
	if len(names) == 1 || math.IsInf(lo, 0) {
		lo = 0
	}
	return hi - lo + 10*refusing
}

// spreadRefusals counts the frames of the run in which something was refused,
// if fragmentation had to do with it.
func (p *placement) spreadRefusals() int {
	if p.refusals.roomy == 0 || p.ops == 0 {
		return 0
	}
	seen := make(map[int]bool)
	for _, op := range p.refusals.at {
		seen[int(op)*mapFrames/p.ops] = true
	}
	return len(seen)
}

// shown are the two strategies whose maps are drawn: the base, and of the
// others the one that refused most, or broke most.
func shown(names Names, w *workload) []int {
	var out []int
	for s := range names {
		if w.placement(s) != nil {
			out = append(out, s)
		}
	}
	if len(out) <= 2 {
		return out
	}
	other := out[1]
	rank := func(s int) float64 { return 1e6*float64(w.placement(s).refusals.n) + orZero(w.meanBroken(s)) }
	for _, s := range out[2:] {
		if rank(s) > rank(other) {
			other = s
		}
	}
	return []int{out[0], other}
}

// shootAll takes the frames of the strategies shown. A trace that changed
// under the report becomes a warning, and its map is left out.
func shootAll(names Names, warn *Warnings, w *workload) []*movie {
	var out []*movie
	for _, s := range shown(names, w) {
		p := w.placement(s)
		m, err := shoot(p.path, s, p.ops, mapFrames)
		if err != nil {
			warn.add("%v", err)
			continue
		}
		if len(m.frames) == 0 || len(out) > 0 && (m.grid != out[0].grid || len(m.frames) != len(out[0].frames)) {
			warn.add("%s: the region or the operations are not those of the other strategy", p.path)
			continue
		}
		out = append(out, m)
	}
	return out
}

// mapHeading states how the free memory lies at the end.
func mapHeading(w *workload, movies []*movie) prose {
	var parts []string
	equal := len(movies) > 1
	for _, m := range movies {
		equal = equal && w.placement(m.strategy).end.holes == w.placement(movies[0].strategy).end.holes
	}
	if equal {
		return prose("At the end the free memory lies in " + plural(float64(w.placement(movies[0].strategy).end.holes), "hole", "holes") + " with either strategy")
	}
	for _, m := range movies {
		holes := w.placement(m.strategy).end.holes
		if len(parts) == 0 {
			parts = append(parts, mark(m.strategy)+" leaves its free memory in "+plural(float64(holes), "hole", "holes"))
			continue
		}
		parts = append(parts, mark(m.strategy)+" in "+plural(float64(holes), "hole", "holes"))
	}
	if len(parts) == 0 {
		return "No placements were recorded"
	}
	return prose("At the end " + list(parts))
}
