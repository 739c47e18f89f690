package addrmap

import (
	"strconv"

	"github.com/vramlab/vramlab/report/internal/list"
	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/reason"
)

// Why requests were refused. A run explains those that tell most, and proves by replays what
// would have helped (see schema.Explanations). Of the others the placements alone are looked
// at here, and nothing is said of what would have been granted.

// pinned is a refusal with what stood in its way.
type pinned struct {
	*reason.Explanation
	op     int                // operation of the refusal
	req    strategies.Request // what was refused
	lo, hi uint64             // the best place; 0, 0 if there is none
	pins   []pin              // what stands in it
}

// pin is a run of addresses of an object that stands in the best place.
type pin struct {
	start, size uint64
	id          uint64
}

// newPinned is an explanation as the page needs it.
func newPinned(e *reason.Explanation) pinned {
	x := pinned{Explanation: e, op: e.Op, req: e.Request(), lo: e.Place[0], hi: e.Place[1]}
	for _, p := range e.Pins {
		for _, at := range p.At {
			x.pins = append(x.pins, pin{at[0], at[1], p.ID})
		}
	}
	return x
}

// explain looks for what a refused request wanted. live is the state at the refusal, page
// the page of the region, able what is known of the strategy.
func explain(e *rundir.Event, live *rundir.LiveSet, page uint64, able rundir.Abilities) pinned {
	s := &reason.State{Region: strategies.Region{Size: live.Managed, Page: page}}
	index := make(map[int32]int)
	for _, p := range live.Sorted() {
		o, ok := index[p.Of]
		if !ok {
			o = len(s.Objects)
			index[p.Of] = o
			a := live.Allocs[p.Of]
			s.Objects = append(s.Objects, reason.Object{ID: a.ID, Op: a.Op})
		}
		s.Objects[o].Bytes += p.Size
		s.Pieces = append(s.Pieces, reason.Piece{Start: p.Start, Size: p.Size, Of: o})
	}
	s.Sort()
	f := reason.Look(s, e.Req, e.Errno, reason.Rules{
		Scatters: able.Scatters, OnePiece: able.OnePiece, Powers: able.Powers,
		AnyAlign: able.AnyAlign, NoWindow: able.NoWindow, Offset: able.Offset,
	})
	f.Op, f.ID = e.Op, e.ID
	return newPinned(&f.Explanation)
}

// recorded are the explanations that the run wrote for a replay, by operation.
func recorded(p *rundir.Placement) map[int]*pinned {
	found := make(map[int]*pinned)
	for _, e := range p.Why {
		x := newPinned(e)
		found[x.op] = &x
	}
	return found
}

// sentences explains the refusal of strategy s: the heading and the reason.
func (x pinned) sentences(names list.Names, s int) (head, body text.Prose) {
	mark := func(name string) string {
		if i := names.Index(name); i >= 0 {
			return text.Mark(i)
		}
		return text.Clean(name)
	}
	e := *x.Explanation
	e.Strategy = strconv.Itoa(s)
	h, b := e.Sentences(func(name string) string {
		if name == e.Strategy {
			return text.Mark(s)
		}
		return mark(name)
	})
	return text.Prose(h), text.Prose(b)
}

// weight ranks refusals by what they tell of memory.
func (x *pinned) weight() int { return x.Weight() }

// atMost is the most that a refusal can weigh, known before it is explained.
func atMost(e *rundir.Event) int {
	switch e.Errno {
	case "EINVAL":
		return 0
	case "E2BIG":
		return 1
	}
	return 3
}
