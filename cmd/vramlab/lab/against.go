package lab

import (
	"cmp"
	"fmt"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
	"github.com/vramlab/vramlab/workloads/replay"
	"github.com/vramlab/vramlab/workloads/trace"
)

// A side is a strategy in a comparison on one trace, and what is counted of it.
type side struct {
	name      string
	allocator strategies.Allocator

	requests  uint64
	refused   map[string]uint64 // by errno, "" for an error that is none
	untrimmed uint64            // trims refused
	blocks    uint64            // granted
	entries   uint64            // of the sg tables of what was granted
	otherwise uint64            // answers that differ from those of the first side
	first     string            // the first of these, in words

	table []sgtable.Segment // memory for one

	unfit error // why it cannot begin in the state of the trace; then nothing is counted

	kernel kernelwork.Allocator // the twin, which counts what the kernel does; nil for none
	place  int                  // of its answers
}

// against replays the trace at path on several strategies side by side, and prints what
// is exact of each, and where it first answers otherwise than the first of them. With
// kernel it also counts the steps of the kernel's own structures.
func against(env *environment, list []strategies.Strategy, path string, kernel bool) error {
	r, err := trace.Open(path)
	if err != nil {
		return err
	}
	defer r.Close()
	sides := make([]*side, len(list))
	allocators := make([]strategies.Allocator, len(list))
	for i, s := range list {
		if allocators[i], err = begin(s, r, path); err != nil {
			return err
		}
		sides[i] = &side{name: s.Name, allocator: allocators[i], refused: make(map[string]uint64)}
	}
	for _, s := range sides {
		if twin, ok := kernelwork.For(s.name); ok && kernel {
			if s.kernel, err = twin.New(r.Region()); err != nil {
				return err
			}
			s.place = len(allocators)
			allocators = append(allocators, s.kernel)
		}
	}
	var apart error // of a strategy and its twin
	err = guarded(func() error {
		return replay.SideBySide(r, allocators, func(rec *trace.Record, answers []replay.Answer) {
			for i, s := range sides {
				if rec.Kind == trace.Live || s.unfit != nil {
					s.unfit = answers[i].Err
					continue
				}
				s.note(rec, answers[i])
				s.compare(rec, answers[i], sides[0], answers[0])
				if s.kernel != nil && apart == nil && !answers[s.place].Same(answers[i]) {
					apart = fmt.Errorf("%s: %s: %s answers %v, the kernel's own structures %v, so their steps are not its own",
						r.Where(), replay.Describe(rec), s.name, answers[i], answers[s.place])
				}
			}
		})
	})
	err = cmp.Or(err, apart)
	for i, a := range allocators {
		if i == 0 || err == nil {
			err = finish(a, r, path, err)
		}
	}
	if err != nil {
		return err
	}
	printSides(env.stdout, sides)
	if kernel {
		printTwins(env.stdout, sides)
	}
	for _, s := range sides {
		if s.unfit != nil {
			return fmt.Errorf("%s: left out: %s %w", path, s.name, s.unfit)
		}
	}
	return nil
}

// note counts an answer.
func (s *side) note(rec *trace.Record, got replay.Answer) {
	switch {
	case rec.Kind == trace.Trim && got.Err != nil:
		s.untrimmed++
	case rec.Kind == trace.Trim:
	case got.Err != nil:
		s.requests++
		s.refused[strategies.Errno(got.Err)]++
	default:
		s.requests++
		s.blocks += uint64(len(got.Blocks))
		if !sgtable.TooBig(rec.Req.Size) {
			s.table = sgtable.Append(s.table[:0], got.Blocks, sgtable.OptionsFor(rec.Req))
			s.entries += uint64(len(s.table))
		}
	}
}

// compare notes an answer that differs from that of base.
func (s *side) compare(rec *trace.Record, got replay.Answer, base *side, want replay.Answer) {
	if got.Same(want) {
		return
	}
	if s.otherwise++; s.otherwise > 1 {
		return
	}
	width := max(len(base.name), len(s.name))
	s.first = fmt.Sprintf("line %d, %s:\n  %-*s  %v\n  %-*s  %v\n",
		rec.Line, replay.Describe(rec), width, base.name, want, width, s.name, got)
}
