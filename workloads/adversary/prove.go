package adversary

import (
	"context"

	"github.com/vramlab/vramlab/internal/shrink"
	"github.com/vramlab/vramlab/workloads"
)

// shrinkWork is roughly the number of operations that are replayed to make a trace shorter,
// or of visits, if there are more.
const shrinkWork = 5_000_000

// Prove makes the trace of an attack, as short as it can be made with what it proves, and
// measures its claim. When ctx ends, the trace is as long as it is by then, and no growth is
// measured. A trace of [Visits] is the program at a small live limit: what it does at larger
// ones is the claim of its growth. The error is [ErrNothing] if the program does nothing in the
// region that the attack names.
func (t Target) Prove(ctx context.Context, a Attack) (Proof, error) {
	p := Proof{Program: a.Program}
	if t.Aim == Visits {
		if ctx.Err() == nil {
			var err error
			if p.Growth, err = t.growth(ctx, a.Program, t.part(16), growthPart*t.Live/t.Page, growthWork); err != nil {
				return Proof{}, err
			}
		}
		t.Live = t.Page * t.part(16)
		a.Region = t.Live
	}
	region, ops, err := t.Trace(a)
	if err != nil {
		return Proof{}, err
	}
	if len(ops) == 0 {
		return Proof{}, ErrNothing
	}
	p.Region = region
	p.From = len(ops)
	over := t.over(ops)
	whole, err := Measure(t.Strategy, region, ops, t.Aim, over)
	if err != nil {
		return Proof{}, err
	}
	if p.Ops, p.Claim = compact(ops), whole; ctx.Err() != nil {
		return p, nil
	}
	var visits uint64
	p.Ops = Shrink(ops, int(over), func(ops []workloads.Op) bool {
		if ctx.Err() != nil || visits > shrinkWork {
			return false
		}
		c, err := Measure(t.Strategy, region, ops, t.Aim, over)
		visits += c.Visits
		return err == nil && c.holds(whole)
	})
	p.Claim, err = Measure(t.Strategy, region, p.Ops, t.Aim, over)
	return p, err
}

// part is one nth of the live limit in pages, as a limit has to be.
func (t Target) part(n uint64) uint64 { return max(16, t.Live/t.Page/n&^15) }

// over is the number of operations of the probe at the end of a trace: one for each
// request, and for each free.
func (t Target) over(ops []workloads.Op) uint64 {
	if t.Aim != Visits {
		return 1
	}
	requests := t.rules(t.Live / t.Page).probes()
	for i := len(ops) - 1; i >= 0; i-- {
		if ops[i].Kind != workloads.Alloc {
			continue
		}
		if requests--; requests == 0 {
			return uint64(len(ops) - i)
		}
	}
	return uint64(len(ops))
}

// holds reports whether c is as bad for the strategy as what was claimed.
func (c Claim) holds(claimed Claim) bool {
	return c.Live <= claimed.Live && c.Size >= claimed.Size && c.Free >= claimed.Free &&
		c.Segments >= claimed.Segments && c.Visits >= claimed.Visits
}

// Shrink leaves objects out of a trace, and then frees, for as long as the claim holds. The
// last operations, at least one, stay; no slot is used twice.
func Shrink(ops []workloads.Op, last int, holds func([]workloads.Op) bool) []workloads.Op {
	tries := max(64, shrinkWork/max(1, len(ops)))
	keep := len(ops) - max(1, last)
	fixed := make(map[uint32]bool) // slots of the end
	for _, op := range ops[keep:] {
		fixed[op.Slot] = true
	}
	without := func(ops []workloads.Op, gone func(op *workloads.Op) bool) (left []workloads.Op) {
		for i := range ops {
			if !gone(&ops[i]) {
				left = append(left, ops[i])
			}
		}
		return left
	}
	var objects, frees []uint32
	for _, op := range ops[:keep] {
		if op.Kind == workloads.Alloc && !fixed[op.Slot] {
			objects = append(objects, op.Slot)
		}
	}
	some := func(list []uint32, frees bool) func([]uint32) []workloads.Op {
		return func(kept []uint32) []workloads.Op {
			in := make(map[uint32]bool, len(kept))
			for _, slot := range kept {
				in[slot] = true
			}
			return without(ops, func(op *workloads.Op) bool {
				return !fixed[op.Slot] && !in[op.Slot] && (!frees || op.Kind != workloads.Alloc)
			})
		}
	}
	build := some(objects, false)
	ops = build(shrink.List(objects, tries, func(kept []uint32) bool { return holds(compact(build(kept))) }))
	for _, op := range ops[:len(ops)-max(1, last)] {
		if op.Kind != workloads.Alloc && !fixed[op.Slot] {
			frees = append(frees, op.Slot)
		}
	}
	build = some(frees, true)
	ops = build(shrink.List(frees, tries, func(kept []uint32) bool { return holds(compact(build(kept))) }))
	return compact(ops)
}

// compact makes slots dense, in the order of the allocations.
func compact(ops []workloads.Op) []workloads.Op {
	slots := make(map[uint32]uint32)
	out := make([]workloads.Op, len(ops))
	for i, op := range ops {
		slot, ok := slots[op.Slot]
		if !ok {
			slot = uint32(len(slots))
			slots[op.Slot] = slot
		}
		op.Slot = slot
		out[i] = op
	}
	return out
}
