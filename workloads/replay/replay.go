package replay

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Replay does the operations ops on a, keeps the blocks in live, and counts. It does
// no I/O, reads no clock, and takes nothing from the Go heap once live has grown to
// what the stream needs. Objects that are live at the end stay live; see [Live.Drain].
//
// live has the slots that ops names, and is empty or holds what an earlier part of the
// same stream left in it. An allocation into a slot in use would lose its blocks: the
// loop does not look, so call [Check] on the stream once before, and [Begins] if it has
// a state to begin in.
//
// Adding up the granted bytes here was tried and rejected: up to 2 ns an operation for
// a number that is the same every time.
func Replay(a strategies.Allocator, ops []workloads.Op, live *Live) Counts {
	slots := live.slots
	clearer, _ := strategies.As[strategies.ClearFreer](a)
	var c Counts
	for i := range ops {
		op := &ops[i]
		s := &slots[op.Slot]
		if op.Kind == workloads.Alloc {
			c.Requests++
			b, err := a.Alloc((*s)[:0], op.Req)
			if err != nil {
				c.Refused++
				continue
			}
			c.Blocks += len(b)
			*s = b
			continue
		}
		if len(*s) == 0 {
			if op.Kind > workloads.FreeCleared {
				c.rare(a, op, live)
			}
			continue
		}
		switch {
		case op.Kind == workloads.Free || clearer == nil && op.Kind == workloads.FreeCleared:
			a.Free(*s)
		case op.Kind == workloads.FreeCleared:
			clearer.FreeCleared(*s)
		default:
			c.rare(a, op, live)
			continue
		}
		c.Frees++
		*s = (*s)[:0]
	}
	return c
}

// rare is an operation that is neither an allocation nor a free. It is never inlined,
// so that it takes no registers from the loop.
//
//go:noinline
func (c *Counts) rare(a strategies.Allocator, op *workloads.Op, live *Live) {
	s := &live.slots[op.Slot]
	switch {
	case op.Kind == workloads.Fallback && len(*s) == 0:
		c.fallback(a, op, s)
	case op.Kind == workloads.Live:
		live.give(a, op) // Begins has seen it succeed
	case op.Kind == workloads.Trim && len(*s) > 0:
		c.Trims++
		if live.trim(a, op) != nil {
			c.Untrimmed++
		}
	case op.Kind == workloads.ResetDirty, op.Kind == workloads.ResetClear:
		c.Resets++
		reset(a, op)
	}
}

// fallback is the second attempt for a request that was refused.
func (c *Counts) fallback(a strategies.Allocator, op *workloads.Op, s *[]strategies.Block) {
	c.Fallbacks++
	if b, err := a.Alloc((*s)[:0], op.Req); err == nil {
		c.Refused--
		c.Blocks += len(b)
		*s = b
	}
}
