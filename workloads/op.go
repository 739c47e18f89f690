package workloads

import (
	"slices"
	"sort"

	"github.com/vramlab/vramlab/strategies"
)

// Kind says what an [Op] does.
type Kind uint8

const (
	// Alloc allocates Req into Slot, which is empty.
	Alloc Kind = iota
	// Free frees what Slot holds and leaves the slot empty. It frees nothing if
	// the allocation was refused.
	Free
	// FreeCleared is Free of memory whose contents are known to be zero.
	FreeCleared
	// Fallback allocates Req into Slot if the Alloc directly before it, into the
	// same slot, was refused; otherwise it does nothing. It is the second
	// attempt of a driver that prefers contiguous memory. The two count as one
	// request, which is refused only if both attempts are. A trace records what
	// happened: a second attempt is a free and an allocation of the same id, and
	// a second attempt that was not needed is absent.
	Fallback
	// Live lays out a live extent of the state in which the workload begins: Slot
	// is granted exactly the window of Req. A strategy that cannot do that cannot
	// begin there. The operations of a state come first. They are no requests, and
	// their time is not measured.
	Live
	// Trim keeps Req.Size bytes of what Slot holds, from Req.Lo bytes behind its
	// start on, and frees the rest. A strategy that cannot, or refuses, keeps all of
	// it. It does nothing if the allocation was refused.
	Trim
	// ResetDirty says that none of the memory that is free is known to be zero any
	// more, ResetClear that all of it is. A strategy that keeps no clear memory does
	// nothing. Slot is 0.
	ResetDirty
	ResetClear
)

// Op is one operation of a workload. Slots are dense small integers, so the
// table of live allocations can be a slice.
type Op struct {
	Req  strategies.Request // Alloc, Fallback and Live; of a Trim Size and Lo
	Slot uint32
	Kind Kind
}

// Workload is a stream of operations on one region, generated or recorded.
type Workload struct {
	Name   string // unique, and good for [strategies.CheckName]; goes into benchmark names
	Title  string // two or three words for the reader of a report: "Graphics mix"
	Doc    string // one sentence: the real program or driver it stands for
	Region strategies.Region
	// Recorded says that it is a trace of a program. Its region is what the program
	// happened to have, and no part of the design of a generator.
	Recorded bool
	// Ops returns n operations; n = 0 means the workload's default length. The
	// same seed and n give the same operations on every machine. A recorded
	// trace ignores both and returns all its operations. The slice may be
	// shared: callers only read it.
	//
	// Rejected: a callback that makes the next operation from what was granted,
	// since strategies would replay different streams; and an iter.Seq[Op], since
	// ranging over it costs several times as much per operation as over a slice.
	Ops func(seed uint64, n int) []Op
	// Parts hands over the operations of Ops part by part, so that a workload of any
	// length takes little memory. A part is valid during the call; an error of hand
	// ends the work, and is returned. Parts is nil where all operations are there
	// already, as those of a recorded trace.
	Parts func(seed uint64, n int, hand func(part []Op) error) error
	// Denied are the allocations, by their index in Ops, that were refused when the trace was
	// recorded, ascending: the program never had that memory. See [Served].
	Denied []int
	// Times are those of the operations, if the trace has any; nil else. The slice is
	// shared, and belongs to what Ops returns.
	Times []Time
}

// Time is when the operations from Op on happened, up to that of the next Time:
// nanoseconds since the recording began.
type Time struct {
	Op int
	Ns uint64
}

// TimeOf is the time at which the first n operations had been done, in nanoseconds. ok is
// false if the workload has no times.
func (w *Workload) TimeOf(n int) (ns uint64, ok bool) {
	i := sort.Search(len(w.Times), func(i int) bool { return w.Times[i].Op >= n })
	if i == 0 {
		return 0, len(w.Times) > 0
	}
	return w.Times[i-1].Ns, true
}

// Served are the operations without the allocations at denied, which ascend, and without
// what is done with what they would have got; from has the index in ops of each. It is
// ops itself, and from nil, if nothing is denied.
func Served(ops []Op, denied []int) (served []Op, from []int) {
	if len(denied) == 0 {
		return ops, nil
	}
	absent := make(map[uint32]bool) // slots that a denied allocation was for
	for i, op := range ops {
		switch gone := absent[op.Slot]; {
		case len(denied) > 0 && denied[0] == i:
			denied = denied[1:]
			absent[op.Slot] = true
			continue
		case gone && (op.Kind == Free || op.Kind == FreeCleared):
			delete(absent, op.Slot)
			continue
		case gone && op.Kind == Trim:
			continue
		}
		served, from = append(served, op), append(from, i)
	}
	return served, from
}

// InOnePiece are the operations with each request for one piece.
func InOnePiece(ops []Op) []Op {
	whole := slices.Clone(ops)
	for i := range whole {
		if k := whole[i].Kind; k == Alloc || k == Fallback {
			whole[i].Req.Flags |= strategies.Contiguous
		}
	}
	return whole
}

// Possible is a recorded w without the denied allocations that asked for more than could be
// free: whoever serves the others refuses these. n is their number. Where nothing else is
// asked for they stay.
func (w Workload) Possible() (_ Workload, n int) {
	if len(w.Denied) == 0 {
		return w, 0
	}
	ops, region := w.Ops(0, 0), w.Region.Managed()
	sizes := make(map[uint32]uint64) // live bytes by slot
	var live uint64
	var hopeless, denied []int
	for i, op := range ops {
		switch op.Kind {
		case Alloc, Live:
			if k := len(hopeless) + len(denied); k == len(w.Denied) || w.Denied[k] != i {
				sizes[op.Slot] = op.Req.Size
				live += op.Req.Size
			} else if op.Req.Size > region-min(live, region) {
				hopeless = append(hopeless, i)
			} else {
				denied = append(denied, i)
			}
		case Trim:
			if old := sizes[op.Slot]; op.Req.Size < old {
				live -= old - op.Req.Size
				sizes[op.Slot] = op.Req.Size
			}
		case Free, FreeCleared:
			live -= sizes[op.Slot]
			delete(sizes, op.Slot)
		}
	}
	if len(hopeless) == 0 {
		return w, 0
	}
	left, from := Served(ops, hopeless)
	if State(left) == len(left) {
		return w, 0
	}
	now := func(at int) int { return sort.SearchInts(from, at) }
	w.Ops = func(uint64, int) []Op { return left }
	w.Denied = nil
	for _, at := range denied {
		w.Denied = append(w.Denied, now(at))
	}
	times := w.Times
	w.Times = nil
	for _, t := range times {
		w.Times = append(w.Times, Time{now(t.Op), t.Ns})
	}
	return w, len(hopeless)
}

// State is the number of operations, at the beginning of ops, that lay out the state in
// which they begin.
func State(ops []Op) int {
	for i := range ops {
		if ops[i].Kind != Live {
			return i
		}
	}
	return len(ops)
}
