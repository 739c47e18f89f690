package meter

import (
	"math"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
)

// A Spread is how long the calls of one kind took.
type Spread struct {
	Calls int
	Ns    []float64 // by [schema.Quantiles], to the hundredth
}

// Values are the quantiles that so many calls have: one that is the longest of them, or
// the shortest, is left out. Of no calls there are none.
func (s Spread) Values() []result.Value {
	var v []result.Value
	for i, q := range schema.Quantiles() {
		outside := min(q.Share, 1-q.Share) // of the smaller side
		if q.Share < 1 && outside*float64(s.Calls) < 1-1e-9 || s.Calls == 0 {
			continue
		}
		v = append(v, result.Value{V: s.Ns[i], Unit: q.Unit})
	}
	return v
}

// A kind is the calls of one kind.
type kind struct {
	hist    *Histogram
	longest int64   // in the unit of the histogram
	net     float64 // sum of the times without the clock, in nanoseconds
}

func (k *kind) reset() {
	k.hist.Reset()
	k.longest, k.net = 0, 0
}

// add adds the time of a call in the unit of the histogram.
func (k *kind) add(t int64, clock float64) {
	k.hist.add(t)
	k.longest = max(k.longest, t)
	k.net += beyond(t, clock)
}

// beyond is what a time has beyond the cost of the clock, in nanoseconds.
func beyond(t int64, clock float64) float64 { return max(0, float64(t)/perNano-clock) }

// spread are the quantiles of the calls; the last one is the longest itself. A hundredth
// of a nanosecond is finer than any of them is known.
func (k *kind) spread(clock float64) Spread {
	var shares []float64
	for _, q := range schema.Quantiles() {
		shares = append(shares, q.Share)
	}
	s := Spread{Calls: k.hist.Count(), Ns: k.hist.Quantiles(clock, shares...)}
	s.Ns[len(s.Ns)-1] = net(float64(k.longest), clock)
	for i, ns := range s.Ns {
		s.Ns[i] = math.Round(100*ns) / 100
	}
	return s
}
