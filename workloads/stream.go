package workloads

import (
	"time"

	"github.com/vramlab/vramlab/workloads/trace"
)

// Sizes of the buffer between the reading of a trace and what is done with it.
const (
	batchOps = 4096 // operations of a batch; 200 KB, so that those under way stay in the cache
	batches  = 4
)

// Stream reads the operations of a trace in batches, ahead of the caller, in a goroutine
// of its own:
//
//	s := workloads.NewStream(r)
//	defer s.Close()
//	for s.Next() {
//		... s.Ops() ...
//	}
//	if err := s.Err(); err != nil { ... }
//
// Its memory is a few batches and that of the reader, however long the trace is. The
// operations are those of [FromTrace]. Ranging over an iterator was rejected for what it
// costs an operation, and a batch for each line for what it costs to pass one on.
type Stream struct {
	full  chan batch
	empty chan []Op // of batches to use again
	stop  chan struct{}
	now   batch
}

// batch is what the goroutine passes on.
type batch struct {
	ops    []Op
	slots  int
	offset int64
	busy   time.Duration
	err    error // of the reader, if it is the last
}

// NewStream begins to read r, which is the stream's until Close returns.
func NewStream(r *trace.Reader) *Stream {
	s := &Stream{full: make(chan batch, batches), empty: make(chan []Op, batches), stop: make(chan struct{})}
	for range batches {
		s.empty <- make([]Op, 0, batchOps)
	}
	go s.read(r)
	return s
}

// read fills batches until r ends or the stream is closed.
func (s *Stream) read(r *trace.Reader) {
	defer close(s.full)
	var b batch
	for more := true; more; {
		select {
		case b.ops = <-s.empty:
		case <-s.stop:
			return
		}
		began := time.Now()
		for len(b.ops) < batchOps {
			if more = r.Scan(); !more {
				break
			}
			rec := r.Record()
			b.ops = appendOp(b.ops, rec)
			switch rec.Kind {
			case trace.Alloc:
				b.slots = max(b.slots, int(rec.Slot)+1)
			case trace.Live:
				b.slots = max(b.slots, int(rec.Slot)+len(rec.Extents))
			}
		}
		b.offset, b.err = r.Offset(), r.Err()
		b.busy += time.Since(began)
		s.full <- b // there is room for all batches
	}
}

// Next waits for the next batch and reports whether there is one. At the end, and after
// the operations before an error of the reader, it is false.
func (s *Stream) Next() bool {
	if cap(s.now.ops) > 0 {
		s.empty <- s.now.ops[:0]
		s.now.ops = nil
	}
	b, ok := <-s.full
	if ok {
		s.now = b
	}
	return ok && len(b.ops) > 0
}

// Ops are the operations of the batch, some thousands or a whole line of a state. They
// are the caller's until the next call of Next.
func (s *Stream) Ops() []Op { return s.now.ops }

// Slots is the number of slots that the operations so far name: 0 to Slots-1.
func (s *Stream) Slots() int { return s.now.slots }

// Offset is how far the source was read for the operations so far; see
// [trace.Reader.Offset].
func (s *Stream) Offset() int64 { return s.now.offset }

// Busy is the time that decompression and parsing took for the operations so far, without
// that of waiting for the caller.
func (s *Stream) Busy() time.Duration { return s.now.busy }

// Err is the error of the reader, once Next was false.
func (s *Stream) Err() error { return s.now.err }

// Close ends the reading and waits for it. It leaves the reader open.
func (s *Stream) Close() {
	close(s.stop)
	for range s.full {
	}
}
