package replay

import (
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A Tally replays a stream that comes in parts on one allocator, and keeps account: for
// streams that are too long to be held, and whose placements nobody reads one by one.
type Tally struct {
	Counts
	Operations int            // of the parts so far, those with nothing to do and those of the state included
	Refusals   map[string]int // requests refused by errno, "" for an error that is none
	Live, Peak uint64         // bytes granted and not freed: now, and the most so far
	Time       time.Duration  // of the replay so far, with the keeping of account; not of the state

	player *Player
	live   Live
	errno  string // of the last refusal

	touched uint64 // a sum that nobody needs, so that touch is not left out
}

// NewTally is a tally on a, which is empty.
func NewTally(a strategies.Allocator) *Tally {
	t := &Tally{Refusals: make(map[string]int)}
	t.player = NewPlayer(a, &t.live)
	return t
}

// Replay does the next part of the stream; slots is more than every slot that it names.
// The rules of [Check] hold over all parts. The error wraps [ErrState], and is that of an
// allocator that cannot begin in the state of the stream: the tally is of no use then.
//
// It reads the clock twice, and takes nothing from the Go heap once the table of live
// allocations has grown.
func (t *Tally) Replay(ops []workloads.Op, slots int) error {
	t.live.Grow(slots)
	state := workloads.State(ops)
	for i := range ops[:state] {
		if _, err := t.do(&ops[i]); err != nil {
			return err
		}
	}
	began := time.Now()
	for rest := ops[state:]; len(rest) > 0; {
		n := min(ahead, len(rest))
		t.touch(rest[:n])
		for i := range rest[:n] {
			t.do(&rest[i])
		}
		rest = rest[n:]
	}
	t.Time += time.Since(began)
	return nil
}

// ahead is the number of operations whose blocks are loaded before the first of them is
// done.
const ahead = 32

// touch loads what the slots of ops hold. A processor waits for many loads at once, but
// in do it waits for those of one operation at a time, and the blocks of a slot have not
// been used for as long as the object lived.
func (t *Tally) touch(ops []workloads.Op) {
	sum := uint64(0)
	for i := range ops {
		if s := t.live.slots[ops[i].Slot]; len(s) > 0 {
			sum += s[0].Size
		}
	}
	t.touched += sum
}

// do does one operation. The error is that of a state.
func (t *Tally) do(op *workloads.Op) (Outcome, error) {
	t.Operations++
	t.Live -= bytes(t.live.slots[op.Slot])
	what, err := t.player.Do(op)
	blocks := t.live.slots[op.Slot]
	t.Live += bytes(blocks)
	t.Peak = max(t.Peak, t.Live)
	t.Note(op, what, blocks)
	if what == Refused {
		return what, t.refused(op, err)
	}
	if op.Kind == workloads.Fallback && what == Granted {
		t.Refusals[t.errno]--
	}
	return what, nil
}

// refused counts a refusal by its errno. That of a second attempt is that of the request.
func (t *Tally) refused(op *workloads.Op, err error) error {
	switch op.Kind {
	case workloads.Live:
		return err
	case workloads.Fallback:
		t.Refusals[t.errno]--
		fallthrough
	case workloads.Alloc:
		t.errno = strategies.Errno(err)
		t.Refusals[t.errno]++
	}
	return nil
}

func bytes(blocks []strategies.Block) (n uint64) {
	for i := range blocks {
		n += blocks[i].Size
	}
	return n
}
