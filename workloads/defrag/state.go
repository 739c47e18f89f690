package defrag

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// State is what is live at one moment, and where each object may lie.
type State struct {
	Region  strategies.Region
	Objects []Object
}

// Object is a live allocation.
type Object struct {
	ID    uint64
	Op    int                // that granted it, from 1
	Slot  uint32             // of the stream
	At    []strategies.Block // ascending, those that adjoin joined
	Whole bool               // it lies in one piece, and must
	Align uint64             // of each piece, in bytes, at least the page
	Lo    uint64             // it may lie in [Lo, Hi)
	Hi    uint64
}

// Bytes is what the object holds.
func (o *Object) Bytes() (sum uint64) {
	for _, b := range o.At {
		sum += b.Size
	}
	return sum
}

// objectOf describes what the operation op, the born-th, was granted. An extent of the state
// in which a stream begins was asked for nobody knows how: it may lie anywhere, and in pieces
// where the strategy grants pieces.
func objectOf(st *explain.Stream, rules reason.Rules, born int, slot uint32, held []strategies.Block) Object {
	op := &st.Ops[born-1]
	o := Object{ID: st.ID(born - 1), Op: born, Slot: slot, Whole: !rules.Scatters, Align: st.Region.Page, Hi: st.Region.Managed()}
	for _, b := range held {
		o.At = append(o.At, strategies.Block{Start: b.Start, Size: b.Size})
	}
	o.At = joined(o.At)
	if op.Kind == workloads.Live {
		return o
	}
	o.Whole = o.Whole || op.Req.Flags&strategies.Contiguous != 0
	o.Align = max(o.Align, op.Req.Align)
	if op.Req.Flags&strategies.Range != 0 {
		o.Lo = min(op.Req.Lo, o.Hi)
		if op.Req.Hi > 0 {
			o.Hi = min(op.Req.Hi, o.Hi)
		}
	}
	return o
}

// joined sorts extents and joins those that adjoin.
func joined(list []strategies.Block) []strategies.Block {
	slices.SortFunc(list, func(a, b strategies.Block) int { return cmp.Compare(a.Start, b.Start) })
	out := list[:0]
	for _, b := range list {
		if n := len(out); n > 0 && out[n-1].End() == b.Start {
			out[n-1].Size += b.Size
			continue
		}
		out = append(out, b)
	}
	return out
}

// piece is a run of addresses of one object.
type piece struct {
	start, end uint64
	of         int // index in Objects
}

// pieces are those of all objects, ascending.
func (s *State) pieces() []piece {
	var list []piece
	for i := range s.Objects {
		for _, b := range s.Objects[i].At {
			list = append(list, piece{b.Start, b.End(), i})
		}
	}
	slices.SortFunc(list, func(a, b piece) int { return cmp.Compare(a.start, b.start) })
	return list
}

// holes are the free extents, ascending. The pieces are those of the state.
func (s *State) holes(pieces []piece) (list []strategies.Block) {
	at := uint64(0)
	for _, p := range pieces {
		if p.start > at {
			list = append(list, strategies.Block{Start: at, Size: p.start - at})
		}
		at = max(at, p.end)
	}
	if end := s.Region.Managed(); at < end {
		list = append(list, strategies.Block{Start: at, Size: end - at})
	}
	return list
}

// Free is the number of bytes that are free, and those of the largest hole.
func (s *State) Free() (free, largest uint64) {
	for _, h := range s.holes(s.pieces()) {
		free += h.Size
		largest = max(largest, h.Size)
	}
	return free, largest
}

// session is a replay of a stream on one strategy, up to some operation.
type session struct {
	*explain.Stream
	rules  reason.Rules
	a      strategies.Allocator
	live   *replay.Live
	player *replay.Player
	born   []int32 // by slot: operation that granted, from 1
	done   int     // operations
}

// newSession begins a replay. extra is how many slots there shall be beside those of the
// stream.
func newSession(st *explain.Stream, s strategies.Strategy, extra int) (*session, error) {
	a, err := s.New(st.Region)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, err)
	}
	last := uint32(0)
	for i := range st.Ops {
		last = max(last, st.Ops[i].Slot)
	}
	live := replay.NewLive([]workloads.Op{{Slot: last + uint32(extra)}})
	return &session{
		Stream: st, rules: reason.RulesOf(s.Caps), a: a, live: live,
		player: replay.NewPlayer(a, live), born: make([]int32, live.Slots()),
	}, nil
}

// do does the next operation.
func (x *session) do() (what replay.Outcome, err error) {
	op := &x.Ops[x.done]
	x.done++
	what, err = x.player.Do(op)
	if what == replay.Granted || what == replay.Given {
		x.born[op.Slot] = int32(min(x.done, 1<<31-1))
	}
	return what, err
}

// to does all operations before the op-th.
func (x *session) to(op int) {
	for x.done < op-1 {
		x.do()
	}
}

// state is what is live now.
func (x *session) state() *State {
	s := &State{Region: x.Region}
	for slot := range x.live.Slots() {
		if held := x.live.Held(uint32(slot)); len(held) > 0 {
			s.Objects = append(s.Objects, objectOf(x.Stream, x.rules, int(x.born[slot]), uint32(slot), held))
		}
	}
	return s
}
