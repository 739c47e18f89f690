package peers

import (
	"fmt"
	"iter"

	"github.com/vramlab/vramlab/strategies"
)

// hole is a maximal run of free bytes.
type hole struct{ start, size uint64 }

func (h hole) end() uint64 { return h.start + h.size }

// bySize orders holes for best fit: by size, then by address.
func bySize(a, b hole) bool {
	return a.size < b.size || a.size == b.size && a.start < b.start
}

// holes is a set of holes on two trees.
type holes interface {
	insert(h hole)
	remove(h hole) // h is there
	// fit returns the first hole in the order bySize that has size bytes.
	fit(size uint64) (h hole, ok bool)
	// ascend visits the holes in that order from the one that fit returns, until
	// visit is false.
	ascend(size uint64, visit func(hole) bool)
	// around returns the hole that ends at start and the one that begins at end; a
	// hole that does not exist has size 0.
	around(start, end uint64) (before, after hole)
	// all visits the holes by address until visit is false.
	all(visit func(hole) bool)
}

// extents is the allocator: it grants one extent for each request, from one hole. Its
// checks of Free take a tenth of the time or more, but the contract wants them, and the
// lab's strategies have them too.
type extents struct {
	free    holes
	managed uint64          // bytes
	page    uint64          // bytes
	live    []extent        // by the Node of their blocks
	vacant  uint32          // first record of live that is free, 0 = none
	try     func(hole) bool // the method place
	query   query           // what place looks for
}

// extent is the record of a live extent. A free record has size 0 and the number of the
// next free record in start. Record 0 is never used.
type extent struct{ start, size uint64 }

// query is a request with a window, alignment or direction, and the place found.
type query struct {
	size, align uint64
	lo, hi      uint64 // window
	top         bool   // top-down
	hole        hole   // the hole that has a place, of size 0 while none is found
	start       uint64 // of the place
}

func newExtents(r strategies.Region, free holes) (*extents, error) {
	if err := r.Validate(); err != nil {
		return nil, err
	}
	a := &extents{free: free, managed: r.Managed(), page: r.Page, live: make([]extent, 1, 64)}
	a.try = a.place // made once, since a method value for each search would be an allocation
	free.insert(hole{0, a.managed})
	return a, nil
}

// Alloc grants one extent for r. See the package comment for the policy.
func (a *extents) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	switch {
	case r.Size == 0:
		return dst, strategies.ErrInvalid
	case r.Size > a.managed:
		return dst, strategies.ErrTooBig
	}
	size := (r.Size + a.page - 1) &^ (a.page - 1)
	var h hole
	var start uint64
	if r.Align <= a.page && r.Flags&(strategies.Range|strategies.TopDown) == 0 {
		var ok bool
		if h, ok = a.free.fit(size); !ok {
			return dst, strategies.ErrNoSpace
		}
		start = h.start
	} else {
		a.query = a.translate(size, r)
		a.free.ascend(size, a.try)
		if h, start = a.query.hole, a.query.start; h.size == 0 {
			return dst, strategies.ErrNoSpace
		}
	}
	a.free.remove(h)
	if front := start - h.start; front != 0 {
		a.free.insert(hole{h.start, front})
	}
	if end := start + size; end != h.end() {
		a.free.insert(hole{end, h.end() - end})
	}
	return append(dst, strategies.Block{Start: start, Size: size, Node: a.record(start, size)}), nil
}

// translate turns r into a query, with the alignment rounded down to whole pages and
// the window cut to the region.
func (a *extents) translate(size uint64, r strategies.Request) query {
	q := query{
		size:  size,
		align: max(r.Align-r.Align%a.page, a.page),
		hi:    a.managed,
		top:   r.Flags&strategies.TopDown != 0,
	}
	if r.Flags&strategies.Range != 0 {
		q.lo = r.Lo
		if r.Hi != 0 {
			q.hi = min(r.Hi, a.managed)
		}
	}
	return q
}

// place looks for a place in h. It reports whether the search goes on.
func (a *extents) place(h hole) bool {
	q := &a.query
	lo, hi := max(h.start, q.lo), min(h.end(), q.hi)
	if lo >= hi || hi-lo < q.size {
		return true
	}
	start := hi - q.size
	if q.top {
		if start -= start % q.align; start < lo {
			return true
		}
	} else {
		skip := (q.align - lo%q.align) % q.align
		if skip > start-lo {
			return true
		}
		start = lo + skip
	}
	q.hole, q.start = h, start
	return false
}

// record makes a record of a live extent and returns its number.
func (a *extents) record(start, size uint64) uint32 {
	i := a.vacant
	if i != 0 {
		a.vacant = uint32(a.live[i].start)
		a.live[i] = extent{start, size}
		return i
	}
	a.live = append(a.live, extent{start, size})
	return uint32(len(a.live) - 1)
}

// Free merges the extent with the holes on both sides.
func (a *extents) Free(blocks []strategies.Block) {
	if len(blocks) != 1 {
		panic(fmt.Sprintf("peers: Free of %d blocks, but a grant is one block", len(blocks)))
	}
	b := blocks[0]
	if int(b.Node) >= len(a.live) || b.Size == 0 || a.live[b.Node] != (extent{b.Start, b.Size}) {
		panic(fmt.Sprintf("peers: Free of %d bytes at %d, which are not a live grant", b.Size, b.Start))
	}
	a.live[b.Node] = extent{start: uint64(a.vacant)}
	a.vacant = b.Node
	h := hole{b.Start, b.Size}
	before, after := a.free.around(h.start, h.end())
	if before.size != 0 {
		a.free.remove(before)
		h = hole{before.start, before.size + h.size}
	}
	if after.size != 0 {
		a.free.remove(after)
		h.size += after.size
	}
	a.free.insert(h)
}

// FreeBlocks yields the holes by address.
func (a *extents) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		a.free.all(func(h hole) bool {
			return yield(strategies.Block{Start: h.start, Size: h.size})
		})
	}
}
