package replay

import (
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// Transcribe replays the trace r on a and writes it to w: its operations unchanged,
// each allocation and trim followed by the result on a, without comments after the first
// operation. Result lines of the input are ignored, except that the output has the
// table of a grant where the input has one. Where the kernel that a models would stop at
// an assertion ([strategies.Asserter]), a comment says so before the result. A trace with results, transcribed by
// the strategy that made them, comes out unchanged.
//
// a is new and was made for r's region. The first error is returned: that of r, or of an
// a that cannot begin in the state of r, with file and line, or that of w. The memory needed is that of what is live at once.
func Transcribe(a strategies.Allocator, r *trace.Reader, w *trace.Writer) error {
	p, asserted := newTracer(a), uint64(0)
	for r.Scan() {
		rec := r.Record()
		switch rec.Kind {
		case trace.Alloc:
			w.Alloc(rec.ID, rec.Req)
			blocks, err := p.alloc(rec)
			if n, why := p.assertions(); n != asserted {
				asserted = n
				w.Comment(why)
			}
			if err != nil {
				w.Refused(err)
			} else {
				w.Granted(blocks)
			}
		case trace.Free:
			w.Free(rec.ID, rec.Cleared)
			p.free(rec)
		case trace.Trim:
			w.Trim(rec.ID, rec.Keep)
			switch blocks, err := p.trim(rec); {
			case err != nil:
				w.Refused(err)
			case len(blocks) > 0:
				w.Granted(blocks)
			}
		case trace.Time:
			w.Time(rec.Time)
		case trace.Reset:
			w.Reset(rec.Cleared)
			p.reset(rec)
		case trace.Live:
			w.Live(rec.ID, rec.Extents)
			if err := p.give(rec); err != nil {
				return fmt.Errorf("%s: the strategy %w", r.Where(), err)
			}
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

// A tracer does the operations of a trace and keeps the result of the last allocation. It
// relies on [trace.Reader] for ids that are allocated once before they are freed once.
type tracer struct {
	a     strategies.Allocator
	lists [][]strategies.Block // by slot; empty: nothing is held
	kept  []strategies.Block   // memory for what a trim leaves

	clearer  strategies.ClearFreer // a itself, nil if it is none
	asserter strategies.Asserter   // likewise

	req  strategies.Request // the last allocation
	last []strategies.Block // what it was granted
	err  error              // or how it was refused
	segs []sgtable.Segment
	got  []trace.Extent // the result as a trace has it
}

func newTracer(a strategies.Allocator) *tracer {
	clearer, _ := strategies.As[strategies.ClearFreer](a)
	asserter, _ := strategies.As[strategies.Asserter](a)
	return &tracer{a: a, clearer: clearer, asserter: asserter}
}

// assertions are those of the allocator.
func (t *tracer) assertions() (n uint64, latest string) {
	if t.asserter != nil {
		n, latest = t.asserter.Assertions()
	}
	return n, latest
}

// alloc does an allocation. The blocks are valid until the next operation.
func (t *tracer) alloc(rec *trace.Record) ([]strategies.Block, error) {
	t.req = rec.Req
	s := t.list(rec.Slot)
	t.last, t.err = t.a.Alloc((*s)[:0], rec.Req)
	if t.err != nil {
		t.last = nil
		return nil, t.err
	}
	*s = t.last
	return t.last, nil
}

// list is the list of a slot.
func (t *tracer) list(slot uint32) *[]strategies.Block {
	for int(slot) >= len(t.lists) {
		t.lists = append(t.lists, nil)
	}
	return &t.lists[slot]
}

// trim does a trim. The blocks left are valid until the next operation; there are none
// and no error if the allocation was refused.
func (t *tracer) trim(rec *trace.Record) ([]strategies.Block, error) {
	t.last, t.err = nil, nil
	s := t.list(rec.Slot)
	if len(*s) == 0 {
		return nil, nil
	}
	t.last, t.err = trim(t.a, t.kept[:0], *s, rec.Keep.Start, rec.Keep.Size)
	if t.err != nil {
		t.last = nil
		return nil, t.err
	}
	*s, t.kept = t.last, *s
	return t.last, nil
}

func (t *tracer) reset(rec *trace.Record) {
	if r, ok := strategies.As[strategies.ClearResetter](t.a); ok {
		r.ResetClear(rec.Cleared)
	}
}

// give lays out live extents.
func (t *tracer) give(rec *trace.Record) error {
	for i, e := range rec.Extents {
		s := t.list(rec.Slot + uint32(i))
		blocks, err := give(t.a, (*s)[:0], e.Window())
		if err != nil {
			return err
		}
		*s = blocks
	}
	return nil
}

// free frees the blocks of an id, if it was not refused.
func (t *tracer) free(rec *trace.Record) {
	s := t.list(rec.Slot)
	if len(*s) == 0 {
		return
	}
	if rec.Cleared && t.clearer != nil {
		t.clearer.FreeCleared(*s)
	} else {
		t.a.Free(*s)
	}
	*s = (*s)[:0]
}

// table is the table of the last allocation, valid until the next; empty if the object
// is too big for one.
func (t *tracer) table() []sgtable.Segment {
	if sgtable.TooBig(t.req.Size) {
		return nil
	}
	t.segs = sgtable.Append(t.segs[:0], t.last, sgtable.OptionsFor(t.req))
	return t.segs
}
