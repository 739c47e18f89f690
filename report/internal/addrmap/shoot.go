package addrmap

import (
	"slices"

	"github.com/vramlab/vramlab/report/internal/judge"
	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/workloads/trace"
)

const (
	mapFrames   = judge.Looks
	mostObjects = 200_000 // kept of a workload
	mostLanes   = 8       // of a workload: its pairs are 28 series
)

// notTheSame is what is said of a trace that cannot stand beside the others.
const notTheSame = "the region or the operations are not those of the other strategy"

// moment is what is known of one lane at one frame.
type moment struct {
	live, largest    uint64
	broken           float64 // percent of free memory outside whole 2 MiB pages, as in the series
	refused, telling int     // so far; telling are those that say something about memory: not invalid ones
	pte              entries
}

// lane is one strategy's part of a film.
type lane struct {
	strategy int
	moments  []moment
	first    int // frame of the first telling refusal, -1
	layers   [layers][]uint8
	reasons  *reasons

	space            *space
	refused, telling int
}

// The layers of a lane: what is drawn of a cell at a frame, a number of four bits.
const (
	levels = iota
	pages
	ages
	hues
	layers
)

// driftAt is a drift at each frame.
type driftAt struct {
	drift
	at [][4]uint64
}

// film is a workload with all its strategies, at moments equally spaced over the
// operations; see closer.go for those between.
type film struct {
	workload *rundir.Workload
	region   uint64 // managed bytes
	page     uint64
	grid     grid
	ops      int
	at       []int // operation of each frame
	lanes    []*lane
	pairs    []driftAt
	kept     keeper
	of       int // objects
	over     int // strategies that have traces too, and no lane
}

// shoot replays the placement traces of a workload side by side. A trace that changed
// under the report, or is not of the operations of the others, becomes a warning, and its
// lane is left out. It is nil if none is left.
func shoot(names list.Names, warn func(string, ...any), w *rundir.Workload, frames, objects int) *film {
	which := comparable(names, warn, w)
	over := max(0, len(which)-mostLanes)
	which = which[:len(which)-over]
	for len(which) > 0 {
		f := newFilm(w, which, frames, objects)
		f.over = over
		bad := f.run()
		if bad == nil {
			return f
		}
		warn("%v", bad.err)
		which = append(which[:bad.lane:bad.lane], which[bad.lane+1:]...)
	}
	return nil
}

// comparable are the strategies whose traces are of one region and of as many operations:
// of several such groups the largest, of equals the first.
func comparable(names list.Names, warn func(string, ...any), w *rundir.Workload) []int {
	type key struct {
		size, page uint64
		events     int
	}
	groups := make(map[key][]int)
	var best key
	of := func(s int) key {
		p := w.Placement(s)
		return key{p.Region.Size, p.Region.Page, p.Events()}
	}
	for s := range names {
		if p := w.Placement(s); p != nil && p.Ops > 0 {
			k := of(s)
			groups[k] = append(groups[k], s)
		}
	}
	for s := range names { // not in the order of the map
		if p := w.Placement(s); p != nil && p.Ops > 0 && len(groups[of(s)]) > len(groups[best]) {
			best = of(s)
		}
	}
	for s := range names {
		if p := w.Placement(s); p != nil && p.Ops > 0 && of(s) != best {
			warn("%s: %s", p.Path, notTheSame)
		}
	}
	return groups[best]
}

// newFilm has no frames yet.
func newFilm(w *rundir.Workload, which []int, frames, most int) *film {
	p := w.Placement(which[0])
	f := &film{workload: w, region: p.Region.Managed(), page: p.Region.Page, grid: gridOf(p.Region.Managed()), ops: p.Ops}
	f.kept = keeper{most: most, lanes: len(which), all: true}
	f.at = spread(f.ops, frames)
	if p.Requests > most {
		var all []*rundir.Placement
		for _, s := range which {
			all = append(all, w.Placement(s))
		}
		f.at = closer(f.at, worthCloseUp(all))
	}
	for _, s := range which {
		f.lanes = append(f.lanes, &lane{strategy: s, first: -1, reasons: newReasons(w.Placement(s))})
	}
	for _, d := range pairsOf(len(which)) {
		f.pairs = append(f.pairs, driftAt{drift: d})
	}
	return f
}

// shooting is a film being made.
type shooting struct {
	*film
	objects *objects
	tally   tally
	taken   int
}

func (f *film) run() *disagreement {
	s := &shooting{film: f, objects: newObjects(len(f.lanes))}
	var traces []*rundir.Placement
	for _, l := range f.lanes {
		l.space = newSpace(f.grid, s.objects)
		for i := range l.layers {
			l.layers[i] = make([]uint8, f.grid.cells*len(f.at))
		}
		traces = append(traces, f.workload.Placement(l.strategy))
	}
	if bad := inStep(traces, s.event); bad != nil {
		return bad
	}
	for s.taken < len(f.at) {
		s.take()
	}
	for slot := range s.objects.slots {
		if x := &s.objects.slots[slot]; x.serial != 0 {
			f.kept.add(x, s.objects.lanesOf(int32(slot)), 0, s.taken-x.seen, f.page)
		}
	}
	f.kept.drop(f.kept.most)
	f.kept.inOrder()
	f.of = s.objects.of
	for _, l := range f.lanes {
		l.space = nil
	}
	return nil
}

// event applies one operation, of which the lanes have an event each.
func (s *shooting) event(events []*rundir.Event) {
	e := events[0]
	op, kind := e.Op, e.Kind()
	if kind == trace.Live {
		op = 0 // it was there before the first
	} else {
		for s.taken < len(s.at) && s.at[s.taken] < op {
			s.take()
		}
	}
	for i, l := range s.lanes {
		l.reasons.event(events[i])
		if errno := events[i].Errno; errno != "" && kind == trace.Alloc {
			l.refused++
			if errno != "EINVAL" {
				l.telling++
			}
		}
	}
	slot, known := s.objects.byID[e.ID]
	switch kind {
	case trace.Alloc, trace.Live:
		if known { // a trace that can be read has none of these
			s.end(slot, op)
		}
		x := object{id: e.ID, op: op, order: s.objects.order, size: roundUp(e.First.Size, s.page)}
		if kind == trace.Live {
			x.size = e.Blocks[0].Size
		}
		s.objects.order++
		s.begin(x, events)
	case trace.Free:
		if known {
			s.end(slot, op)
		}
	case trace.Trim:
		if known {
			s.trim(slot, op, events)
		}
	}
}

// trim ends an object and begins one with what is left of it. A lane that refuses the
// trim keeps all.
func (s *shooting) trim(slot int32, op int, events []*rundir.Event) {
	left := slices.Clone(events)
	blocks := make([]int, len(events))
	for i, e := range events {
		p := &s.objects.lanesOf(slot)[i]
		if blocks[i] = len(e.Blocks); e.Blocks == nil {
			whole := *e
			whole.Blocks, blocks[i] = slices.Clone(p.extents), p.blocks
			left[i] = &whole
		}
	}
	x := s.objects.slots[slot]
	for _, e := range left {
		if len(e.Blocks) > 0 {
			x.size = 0
			for _, b := range e.Blocks {
				x.size += b.Size
			}
			break
		}
	}
	s.end(slot, op)
	x.op = op
	s.begin(x, left)
	for i, n := range blocks {
		s.objects.lanesOf(s.objects.byID[x.id])[i].blocks = n
	}
}

// begin puts an object where the lanes have it.
func (s *shooting) begin(x object, events []*rundir.Event) {
	x.seen = s.taken
	slot := s.objects.begin(x, events)
	places := s.objects.lanesOf(slot)
	for i, l := range s.lanes {
		l.space.add(places[i].extents, slot, s.objects.slots[slot].serial)
	}
	for i := range s.pairs {
		d := &s.pairs[i].drift
		d.change(places, x.size, 1)
		if d.first == 0 && x.op > 0 && (events[d.a].Errno != events[d.b].Errno || d.kind(places) != same && d.kind(places) != inNone) {
			d.first = x.op
		}
	}
}

// end takes an object away.
func (s *shooting) end(slot int32, op int) {
	x := &s.objects.slots[slot]
	places := s.objects.lanesOf(slot)
	for i, l := range s.lanes {
		l.space.remove(places[i].extents, slot, x.serial)
	}
	for i := range s.pairs {
		s.pairs[i].change(places, x.size, ^uint64(0))
	}
	s.kept.add(x, places, op, s.taken-x.seen, s.page)
	s.objects.end(slot)
}

// take notes the state of all lanes as the next frame.
func (s *shooting) take() {
	op, cells := s.at[s.taken], s.grid.cells
	for _, l := range s.lanes {
		l.space.look(&s.tally)
		m := moment{live: l.space.live, refused: l.refused, telling: l.telling, pte: l.space.pte}
		m.largest, m.broken = l.space.holes()
		if l.telling > 0 && l.first < 0 {
			l.first = s.taken
		}
		l.moments = append(l.moments, m)
		l.reasons.frame()
		row := s.taken * cells
		for i := range l.space.cells {
			c := &l.space.cells[i]
			if c.used == 0 {
				continue
			}
			l.layers[levels][row+i] = l.space.level(i)
			l.layers[pages][row+i] = c.pageOf()
			x := &s.objects.slots[c.owner]
			l.layers[ages][row+i] = logAge(op - x.op)
			l.layers[hues][row+i] = hue(x.order)
		}
	}
	for i := range s.pairs {
		s.pairs[i].at = append(s.pairs[i].at, s.pairs[i].bytes)
	}
	s.taken++
}

// hue is the colour of an object in every map, 1 to 15, by its place in the stream.
func hue(order uint32) uint8 { return 1 + uint8(min(14, order*2654435761>>28)) }
