package addrmap

import (
	"fmt"
	"math"
	"slices"

	"github.com/vramlab/vramlab/report/internal/rundir"
	"github.com/vramlab/vramlab/report/internal/text"
	"github.com/vramlab/vramlab/strategies"
)

// pinned explains one refusal: what was free, and which live blocks stand in
// the best place that the request could have had.
//
// The best place is the window of the request's size, starting at a multiple
// of its alignment inside the addresses it allows, whose live blocks are the
// fewest bytes together, each counted whole: what would have to go. Over all
// starting points that number falls only where the window leaves a block
// behind, so it is least right behind some block: one candidate for each,
// moved up to the alignment.
type pinned struct {
	op      int    // operation of the refusal
	size    uint64 // asked for
	free    uint64 // in the addresses allowed
	largest uint64 // hole there
	pins    []pin
	room    uint64 // what would be free in one piece without them
	found   bool   // there is a window at all
	errno   string
	limited bool // the request allowed only a part of the region
	beyond  bool // it is larger than the addresses it allowed
}

// pin is a block that stands in the best window.
type pin struct {
	start, size uint64
	id          uint64
	age         int // operations since it was granted
}

// explain looks for what a refused request wanted. live is the state at the
// refusal.
func explain(e *rundir.Event, live *rundir.LiveSet) pinned {
	x := pinned{op: e.Op, size: e.Req.Size, errno: e.Errno}
	lo, hi := uint64(0), live.Managed
	if e.Req.Flags&strategies.Range != 0 {
		x.limited = e.Req.Lo > 0 || e.Req.Hi < live.Managed && e.Req.Hi > 0
		lo = min(e.Req.Lo, hi)
		if e.Req.Hi > 0 {
			hi = min(e.Req.Hi, hi)
		}
	}
	x.beyond = hi < lo || x.size > hi-lo
	align := max(e.Req.Align, 1)
	p := live.Sorted()
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
	x.search(p, live, lo, hi, align)
	return x
}

// search tries the windows that begin behind a block.
func (x *pinned) search(p []rundir.Piece, live *rundir.LiveSet, lo, hi, align uint64) {
	before := make([]uint64, len(p)+1) // bytes of the pieces in front of piece i
	for i, b := range p {
		before[i+1] = before[i] + b.Size
	}
	w := windows{p, before}
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
	for _, b := range p {
		try(roundUp(b.End(), align))
	}
	if x.found {
		x.collect(w, live, at, lo, hi)
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
	pieces []rundir.Piece
	before []uint64
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

// blocksIn is the size of all blocks that reach into the range.
func (w windows) blocksIn(from, to uint64) uint64 {
	first, last := w.firstEndingAfter(from), w.firstAt(to)
	return w.before[max(first, last)] - w.before[first]
}

// collect names the blocks in the window at, and what is free around them.
func (x *pinned) collect(w windows, live *rundir.LiveSet, at, lo, hi uint64) {
	first := w.firstEndingAfter(at)
	i := first
	for ; i < len(w.pieces) && w.pieces[i].Start < at+x.size; i++ {
		b := w.pieces[i]
		a := live.Allocs[b.Of]
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

// sentences explains the refusal: the heading and the reason.
func (x pinned) sentences(s int) (head, body text.Prose) {
	head = text.Prose(fmt.Sprintf("Why %s refused %s at operation %s.", text.Mark(s), text.Size(x.size), text.Count(x.op)))
	return head, text.Prose(x.reason())
}

func (x pinned) reason() string {
	where := "was free"
	if x.limited {
		where = "was free in the addresses it allows"
	}
	switch {
	case x.errno == "EINVAL":
		return "The request is invalid to this strategy (EINVAL); more memory would not change that."
	case x.errno == "E2BIG":
		return "It is larger than the region can ever grant (E2BIG)."
	case x.beyond && x.limited:
		return "It is larger than the addresses it allows; more memory would not change that."
	case x.beyond:
		return "It is larger than the region; more free memory would not change that."
	case x.free < x.size:
		return "Only " + text.Size(x.free) + " " + where + ": the memory is used up, not broken up."
	}
	phrase := fmt.Sprintf("%s %s, but the largest hole had %s. ", text.Size(x.free), where, text.Size(x.largest))
	switch {
	case x.found && len(x.pins) == 0:
		return fmt.Sprintf("%s %s, and %s of it in one piece: the strategy's own rules for size and place turned it down, not the memory.", text.Size(x.free), where, text.Size(x.room))
	case !x.found:
		return phrase + "No window of that size lies at its alignment."
	case len(x.pins) == 1:
		p := x.pins[0]
		return phrase + fmt.Sprintf("One %s block at %#x (allocation %d, alive for %s) splits the best window of %s; without it the request would fit.",
			text.Size(p.size), p.start, p.id, text.Operations(p.age), text.Size(x.room))
	}
	return phrase + x.manyPins()
}

// manyPins sums up several blocks and names the largest.
func (x pinned) manyPins() string {
	var total uint64
	var most pin
	for _, p := range x.pins {
		total += p.size
		if p.size > most.size {
			most = p
		}
	}
	return fmt.Sprintf("The best window holds %s blocks of %s together, the largest %s at %#x (allocation %d, alive for %s); without them %s would be free in one piece.",
		text.Count(len(x.pins)), text.Size(total), text.Size(most.size), most.start, most.id, text.Operations(most.age), text.Size(x.room))
}
