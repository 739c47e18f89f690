package subject

import (
	"cmp"
	"strconv"

	"github.com/vramlab/vramlab/bench/frag"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// seriesSamples bounds the points of a curve. A figure has no pixels for more, and
// each one walks the free memory.
const seriesSamples = 240

// series samples the state of an allocator at even distances over a stream.
type series struct {
	load  *Load
	of    schema.Labels // strategy and workload; step is set anew for each sample
	every int           // operations from one sample to the next
	next  int           // operation of the next sample

	frag         frag.State
	live         uint64 // bytes granted and not freed
	peakMetadata uint64 // largest Footprint seen at a sample
	since        interval
	lines        []result.Line
}

// interval counts what happened since the last sample. A request and its
// fallback are one; no sample falls between the two.
type interval struct{ requests, refused, tables, segs int }

// newSeries begins the curve of a strategy on a load. The first sample of one with a
// state to begin in is that state.
func newSeries(strategy string, l *Load) *series {
	every := max(1, (len(l.Stream)+seriesSamples-1)/seriesSamples)
	return &series{
		load:  l,
		of:    schema.Labels{schema.Strategy: strategy, schema.Workload: l.Name},
		every: every,
		next:  cmp.Or(workloads.State(l.Stream), every),
	}
}

// granted notes that op was granted blocks, whose table has segs segments, 0 if there
// is no table.
func (s *series) granted(op *workloads.Op, blocks []strategies.Block, segs int) {
	s.live += total(blocks)
	if segs > 0 {
		s.since.tables++
		s.since.segs += segs
	}
	if op.Kind == workloads.Fallback {
		s.since.refused--
	} else {
		s.since.requests++
	}
}

// refused notes that op was refused.
func (s *series) refused(op *workloads.Op) {
	if op.Kind != workloads.Fallback {
		s.since.requests++
		s.since.refused++
	}
}

// holds notes blocks that are live, without a request.
func (s *series) holds(blocks []strategies.Block) { s.live += total(blocks) }

// freed notes blocks that are about to be freed.
func (s *series) freed(blocks []strategies.Block) { s.live -= total(blocks) }

// step samples a after n of all operations, if a sample is due.
func (s *series) step(a strategies.Allocator, n, all int) {
	if n < s.next && n != all {
		return
	}
	s.next = (n/s.every + 1) * s.every
	if f, ok := strategies.As[strategies.Footprinter](a); ok {
		s.peakMetadata = max(s.peakMetadata, f.Footprint())
	}
	s.frag.Measure(a.FreeBlocks())
	s.of[schema.Step] = strconv.Itoa(n)
	s.lines = append(s.lines, result.Line{Name: schema.Series.FullName(s.of), Iters: 1, Values: s.values(n)})
	s.since = interval{}
}

// values are the measurements of one sample, after n operations, without segments per
// table if the interval has no grant, and without seconds if the workload has none.
func (s *series) values(n int) []result.Value {
	w := s.since
	v := []result.Value{
		{V: 100 * s.frag.External(), Unit: schema.FragPct},
		{V: 100 * s.frag.Unusable(64<<10), Unit: schema.Unusable64KPct},
		{V: 100 * s.frag.Unusable(2<<20), Unit: schema.Unusable2MPct},
		{V: float64(s.frag.Largest), Unit: schema.LargestBytes},
		{V: float64(s.frag.Free), Unit: schema.FreeBytes},
		{V: float64(s.live), Unit: schema.LiveBytes},
		{V: 100 * float64(w.refused) / float64(max(1, w.requests)), Unit: schema.FailPct},
		{V: float64(w.refused), Unit: schema.Refused},
	}
	if w.tables > 0 {
		v = append(v, result.Value{V: float64(w.segs) / float64(w.tables), Unit: schema.SegsPerTable})
	}
	if ns, ok := s.load.TimeOf(n); ok {
		v = append(v, result.Value{V: float64(ns) / 1e9, Unit: schema.RecordedSeconds})
	}
	return v
}

// total is the number of bytes in blocks.
func total(blocks []strategies.Block) uint64 {
	sum := uint64(0)
	for _, b := range blocks {
		sum += b.Size
	}
	return sum
}
