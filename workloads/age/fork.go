package age

import (
	"context"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A Fork is the state of a strategy after some operations, in an allocator of its own: the
// operations from the beginning are done again, which gives the same placements. Questions
// change the fork, and nothing else.
type Fork struct {
	a      strategies.Allocator
	live   replay.Live
	region strategies.Region
}

// NewFork is the state of s on l after the first n operations, those before the count
// included and their second attempts too, or at the end of a shorter stream.
func NewFork(ctx context.Context, s strategies.Strategy, l Load, n int) (*Fork, error) {
	f := &Fork{region: l.Region}
	err := replay.Guard(fmt.Sprintf("%s on %s", s.Name, l.Name), func() (err error) {
		if f.a, err = s.New(l.Region); err != nil {
			return err
		}
		p := replay.NewPlayer(f.a, &f.live)
		done := 0
		return l.eachOp(ctx, func(_ int, op *workloads.Op) error {
			if op.Kind != workloads.Fallback {
				if done == n {
					return errEnough
				}
				done++
			}
			f.live.Grow(int(op.Slot) + 1)
			p.Do(op)
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// grants asks for r, and gives it back if it is granted.
func grants(a strategies.Allocator, r strategies.Request) bool {
	blocks, err := a.Alloc(nil, r)
	if err != nil {
		return false
	}
	a.Free(blocks)
	return true
}

// LargePage asks whether [LargeRequest] would be granted.
func (f *Fork) LargePage() bool { return grants(f.a, LargeRequest) }

// mostSizes are asked for by Largest, at most.
const mostSizes = 1 << 17

// Largest is the size of the largest contiguous request that would be granted, in bytes; 0
// if none is. A strategy need not grant a smaller request because it grants a larger one, so
// it asks for every size from the largest hole down: all of whole pages, or where that are
// more than 131,072, that hole and the multiples of the least power of two of pages of which
// there are fewer.
func (f *Fork) Largest() uint64 { return largest(f.a, f.region) }

func largest(a strategies.Allocator, region strategies.Region) uint64 {
	hole := largestHole(a)
	unit := region.Page
	for hole/unit > mostSizes {
		unit *= 2
	}
	for size := hole; size > 0; size = (size - 1) / unit * unit {
		if grants(a, strategies.Request{Size: size, Flags: strategies.Contiguous}) {
			return size
		}
	}
	return 0
}

// largestHole is the size of the longest run of free addresses.
func largestHole(a strategies.Allocator) (most uint64) {
	free := slices.Collect(a.FreeBlocks())
	slices.SortFunc(free, byStart)
	run := strategies.Block{}
	for _, b := range free {
		if b.Start != run.End() {
			run.Start, run.Size = b.Start, 0
		}
		run.Size += b.Size
		most = max(most, run.Size)
	}
	return most
}

// Frees is what n frees would return at best.
func (f *Fork) Frees(n int) Returns { return returns(objectsOf(&f.live), f.region.Managed(), n) }

// Answers are what a state answers to all questions.
type Answers struct {
	Op        int     // the operation, counted
	Live      uint64  // bytes
	Free      uint64  // bytes
	Pages     int     // aligned large pages in which nothing is live
	LargePage bool    // one would be granted
	Largest   uint64  // bytes of the largest contiguous request that would be
	One       Returns // of one free
	Some      Returns // of [SomeFrees]
}

// SomeFrees is how many frees [Answers] have beside one.
const SomeFrees = 8

// Answers asks everything. The frees are looked at, not made.
func (f *Fork) Answers() Answers { return answersOf(f.a, &f.live, f.region) }

func answersOf(a strategies.Allocator, live *replay.Live, region strategies.Region) (out Answers) {
	objects, large := objectsOf(live), newPages(region.Managed(), LargePage)
	for _, o := range objects {
		large.take(o)
		out.Live += total(o)
	}
	out.Free, out.Pages = region.Managed()-out.Live, large.free
	out.One = returns(objects, region.Managed(), 1)
	out.Some = returns(objects, region.Managed(), SomeFrees)
	out.LargePage = grants(a, LargeRequest)
	out.Largest = largest(a, region)
	return out
}

// objectsOf are the blocks of each live object, in the order of slots.
func objectsOf(live *replay.Live) (objects [][]strategies.Block) {
	for slot := range live.Slots() {
		if b := live.Held(uint32(slot)); len(b) > 0 {
			objects = append(objects, b)
		}
	}
	return objects
}
