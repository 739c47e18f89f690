package bench

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Live is the table of live allocations of a replay: what every slot of the
// stream holds, as the allocator granted it. Its memory is kept between
// replays. Once each slot has room for the longest list that the stream ever
// puts there, a replay takes nothing from the Go heap.
//
// The list of a slot is an ordinary slice. Its length is what is live, its
// capacity is what stays when it is freed.
type Live struct {
	slots [][]strategies.Block
}

// NewLive is an empty table with a slot for each one that ops names.
func NewLive(ops []workloads.Op) *Live {
	n := 0
	for i := range ops {
		n = max(n, int(ops[i].Slot)+1)
	}
	return &Live{slots: make([][]strategies.Block, n)}
}

// Drain frees what is live, in slot order, and leaves the table empty with its
// memory kept. Between two replays it stands outside the timed part: how an
// application dies is another question than how it works.
func (l *Live) Drain(a strategies.Allocator) {
	for i, b := range l.slots {
		if len(b) > 0 {
			a.Free(b)
			l.slots[i] = b[:0]
		}
	}
}

// fit lays out an empty table anew: slot i gets room for room[i] blocks, all
// rooms in one array without gaps. What a replay touches then is as small as it
// can be, which matters: with the [Null] strategy the workload pages costs
// 5.6 ns an operation so, and 26 ns with room for 64 blocks in every slot.
func (l *Live) fit(room []uint32) {
	total := 0
	for _, n := range room {
		total += int(n)
	}
	all := make([]strategies.Block, total)
	for i, n := range room {
		l.slots[i], all = all[:0:n], all[n:]
	}
}

// A player does the operations of a stream one by one, for the passes that
// look at each result. [Replay] is the same thing written for speed.
type player struct {
	a       strategies.Allocator
	clearer strategies.ClearFreer // a itself, nil if it is none
	live    *Live
}

// What became of one operation.
type outcome uint8

const (
	skipped outcome = iota // nothing to do: a free of what was refused, a fallback for what was not
	granted                // the slot holds the blocks now
	refused                // err says why
	freed                  // the slot is empty now
)

func newPlayer(a strategies.Allocator, live *Live) *player {
	if b, ok := a.(*batched); ok {
		a = b.Allocator // one by one
	}
	clearer, _ := strategies.As[strategies.ClearFreer](a)
	return &player{a: a, clearer: clearer, live: live}
}

// do does op and says what became of it; err is the refusal.
func (p *player) do(op *workloads.Op) (outcome, error) {
	s := &p.live.slots[op.Slot]
	empty := len(*s) == 0
	switch {
	case op.Kind == workloads.Alloc, op.Kind == workloads.Fallback && empty:
		b, err := p.a.Alloc((*s)[:0], op.Req)
		if err != nil {
			return refused, err
		}
		*s = b
		return granted, nil
	case op.Kind == workloads.Fallback, empty:
		return skipped, nil
	case op.Kind == workloads.FreeCleared && p.clearer != nil:
		p.clearer.FreeCleared(*s)
	default:
		p.a.Free(*s)
	}
	*s = (*s)[:0]
	return freed, nil
}
