package bench

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// seriesSamples bounds the points of a curve: more than a figure has pixels to
// show helps nobody, and each one walks the free memory.
const seriesSamples = 240

// series samples the state of an allocator at even distances over a stream.
// Everything in it is deterministic.
type series struct {
	name  string // benchmark name up to the step
	every int    // operations from one sample to the next
	next  int    // operation of the next sample

	frag         Fragmentation
	live         uint64 // bytes granted and not freed
	peakMetadata uint64 // largest Footprint seen at a sample
	since        window
	lines        []line
}

// window counts what happened since the last sample. A request and its
// fallback are one; no sample falls between the two.
type window struct{ requests, refused, tables, segs int }

func newSeries(strategy, workload string, ops int) *series {
	every := max(1, (ops+seriesSamples-1)/seriesSamples)
	return &series{
		name:  fmt.Sprintf("Series/strategy=%s/workload=%s/step=", strategy, workload),
		every: every,
		next:  every,
	}
}

// granted notes that op was served with blocks, whose table has segs segments;
// 0 if there is none.
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

// refused notes that op was not served.
func (s *series) refused(op *workloads.Op) {
	if op.Kind != workloads.Fallback {
		s.since.requests++
		s.since.refused++
	}
}

// freed notes blocks that are about to be freed.
func (s *series) freed(blocks []strategies.Block) { s.live -= total(blocks) }

// step samples a after n of all operations, if it is time to.
func (s *series) step(a strategies.Allocator, n, all int) {
	if n < s.next && n != all {
		return
	}
	s.next = (n/s.every + 1) * s.every
	if f, ok := strategies.As[strategies.Footprinter](a); ok {
		s.peakMetadata = max(s.peakMetadata, f.Footprint())
	}
	s.frag.Measure(a.FreeBlocks())
	s.lines = append(s.lines, line{fmt.Sprint(s.name, n), 1, s.values()})
	s.since = window{}
}

// values are the measurements of one sample. A window without a grant has no
// segments per table.
func (s *series) values() []value {
	w := s.since
	v := []value{
		{100 * s.frag.External(), "frag-pct"},
		{100 * s.frag.Unusable(64<<10), "unusable64k-pct"},
		{100 * s.frag.Unusable(2<<20), "unusable2m-pct"},
		{float64(s.frag.Largest), "largest-B"},
		{float64(s.frag.Free), "free-B"},
		{float64(s.live), "live-B"},
		{100 * float64(w.refused) / float64(max(1, w.requests)), "fail-pct"},
		{float64(w.refused), "refused"},
	}
	if w.tables > 0 {
		v = append(v, value{float64(w.segs) / float64(w.tables), "segs/table"})
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
