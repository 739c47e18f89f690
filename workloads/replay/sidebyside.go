package replay

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/trace"
)

// An Answer is what an allocator did for an allocation or a trim.
type Answer struct {
	Blocks []strategies.Block // granted, or left by the trim; nil if it was refused
	Err    error              // the refusal
}

// Same reports whether both are the same refusal, or the same places in the same order.
func (a Answer) Same(b Answer) bool {
	if a.Err != nil || b.Err != nil {
		return a.Err != nil && b.Err != nil && errnoOf(a.Err) == errnoOf(b.Err)
	}
	return slices.EqualFunc(a.Blocks, b.Blocks, func(x, y strategies.Block) bool {
		return x.Start == y.Start && x.Size == y.Size
	})
}

// String is the result line of a trace, with a few of the blocks if there are many; a trim
// of a refused allocation leaves nothing.
func (a Answer) String() string {
	if a.Err != nil {
		return "! " + errnoOf(a.Err)
	}
	if len(a.Blocks) == 0 {
		return "nothing"
	}
	var places []trace.Extent
	for _, b := range a.Blocks {
		places = append(places, trace.Extent{Start: b.Start, Size: b.Size})
	}
	return "= " + brief(places, 0)
}

// SideBySide replays the trace r on several allocators, operation by operation, and shows
// the answers to each allocation and trim, and to each line of live extents, in the order
// of the allocators. rec and the answers are valid during the call. Result lines of the
// trace are ignored.
//
// The allocators are new and were made for r's region. One that cannot begin in the state
// of r does nothing from there on, and its answers are an error that wraps [ErrState]. The
// first error is returned: that of r, or of a first allocator that cannot begin, with file
// and line.
func SideBySide(r *trace.Reader, allocators []strategies.Allocator, see func(rec *trace.Record, answers []Answer)) error {
	sides := make([]*tracer, len(allocators))
	for i, a := range allocators {
		sides[i] = newTracer(a)
	}
	answers := make([]Answer, len(sides))
	for r.Scan() {
		rec := r.Record()
		for i, t := range sides {
			if errors.Is(answers[i].Err, ErrState) {
				continue
			}
			if answers[i] = t.do(rec); i == 0 && errors.Is(answers[i].Err, ErrState) {
				return fmt.Errorf("%s: the strategy %w", r.Where(), answers[i].Err)
			}
		}
		if rec.Kind == trace.Alloc || rec.Kind == trace.Trim || rec.Kind == trace.Live {
			see(rec, answers)
		}
	}
	return r.Err()
}

// do does an operation; a line with a result is none.
func (t *tracer) do(rec *trace.Record) (ans Answer) {
	switch rec.Kind {
	case trace.Alloc:
		ans.Blocks, ans.Err = t.alloc(rec)
	case trace.Free:
		t.free(rec)
	case trace.Trim:
		ans.Blocks, ans.Err = t.trim(rec)
	case trace.Reset:
		t.reset(rec)
	case trace.Live:
		ans.Err = t.give(rec)
	}
	return ans
}
