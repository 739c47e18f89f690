package replay

import (
	"math"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Player does the operations of a stream one by one, for a caller that looks at each
// result. [Replay] does the same, written for speed.
type Player struct {
	a       strategies.Allocator
	clearer strategies.ClearFreer // a itself, nil if it is none
	live    *Live
}

// An Outcome is the result of one operation.
type Outcome uint8

// The outcomes.
const (
	Skipped Outcome = iota // nothing to do: a free after a refusal, a fallback after a grant
	Granted                // the slot holds the blocks now
	Refused                // the slot is empty, or still holds what was to be trimmed; the error says why
	Freed                  // the slot is empty now
	Given                  // the slot holds a live extent of the state to begin in
	Trimmed                // the slot holds what is left
	Reset                  // nothing is known of free memory, or all of it is zero
)

// NewPlayer is a player on a that keeps the blocks in live.
func NewPlayer(a strategies.Allocator, live *Live) *Player {
	clearer, _ := strategies.As[strategies.ClearFreer](a)
	return &Player{a: a, clearer: clearer, live: live}
}

// Do does op and returns the outcome; the error is that of a refusal.
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
	case op.Kind > workloads.Fallback:
		return p.rare(op, empty)
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

// rare does an operation that is neither an allocation nor a free.
func (p *Player) rare(op *workloads.Op, empty bool) (what Outcome, err error) {
	switch {
	case op.Kind == workloads.Live:
		what, err = Given, p.live.give(p.a, op)
	case op.Kind != workloads.Trim:
		reset(p.a, op)
		return Reset, nil
	case empty:
		return Skipped, nil
	default:
		what, err = Trimmed, p.live.trim(p.a, op)
	}
	if err != nil {
		return Refused, err
	}
	return what, nil
}

// Timed does the operations and reads the clock once after each: the end of one is the
// beginning of the next. ns has one element per operation, which Timed sets to the
// operation's time in nanoseconds, at least 1 and including one reading of the clock,
// or to 0 if there was nothing to do.
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

// ClockCost measures what one reading of the clock adds to the time of an operation,
// in nanoseconds: the least mean of several rows of readings. It changes with the
// frequency of the core, so every sample needs its own.
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
