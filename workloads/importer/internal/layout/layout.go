// Package layout finds a state in which a buddy has a given number of free blocks of each order.
//
// # What is possible
//
// A region of n chunks is one tree for each power of two in n, the largest lowest. A block
// of order k is free and whole, or it is not; if it is not, it is in use or has two halves of
// order k-1, of which at most one is free: two that are free would be one of order k. So
// where a blocks of order k+1 are not free, and there is a root of order k or none (r is 1
// or 0), at most a+r blocks of order k are free, and with c of them 2a+r-c are not. Any
// choice of a half is as good for what follows, so a count that passes this from the top
// down has a state, and no other has one.
//
// A buddy that tells clear memory from dirty keeps free halves apart if they differ. Then
// the count does not pass; as many pairs are merged as it takes, which is what that buddy
// does when it needs them.
//
// # Which one
//
// Where the blocks lie is not known. Here all are as high as can be, order by order: live
// memory is at the bottom, free memory as much in one piece as the count allows. A buddy
// does not care; for an allocator without orders no layout of the count is kinder.
//
// # Cost
//
// Only as many blocks of an order are looked at, from the highest down, as are free of
// any order: each has a half that is not free, so they are enough for the next.
package layout

import (
	"cmp"
	"errors"
	"slices"

	"github.com/vramlab/vramlab/workloads/trace"
)

// Layout is a count of free blocks, and what of it has a state.
type Layout struct {
	Chunks uint64     // of the region
	Free   [64]uint64 // blocks by order
	Merged uint64     // pairs of free halves that Check has made whole blocks
}

// MostFree is the most free blocks in a layout: what lies between them is no more than the
// events of a capture.
const MostFree = 1 << 23

// Errors of Check.
var (
	ErrTooMuchFree = errors.New("more is free than the region has")
	ErrTooManyFree = errors.New("too many free blocks")
)

// Check reports whether the blocks can be laid out, and merges pairs until they can.
func (l *Layout) Check() error {
	var blocks uint64
	rest := l.Chunks
	for k, c := range l.Free {
		if c > rest>>k {
			return ErrTooMuchFree
		}
		rest -= c << k
		if blocks += c; blocks > MostFree {
			return ErrTooManyFree
		}
	}
	for k := 63; k >= 0; {
		over := l.over(k)
		if over == 0 {
			k--
			continue
		}
		if k == 63 || l.Free[k] < 2*over {
			return ErrTooMuchFree
		}
		l.Free[k] -= 2 * over
		l.Free[k+1] += over
		l.Merged += over
		k++
	}
	return nil
}

// over is how many more blocks of order k are free than can be, if those above can.
func (l *Layout) over(k int) uint64 {
	var used uint64 // blocks of the order above that are not free
	for j := 63; ; j-- {
		have := used + l.Chunks>>j&1
		if j == k {
			return l.Free[k] - min(l.Free[k], have)
		}
		used += have - l.Free[j]
	}
}

// Live are the extents between the free blocks, in chunks, ascending. Check has passed.
func (l *Layout) Live() []trace.Extent {
	enough := int(slices.Max(l.Free[:]))
	var free []trace.Extent
	var used, below []uint64 // blocks that are not free, of order k+1 and k; the highest first
	for k := 63; k >= 0; k-- {
		size, need := uint64(1)<<k, l.Free[k]
		put := func(start uint64) {
			if need > 0 {
				need--
				free = append(free, trace.Extent{Start: start, Size: size})
			} else if len(below) < enough {
				below = append(below, start)
			}
		}
		below = below[:0]
		if l.Chunks&size != 0 {
			put(l.Chunks &^ (size | (size - 1)))
		}
		for _, start := range used {
			put(start + size)
			if len(below) < enough {
				below = append(below, start)
			}
		}
		used, below = below, used
	}
	slices.SortFunc(free, func(a, b trace.Extent) int { return cmp.Compare(a.Start, b.Start) })
	var live []trace.Extent
	var at uint64
	for _, f := range free {
		if f.Start > at {
			live = append(live, trace.Extent{Start: at, Size: f.Start - at})
		}
		at = f.Start + f.Size
	}
	if at < l.Chunks {
		live = append(live, trace.Extent{Start: at, Size: l.Chunks - at})
	}
	return live
}
