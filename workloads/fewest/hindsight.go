package fewest

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"math"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// never is the death of what is not freed.
//
// Deaths are told in allocations: what is freed without an allocation in between is free at
// the same time for all that matters.
const never = math.MaxInt

// errGivenUp is that of a heuristic that looked at more extents than it may.
var errGivenUp = errors.New("gave up: it looked at too many places")

// clocked is the ability of an allocator that knows the stream: at tells it which operation
// comes next. An error ends the replay.
type clocked interface{ at(op int) error }

// A rule is how a hindsight allocator chooses among places. It minimizes segments, or
// entries; among places that are equal in that it minimizes a weighted sum of what the
// grant does to the memory around it.
type rule struct {
	name    string
	entries bool // a place with fewer entries is better than one piece

	frame  float64 // for a free frame of 2 MiB that is broken
	death  float64 // for each doubling of the time between the deaths of the object and its neighbour
	rest   float64 // for each doubling of what is left of the hole
	window float64 // for each window of other requests, narrower than its own, that it lies in
	apart  float64 // for lying in the lower half of memory though short-lived, or in the upper though not
}

// strategy is the rule as a strategy for one stream: ops in region. looks is how many
// extents each allocator may look at.
func (r rule) strategy(ops []workloads.Op, looks uint64) strategies.Strategy {
	return strategies.Strategy{
		Name: r.name,
		Doc:  "hindsight: it knows when each object of one stream dies",
		Caps: strategies.CapScatter | strategies.CapWindow | strategies.CapAnyAlign,
		New: func(region strategies.Region) (strategies.Allocator, error) {
			if err := region.Validate(); err != nil {
				return nil, err
			}
			return newHindsight(r, region, ops, looks), nil
		},
	}
}

// hindsight is an allocator that knows the stream.
type hindsight struct {
	rule
	*space
	region  strategies.Region
	births  []int // by operation: allocations before it
	deaths  []int // by operation: allocations before what it makes live is freed
	middle  int   // half of the objects live longer, in allocations
	windows []gap
	limit   uint64
	op      int
	laid    map[uint64]int32 // extents of the state by their start
}

func newHindsight(r rule, region strategies.Region, ops []workloads.Op, looks uint64) *hindsight {
	h := &hindsight{rule: r, space: newSpace(region), region: region, limit: looks, laid: make(map[uint64]int32)}
	h.births, h.deaths = livesOf(ops)
	var spans []int
	for i, d := range h.deaths {
		if ops[i].Kind == workloads.Alloc {
			spans = append(spans, d-h.births[i])
		}
	}
	slices.Sort(spans)
	if len(spans) > 0 {
		h.middle = spans[len(spans)/2]
	}
	h.windows = windowsOf(region, ops)
	h.layOut(ops[:workloads.State(ops)])
	return h
}

// mostWindows are as many windows as are told apart.
const mostWindows = 8

// windowsOf are the windows of the requests that are smaller than the region, those that
// most requests have first.
func windowsOf(region strategies.Region, ops []workloads.Op) (windows []gap) {
	times := make(map[gap]int)
	for i := range ops {
		r := &ops[i].Req
		if k := ops[i].Kind; k != workloads.Alloc && k != workloads.Fallback || r.Flags&strategies.Range == 0 {
			continue
		}
		w := gap{r.Lo, min(r.Hi, region.Managed())}
		if w.end == 0 {
			w.end = region.Managed()
		}
		if w.start < w.end && (w.start > 0 || w.end < region.Managed()) {
			if times[w]++; times[w] == 1 {
				windows = append(windows, w)
			}
		}
	}
	slices.SortStableFunc(windows, func(a, b gap) int { return times[b] - times[a] })
	return windows[:min(len(windows), mostWindows)]
}

// livesOf is, for each operation, how many allocations come before it, and before the free of
// what it makes live.
func livesOf(ops []workloads.Op) (births, deaths []int) {
	births, deaths = make([]int, len(ops)), make([]int, len(ops))
	born := make(map[uint32]int)
	allocations := 0
	for i := range ops {
		births[i], deaths[i] = allocations, never
		if ops[i].Kind == workloads.Alloc {
			allocations++
		}
		switch op := &ops[i]; op.Kind {
		case workloads.Alloc, workloads.Live:
			born[op.Slot] = i
		case workloads.Free, workloads.FreeCleared:
			if b, ok := born[op.Slot]; ok {
				deaths[b] = allocations
				if b+1 < len(ops) && ops[b+1].Kind == workloads.Fallback {
					deaths[b+1] = allocations
				}
			}
		}
	}
	return births, deaths
}

// layOut reserves the places of the state. What does not fit beside the others is left
// out, and refused later.
func (h *hindsight) layOut(state []workloads.Op) {
	order := make([]int, len(state))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(state[a].Req.Lo, state[b].Req.Lo) })
	top := h.first // the free extent above all that was laid out
	for _, i := range order {
		start, size := state[i].Req.Lo, state[i].Req.Size
		if top == none || size == 0 || (start|size)&(h.page-1) != 0 || start < h.list[top].start || start >= h.list[top].end || size > h.list[top].end-start {
			continue
		}
		got := h.carve(top, start, size, h.deaths[i])
		h.list[got].state = isReserved
		h.laid[start] = got
		top = h.list[got].next
	}
}

func (h *hindsight) at(op int) error {
	if h.op = op; h.looks > h.limit {
		return errGivenUp
	}
	return nil
}

// Place grants an extent of the state.
func (h *hindsight) Place(dst []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if size == 0 || (start|size)&(h.page-1) != 0 {
		return dst, fmt.Errorf("%w: no whole pages", strategies.ErrInvalid)
	}
	i, ok := h.laid[start]
	if !ok || h.list[i].size() != size {
		return dst, strategies.ErrNoSpace
	}
	delete(h.laid, start)
	h.list[i].state = isLive
	return h.grant(dst, i), nil
}

func (h *hindsight) grant(dst []strategies.Block, i int32) []strategies.Block {
	return append(dst, strategies.Block{Start: h.list[i].start, Size: h.list[i].size(), Node: uint32(i)})
}

// Free frees what was granted; package strategies checks that it was.
func (h *hindsight) Free(blocks []strategies.Block) {
	for _, b := range blocks {
		h.release(int32(b.Node))
	}
}

// FreeBlocks yields what is free, neighbours apart where the state is not laid out yet.
func (h *hindsight) FreeBlocks() iter.Seq[strategies.Block] { return h.free() }

// Trim keeps a part of a grant of one block.
func (h *hindsight) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	b := blocks[0]
	if len(blocks) != 1 || size == 0 || (start|size)&(h.page-1) != 0 || start < b.Start || start > b.End() || size > b.End()-start {
		return dst, fmt.Errorf("%w: no part of a grant of one block in whole pages", strategies.ErrInvalid)
	}
	h.shrink(int32(b.Node), start, size)
	return h.grant(dst, int32(b.Node)), nil
}

// Alloc places a request.
func (h *hindsight) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	managed := h.region.Managed()
	switch {
	case r.Size == 0:
		return dst, fmt.Errorf("%w: 0 bytes", strategies.ErrInvalid)
	case r.Size > managed:
		return dst, strategies.ErrTooBig
	}
	w := h.wishOf(r)
	if r.Flags&strategies.Contiguous != 0 {
		best := h.whole(w)
		if best.hole == none {
			w.all = true
			best = h.whole(w)
		}
		if best.hole == none && r.Size < w.align {
			w.align = max(h.page, floorPow2(r.Size)) // where a small contiguous request may lie
			best = h.whole(w)
		}
		if best.hole == none {
			return dst, strategies.ErrNoSpace
		}
		return h.grant(dst, h.take(best, w)), nil
	}
	return h.place(dst, w)
}

// take carves a place.
func (h *hindsight) take(p spot, w wish) int32 { return h.carve(p.hole, p.start, w.size, w.death) }

// floorPow2 is the largest power of two not above n, which is not 0.
func floorPow2(n uint64) uint64 {
	for n&(n-1) != 0 {
		n &= n - 1
	}
	return n
}
