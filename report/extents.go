package report

import "slices"

// liveSet is what a placement trace says is allocated: a set of extents, and
// nothing of an allocator. It takes them in any order and sorts when asked,
// merging only what came since the last time.
//
// Adding and removing is O(1) and a map access; sorted is O(n + m log m) for
// n live extents and m new ones. A trace is replayed in O(ops log ops), and
// each look at the whole address space costs one pass over what is live.
type liveSet struct {
	managed uint64 // the addresses are [0, managed)
	bytes   uint64 // live

	byID   map[uint64]int32
	allocs []allocation
	spare  []int32 // entries of allocs to use again
	dead   []int32 // entries that pieces may still point to

	pieces []piece // sorted by start; those of dead allocations are stale
	fresh  []piece // not merged yet
}

// allocation is one live grant.
type allocation struct {
	id    uint64
	op    int    // operation that granted it, from 1
	bytes uint64 // granted
	dead  bool
}

// piece is one block of an allocation.
type piece struct {
	start, size uint64
	of          int32 // index in allocs
}

func (p piece) end() uint64 { return p.start + p.size }

func newLiveSet(managed uint64) *liveSet {
	return &liveSet{managed: managed, byID: make(map[uint64]int32)}
}

// grant opens an allocation; put adds its blocks.
func (l *liveSet) grant(id uint64, op int) int32 {
	var i int32
	if n := len(l.spare); n > 0 {
		i = l.spare[n-1]
		l.spare = l.spare[:n-1]
	} else {
		i = int32(len(l.allocs))
		l.allocs = append(l.allocs, allocation{})
	}
	l.allocs[i] = allocation{id: id, op: op}
	l.byID[id] = i
	return i
}

func (l *liveSet) put(of int32, start, size uint64) {
	l.allocs[of].bytes += size
	l.bytes += size
	l.fresh = append(l.fresh, piece{start, size, of})
	// Most blocks of a long trace are dead before anyone asks.
	if len(l.fresh) > 1<<16 && len(l.fresh) > 4*len(l.byID) {
		l.sorted()
	}
}

// release ends an allocation. An id without one (its request was refused) is no
// news.
func (l *liveSet) release(id uint64) {
	i, ok := l.byID[id]
	if !ok {
		return
	}
	delete(l.byID, id)
	l.bytes -= l.allocs[i].bytes
	l.allocs[i].dead = true
	l.dead = append(l.dead, i)
}

// free is the number of bytes that are not live.
func (l *liveSet) free() uint64 { return l.managed - min(l.bytes, l.managed) }

// sorted is every live block in ascending order, valid until the next change.
func (l *liveSet) sorted() []piece {
	if len(l.fresh) == 0 && len(l.dead) == 0 {
		return l.pieces
	}
	alive := func(p piece) bool { return !l.allocs[p.of].dead }
	fresh := l.fresh[:0]
	for _, p := range l.fresh {
		if alive(p) {
			fresh = append(fresh, p)
		}
	}
	slices.SortFunc(fresh, func(a, b piece) int {
		switch {
		case a.start < b.start:
			return -1
		case a.start > b.start:
			return 1
		}
		return 0
	})
	out := make([]piece, 0, len(l.pieces)+len(fresh))
	for _, p := range l.pieces {
		if !alive(p) {
			continue
		}
		for len(fresh) > 0 && fresh[0].start < p.start {
			out, fresh = append(out, fresh[0]), fresh[1:]
		}
		out = append(out, p)
	}
	l.pieces, l.fresh = append(out, fresh...), l.fresh[:0]
	l.spare, l.dead = append(l.spare, l.dead...), l.dead[:0]
	return l.pieces
}

// holes yields the free extents in ascending order.
func (l *liveSet) holes(yield func(start, size uint64) bool) {
	at := uint64(0)
	for _, p := range l.sorted() {
		if p.start > at && !yield(at, p.start-at) {
			return
		}
		at = max(at, p.end())
	}
	if at < l.managed {
		yield(at, l.managed-at)
	}
}
