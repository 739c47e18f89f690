// Package explain says why a strategy refused a request, or granted it in pieces, and
// proves what it says would have helped by replaying the stream.
//
// # Idea
//
// An allocator's state is what its history made of it, so it cannot be copied or guessed:
// a stream is replayed up to the operation before, and the live objects and the free
// memory are read off. Package reason finds by geometry which place the request could best
// have had and which objects stand there. Then the stream is replayed again to the same
// point, these objects are freed, whole, and the request is asked for. Only if it is
// granted is it said that it would fit without them.
//
// # Which objects
//
// The cost of a set of objects is their bytes together, all of each wherever it lies; of
// sets that cost the same the one of fewer objects counts, then the one with lower ids.
//
//   - Of few live objects ([Limits].Objects) all sets are tried, cheapest first. That needs
//     no rule of the strategy, and the first that serves is the cheapest there is.
//   - Otherwise the sets that package reason names by the strategy's rule are tried, then
//     those for any larger place. The first that serves is called the cheapest only if the
//     rule is one that the tests of this package hold against all sets of small states,
//     or if the contract of a strategy leaves nothing cheaper.
//
// # Complexity and limits
//
// All operations asked about share one replay of the stream on the strategy, and one on
// each other strategy. Each trial replays the operations before again. Limits bound their
// number and the operations they replay in all; where they end the search the explanation
// says so ([reason.Explanation].GaveUp).
package explain

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Stream is what is replayed.
type Stream struct {
	Workload string
	Region   strategies.Region
	Ops      []workloads.Op
	// IDs are the names of the allocations, by the operation that asks for each; nil if
	// they are the numbers of the operations from 0 on, as in the placements of a run.
	IDs []uint64
}

// ID names the allocation that operation i, from 0, asks for. A second attempt has the
// name of the first.
func (s *Stream) ID(i int) uint64 {
	if i > 0 && s.Ops[i].Kind == workloads.Fallback {
		i--
	}
	if s.IDs != nil {
		return s.IDs[i]
	}
	return uint64(i)
}

// Limits bound the search for frees.
type Limits struct {
	Objects int // live: of no more all sets are tried
	Trials  int // sets tried beyond that, for each operation
	Ops     int // operations replayed by all trials of one call together
}

// The limits of the command, and those of a run, which explains many refusals.
var (
	Thorough = Limits{Objects: 12, Trials: 16, Ops: 200_000_000}
	Brief    = Limits{Objects: 6, Trials: 3, Ops: 20_000_000}
)

// Event is one operation with what a strategy did, and why if it was a request.
type Event struct {
	Op     int // from 1
	Kind   workloads.Kind
	ID     uint64
	Born   int // of a free or a trim: the operation that granted what was freed; 0 if there was nothing
	What   replay.Outcome
	Errno  string
	Blocks []strategies.Block // granted, left by a trim, or freed
	Why    *reason.Explanation
}

// Explain replays the stream on s and on the others (see [Ask]), and explains the operations ops, from
// 1 and ascending. The error is that of a strategy that cannot begin here; a strategy that
// breaks its rules panics as in any replay (see [strategies.Catch]).
func Explain(st *Stream, s strategies.Strategy, others []strategies.Strategy, ops []int, lim Limits) ([]Event, error) {
	if err := replay.Begins(s, st.Region, st.Ops); err != nil {
		return nil, err
	}
	e := engine{Stream: st, s: s, rules: reason.RulesOf(s.Caps), lim: lim, left: lim.Ops}
	moments, err := e.moments(ops)
	if err != nil {
		return nil, err
	}
	events := make([]Event, len(moments))
	for i := range moments {
		m := &moments[i]
		events[i] = m.Event
		if m.find == nil {
			continue
		}
		x := &m.find.Explanation
		x.Workload, x.Strategy, x.Op, x.ID = st.Workload, s.Name, m.Op, m.ID
		if m.Errno != "" {
			err = e.remedy(m)
		} else {
			err = e.scattered(m)
		}
		if err != nil {
			return nil, err
		}
		events[i].Why = x
	}
	return events, Ask(st, others, events)
}

// engine explains the operations of one strategy.
type engine struct {
	*Stream
	s     strategies.Strategy
	rules reason.Rules
	lim   Limits
	left  int // operations that trials may replay
}

// moment is an operation with the state before it.
type moment struct {
	Event
	req   strategies.Request
	state *reason.State
	slots []uint32 // of its objects
	find  *reason.Finding
}

// moments replays the stream once and stops at each operation.
func (e *engine) moments(ops []int) (list []moment, err error) {
	a, err := e.s.New(e.Region)
	if err != nil {
		return nil, err
	}
	end := 0
	for _, op := range ops {
		if op < 1 || op > len(e.Ops) || op <= end {
			return nil, fmt.Errorf("operation %d of %d, after operation %d", op, len(e.Ops), end)
		}
		end = op
	}
	live := replay.NewLive(e.Ops[:end])
	born := make([]int32, live.Slots()) // by slot: operation that granted, from 1
	p := replay.NewPlayer(a, live)
	for i := range e.Ops[:end] {
		op := &e.Ops[i]
		asked := len(ops) > 0 && ops[0] == i+1
		var m moment
		if asked {
			m = e.before(i, live, born)
			ops = ops[1:]
		}
		what, err := p.Do(op)
		if what == replay.Granted || what == replay.Given {
			born[op.Slot] = int32(min(i+1, 1<<31-1))
		}
		if !asked {
			continue
		}
		m.What, m.Errno = what, strategies.Errno(err)
		if what != replay.Freed {
			m.Blocks = slices.Clone(live.Held(op.Slot))
		}
		if what == replay.Granted || what == replay.Refused && (op.Kind == workloads.Alloc || op.Kind == workloads.Fallback) {
			m.find = reason.Look(m.state, m.req, m.Errno, e.rules)
			if what == replay.Granted {
				m.find.Segments, m.find.Blocks = Segments(m.Blocks), len(m.Blocks)
			}
		}
		list = append(list, m)
	}
	return list, nil
}

// before is operation i, from 0, with what is live when it begins.
func (e *engine) before(i int, live *replay.Live, born []int32) moment {
	op := &e.Ops[i]
	m := moment{Event: Event{Op: i + 1, Kind: op.Kind}, req: op.Req}
	switch held := live.Held(op.Slot); {
	case op.Kind == workloads.Free || op.Kind == workloads.FreeCleared || op.Kind == workloads.Trim:
		if len(held) > 0 {
			m.Born, m.Blocks = int(born[op.Slot]), slices.Clone(held)
			m.ID = e.ID(m.Born - 1)
		}
		return m
	case op.Kind > workloads.Live:
		return m
	}
	m.ID = e.ID(i)
	m.state = &reason.State{Region: e.Region}
	for slot := range live.Slots() {
		held := live.Held(uint32(slot))
		if len(held) == 0 {
			continue
		}
		o := reason.Object{ID: e.ID(int(born[slot]) - 1), Op: int(born[slot])}
		for _, b := range held {
			m.state.Pieces = append(m.state.Pieces, reason.Piece{Start: b.Start, Size: b.Size, Of: len(m.state.Objects)})
			o.Bytes += b.Size
		}
		m.state.Objects = append(m.state.Objects, o)
		m.slots = append(m.slots, uint32(slot))
	}
	m.state.Sort()
	return m
}

// scattered says why a grant came in pieces.
func (e *engine) scattered(m *moment) error {
	if m.find.Segments < 2 {
		return nil
	}
	m.find.Kind = reason.Scattered
	pages := (m.req.Size-1)/e.Region.Page + 1
	m.find.Split = e.s.Caps.Has(strategies.CapPow2Blocks) && m.find.Segments == m.find.Blocks && m.find.Blocks == bits.OnesCount64(pages)
	if m.req.Flags&strategies.Contiguous != 0 || e.left < m.Op {
		return nil
	}
	one := m.req
	one.Flags |= strategies.Contiguous
	err := e.trial(m, one, nil)
	m.find.AsOne = reason.GrantedIt
	if err != nil {
		m.find.AsOne = strategies.Errno(err)
	}
	return nil
}

// trial replays to the operation, frees the objects of a set, and makes a request. The error
// is that of the allocator.
func (e *engine) trial(m *moment, r strategies.Request, set []int) error {
	a, err := e.s.New(e.Region)
	if err != nil {
		return err
	}
	e.left -= m.Op
	ops := e.Ops[:m.Op-1]
	live := replay.NewLive(e.Ops[:m.Op])
	replay.Replay(a, ops, live)
	for _, o := range set {
		a.Free(live.Held(m.slots[o]))
	}
	_, err = a.Alloc(nil, r)
	return err
}

// Ask replays the stream on others and adds to the explanations what each did at their
// operations.
func Ask(st *Stream, others []strategies.Strategy, events []Event) error {
	for _, o := range others {
		if err := st.ask(o, events); err != nil {
			return err
		}
	}
	return nil
}

func (s *Stream) ask(o strategies.Strategy, events []Event) error {
	last := 0
	for _, ev := range events {
		if ev.Why != nil {
			last = ev.Op
		}
	}
	if last == 0 {
		return nil
	}
	if replay.Begins(o, s.Region, s.Ops) != nil {
		for _, ev := range events {
			if ev.Why != nil {
				ev.Why.Answers = append(ev.Why.Answers, reason.Answer{Strategy: o.Name, What: reason.NotFit})
			}
		}
		return nil
	}
	a, err := o.New(s.Region)
	if err != nil {
		return err
	}
	live := replay.NewLive(s.Ops[:last])
	p := replay.NewPlayer(a, live)
	done := 0
	for _, ev := range events {
		if ev.Why == nil {
			continue
		}
		replay.Replay(a, s.Ops[done:ev.Op-1], live)
		done = ev.Op
		op := &s.Ops[ev.Op-1]
		what, err := p.Do(op)
		ans := reason.Answer{Strategy: o.Name, What: reason.NotAsked}
		switch what {
		case replay.Granted:
			ans.What, ans.Segments = reason.GrantedIt, Segments(live.Held(op.Slot))
		case replay.Refused:
			ans.What, ans.Errno = reason.RefusedIt, strategies.Errno(err)
		}
		ev.Why.Answers = append(ev.Why.Answers, ans)
	}
	return nil
}

// Segments is the number of pieces of memory that blocks are: those that adjoin are one.
func Segments(blocks []strategies.Block) (n int) {
	if len(blocks) < 2 {
		return len(blocks)
	}
	sorted := slices.Clone(blocks)
	slices.SortFunc(sorted, func(a, b strategies.Block) int {
		if a.Start < b.Start {
			return -1
		}
		return 1
	})
	n = 1
	for i, b := range sorted[1:] {
		if sorted[i].End() != b.Start {
			n++
		}
	}
	return n
}
