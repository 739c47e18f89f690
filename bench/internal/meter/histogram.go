package meter

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

const (
	// Times are stored in half nanoseconds, so that the mean of two is exact.
	perNano = 2
	// A call that takes longer counts as ten seconds.
	maxLatency = int64(10*time.Second) * perNano
)

// A Histogram collects the times of single calls.
type Histogram struct{ hist *hdrhistogram.Histogram }

// NewHistogram is an empty histogram.
func NewHistogram() *Histogram { return &Histogram{hdrhistogram.New(1, maxLatency, 3)} }

// Reset forgets all times.
func (h *Histogram) Reset() { h.hist.Reset() }

// Add adds times of calls in nanoseconds; a time of 0 is no call.
func (h *Histogram) Add(ns []uint32) {
	for _, t := range ns {
		if t != 0 {
			h.add(int64(t) * perNano)
		}
	}
}

// add adds one time in half nanoseconds.
func (h *Histogram) add(t int64) {
	h.hist.RecordValue(min(t, maxLatency)) // in range, so no error
}

// Count is the number of calls.
func (h *Histogram) Count() int { return int(h.hist.TotalCount()) }

// Quantiles are the times at ascending shares of all calls, in nanoseconds without
// the cost of the clock.
func (h *Histogram) Quantiles(clock float64, shares ...float64) []float64 {
	q := quantiles(h.hist.Distribution(), shares...)
	for i := range q {
		q[i] = net(q[i], clock)
	}
	return q
}

// net is a time of the histogram without the clock's cost, in nanoseconds. It is at
// least 1, because the clock cannot measure less and a median of 0 has no ratios.
func net(t, clock float64) float64 { return max(1, t/perNano-clock) }

// quantiles are values of the distribution at ascending shares of its count,
// interpolated between the ticks of the clock. Many clocks tick in steps of ten
// nanoseconds or more, so that half of all operations have the same time and the
// median would move by a whole step or not at all. But a reading stands for all times
// within half a step of it, and the number of readings below the quantile tells where
// in that interval the quantile is.
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

// populated are the bars that are not empty, and the step of the clock: the least
// distance between two of them, at most 100 ns, the coarsest clock (Windows).
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
