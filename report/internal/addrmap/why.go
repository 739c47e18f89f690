package addrmap

import (
	"html/template"
	"slices"
	"strconv"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/theme"
)

// Why is the explanation of a refusal, as the script of the page gets it.
type Why struct {
	Op     int           `json:"op"`
	Frame  int           `json:"frame"` // the first at or behind it
	Head   template.HTML `json:"head"`
	Body   template.HTML `json:"body"`
	Size   uint64        `json:"size"` // asked for
	Lo     uint64        `json:"lo"`   // the best place for it, 0 and 0 if none is known
	Hi     uint64        `json:"hi"`
	Pins   [][3]any      `json:"pins"`   // what lies there: start, size, "id"
	Frees  []string      `json:"frees"`  // ids without which a replay granted it
	Proven bool          `json:"proven"` // a replay said so
}

// mostPins are handed to the page for one refusal.
const mostPins = 256

// whys are the explanations of a lane, in ascending order of the operations; at is the
// operation of each frame. Nothing else of the package asks why.
func (l *lane) whys(names list.Names, at []int) []Why {
	out := []Why{}
	frame := 0
	for _, x := range l.reasons.all() {
		for frame < len(at)-1 && at[frame] < x.op {
			frame++
		}
		head, body := x.sentences(names, l.strategy)
		w := Why{Op: x.op, Frame: frame, Head: theme.Markup(names, head), Body: theme.Markup(names, body),
			Size: x.req.Size, Lo: x.lo, Hi: x.hi, Pins: [][3]any{}, Frees: []string{}}
		for _, p := range x.pins[:min(len(x.pins), mostPins)] {
			w.Pins = append(w.Pins, [3]any{p.start, p.size, strconv.FormatUint(p.id, 10)})
		}
		for _, id := range x.Frees {
			w.Frees = append(w.Frees, strconv.FormatUint(id, 10))
		}
		w.Proven = x.Proven
		out = append(out, w)
	}
	return out
}

// reasons looks at the refusals of a lane while it is replayed, and keeps for each frame
// one since the frame before: one that the run explained by replays, or else the one that
// tells most, the first of equals.
type reasons struct {
	placement *rundir.Placement
	recorded  map[int]*pinned // what the run explained, by operation
	live      *rundir.LiveSet // nil when there is nothing more to explain
	left      int             // refusals to come
	best      *pinned
	tries     int
	found     []*pinned
}

// mostTries is how many refusals of a frame are explained, each with a pass over what is
// live, to find one that tells more.
const mostTries = 8

func newReasons(p *rundir.Placement) *reasons {
	r := &reasons{placement: p, recorded: recorded(p), left: p.Refusals.N}
	if r.left > 0 {
		r.live = rundir.NewLiveSet(p.Region.Managed())
	}
	return r
}

// event takes the next event of the lane.
func (r *reasons) event(e *rundir.Event) {
	if r.live == nil {
		return
	}
	if e.Errno != "" {
		known := r.recorded[e.Op]
		switch {
		case known != nil && (r.best == nil || r.recorded[r.best.op] == nil || known.weight() > r.best.weight()):
			r.best = known
		case r.best != nil && r.recorded[r.best.op] != nil:
		case r.best == nil || r.tries < mostTries && atMost(e) > r.best.weight():
			x := explain(e, r.live, r.placement.Region.Page, r.placement.Able)
			r.tries++
			if r.best == nil || x.weight() > r.best.weight() {
				r.best = &x
			}
		}
		if r.left--; r.left == 0 {
			r.live = nil
			return
		}
	}
	r.live.Apply(e)
}

// all are the explanations by operation, with those of grants in pieces that the run wrote.
func (r *reasons) all() []*pinned {
	all := slices.Clone(r.found)
	for _, x := range r.recorded {
		if x.Errno == "" {
			all = append(all, x)
		}
	}
	slices.SortStableFunc(all, func(a, b *pinned) int { return a.op - b.op })
	return all
}

// frame ends a frame. A request that made no sense is told of only as the first.
func (r *reasons) frame() {
	if r.best != nil && (len(r.found) == 0 || r.best.weight() > 0) {
		r.found = append(r.found, r.best)
	}
	r.best, r.tries = nil, 0
}
