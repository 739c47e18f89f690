package defrag

import (
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
)

// Cost is what moves cost that make place for a request in one piece.
type Cost struct {
	Possible bool   `json:"possible"` // not shown to be impossible
	Lower    uint64 `json:"lower"`    // bytes: no moves that copy less make place
	Plan     *Plan  `json:"plan,omitempty"`
	Proven   bool   `json:"proven"`  // a replay with the moves of Plan granted the request
	Optimal  bool   `json:"optimal"` // and they copy no more than Lower
	Untried  string `json:"untried,omitempty"`
}

// Limits bound the search for moves.
type Limits struct {
	Windows int // that are tried
	Steps   int // looks at holes and objects, for one request
}

// The limits of the command, and those of a run, which asks for many.
var (
	Thorough = Limits{Windows: 256, Steps: 1 << 27}
	Brief    = Limits{Windows: 16, Steps: 1 << 22}
)

// solved is the cheapest plan that was found for windows of a shape, and a number of bytes
// that no moves which clear one are below; ok is false if none can be cleared.
type solved struct {
	plan  *Plan
	lower uint64
	ok    bool
}

// solver looks for plans in one state.
type solver struct {
	*State
	pieces []piece
	holes  []strategies.Block
	survey *survey
	lim    Limits
	steps  int // left
}

func newSolver(st *State, lim Limits) *solver {
	pieces := st.pieces()
	return &solver{st, pieces, st.holes(pieces), newSurvey(st.Objects, pieces, nil), lim, lim.Steps}
}

// solve tries the windows of a shape, the cheapest first, until none that is left can cost
// less than the plan that was found.
func (s *solver) solve(shape reason.Shape) (best solved) {
	free := uint64(0)
	for _, h := range s.holes {
		free += h.Size
	}
	if free < shape.Size || s.stuck() {
		return best
	}
	const none = ^uint64(0)
	best.lower = none
	for i, p := range s.survey.places(shape, nil, s.lim.Windows+1) {
		if best.plan != nil && p.cost >= best.plan.Bytes {
			break
		}
		if i == s.lim.Windows || s.steps < 0 {
			best.lower = min(best.lower, p.cost)
			break
		}
		lower, ok := s.bound(p, shape.Size)
		if !ok {
			continue
		}
		best.lower = min(best.lower, lower)
		if best.plan != nil && lower >= best.plan.Bytes {
			continue
		}
		for _, at := range []uint64{p.at, p.last - (p.last-p.at)%shape.Align} {
			if best.plan != nil && best.plan.Bytes <= lower {
				break
			}
			plan := build(s.State, s.holes, at, at+shape.Size, &s.steps)
			if plan != nil && (best.plan == nil || plan.Bytes < best.plan.Bytes) {
				best.plan = plan
			}
		}
	}
	best.ok = best.lower < none
	if best.plan != nil {
		best.lower = min(best.lower, best.plan.Bytes)
	}
	return best
}

// stuck reports whether nothing can move: then nothing ever can.
func (s *solver) stuck() bool {
	largest := uint64(0)
	for _, h := range s.holes {
		largest = max(largest, h.Size)
	}
	return !slices.ContainsFunc(s.Objects, func(o Object) bool {
		shape := reason.Shape{Size: o.Align, Align: o.Align, Lo: o.Lo, Hi: o.Hi}
		if o.Whole {
			shape.Size = o.At[0].Size
		} else if len(o.At) > 0 {
			shape.Size = min(shape.Size, o.At[len(o.At)-1].Size)
		}
		return shape.Size <= largest && s.fits(shape, nil)
	})
}

// bound is a number of bytes that no moves which clear the window, or one that it stands for,
// are below; ok is false if none can be cleared. What lies there is copied at least once. A
// whole object of it must come to lie elsewhere: where no hole is large enough, others that
// are not counted yet must leave the place that costs least. All that is sure of elsewhere is
// that it is not what these windows have in common.
func (s *solver) bound(p place, size uint64) (lower uint64, ok bool) {
	var core []strategies.Block
	if p.last < p.first+size {
		core = append(core, strategies.Block{Start: p.last, Size: p.first + size - p.last})
	}
	first, next := s.survey.in(p.at, p.at+size)
	var cleared *survey
	extra := uint64(0)
	for _, q := range s.pieces[first:next] {
		obj := &s.Objects[q.of]
		shape := reason.Shape{Size: q.end - q.start, Align: obj.Align, Lo: obj.Lo, Hi: obj.Hi}
		if !obj.Whole || s.fits(shape, core) {
			continue
		}
		if cleared == nil {
			cleared = newSurvey(s.Objects, s.pieces, func(of int) bool {
				return s.Objects[of].Whole && meets(s.Objects[of].At, p.at, p.at+size)
			})
		}
		s.steps -= 16 * len(s.pieces)
		list := cleared.places(shape, core, 1)
		if len(list) == 0 {
			return 0, false
		}
		if extra = max(extra, list[0].cost); s.steps < 0 {
			break
		}
	}
	return p.cost + extra, true
}

// fits reports whether a hole takes the shape beside what is to be avoided, one extent at most.
func (s *solver) fits(shape reason.Shape, avoid []strategies.Block) bool {
	s.steps -= len(s.holes)
	return slices.ContainsFunc(s.holes, func(h strategies.Block) bool {
		if h.Size < shape.Size {
			return false
		}
		if !meets(avoid, h.Start, h.End()) {
			_, ok := shape.Fits(h.Start, h.End())
			return ok
		}
		_, below := shape.Fits(h.Start, max(h.Start, avoid[0].Start))
		_, above := shape.Fits(min(h.End(), avoid[0].End()), h.End())
		return below || above
	})
}
