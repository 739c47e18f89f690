package replay

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Live is the table of live allocations of a replay: the blocks in every slot of the
// stream, as the allocator granted them. It keeps its memory between replays. Once
// each slot has room for the longest list that the stream puts there, a replay takes
// nothing from the Go heap.
//
// The list of a slot is an ordinary slice, which keeps its capacity when it is freed.
// A table of 12-byte places in one array of blocks was tried: a third less memory,
// but the cache misses it saved were spent on putting slices together, and there was
// no gain at 1,000 to 80,000 slots.
type Live struct {
	slots [][]strategies.Block
	kept  []strategies.Block // what a trim leaves, on its way into its slot
}

// NewLive is an empty table with a slot for each one that ops names.
func NewLive(ops []workloads.Op) *Live {
	n := 0
	for i := range ops {
		n = max(n, int(ops[i].Slot)+1)
	}
	return &Live{slots: make([][]strategies.Block, n)}
}

// Grow adds empty slots until there are n, for a stream that comes in parts.
func (l *Live) Grow(n int) {
	if more := n - len(l.slots); more > 0 {
		l.slots = append(l.slots, make([][]strategies.Block, more)...)
	}
}

// Slots is the number of slots.
func (l *Live) Slots() int { return len(l.slots) }

// Held are the blocks in a slot in the order granted, none if it is empty. They are
// valid until the next operation on the slot; the caller does not change them.
func (l *Live) Held(slot uint32) []strategies.Block { return l.slots[slot] }

// Drain frees all live blocks in slot order. The table is then empty and keeps its
// memory. It belongs outside the timed part of a replay.
func (l *Live) Drain(a strategies.Allocator) {
	for i, b := range l.slots {
		if len(b) > 0 {
			a.Free(b)
			l.slots[i] = b[:0]
		}
	}
}

// Fit lays out an empty table anew: slot i gets room for room[i] blocks, all of it in
// one array without gaps. room has one element per slot. A replay then touches as
// little memory as possible, which matters: with room for 64 blocks in every slot the
// workload pages took several times as long on the [Null] strategy.
func (l *Live) Fit(room []uint32) {
	total := 0
	for _, n := range room {
		total += int(n)
	}
	all := make([]strategies.Block, total)
	for i, n := range room {
		l.slots[i], all = all[:0:n], all[n:]
	}
}
