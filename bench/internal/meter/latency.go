// Package meter measures time: of single calls ([Latency], [Histogram]), of whole
// replays ([Replays]), and of the construction of tables ([Tables]).
package meter

import (
	"slices"

	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A Latency times every operation of a stream by itself. The cost of reading the
// clock is measured separately and subtracted.
//
// A reading takes as long as a fast operation and keeps the processor from
// overlapping two operations, so the times do not add up to the time of a replay.
// They give quantiles and the ratio of allocations to frees.
//
// Every operation is timed twice, in two replays. It does the same work in both, so
// if the times are far apart the shorter one is the one without an interrupt or
// another process. One lost time slice of 3 ms is as long as a whole short stream,
// and would distort the ratio. A slow operation is slow twice, and counts.
type Latency struct {
	ns            [2][]uint32 // by pass and operation; 0: there was nothing to do
	all           *Histogram
	allocs, frees kind
}

// Calls is the result of one sample of a [Latency], in nanoseconds without the cost
// of the clock.
type Calls struct {
	P50, P99, P999, Max float64 // over all calls of Alloc and Free
	AllocShare          float64 // share of Alloc in the time of all calls, 0 to 1
	FreeShare           float64 // that of Free; the rest are trims and resets
	Allocs, Frees       Spread
}

// outlier is the difference in ns beyond which two times of one operation differ by
// something else than the operation.
const outlier = 1000

// NewLatency is a meter that keeps its memory from one sample to the next.
func NewLatency() *Latency {
	return &Latency{all: NewHistogram(), allocs: kind{hist: NewHistogram()}, frees: kind{hist: NewHistogram()}}
}

// Measure times two replays of s; ops is its stream.
func (m *Latency) Measure(s *replay.Session, ops []workloads.Op) Calls {
	for i := range m.ns {
		m.ns[i] = slices.Grow(m.ns[i][:0], len(ops))[:len(ops)]
		s.TimedEach(m.ns[i])
	}
	return m.summary(ops, s.Clock())
}

// summary turns the times into quantiles. clock is the cost of one reading.
func (m *Latency) summary(ops []workloads.Op, clock float64) Calls {
	m.all.Reset()
	m.allocs.reset()
	m.frees.reset()
	others, longest := 0.0, int64(0)
	for i := range ops {
		if m.ns[0][i] == 0 {
			continue
		}
		t := together(m.ns[0][i], m.ns[1][i])
		longest = max(longest, t)
		m.all.add(t)
		switch ops[i].Kind {
		case workloads.Alloc, workloads.Fallback:
			m.allocs.add(t, clock)
		case workloads.Free, workloads.FreeCleared:
			m.frees.add(t, clock)
		default:
			others += beyond(t, clock)
		}
	}
	q := m.all.Quantiles(clock, 0.5, 0.99, 0.999)
	l := Calls{P50: q[0], P99: q[1], P999: q[2], Allocs: m.allocs.spread(clock), Frees: m.frees.spread(clock)}
	l.Max = net(float64(longest), clock)
	if all := m.allocs.net + m.frees.net + others; all > 0 {
		l.AllocShare, l.FreeShare = m.allocs.net/all, m.frees.net/all
	}
	return l
}

// together is the sum of two times of one operation, that is their mean in half
// nanoseconds; if they are far apart, twice the shorter one.
func together(a, b uint32) int64 {
	if low, high := min(a, b), max(a, b); high-low > outlier {
		a, b = low, low
	}
	return int64(a) + int64(b)
}
