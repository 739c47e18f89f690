package age

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/vramlab/vramlab/workloads"
)

// DefaultOps is the usual bound: at 128 operations a value of the curve, three looks.
const DefaultOps = 1 << 17

// Fills are the fill levels of the headline, in percent.
func Fills() []int { return []int{80, 90, 95} }

// MostRegion is the size of the largest region, in bytes: a run counts what is live in each
// 64 KiB of it.
const MostRegion = 1 << 40

// A Load is what a strategy grows old on: a stream of operations, of which those count that
// come after the region was filled.
type Load struct {
	workloads.Workload
	Seed uint64
	Fill int // percent of the region that it is filled to
	// Level is where the count begins: behind the first operation after which so many bytes
	// are asked for and not freed. At 0 all operations count.
	Level uint64
	Ops   int // operations that count, at most: the bound
}

// Filled is the load of [workloads.Aged], whose operations count once the region is full to
// so many percent, from 1 to 99.
func Filled(fill int, seed uint64, ops int) Load {
	w := workloads.Aged(fill)
	return Load{Workload: w, Seed: seed, Fill: fill, Level: w.Region.Size / 100 * uint64(fill), Ops: ops}
}

// Fitted is a load of w, in a region that the peak of its first operations, as many as the
// bound, fills to so many percent. All of them count. A generator keeps to its level, so its
// peak is about that; a recorded trace is as full only at its peak. Windows stay where they
// are: a request whose window is outside the region is refused. The error is that of ctx, or a
// line that says why w is no load.
func Fitted(ctx context.Context, w workloads.Workload, fill int, seed uint64, ops int) (Load, error) {
	l := Load{Workload: w, Seed: seed, Fill: fill, Ops: ops}
	asked, n := asking{unit: w.Region.Page}, 0
	err := l.each(func(part []workloads.Op) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if workloads.State(part) > 0 {
			return fmt.Errorf("%s begins in a given state, and a strategy grows old from an empty region on", w.Name)
		}
		for i := range part[:min(len(part), ops-n)] {
			if asked.note(&part[i]); asked.sum > MostRegion {
				return fmt.Errorf("%s asks for more than %d bytes at once, the most that a region can have here", w.Name, uint64(MostRegion))
			}
		}
		if n += len(part); n >= ops {
			return errEnough
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	peak := asked.peak
	if peak == 0 {
		return l, fmt.Errorf("%s asks for nothing, which fills no region", w.Name)
	}
	l.Region.Size = (peak*100/uint64(fill)/LargePage + 1) * LargePage
	l.Region.Visible = 0
	return l, nil
}

// asking keeps account of what is asked for and not freed.
type asking struct {
	unit      uint64   // sizes are rounded up to it, a power of two
	of        []uint64 // bytes, by slot
	sum, peak uint64   // of all slots, now and at most
}

// note notes an operation. A size beyond any region counts as such a size.
func (a *asking) note(op *workloads.Op) {
	for int(op.Slot) >= len(a.of) {
		a.of = append(a.of, 0)
	}
	of := &a.of[op.Slot]
	a.sum -= *of
	size := (min(op.Req.Size, 2*MostRegion) + a.unit - 1) &^ (a.unit - 1)
	switch op.Kind {
	case workloads.Alloc, workloads.Fallback:
		*of = size
	case workloads.Free, workloads.FreeCleared:
		*of = 0
	case workloads.Trim:
		*of = min(*of, size)
	}
	a.sum += *of
	a.peak = max(a.peak, a.sum)
}

// errEnough ends a stream of which no more is needed.
var errEnough = errors.New("enough operations")

// mostMade is the length that generators are asked for: they are stopped before.
const mostMade = math.MaxInt32

// each hands over the stream from its beginning, part by part, until hand has enough.
func (l *Load) each(hand func(part []workloads.Op) error) error {
	err := error(nil)
	if l.Parts != nil {
		err = l.Parts(l.Seed, mostMade, hand)
	} else {
		err = hand(l.Workload.Ops(l.Seed, 0))
	}
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// eachOp hands over operations one by one, with their index, and looks at ctx now and then.
func (l *Load) eachOp(ctx context.Context, hand func(i int, op *workloads.Op) error) error {
	const often = 4096
	n := 0
	return l.each(func(part []workloads.Op) error {
		for i := range part {
			if n%often == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if err := hand(n, &part[i]); err != nil {
				return err
			}
			n++
		}
		return nil
	})
}
