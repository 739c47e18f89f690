package defrag

import (
	"context"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Room is what a strategy has free at one moment.
type Room struct {
	Free uint64 // bytes
	// Block is the largest power of two that it grants in one piece, by its rules, if that is
	// asked for without an alignment or a window; 0 for none, or where the rules do not tell.
	Block uint64
}

// Rooms replays the stream on the strategy and says what is free before the operations, which
// ascend and count from 1.
func Rooms(ctx context.Context, st *explain.Stream, s strategies.Strategy, ops []int) ([]Room, error) {
	if err := replay.Begins(s, st.Region, st.Ops); err != nil {
		return nil, err
	}
	x, err := newSession(st, s, 0)
	if err != nil {
		return nil, err
	}
	w := watching{session: x}
	var list []Room
	for _, op := range ops {
		if err := w.to(ctx, op); err != nil {
			return nil, err
		}
		state := x.state()
		holes := state.holes(state.pieces())
		var room Room
		largest := uint64(0)
		for _, h := range holes {
			room.Free += h.Size
			largest = max(largest, h.Size)
		}
		for size := st.Region.Page; size <= largest && size > 0; size *= 2 {
			r := strategies.Request{Size: size, Flags: strategies.Contiguous}
			sure, _, sound := reason.Shapes(st.Region, r, x.rules)
			if !sound || !someFits(holes, sure) {
				break
			}
			room.Block = size
		}
		list = append(list, room)
	}
	return list, nil
}

// someFits reports whether one of the holes takes the shape.
func someFits(holes []strategies.Block, shape reason.Shape) bool {
	for _, h := range holes {
		if _, ok := shape.Fits(h.Start, h.End()); ok {
			return true
		}
	}
	return false
}

// Least is the size that tells most of strategies at one moment: the smallest power of two
// from least on that one of them does not grant in one piece although all have so much free.
// It is 0 if there is none.
func Least(rooms []Room, least uint64) uint64 {
	size, free := ^uint64(0), ^uint64(0)
	for _, r := range rooms {
		size, free = min(size, 2*r.Block), min(free, r.Free)
	}
	if least > 1 {
		least = 1 << bits.Len64(least-1)
	}
	if size = max(size, least); size > free || len(rooms) == 0 {
		return 0
	}
	return size
}
