package explain

import (
	"fmt"
	"math"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/trace"
)

// FromTrace reads the operations of a trace, most of them or all that there are, and says
// whether it ended there. Each line of the trace is an operation, and each extent of a
// state.
func FromTrace(r *trace.Reader, most int) (st *Stream, whole bool, err error) {
	st = &Stream{Region: r.Region()}
	for r.Scan() {
		rec := r.Record()
		if len(st.Ops) >= most && rec.Kind != trace.Live {
			return st, false, nil
		}
		st.add(rec)
	}
	return st, true, r.Err()
}

// add appends what a line says, if it is an operation.
func (s *Stream) add(rec *trace.Record) {
	op := workloads.Op{Slot: rec.Slot, Req: rec.Req}
	switch rec.Kind {
	case trace.Alloc:
		op.Kind = workloads.Alloc
	case trace.Free:
		op.Kind = workloads.Free
		if rec.Cleared {
			op.Kind = workloads.FreeCleared
		}
	case trace.Live:
		for i, e := range rec.Extents {
			s.Ops = append(s.Ops, workloads.Op{Kind: workloads.Live, Slot: rec.Slot + uint32(i), Req: e.Window()})
			s.IDs = append(s.IDs, rec.ID+uint64(i))
		}
		return
	case trace.Trim:
		op.Kind, op.Req = workloads.Trim, strategies.Request{Size: rec.Keep.Size, Lo: rec.Keep.Start}
	case trace.Reset:
		op.Kind, op.Slot = workloads.ResetDirty, 0
		if rec.Cleared {
			op.Kind = workloads.ResetClear
		}
	default:
		return
	}
	s.Ops = append(s.Ops, op)
	s.IDs = append(s.IDs, rec.ID)
}

// A Recorded stream is that of the placements of a run, with one answer of the strategy.
type Recorded struct {
	Stream
	Errno  string             // of the refusal
	Blocks []strategies.Block // granted
	// Unknown are the second attempts that no strategy needed whose placements were merged:
	// what was asked for is not known.
	Unknown int
	found   bool
	unsure  []int // second attempts that this strategy did not need, so that they are not known
	last    int   // operation of the last allocation, from 0; -1 for none
}

// Answered reports whether the trace has the answer that was asked for.
func (r *Recorded) Answered() bool { return r.found }

// FromPlacements reads the placements of a run, and keeps the answer to operation op.
//
// The id of an allocation is the number of its operation. So a second attempt that was not
// needed, which leaves no line, shows as a gap before the next allocation; it follows the
// allocation before. Merge finds what was asked for there, if another strategy needed it.
func FromPlacements(r *trace.Reader, op int) (*Recorded, error) {
	st := &Recorded{Stream: Stream{Region: r.Region()}}
	var asked trace.Record         // the allocation that an answer belongs to; of no kind if there is none
	refused, freed := false, false // that one, and nothing else happened since but that its id was freed
	last := -1                     // operation of the last allocation
	free := func() {
		if freed {
			st.add(&trace.Record{Kind: trace.Free, ID: asked.ID, Slot: asked.Slot})
		}
		refused, freed = false, false
	}
	answer := func(errno string, extents []trace.Extent) {
		if asked.Kind != trace.Alloc || len(st.Ops) != op {
			return
		}
		st.found, st.Errno = true, errno
		for _, e := range extents {
			st.Blocks = append(st.Blocks, strategies.Block{Start: e.Start, Size: e.Size})
		}
	}
	for r.Scan() {
		rec := r.Record()
		switch rec.Kind {
		case trace.Alloc:
			if freed && asked.ID == rec.ID {
				refused, freed = false, false
				st.Ops = append(st.Ops, workloads.Op{Kind: workloads.Fallback, Slot: rec.Slot, Req: rec.Req})
			} else {
				free()
				switch gap := rec.ID - uint64(len(st.Ops)); {
				case gap == 1 && last >= 0:
					st.skip(last + 1)
				case gap != 0:
					return nil, fmt.Errorf("%s: allocation %d is operation %d: these are no placements of a run", r.Where(), rec.ID, len(st.Ops)+1)
				}
				last = len(st.Ops)
				st.Ops = append(st.Ops, workloads.Op{Kind: workloads.Alloc, Slot: rec.Slot, Req: rec.Req})
			}
			asked = trace.Record{Kind: rec.Kind, ID: rec.ID, Slot: rec.Slot}
		case trace.Refused:
			answer(rec.Errno, nil)
			refused = asked.Kind == trace.Alloc && st.Ops[len(st.Ops)-1].Kind == workloads.Alloc
		case trace.Granted:
			answer("", rec.Extents)
		case trace.Free:
			if refused && !freed && asked.ID == rec.ID {
				freed = true
				continue
			}
			free()
			asked.Kind = 0
			st.add(rec)
		default:
			if rec.Kind != trace.Table {
				free()
				asked.Kind = 0
				st.add(rec)
			}
		}
	}
	free()
	st.IDs, st.last = nil, last
	return st, r.Err()
}

// skip makes operation i a second attempt that was not needed.
func (r *Recorded) skip(i int) {
	r.Ops = append(r.Ops, workloads.Op{})
	copy(r.Ops[i+1:], r.Ops[i:])
	r.Ops[i] = workloads.Op{Kind: workloads.Fallback, Slot: r.Ops[i-1].Slot}
	r.unsure = append(r.unsure, i)
}

// Merge fills in the second attempts that r does not know from the placements of other
// strategies on the same stream. The error says that the operations differ.
func (r *Recorded) Merge(others []*Recorded) error {
	r.Unknown = 0
	for _, o := range others {
		// A second attempt behind the last allocation shows in the placements of those that
		// needed it.
		if i := r.last + 1; i > 0 && o.last == r.last && len(o.Ops) == len(r.Ops)+1 && o.Ops[i].Kind == workloads.Fallback {
			r.skip(i)
		}
	}
	for _, o := range others {
		if err := sameOps(r, o); err != nil {
			return err
		}
	}
	for _, i := range r.unsure {
		for _, o := range others {
			if i < len(o.Ops) && o.Ops[i].Kind == workloads.Fallback && o.Ops[i].Req.Size > 0 {
				r.Ops[i].Req = o.Ops[i].Req
			}
		}
		if r.Ops[i].Req.Size == 0 {
			r.Unknown++
		}
	}
	return nil
}

// sameOps compares the operations up to the last allocation of each, behind which one may
// lack a second attempt; those do not count.
func sameOps(a, b *Recorded) error {
	if a.last != b.last {
		return fmt.Errorf("the last allocations are operations %d and %d", a.last+1, b.last+1)
	}
	for i, x := range a.Ops[:a.last+1] {
		y := b.Ops[i]
		if x.Kind == workloads.Fallback && y.Kind == workloads.Fallback {
			y.Req = x.Req
		}
		if x != y {
			return fmt.Errorf("operation %d differs", i+1)
		}
	}
	return nil
}

// All is more operations than a trace has.
const All = math.MaxInt
