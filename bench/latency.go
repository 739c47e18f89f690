package bench

import (
	"math"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A latencyMeter times every operation of a stream by itself. It reads the
// clock once an operation: the end of one is the beginning of the next. What
// the reading costs is measured apart and subtracted.
//
// The reading costs as much as a fast operation and keeps the processor from
// overlapping two of them, so that the times do not add up to what a replay
// takes. They give the shape (quantiles, the ratio of allocations to frees);
// the sum is the replay's.
//
// Every operation is timed twice, in two replays. It does the same work in
// both, so when the times are far apart the lesser one is the one without an
// interrupt or another process in it. One lost time slice of 3 ms is as much as
// all else in a short stream, and would go wholly to whichever of allocation
// and free it hit. An operation that really is slow is slow twice, and stays.
type latencyMeter struct {
	ns   [2][]uint32 // by pass and operation; 0: there was nothing to do
	hist *hdrhistogram.Histogram
}

// latency is what a latencyMeter found out in one sample, in nanoseconds with
// the clock's cost subtracted.
type latency struct {
	p50, p99, p999, max float64 // over all calls of Alloc and Free
	allocShare          float64 // of the time in all calls, the part in Alloc; 0 to 1
}

const (
	// Times are kept in half nanoseconds: the mean of two readings.
	perNano = 2
	// Beyond ten seconds a call is ten seconds long.
	maxLatency = int64(10*time.Second) * perNano
	// Two times of one operation that are further apart than this, in ns,
	// differ by something that is not the operation.
	outlier = 1000
)

func newLatencyMeter() *latencyMeter {
	return &latencyMeter{hist: hdrhistogram.New(1, maxLatency, 3)}
}

// measure times two replays of ops, drained after each.
func (m *latencyMeter) measure(a strategies.Allocator, ops []workloads.Op, live *Live) latency {
	p := newPlayer(a, live)
	batch, _ := a.(*batched)
	for i := range m.ns {
		if cap(m.ns[i]) < len(ops) {
			m.ns[i] = make([]uint32, len(ops))
		}
		m.ns[i] = m.ns[i][:len(ops)]
		if batch != nil {
			batch.pass(m.ns[i])
			continue
		}
		m.pass(p, ops, m.ns[i])
		live.Drain(a)
	}
	if batch != nil {
		return m.summary(ops, batch.Clock())
	}
	return m.summary(ops, clockCost())
}

// pass is [Replay] with a clock.
func (m *latencyMeter) pass(p *player, ops []workloads.Op, ns []uint32) {
	start := time.Now()
	last := time.Duration(0)
	for i := range ops {
		what, _ := p.do(&ops[i])
		now := time.Since(start)
		ns[i] = 0
		if what != skipped {
			ns[i] = uint32(max(1, min(now-last, math.MaxUint32)))
		}
		last = now
	}
}

// summary turns the times into quantiles. clock is the cost of one reading.
func (m *latencyMeter) summary(ops []workloads.Op, clock float64) latency {
	m.hist.Reset()
	var allocs, frees float64
	longest := int64(0)
	for i := range ops {
		if m.ns[0][i] == 0 {
			continue
		}
		t := together(m.ns[0][i], m.ns[1][i])
		longest = max(longest, t)
		m.hist.RecordValue(min(t, maxLatency)) // in range, so no error
		net := max(0, float64(t)/perNano-clock)
		if ops[i].Kind == workloads.Free || ops[i].Kind == workloads.FreeCleared {
			frees += net
		} else {
			allocs += net
		}
	}
	q := quantiles(m.hist.Distribution(), 0.5, 0.99, 0.999)
	for i := range q {
		q[i] = net(q[i], clock)
	}
	l := latency{p50: q[0], p99: q[1], p999: q[2], max: net(float64(longest), clock)}
	if allocs+frees > 0 {
		l.allocShare = allocs / (allocs + frees)
	}
	return l
}

// together is the sum of two times of one operation, in half nanoseconds; of
// two far apart, twice the lesser one.
func together(a, b uint32) int64 {
	if low, high := min(a, b), max(a, b); high-low > outlier {
		a, b = low, low
	}
	return int64(a) + int64(b)
}

// net is a time of the histogram without the clock's cost, in nanoseconds, at
// least 1: the clock cannot tell less from nothing, and a median of nothing has
// no ratios.
func net(t, clock float64) float64 { return max(1, t/perNano-clock) }

// quantiles are values of the distribution at ascending shares of its count.
//
// Many clocks tick in steps of ten nanoseconds or more, so that half of all
// operations have one and the same time and the median would jump by a step or
// not move at all. A reading stands for all times within half a step of it,
// though, and by the share of them that lies below the quantile it is known
// where in there the quantile is.
func quantiles(bars []hdrhistogram.Bar, shares ...float64) []float64 {
	bars, step := populated(bars)
	count := int64(0)
	for _, b := range bars {
		count += b.Count
	}
	at, below := 0, 0.0 // bars[:at] hold below values
	values := make([]float64, len(shares))
	for i, share := range shares {
		rank := share * float64(count)
		for at+1 < len(bars) && below+float64(bars[at].Count) < rank {
			below += float64(bars[at].Count)
			at++
		}
		if at < len(bars) {
			lo, hi := edges(bars, at, step)
			values[i] = lo + (hi-lo)*(rank-below)/float64(bars[at].Count)
		}
	}
	return values
}

// populated are the bars that count anything, and the step of the clock: the
// least distance between two of them, but no more than 100 ns: that of Windows,
// the coarsest.
func populated(all []hdrhistogram.Bar) (bars []hdrhistogram.Bar, step float64) {
	step = 100 * perNano
	for _, b := range all {
		if b.Count == 0 {
			continue
		}
		if n := len(bars); n > 0 {
			step = min(step, middle(b)-middle(bars[n-1]))
		}
		bars = append(bars, b)
	}
	return bars, step
}

func middle(b hdrhistogram.Bar) float64 { return float64(b.From+b.To) / 2 }

// edges is the range of times that bar i stands for. Nothing is below the
// first value or above the last.
func edges(bars []hdrhistogram.Bar, i int, step float64) (lo, hi float64) {
	half := max(step, float64(bars[i].To-bars[i].From+1)) / 2
	at := middle(bars[i])
	lo, hi = at, at
	if i > 0 {
		lo = max(at-half, (middle(bars[i-1])+at)/2)
	}
	if i+1 < len(bars) {
		hi = min(at+half, (at+middle(bars[i+1]))/2)
	}
	return lo, hi
}

// clockCost is what one reading of the clock adds to the time of an operation,
// in nanoseconds: the least mean of several rows of readings. It is measured
// anew for every sample, since the frequency of the core changes.
func clockCost() float64 {
	const rows, reads = 16, 256
	best := math.Inf(1)
	start := time.Now()
	for range rows {
		first := time.Since(start)
		last := first
		for range reads {
			last = time.Since(start)
		}
		best = min(best, float64(last-first)/reads)
	}
	return best
}
