package age

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/census"
)

// DefaultOps is the usual bound: at 128 operations a value of the curve, three looks.
const DefaultOps = 1 << 17

// Fills are the fill levels of the headline, in percent.
func Fills() []int { return []int{80, 90, 95} }

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
// are: a request whose window is outside the region is refused.
func Fitted(w workloads.Workload, fill int, seed uint64, ops int) (Load, error) {
	l := Load{Workload: w, Seed: seed, Fill: fill, Ops: ops}
	var first []workloads.Op
	err := l.each(func(part []workloads.Op) error {
		if workloads.State(part) > 0 && len(first) == 0 {
			return fmt.Errorf("%s begins in a given state, and a strategy grows old from an empty region on", w.Name)
		}
		first = append(first, part[:min(len(part), ops-len(first))]...)
		if len(first) >= ops {
			return errEnough
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	peak := census.Count(w.Region, first).Peak.Bytes
	if peak == 0 || peak > math.MaxUint64/200 {
		return l, fmt.Errorf("%s: %d bytes live at the peak fill no region", w.Name, peak)
	}
	size := peak/uint64(fill)*100 + peak%uint64(fill)*100/uint64(fill)
	l.Region.Size = (size/LargePage + 1) * LargePage
	l.Region.Visible = 0
	return l, nil
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
