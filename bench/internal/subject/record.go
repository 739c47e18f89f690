package subject

import (
	"path/filepath"
	"slices"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Record replays the subject once, untimed and under the shadow model, and keeps all
// that is exact: counts, block lists, curves, and the placements as a file in the
// directory dir. The curves have the tables of the first builder.
func (s *Subject) Record(dir string, builders []sgtable.Builder) error {
	out, err := createPlacements(filepath.Join(dir, schema.PlacementFile(s.Load.Name, s.Strategy.Name)), s)
	if err != nil {
		return err
	}
	err = s.record(out, builders)
	if e := out.close(); err == nil {
		err = e
	}
	return err
}

// Prepare is [Subject.Record] without a file.
func (s *Subject) Prepare(builders []sgtable.Builder) error { return s.record(nil, builders) }

func (s *Subject) record(out *placements, builders []sgtable.Builder) error {
	return s.checked(func(a strategies.Allocator) error {
		return s.observe(a, out, builders)
	})
}

// observe records on a new allocator; out may be nil.
func (s *Subject) observe(a strategies.Allocator, out *placements, builders []sgtable.Builder) error {
	s.live = replay.NewLive(s.Load.Stream)
	for _, b := range builders {
		s.Segs = append(s.Segs, Segments{builder: b})
	}
	s.room = make([]uint32, s.live.Slots())
	curve := newSeries(s.Strategy.Name, s.Load)
	if err := s.watch(a, out, curve); err != nil {
		return err
	}
	s.metadata = curve.peakMetadata
	s.Lines = slices.Concat(curve.lines, s.counted(a), s.deviations(a))
	s.live.Drain(a)
	s.live.Fit(s.room)
	return nil
}

// counted is the line of the allocator's counters, if it has any.
func (s *Subject) counted(a strategies.Allocator) []result.Line {
	counter, ok := strategies.As[strategies.Counter](a)
	if !ok {
		return nil
	}
	n, c := s.Counts.Ops(), counter.Counters()
	perOp := func(events uint64) float64 { return float64(events) / float64(n) }
	return []result.Line{{Name: s.FullName(schema.Counters, nil), Iters: n, Values: []result.Value{
		{V: perOp(c.Splits), Unit: schema.SplitsPerOp},
		{V: perOp(c.Merges), Unit: schema.MergesPerOp},
		{V: perOp(c.Visits), Unit: schema.VisitsPerOp},
	}}}
}

// deviations is the line of what the strategy did because its kernel does, if it can: the
// numbers may be 0.
func (s *Subject) deviations(a strategies.Allocator) []result.Line {
	var values []result.Value
	if d, ok := a.(strategies.Deviator); ok && s.Strategy.Caps.Has(strategies.CapMisalignedWindow) {
		n := uint64(0)
		for _, met := range d.Deviations() {
			if met.Cap == strategies.CapMisalignedWindow {
				n = met.Grants
			}
		}
		values = append(values, result.Value{V: float64(n), Unit: schema.MisalignedGrants})
	}
	if k, ok := strategies.As[strategies.Asserter](a); ok {
		n, _ := k.Assertions()
		values = append(values, result.Value{V: float64(n), Unit: schema.KernelStops})
	}
	if values == nil {
		return nil
	}
	return []result.Line{{Name: s.FullName(schema.Deviations, nil), Iters: max(1, s.Counts.Ops()), Values: values}}
}

// watch does the operations one by one and notes the outcome of each. The error is that
// of a strategy that cannot begin in the given state.
func (s *Subject) watch(a strategies.Allocator, out *placements, curve *series) error {
	p := replay.NewPlayer(a, s.live)
	pool := sgtable.NewPool(true)
	ops := s.Load.Stream
	for i := range ops {
		op := &ops[i]
		if op.Kind == workloads.Free || op.Kind == workloads.FreeCleared || op.Kind == workloads.Trim {
			curve.freed(s.live.Held(op.Slot))
		}
		what, err := p.Do(op)
		if op.Kind == workloads.Live && err != nil {
			return err
		}
		blocks := s.live.Held(op.Slot)
		if op.Kind == workloads.Live || op.Kind == workloads.Trim {
			s.room[op.Slot] = max(s.room[op.Slot], uint32(len(blocks)))
			curve.holds(blocks)
		}
		if out != nil {
			out.Op(uint64(i), op, what, blocks, err)
		}
		s.Counts.Note(op, what, blocks)
		switch what {
		case replay.Granted:
			s.room[op.Slot] = max(s.room[op.Slot], uint32(len(blocks)))
			s.Lists.Add(blocks, op.Req)
			first := s.Segs[0].add(pool, blocks, op.Req)
			for j := range s.Segs[1:] {
				s.Segs[1+j].add(pool, blocks, op.Req)
			}
			curve.granted(op, blocks, first)
		case replay.Refused:
			s.refuse(i)
			if op.Kind != workloads.Trim {
				curve.refused(op)
			}
		}
		if i+1 == len(ops) || ops[i+1].Kind != workloads.Fallback {
			curve.step(a, i+1, len(ops))
		}
	}
	return nil
}

// Segments counts the tables that one builder makes of all grants.
type Segments struct {
	builder     sgtable.Builder
	tables, sum int
}

// Mean is the mean number of segments of a table.
func (s *Segments) Mean() float64 { return float64(s.sum) / float64(s.tables) }

// add builds the table of a grant and returns its length, 0 if it is too big for one.
func (s *Segments) add(p *sgtable.Pool, blocks []strategies.Block, r strategies.Request) int {
	if sgtable.TooBig(r.Size) {
		return 0
	}
	table := s.builder.Build(p, blocks, sgtable.OptionsFor(r))
	p.Free(table)
	s.tables++
	s.sum += len(table)
	return len(table)
}
