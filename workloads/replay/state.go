package replay

import (
	"errors"
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// ErrState is that of an allocator or a strategy that cannot begin in the state in which
// operations begin: the error wraps it and says why.
var ErrState = errors.New("cannot begin in the given state")

// Begins lays out the state in which ops begin with a new allocator of s for region. The
// error wraps [ErrState] where the strategy cannot begin there: it has no windows and is no
// [strategies.Placer], or it does not grant an extent exactly where it lies. What it can do once it can do again, so a replay
// does not look.
func Begins(s strategies.Strategy, region strategies.Region, ops []workloads.Op) error {
	n := workloads.State(ops)
	if n == 0 {
		return nil
	}
	a, err := s.New(region)
	if err != nil {
		return fmt.Errorf("%s: %w", s.Name, err)
	}
	if _, places := strategies.As[strategies.Placer](a); !places && !s.Caps.Has(strategies.CapWindow) {
		return fmt.Errorf("%s has no windows, and %w", s.Name, ErrState)
	}
	live := NewLive(ops[:n])
	for i := range ops[:n] {
		if err := live.give(a, &ops[i]); err != nil {
			return fmt.Errorf("%s %w", s.Name, err)
		}
	}
	return nil
}

// give puts the live extent of op into its slot.
func (l *Live) give(a strategies.Allocator, op *workloads.Op) (err error) {
	s := &l.slots[op.Slot]
	*s, err = give(a, (*s)[:0], op.Req)
	return err
}

// give grants exactly the window r, as an extent where a can place one, and appends its
// blocks to dst. If a places it elsewhere or refuses it, nothing is granted.
func give(a strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	n := len(dst)
	out, err := place(a, dst, r)
	if err != nil {
		return dst, fmt.Errorf("%w: it refuses %d+%d: %w", ErrState, r.Lo, r.Size, err)
	}
	sum := uint64(0)
	for _, b := range out[n:] {
		if b.Start < r.Lo || b.End() > r.Hi {
			a.Free(out[n:])
			return dst, fmt.Errorf("%w: it grants %v for %d+%d", ErrState, b, r.Lo, r.Size)
		}
		sum += b.Size
	}
	if sum != r.Size {
		a.Free(out[n:])
		return dst, fmt.Errorf("%w: it grants %d bytes for %d+%d", ErrState, sum, r.Lo, r.Size)
	}
	return out, nil
}

// place is the way in which a grants an extent.
func place(a strategies.Allocator, dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if p, ok := strategies.As[strategies.Placer](a); ok {
		return p.Place(dst, r.Lo, r.Size)
	}
	return a.Alloc(dst, r)
}

// trim does a trim of a slot in use. The error says why the slot holds all that it
// held.
func (l *Live) trim(a strategies.Allocator, op *workloads.Op) error {
	s := &l.slots[op.Slot]
	kept, err := trim(a, l.kept[:0], *s, op.Req.Lo, op.Req.Size)
	l.kept = kept[:0]
	if err == nil {
		*s = append((*s)[:0], kept...)
	}
	return err
}

// trim keeps size bytes of blocks, from skip bytes behind their start on, and appends
// what is left to dst.
func trim(a strategies.Allocator, dst, blocks []strategies.Block, skip, size uint64) ([]strategies.Block, error) {
	t, ok := strategies.As[strategies.Trimmer](a)
	start := blocks[0].Start + skip
	switch {
	case !ok:
		return dst, fmt.Errorf("%w: it cannot trim", strategies.ErrInvalid)
	case start < skip:
		return dst, fmt.Errorf("%w: a trim from %d on ends past 2^64", strategies.ErrInvalid, skip)
	}
	return t.Trim(dst, blocks, start, size)
}

// reset does a reset where a keeps clear memory.
func reset(a strategies.Allocator, op *workloads.Op) {
	if r, ok := strategies.As[strategies.ClearResetter](a); ok {
		r.ResetClear(op.Kind == workloads.ResetClear)
	}
}
