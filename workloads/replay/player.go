package replay

import (
	"math"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Player does the operations of a stream one by one, for whoever looks at each
// result. [Replay] is the same thing written for speed.
type Player struct {
	a       strategies.Allocator
	clearer strategies.ClearFreer // a itself, nil if it is none
	live    *Live
}

// An Outcome is what became of one operation.
type Outcome uint8

// The outcomes.
const (
	Skipped Outcome = iota // nothing to do: a free of what was refused, a fallback for what was not
	Granted                // the slot holds the blocks now
	Refused                // the slot is empty, and there is an error that says why
	Freed                  // the slot is empty now
)

// NewPlayer is a player on a that keeps what is live in live.
func NewPlayer(a strategies.Allocator, live *Live) *Player {
	clearer, _ := strategies.As[strategies.ClearFreer](a)
	return &Player{a: a, clearer: clearer, live: live}
}

// Do does op and says what became of it; the error is the refusal.
func (p *Player) Do(op *workloads.Op) (Outcome, error) {
	s := &p.live.slots[op.Slot]
	empty := len(*s) == 0
	switch {
	case op.Kind == workloads.Alloc, op.Kind == workloads.Fallback && empty:
		b, err := p.a.Alloc((*s)[:0], op.Req)
		if err != nil {
			return Refused, err
		}
		*s = b
		return Granted, nil
	case op.Kind == workloads.Fallback, empty:
		return Skipped, nil
	case op.Kind == workloads.FreeCleared && p.clearer != nil:
		p.clearer.FreeCleared(*s)
	default:
		p.a.Free(*s)
	}
	*s = (*s)[:0]
	return Freed, nil
}

// Timed does the operations with a clock, which it reads once for each: the end
// of one is the beginning of the next. It sets ns, which has an element for each
// operation, to the nanoseconds it took, at least 1, or to 0 where there was
// nothing to do. [ClockCost] is in each of them.
func (p *Player) Timed(ops []workloads.Op, ns []uint32) {
	start := time.Now()
	last := time.Duration(0)
	for i := range ops {
		what, _ := p.Do(&ops[i])
		now := time.Since(start)
		ns[i] = 0
		if what != Skipped {
			ns[i] = uint32(max(1, min(now-last, math.MaxUint32)))
		}
		last = now
	}
}

// ClockCost is what one reading of the clock adds to the time of an operation,
// in nanoseconds: the least mean of several rows of readings. It changes with the
// frequency of the core, so it is measured anew for every sample.
func ClockCost() float64 {
	const rows, reads = 16, 256
	best := math.Inf(1)
	start := time.Now()
	for range rows {
		first := time.Since(start)
		last := first
		for range reads {
			last = time.Since(start)
		}
		best = min(best, float64(last-first)/reads)
	}
	return best
}
