package replay

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
// capacity is what stays when it is freed. A table of 12-byte places in one array
// of blocks was tried: a third less memory, but what it saved in the cache it
// spent on putting slices together, and no gain at 1,000 to 80,000 slots.
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

// Slots is the number of slots.
func (l *Live) Slots() int { return len(l.slots) }

// Held are the blocks in a slot, in the order granted; none if it is empty. They
// stay the table's: the next operation on the slot changes them.
func (l *Live) Held(slot uint32) []strategies.Block { return l.slots[slot] }

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

// Fit lays out an empty table anew: slot i gets room for room[i] blocks, all
// rooms in one array without gaps. What a replay touches then is as small as it
// can be, which matters: with the [Null] strategy the workload pages costs
// 5.6 ns an operation so, and 26 ns with room for 64 blocks in every slot.
// room has an element for each slot.
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
