package rundir

import (
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Event is one operation of a placement trace together with its outcome.
type Event struct {
	Op       int // in the stream of the workload, from 1
	ID       uint64
	kind     trace.Kind // Free, Trim, Reset or Live; 0 for a request
	skipped  bool       // the operation before it has no line
	fallback bool       // a second attempt at the request refused just before
	Req      strategies.Request
	First    strategies.Request // of the first attempt
	Blocks   []trace.Extent     // granted, left by a trim, or live at the beginning; nil otherwise
	Errno    string             // of a refusal
}

// Kind is what the operation is: trace.Free, trace.Trim, trace.Reset or trace.Live, or
// trace.Alloc for a request.
func (e *Event) Kind() trace.Kind {
	if e.kind == 0 {
		return trace.Alloc
	}
	return e.kind
}

// eventReader joins the lines of a placement trace to events.
//
// A driver may ask a second time with fewer conditions when it is refused
// (amdgpu does for contiguous memory). The trace then frees the refused id and
// allocates it again. Those are one request: a refusal is held back until the
// next operation shows that it was the last word.
//
// A second attempt that was not needed takes an operation of the workload but
// no line of the trace. An id is the number of its operation, so the count is
// put right at the next allocation, and the traces of two strategies agree on
// the time.
type eventReader struct {
	f       func(*Event)
	op      int
	now     Event
	held    Event // the refusal held back
	holding bool
	freed   bool // and its id was freed after it
	trim    bool // now is a trim whose outcome was not seen: it has none where nothing was granted
}

// EachEvent calls f for every allocation whose outcome is in the trace, for every free,
// trim, reset and extent that is live at the beginning, and returns the number of
// operations.
func EachEvent(t *trace.Reader, f func(*Event)) (ops int, err error) {
	r := eventReader{f: f}
	for t.Scan() {
		r.record(t.Record())
	}
	r.deliver()
	return r.op, t.Err()
}

func (r *eventReader) record(rec *trace.Record) {
	switch rec.Kind {
	case trace.Alloc:
		again := r.holding && r.freed && rec.ID == r.held.ID
		if again {
			r.holding, r.freed = false, false
		}
		r.deliver()
		r.op++
		skipped := again && r.held.skipped
		if rec.ID == uint64(r.op) && !again {
			r.op++ // the id counts from 0: one operation left no line
			skipped = true
		}
		first := rec.Req
		if again {
			first = r.held.First
		}
		r.now = Event{Op: r.op, skipped: skipped, ID: rec.ID, Req: rec.Req, First: first, fallback: again}
	case trace.Free:
		if r.holding && !r.freed && rec.ID == r.held.ID {
			r.freed = true
			return
		}
		r.deliver()
		r.op++
		r.f(&Event{Op: r.op, ID: rec.ID, kind: trace.Free})
	case trace.Live:
		for i := range rec.Extents {
			r.op++
			r.f(&Event{Op: r.op, ID: rec.ID + uint64(i), kind: trace.Live, Blocks: rec.Extents[i : i+1]})
		}
	case trace.Trim, trace.Reset:
		r.deliver()
		r.op++
		r.now = Event{Op: r.op, ID: rec.ID, kind: rec.Kind}
		if r.trim = rec.Kind == trace.Trim; !r.trim {
			r.f(&r.now)
		}
	case trace.Granted:
		r.now.Blocks, r.trim = rec.Extents, false
		r.f(&r.now)
	case trace.Refused:
		if r.now.kind == trace.Trim { // which changes nothing
			r.deliver()
			return
		}
		r.held, r.holding, r.freed = r.now, true, false
		r.held.Errno = rec.Errno
	}
}

// deliver passes on what was held back.
func (r *eventReader) deliver() {
	if r.trim {
		r.trim = false
		r.f(&r.now)
	}
	if r.holding {
		r.holding = false
		r.f(&r.held)
	}
	if r.freed {
		r.freed = false
		r.op++
		r.f(&Event{Op: r.op, ID: r.held.ID, kind: trace.Free})
	}
}

// Answers are the outcomes of the requests of a trace, in their order: enough to tell
// where two traces of the same requests part.
type Answers []Answer

// Answer is the outcome of a request.
type Answer struct {
	ID   int32  // of the request: the number of its first attempt, from 0
	Op   int32  // of its last attempt, in the stream, from 1
	What uint32 // hash of the blocks, or of the name of the error
	Kind RequestKind
}

// mostAnswers are kept of a trace.
const mostAnswers = 1 << 22

// RequestKind is the conditions of a request, as far as generations of an allocator part
// on them.
type RequestKind uint8

// The conditions.
const (
	InWindow     RequestKind = 1 << iota
	SmallAligned             // smaller than its alignment
	Aligned                  // to more than a page, otherwise
	InOnePiece
	FromTop
	Cleared
)

// KindOf are the conditions of a request in a region of that page.
func KindOf(r strategies.Request, page uint64) (k RequestKind) {
	for _, c := range []struct {
		holds bool
		kind  RequestKind
	}{
		{r.Flags&strategies.Range != 0, InWindow},
		{r.Size < r.Align && r.Align > page, SmallAligned},
		{r.Size >= r.Align && r.Align > page, Aligned},
		{r.Flags&strategies.Contiguous != 0, InOnePiece},
		{r.Flags&strategies.TopDown != 0, FromTop},
		{r.Flags&strategies.Clear != 0, Cleared},
	} {
		if c.holds {
			k |= c.kind
		}
	}
	return k
}

// add notes the outcome of a request.
func (a *Answers) add(e *Event, page uint64) {
	if len(*a) == mostAnswers {
		return
	}
	h := uint32(2166136261) // FNV
	mix := func(v uint64) {
		for ; v > 0; v >>= 8 {
			h = (h ^ uint32(v&0xff)) * 16777619
		}
		h = (h ^ 0x100) * 16777619
	}
	for _, b := range e.Blocks {
		mix(b.Start)
		mix(b.Size)
	}
	for _, c := range e.Errno {
		mix(uint64(c))
	}
	*a = append(*a, Answer{int32(min(e.ID, 1<<31-1)), int32(min(e.Op, 1<<31-1)), h, KindOf(e.Req, page)})
}
