// Package census counts what a trace consists of: operations by kind, sizes and lifetimes
// of objects, what is live and when, conditions and windows, and how small a region can be
// that serves it.
//
// # Idea
//
// Before somebody replays a trace they want to know what it is: how much is live at
// most, in which sizes, for how long. No allocator is needed for that. A [Census] takes
// the records of a trace one by one and keeps only what is live and a few tables, so a
// trace of any length can be counted. [Census.Bound] is what no allocator can do
// without; package smallest finds what each strategy needs beyond it.
//
// # Invariants
//
//   - Time is counted in operations: allocations, frees, trims and resets, from 1 on. The
//     extents of a state to begin in are none; they are live from 0 on.
//   - What is live is counted as if every request had been granted, since a workload has
//     requests and no answers. Refusals that the trace records are counted beside it.
//   - A request that no region can serve is never live: of 0 bytes, larger than its window,
//     or beyond [MostBytes]. Those are in [Census.Impossible] and in no table.
//   - Bytes are those asked for. Only the bound rounds them up, to [strategies.MinPage], as
//     every allocator does at least.
//
// # Complexity and limits
//
// A record takes O(1) time, one with an alignment of 2^k pages O(k). Memory is an entry of
// a map for each live object, and some for windows, of which [MostWindows] are told apart:
//
//	go test -run '^$' -bench Census ./workloads/census
package census

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// MostBytes is the most that a request may ask for and that may be live to be counted, in
// bytes: far more than any device has, and little enough that sums do not overflow.
const MostBytes = 1 << 56

// A Census is what was counted of a trace so far.
type Census struct {
	Region strategies.Region

	Ops        uint64                // operations so far
	Kinds      [len(kinds)]uint64    // records by kind, in the order of [Kinds]
	Cleared    uint64                // frees of memory known to be zero
	Refusals   [len(errnos)]uint64   // result lines that refuse, in the order of [Errnos]
	Impossible uint64                // requests that no region can serve
	Sizes      [64]Tally             // requests by the power of two at or below their size
	Lifetimes  [64][Decades]uint64   // objects freed, by the same, and by the decade of their lifetime
	Left       [64]Tally             // objects live now, by the same
	Aligns     [64]uint64            // requests by the power of two that their alignment is; none are in the first
	OddAligns  uint64                // requests whose alignment is no power of two
	Flags      [len(flagBits)]uint64 // requests by condition, in the order of [Flags]
	Now        Moment                // what is live now
	Peak       Moment                // where most bytes were live first
	Crowd      Moment                // where most objects were live first
	Windows    Windows               // of the requests that have one
	Curve      Curve                 // live bytes over operations

	state uint64 // end of the extents in which the trace begins
	live  map[uint64]object
	need  need
}

// A Tally is a number of objects and their bytes.
type Tally struct{ Objects, Bytes uint64 }

// A Moment is what is live after an operation.
type Moment struct {
	Op uint64 // operations done
	Tally
}

// Decades is the number of classes of lifetimes: 1 to 9 operations, 10 to 99 and so on.
const Decades = 20

// kinds are the kinds of lines of a trace that are counted.
var kinds = [...]trace.Kind{trace.Alloc, trace.Free, trace.Trim, trace.Reset, trace.Live, trace.Granted, trace.Refused}

// Kinds are the kinds of lines that [Census.Kinds] counts.
func Kinds() []trace.Kind { return kinds[:] }

// Of is the number of records of a kind; of state lines it is the number of extents.
func (c *Census) Of(k trace.Kind) uint64 {
	for i, kind := range kinds {
		if kind == k {
			return c.Kinds[i]
		}
	}
	return 0
}

// errnos are the refusals of a trace.
var errnos = [...]string{"ENOSPC", "EINVAL", "E2BIG"}

// Errnos are the refusals that [Census.Refusals] counts.
func Errnos() []string { return errnos[:] }

// flagBits are the conditions of requests.
var flagBits = [...]struct {
	bit  strategies.Flags
	name string
}{
	{strategies.Range, "window"}, {strategies.TopDown, "topdown"},
	{strategies.Contiguous, "contiguous"}, {strategies.Clear, "clear"},
}

// object is what is remembered of a live object.
type object struct {
	size   uint64 // bytes, less after a trim
	born   uint64 // the operation
	class  uint8  // by the size asked for
	align  uint8  // power of two of pages that its place is a multiple of
	window uint16 // place in the list of windows plus one
	absent bool   // it is no object: the request is impossible
}

// New is the census of a trace of which no record was counted yet.
func New(region strategies.Region) *Census {
	return &Census{Region: region, live: make(map[uint64]object), Curve: Curve{Every: 1}}
}

// Read counts all records of a trace. The error is that of the reader.
func Read(r *trace.Reader) (*Census, error) {
	c := New(r.Region())
	for r.Scan() {
		c.Note(r.Record())
	}
	return c, r.Err()
}

// Count counts the operations of a workload. A fallback is no operation here: it is the
// same request as the allocation before it, and of the two the smaller one counts.
func Count(region strategies.Region, ops []workloads.Op) *Census {
	c := New(region)
	for i := range ops {
		op := &ops[i]
		rec := trace.Record{ID: uint64(op.Slot), Req: op.Req}
		switch op.Kind {
		case workloads.Alloc:
			rec.Kind = trace.Alloc
			if i+1 < len(ops) && ops[i+1].Kind == workloads.Fallback && ops[i+1].Slot == op.Slot && ops[i+1].Req.Size < op.Req.Size {
				rec.Req = ops[i+1].Req
			}
		case workloads.Free, workloads.FreeCleared:
			rec.Kind, rec.Cleared = trace.Free, op.Kind == workloads.FreeCleared
		case workloads.Trim:
			rec.Kind, rec.Keep = trace.Trim, trace.Extent{Start: op.Req.Lo, Size: op.Req.Size}
		case workloads.Live:
			rec.Kind, rec.Extents = trace.Live, []trace.Extent{{Start: op.Req.Lo, Size: op.Req.Size}}
		case workloads.ResetDirty, workloads.ResetClear:
			rec.Kind = trace.Reset
		default:
			continue
		}
		c.Note(&rec)
	}
	return c
}

// Note counts the next record. The ids of the records are those of a trace: unique while
// they are live.
func (c *Census) Note(rec *trace.Record) {
	for i, kind := range kinds {
		if kind == rec.Kind {
			c.Kinds[i]++
		}
	}
	switch rec.Kind {
	case trace.Alloc:
		c.Ops++
		c.alloc(rec)
	case trace.Free:
		c.Ops++
		c.free(rec)
	case trace.Trim:
		c.Ops++
		c.trim(rec)
	case trace.Reset:
		c.Ops++
	case trace.Live:
		c.layOut(rec)
		return
	case trace.Refused:
		for i, errno := range errnos {
			if errno == rec.Errno {
				c.Refusals[i]++
			}
		}
		return
	default:
		return
	}
	c.moment()
}

// alloc counts a request and what it makes live.
func (c *Census) alloc(rec *trace.Record) {
	r := rec.Req
	for i, f := range flagBits {
		if r.Flags&f.bit != 0 {
			c.Flags[i]++
		}
	}
	switch {
	case r.Align&(r.Align-1) != 0:
		c.OddAligns++
	default:
		c.Aligns[max(0, bits.Len64(r.Align)-1)]++
	}
	r.Lo -= r.Lo % c.Region.Page // as a strategy may round it
	o := object{size: r.Size, born: c.Ops, class: classOf(r.Size), align: alignOf(r)}
	if c.impossible(r) {
		c.Impossible++
		o.absent = true
	} else {
		c.Sizes[o.class].add(r.Size)
		o.window = c.Windows.enter(r, c.open(r), c.Region.Managed())
		c.enter(o)
	}
	c.live[rec.ID] = o
}

// impossible reports whether no region serves r.
func (c *Census) impossible(r strategies.Request) bool {
	return r.Size == 0 || r.Size > MostBytes || c.Now.Bytes > MostBytes-r.Size || r.Flags&strategies.Range != 0 && r.Lo > MostBytes ||
		r.Flags&strategies.Range != 0 && !c.open(r) && (r.Hi < r.Lo || r.Hi-r.Lo < r.Size)
}

// open reports whether the window of r has no end but that of the region.
func (c *Census) open(r strategies.Request) bool { return r.Hi == 0 || r.Hi >= c.Region.Managed() }

// enter makes o live.
func (c *Census) enter(o object) {
	c.Left[o.class].add(o.size)
	c.Now.add(o.size)
	c.need.add(o)
}

// leave makes o no longer live.
func (c *Census) leave(o object) {
	c.Left[o.class].remove(o.size)
	c.Now.remove(o.size)
	c.need.remove(o)
}

func (c *Census) free(rec *trace.Record) {
	if rec.Cleared {
		c.Cleared++
	}
	o, ok := c.live[rec.ID]
	delete(c.live, rec.ID)
	if !ok || o.absent {
		return
	}
	c.leave(o)
	c.Windows.leave(o.window, o.size)
	c.Lifetimes[o.class][decadeOf(c.Ops-o.born)]++
}

// trim keeps a part of an object, unless it names none.
func (c *Census) trim(rec *trace.Record) {
	o, ok := c.live[rec.ID]
	keep := rec.Keep
	if !ok || o.absent || keep.Size == 0 || keep.Start > o.size || keep.Size > o.size-keep.Start {
		return
	}
	c.leave(o)
	c.Windows.leave(o.window, o.size-keep.Size)
	o.size, o.align = keep.Size, 0
	c.enter(o)
	c.live[rec.ID] = o
}

// layOut makes the extents of a state live.
func (c *Census) layOut(rec *trace.Record) {
	for i, kind := range kinds {
		if kind == trace.Live {
			c.Kinds[i] += uint64(len(rec.Extents)) - 1 // Note counted the line
		}
	}
	for i, e := range rec.Extents {
		o := object{size: e.Size, class: classOf(e.Size)}
		c.enter(o)
		c.live[rec.ID+uint64(i)] = o
		c.state = max(c.state, e.Start+e.Size)
	}
	c.moment()
}

// moment looks at what is live after an operation.
func (c *Census) moment() {
	c.Now.Op = c.Ops
	if c.Now.Bytes > c.Peak.Bytes {
		c.Peak = c.Now
	}
	if c.Now.Objects > c.Crowd.Objects {
		c.Crowd = c.Now
	}
	c.need.moment(c.Ops)
	c.Curve.add(c.Ops, c.Now.Bytes)
}

func (t *Tally) add(bytes uint64) {
	t.Objects++
	t.Bytes += bytes
}

func (t *Tally) remove(bytes uint64) {
	t.Objects--
	t.Bytes -= bytes
}

// Total is the sum of tallies.
func Total(of [64]Tally) (sum Tally) {
	for _, t := range of {
		sum.Objects += t.Objects
		sum.Bytes += t.Bytes
	}
	return sum
}

// classOf is the power of two at or below a size.
func classOf(size uint64) uint8 { return uint8(max(0, bits.Len64(size)-1)) }

// decadeOf is the power of ten at or below a lifetime of at least 1.
func decadeOf(ops uint64) (d int) {
	for ; ops >= 10; ops /= 10 {
		d++
	}
	return d
}
