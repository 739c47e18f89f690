package replay

import (
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Transcribe replays the trace r on a and writes it to w: its operations as
// they are, each allocation followed by what a answered; comments behind the
// first operation are left out. Result lines of the
// input are not looked at, except that where it has a table, the output has
// the table of what a granted. So the transcript of a trace with results, made
// by the strategy that made them, is that trace.
//
// a must be new, and made for r's region. The first error is returned: of r,
// naming file and line, or of w. Memory is what is live, not what is read.
func Transcribe(a strategies.Allocator, r *trace.Reader, w *trace.Writer) error {
	p := newTracer(a)
	for r.Scan() {
		rec := r.Record()
		switch rec.Kind {
		case trace.Alloc:
			w.Alloc(rec.ID, rec.Req)
			if blocks, err := p.alloc(rec); err != nil {
				w.Refused(err)
			} else {
				w.Granted(blocks)
			}
		case trace.Free:
			w.Free(rec.ID, rec.Cleared)
			p.free(rec)
		case trace.Table:
			if p.err == nil && !sgtable.TooBig(p.req.Size) {
				w.Table(p.table())
			}
		}
	}
	if err := r.Err(); err != nil {
		return err
	}
	return w.Flush()
}

// A tracer does the operations of a trace, whose ids are any numbers, and
// remembers the answer to the last allocation. It relies on what a
// [trace.Reader] promises: an id is allocated once before it is freed once.
type tracer struct {
	a       strategies.Allocator
	clearer strategies.ClearFreer // a itself, nil if it is none
	lists   idTable

	req  strategies.Request // the last allocation
	last []strategies.Block // what it was granted
	err  error              // or how it was refused
	segs []sgtable.Segment
	got  []trace.Extent // the answer as the trace would have it
}

func newTracer(a strategies.Allocator) *tracer {
	clearer, _ := strategies.As[strategies.ClearFreer](a)
	return &tracer{a: a, clearer: clearer}
}

// alloc does an allocation. The blocks are valid until the next operation.
func (t *tracer) alloc(rec *trace.Record) ([]strategies.Block, error) {
	t.req = rec.Req
	t.last, t.err = t.a.Alloc(t.lists.take(), rec.Req)
	if t.err != nil {
		t.lists.giveBack(t.last)
		t.last = nil
		return nil, t.err
	}
	t.lists.put(rec.ID, t.last)
	return t.last, nil
}

// free frees what an id holds, which is nothing if it was refused.
func (t *tracer) free(rec *trace.Record) {
	blocks := t.lists.remove(rec.ID)
	if len(blocks) == 0 {
		return
	}
	if rec.Cleared && t.clearer != nil {
		t.clearer.FreeCleared(blocks)
	} else {
		t.a.Free(blocks)
	}
	t.lists.giveBack(blocks)
}

// table is the table of the last allocation, valid until the next; empty for an
// object that is too big to have one.
func (t *tracer) table() []sgtable.Segment {
	if sgtable.TooBig(t.req.Size) {
		return nil
	}
	t.segs = sgtable.Append(t.segs[:0], t.last, sgtable.OptionsFor(t.req))
	return t.segs
}
