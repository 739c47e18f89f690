package rundir

import (
	"slices"
)

// LiveSet is what a placement trace says is allocated: a set of extents, and
// nothing of an allocator. It takes them in any order and sorts when asked,
// merging only what came since the last time.
//
// Adding and removing is O(1) and a map access; sorted is O(n + m log m) for
// n live extents and m new ones. A trace is replayed in O(ops log ops), and
// each look at the whole address space costs one pass over what is live. A bitmap
// of pages would be simpler, but its memory follows the region, and traces have
// regions of 2^64-1 bytes.
type LiveSet struct {
	Managed uint64 // the addresses are [0, managed)
	Bytes   uint64 // live

	byID   map[uint64]int32
	Allocs []allocation
	spare  []int32 // entries of allocs to use again
	dead   []int32 // entries that pieces may still point to

	pieces []Piece // sorted by start; those of dead allocations are stale
	fresh  []Piece // not merged yet

	most     int  // blocks
	overfull bool // there would be more blocks: it takes no more
}

// allocation is one live grant.
type allocation struct {
	ID    uint64
	Op    int    // operation that granted it, from 1
	bytes uint64 // granted
	dead  bool
}

// Piece is one block of an allocation.
type Piece struct {
	Start, Size uint64
	Of          int32 // index in allocs
}

// End is the address behind the piece.
func (p Piece) End() uint64 { return p.Start + p.Size }

// NewLiveSet is a set without extents, of the addresses below managed.
func NewLiveSet(managed uint64) *LiveSet {
	return &LiveSet{Managed: managed, byID: make(map[uint64]int32), most: mostLive}
}

// grant opens an allocation; put adds its blocks.
func (l *LiveSet) grant(id uint64, op int) int32 {
	var i int32
	if n := len(l.spare); n > 0 {
		i = l.spare[n-1]
		l.spare = l.spare[:n-1]
	} else {
		i = int32(len(l.Allocs))
		l.Allocs = append(l.Allocs, allocation{})
	}
	l.Allocs[i] = allocation{ID: id, Op: op}
	l.byID[id] = i
	return i
}

func (l *LiveSet) put(of int32, start, size uint64) {
	l.Allocs[of].bytes += size
	l.Bytes += size
	l.fresh = append(l.fresh, Piece{start, size, of})
	// Most blocks of a long trace are dead before anyone asks.
	if len(l.fresh) > 1<<16 && len(l.fresh) > 4*len(l.byID) || len(l.pieces)+len(l.fresh) > 2*l.most {
		l.overfull = len(l.Sorted()) > l.most
	}
}

// holds reports whether an allocation is live under an id.
func (l *LiveSet) holds(id uint64) bool {
	_, ok := l.byID[id]
	return ok
}

// Release ends an allocation. An id without one (its request was refused) is no
// news.
func (l *LiveSet) Release(id uint64) {
	i, ok := l.byID[id]
	if !ok {
		return
	}
	delete(l.byID, id)
	l.Bytes -= l.Allocs[i].bytes
	l.Allocs[i].dead = true
	l.dead = append(l.dead, i)
}

// free is the number of bytes that are not live.
func (l *LiveSet) free() uint64 { return l.Managed - min(l.Bytes, l.Managed) }

// Sorted is every live block in ascending order, valid until the next change.
func (l *LiveSet) Sorted() []Piece {
	if len(l.fresh) == 0 && len(l.dead) == 0 {
		return l.pieces
	}
	alive := func(p Piece) bool { return !l.Allocs[p.Of].dead }
	fresh := l.fresh[:0]
	for _, p := range l.fresh {
		if alive(p) {
			fresh = append(fresh, p)
		}
	}
	slices.SortFunc(fresh, func(a, b Piece) int {
		switch {
		case a.Start < b.Start:
			return -1
		case a.Start > b.Start:
			return 1
		}
		return 0
	})
	out := make([]Piece, 0, len(l.pieces)+len(fresh))
	for _, p := range l.pieces {
		if !alive(p) {
			continue
		}
		for len(fresh) > 0 && fresh[0].Start < p.Start {
			out, fresh = append(out, fresh[0]), fresh[1:]
		}
		out = append(out, p)
	}
	l.pieces, l.fresh = append(out, fresh...), l.fresh[:0]
	l.spare, l.dead = append(l.spare, l.dead...), l.dead[:0]
	return l.pieces
}

// Holes yields the free extents in ascending order.
func (l *LiveSet) Holes(yield func(start, size uint64) bool) {
	at := uint64(0)
	for _, p := range l.Sorted() {
		if p.Start > at && !yield(at, p.Start-at) {
			return
		}
		at = max(at, p.End())
	}
	if at < l.Managed {
		yield(at, l.Managed-at)
	}
}
