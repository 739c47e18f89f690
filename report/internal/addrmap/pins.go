package addrmap

import (
	"math"
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/strategies"
)

// pinned explains one refusal: what was free, and which live blocks stand in
// the best place that the request could have had.
//
// What a place is depends on the strategy. One that grants adjoining blocks only needs
// a free extent of the size at the alignment. A binary buddy grants powers of two at
// multiples of their size: a contiguous request needs one block of the next power of
// two, any other as many whole blocks of its alignment as it has bytes. What the files
// do not tell of a strategy is not explained.
//
// The best place is the one whose live blocks are the fewest bytes together, each
// counted whole: what would have to go. Over all starting points of an extent that
// number falls only where the window leaves a block behind, so it is least right
// behind some block: one candidate for each, moved up to the alignment. Of the places
// of a buddy each block spoils those at its two ends, and one between as well as any.
type pinned struct {
	op      int                // operation of the refusal
	req     strategies.Request // what was refused
	page    uint64
	managed uint64
	size    uint64 // asked for, in whole pages
	free    uint64 // in the addresses allowed
	largest uint64 // hole there
	errno   string
	limited bool // the request allowed only a part of the region
	beyond  bool // it is larger than the addresses it allowed
	outside bool // none of those is in the region
	able    rundir.Abilities

	place place
	unit  uint64 // bytes of a place, if it is a block or one of several
	have  uint64 // of several places: how many are free
	need  uint64 // and how many are needed
	found bool   // there is such a place at all
	pins  []pin  // what stands in the best one
	room  uint64 // what would be free in one piece without them
	alike int    // of several places: others that one block of the same size spoils
}

// place is what a request needs to be granted.
type place int

const (
	unknown  place = iota // the files do not tell
	anywhere              // any free pages
	extent                // one free extent
	block                 // one free power of two at a multiple of its size
	several               // free blocks of the alignment, at multiples of it
)

// pin is a block that stands in the best window.
type pin struct {
	start, size uint64
	id          uint64
	age         int // operations since it was granted
}

// explain looks for what a refused request wanted. live is the state at the
// refusal, page the page of the region, able what is known of the strategy.
func explain(e *rundir.Event, live *rundir.LiveSet, page uint64, able rundir.Abilities) pinned {
	x := pinned{op: e.Op, req: e.Req, errno: e.Errno, page: page, managed: live.Managed, able: able, size: roundUp(e.Req.Size, page)}
	lo, hi := uint64(0), live.Managed
	if e.Req.Flags&strategies.Range != 0 {
		x.limited = e.Req.Lo > 0 || e.Req.Hi < live.Managed && e.Req.Hi > 0
		lo = min(e.Req.Lo, hi)
		if e.Req.Hi > 0 {
			hi = min(e.Req.Hi, hi)
		}
	}
	x.beyond = hi < lo || x.size > hi-lo
	x.outside = x.limited && hi <= lo && e.Req.Lo >= live.Managed
	for start, size := range live.Holes {
		from, to := max(start, lo), min(start+size, hi)
		if from < to {
			x.free += to - from
			x.largest = max(x.largest, to-from)
		}
	}
	if e.Errno != "ENOSPC" || x.size == 0 || x.beyond || x.free < x.size {
		return x
	}
	x.place = x.needs(hi - lo)
	w := newWindows(live)
	align := max(e.Req.Align, page)
	switch x.place {
	case extent:
		x.searchExtent(w, lo, hi, align)
	case block:
		x.unit = 1 << bits.Len64(x.size-1)
		x.searchBlock(w, lo, hi)
	case several:
		x.unit = align
		x.need = roundUp(x.size, align) / align
		for start, size := range live.Holes {
			from, to := roundUp(max(start, lo), align), min(start+size, hi)
			if from < to {
				x.have += (to - from) / align
			}
		}
		if x.have+1 == x.need {
			x.searchBlock(w, lo, hi)
		}
	}
	return x
}

// needs is the kind of place that the request needs; span is the size of the addresses
// it allows. A request for all of them takes them as they are.
func (x *pinned) needs(span uint64) place {
	contiguous := x.req.Flags&strategies.Contiguous != 0
	power := bits.OnesCount64(max(x.req.Align, x.page)) == 1
	switch {
	case x.size == span && (x.able.OnePiece || x.able.Powers):
		return extent
	case !power && !(x.able.OnePiece && x.able.AnyAlign):
		return unknown
	case x.able.Powers && contiguous:
		if x.size > 1<<62 {
			return unknown
		}
		return block
	case x.able.Powers && x.able.Scatters:
		if x.req.Align <= x.page {
			return anywhere
		}
		return several
	case x.able.OnePiece, contiguous && x.able.Scatters && !x.able.Powers:
		return extent
	}
	return unknown
}

// searchExtent tries the windows that begin behind a block.
func (x *pinned) searchExtent(w windows, lo, hi, align uint64) {
	best := uint64(math.MaxUint64)
	var at uint64
	try := func(start uint64) {
		if start < lo || start > hi-x.size {
			return
		}
		if n := w.blocksIn(start, start+x.size); n < best {
			best, at, x.found = n, start, true
		}
	}
	try(roundUp(lo, align))
	for _, b := range w.pieces {
		try(roundUp(b.End(), align))
	}
	if x.found {
		x.collect(w, at, x.size, lo, hi)
	}
}

// searchBlock tries the blocks of the unit that live blocks spoil, and a free one.
func (x *pinned) searchBlock(w windows, lo, hi uint64) {
	best := uint64(math.MaxUint64)
	var at, last uint64
	alone := make(map[uint64]int) // by size: places that one block of it spoils
	tried := false
	try := func(n uint64) {
		start := n * x.unit
		if tried && n == last || start < lo || start > hi || x.unit > hi-start {
			return
		}
		tried, last, x.found = true, n, true
		bytes, blocks := w.blocksIn(start, start+x.unit), w.count(start, start+x.unit)
		if blocks == 0 && x.place == several {
			return
		}
		if blocks == 1 {
			alone[bytes]++
		}
		if bytes < best {
			best, at = bytes, start
		}
	}
	try(roundUp(lo, x.unit) / x.unit)
	for _, b := range w.pieces {
		first, end := b.Start/x.unit, (b.End()-1)/x.unit
		try(first)
		try(min(first+1, end))
		try(end)
		try(end + 1)
	}
	if best < math.MaxUint64 {
		x.collect(w, at, x.unit, lo, hi)
		if len(x.pins) == 1 {
			x.alike = alone[best] - 1
		}
	}
}

func roundUp(v, align uint64) uint64 {
	if r := v % align; r != 0 {
		if v > math.MaxUint64-(align-r) {
			return math.MaxUint64
		}
		return v + align - r
	}
	return v
}

// windows answers how large the blocks in any range of addresses are.
type windows struct {
	live   *rundir.LiveSet
	pieces []rundir.Piece
	before []uint64 // bytes of the pieces in front of piece i
}

func newWindows(live *rundir.LiveSet) windows {
	p := live.Sorted()
	before := make([]uint64, len(p)+1)
	for i, b := range p {
		before[i+1] = before[i] + b.Size
	}
	return windows{live, p, before}
}

// firstEndingAfter is the first piece that ends behind the address.
func (w windows) firstEndingAfter(addr uint64) int {
	i, _ := slices.BinarySearchFunc(w.pieces, addr, func(p rundir.Piece, a uint64) int {
		if p.End() <= a {
			return -1
		}
		return 1
	})
	return i
}

// firstAt is the first piece that starts at the address or behind it.
func (w windows) firstAt(addr uint64) int {
	i, _ := slices.BinarySearchFunc(w.pieces, addr, func(p rundir.Piece, a uint64) int {
		if p.Start < a {
			return -1
		}
		return 1
	})
	return i
}

// count is the number of blocks that reach into the range.
func (w windows) count(from, to uint64) int {
	return max(0, w.firstAt(to)-w.firstEndingAfter(from))
}

// blocksIn is the size of all blocks that reach into the range.
func (w windows) blocksIn(from, to uint64) uint64 {
	first, last := w.firstEndingAfter(from), w.firstAt(to)
	return w.before[max(first, last)] - w.before[first]
}

// collect names the blocks in the place of n bytes at an address, and what is free
// around them.
func (x *pinned) collect(w windows, at, n, lo, hi uint64) {
	first := w.firstEndingAfter(at)
	i := first
	for ; i < len(w.pieces) && w.pieces[i].Start < at+n; i++ {
		b := w.pieces[i]
		a := w.live.Allocs[b.Of]
		x.pins = append(x.pins, pin{b.Start, b.Size, a.ID, x.op - a.Op})
	}
	from, to := lo, hi
	if first > 0 {
		from = max(lo, w.pieces[first-1].End())
	}
	if i < len(w.pieces) {
		to = min(hi, w.pieces[i].Start)
	}
	x.room = to - from
}

// weight ranks refusals by what they tell of memory: an invalid request tells nothing,
// one that is too large for the region little, and one that was refused although as
// much was free most.
func (x *pinned) weight() int {
	switch {
	case x.errno == "EINVAL":
		return 0
	case x.errno != "ENOSPC" || x.beyond:
		return 1
	case x.free < x.size:
		return 2
	}
	return 3
}

// atMost is the most that a refusal can weigh, known before it is explained.
func atMost(e *rundir.Event) int {
	switch e.Errno {
	case "EINVAL":
		return 0
	case "E2BIG":
		return 1
	}
	return 3
}
