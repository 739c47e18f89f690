package bench

import (
	"iter"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Counts is what a replay did. For the same strategy and operations it is the
// same every time.
type Counts struct {
	Requests  int // what was asked for; an allocation and its fallback are one
	Refused   int // of these, not granted in the end
	Fallbacks int // second attempts made
	Frees     int // frees made; the free of what was refused is none
	Blocks    int // blocks granted
}

// Granted is the number of requests granted.
func (c Counts) Granted() int { return c.Requests - c.Refused }

// Allocs is the number of calls of Alloc.
func (c Counts) Allocs() int { return c.Requests + c.Fallbacks }

// Replay does the operations ops on a, keeping what is live in live, and
// returns what it did. It does no I/O, takes no time stamps, and takes
// nothing from the heap once live has grown to what the stream needs. What is
// live at the end stays live; see [Live.Drain].
//
// live must have the slots that ops names and be empty, or hold what an
// earlier part of the same stream left in it. An allocation into a slot that
// holds something would lose it: [Run] checks the stream once, beforehand, so
// that this loop need not.
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
			if op.Kind == workloads.Fallback {
				c.fallback(a, op, s)
			}
			continue
		}
		switch {
		case op.Kind == workloads.Free || clearer == nil && op.Kind == workloads.FreeCleared:
			a.Free(*s)
		case op.Kind == workloads.FreeCleared:
			clearer.FreeCleared(*s)
		default:
			continue
		}
		c.Frees++
		*s = (*s)[:0]
	}
	return c
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

// Null is the strategy that does nothing: every request is granted as one
// block at address 0, every free is forgotten. Replayed, it measures the
// harness, which is the floor under every other figure. It keeps no contract
// but the signatures, and is in no list.
var Null = strategies.Strategy{
	Name: "null",
	Doc:  "Grants everything at address 0 without work: what is left is the cost of the harness.",
	New:  func(strategies.Region) (strategies.Allocator, error) { return new(null), nil },
}

// null has pointer receivers: through an interface a value receiver goes by
// way of a wrapper that copies the request once more, 2 ns an operation.
type null struct{ _ byte }

func (*null) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	return append(dst, strategies.Block{Size: r.Size}), nil
}

func (*null) Free([]strategies.Block) {}

func (*null) FreeBlocks() iter.Seq[strategies.Block] {
	return func(func(strategies.Block) bool) {}
}
