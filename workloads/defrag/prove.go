package defrag

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/replay"
)

// proof is a replay in which the moves of a plan are done.
type proof struct {
	*session
	held map[int][]uint32 // by object: the slots of its parts
	free []uint32         // slots
}

// prove replays the stream up to the operation, does the moves through the strategy and makes
// the request. Each copy is granted exactly where the plan has it while the object still
// holds what it copies; then the object is freed and what stays of it granted again, where
// it was. The error says what the strategy refuses.
func prove(st *explain.Stream, s strategies.Strategy, op int, state *State, plan *Plan, r strategies.Request) error {
	extra := 0
	for i := range state.Objects {
		extra += len(state.Objects[i].At)
	}
	for _, m := range plan.Moves {
		extra += 2 * len(m.Parts) // each leaves at most one extent more than there were
	}
	x, err := newSession(st, s, extra)
	if err != nil {
		return err
	}
	x.to(op)
	w := proof{session: x, held: make(map[int][]uint32)}
	for i := range extra {
		w.free = append(w.free, uint32(len(x.born)-1-i))
	}
	for _, m := range plan.Moves {
		if err := w.move(state, m); err != nil {
			return err
		}
	}
	_, err = x.a.Alloc(nil, r)
	return err
}

// move does a move.
func (w *proof) move(state *State, m Move) error {
	slots, ok := w.held[m.of]
	if !ok {
		slots = []uint32{state.Objects[m.of].Slot}
	}
	var came []uint32
	for _, p := range m.Parts {
		slot, err := w.place(m.ID, p.To, p.Size)
		if err != nil {
			return err
		}
		came = append(came, slot)
	}
	var stay []uint32
	for _, slot := range slots {
		var held []strategies.Block
		for _, b := range w.live.Held(slot) {
			held = append(held, strategies.Block{Start: b.Start, Size: b.Size})
		}
		rest, touched := joined(held), false
		for _, p := range m.Parts {
			if less, ok := without(rest, p.From, p.From+p.Size); ok {
				rest, touched = less, true
			}
		}
		if !touched {
			stay = append(stay, slot)
			continue
		}
		w.player.Do(&workloads.Op{Kind: workloads.Free, Slot: slot})
		w.free = append(w.free, slot)
		for _, b := range rest {
			kept, err := w.place(m.ID, b.Start, b.Size)
			if err != nil {
				return err
			}
			stay = append(stay, kept)
		}
	}
	w.held[m.of] = append(stay, came...)
	return nil
}

// place has the strategy grant exactly an extent.
func (w *proof) place(id, start, size uint64) (slot uint32, err error) {
	last := len(w.free) - 1
	slot, w.free = w.free[last], w.free[:last]
	op := workloads.Op{Kind: workloads.Live, Slot: slot, Req: strategies.Request{Size: size, Lo: start, Hi: start + size, Flags: strategies.Range}}
	if what, err := w.player.Do(&op); what != replay.Given {
		return slot, fmt.Errorf("allocation %d cannot be placed at %d+%d: %w", id, start, size, err)
	}
	return slot, nil
}
