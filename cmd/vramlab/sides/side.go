// Package sides counts what is exact of strategies side by side on one trace, and prints it
// as a table: what the command replay shows with -against and with -summary.
package sides

import (
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A Side is a strategy in a comparison on one trace, and what is counted of it.
type Side struct {
	Name      string
	Allocator strategies.Allocator
	Kernel    kernelwork.Allocator // the twin, which counts what the kernel does; nil for none
	Checked   bool                 // the allocator is under the shadow model
	Unfit     error                // why it cannot begin in the state of the trace; then nothing is counted

	requests  uint64
	refused   map[string]uint64 // by errno, "" for an error that is none
	untrimmed uint64            // trims refused
	blocks    uint64            // granted
	entries   uint64            // of the sg tables of what was granted
	otherwise uint64            // answers that differ from those of the first side
	first     string            // the first of these, in words

	// Of a tally only.
	operations uint64
	live, peak uint64 // bytes granted and not freed: at the end, and at most
	nanos      uint64 // an operation

	table []sgtable.Segment // memory for one
}

// Note counts an answer.
func (s *Side) Note(rec *trace.Record, got replay.Answer) {
	switch {
	case rec.Kind == trace.Trim && got.Err != nil:
		s.untrimmed++
	case rec.Kind == trace.Trim:
	case got.Err != nil:
		s.requests++
		s.refuse(strategies.Errno(got.Err), 1)
	default:
		s.requests++
		s.blocks += uint64(len(got.Blocks))
		if !sgtable.TooBig(rec.Req.Size) {
			s.table = sgtable.Append(s.table[:0], got.Blocks, sgtable.OptionsFor(rec.Req))
			s.entries += uint64(len(s.table))
		}
	}
}

// Compare notes an answer that differs from that of base.
func (s *Side) Compare(rec *trace.Record, got replay.Answer, base *Side, want replay.Answer) {
	if got.Same(want) {
		return
	}
	if s.otherwise++; s.otherwise > 1 {
		return
	}
	width := max(len(base.Name), len(s.Name))
	s.first = fmt.Sprintf("line %d, %s:\n  %-*s  %v\n  %-*s  %v\n",
		rec.Line, replay.Describe(rec), width, base.Name, want, width, s.Name, got)
}

// Take makes figures of a tally.
func (s *Side) Take(t *replay.Tally) {
	s.operations, s.requests, s.untrimmed, s.blocks = uint64(t.Operations), uint64(t.Requests), uint64(t.Untrimmed), uint64(t.Blocks)
	s.live, s.peak = t.Live, t.Peak
	for errno, n := range t.Refusals {
		s.refuse(errno, uint64(n))
	}
	if n := t.Ops(); n > 0 {
		s.nanos = uint64(t.Time.Nanoseconds()) / uint64(n)
	}
}

// refuse counts refusals.
func (s *Side) refuse(errno string, n uint64) {
	if s.refused == nil {
		s.refused = make(map[string]uint64)
	}
	s.refused[errno] += n
}
