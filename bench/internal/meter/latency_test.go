package meter

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/vramlab/vramlab/internal/churn"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

func TestTogether(t *testing.T) {
	for _, test := range []struct {
		a, b uint32
		want int64
	}{
		{50, 60, 110},
		{60, 50, 110},
		{50, 3_000_000, 100},         // a lost time slice
		{3_000_000, 50, 100},         // in the other pass
		{70_000, 70_900, 140_900},    // slow, and slow again
		{1000, 2000, 3000},           // just near enough
		{1000, 2001, 2000},           // and not
		{math.MaxUint32, 10, 2 * 10}, // beyond what is kept
	} {
		if got := together(test.a, test.b); got != test.want {
			t.Errorf("together(%d, %d) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}

// TestQuantilesSeeBetweenTheSteps draws times from a known distribution and
// reads them with a clock that ticks in steps of 20.
func TestQuantilesSeeBetweenTheSteps(t *testing.T) {
	for _, median := range []float64{100, 103, 107, 111, 119} {
		rng := rand.New(rand.NewPCG(1, 1))
		h := hdrhistogram.New(1, maxLatency, 3)
		for range 50_000 {
			start := rng.Float64() * 20 // of the operation, after a tick
			end := start + median + 30*(rng.Float64()-0.5)
			h.RecordValue(int64(end/20) * 20)
		}
		q := quantiles(h.Distribution(), 0.5, 0.99)
		if math.Abs(q[0]-median) > 4 {
			t.Errorf("median %v read as %v", median, q[0])
		}
		if q[1] < median || q[1] > median+15+20 { // the longest and a step
			t.Errorf("median %v: 99th percentile read as %v", median, q[1])
		}
	}
}

func TestQuantilesOfLittle(t *testing.T) {
	h := hdrhistogram.New(1, maxLatency, 3)
	if q := quantiles(h.Distribution(), 0.5); q[0] != 0 {
		t.Errorf("of nothing: %v", q)
	}
	h.RecordValue(100)
	if q := quantiles(h.Distribution(), 0.5, 0.999); q[0] != 100 || q[1] != 100 {
		t.Errorf("of one value of 100: %v", q)
	}
	h.RecordValue(1_000_000) // one far away must not pull the lower half up
	if q := quantiles(h.Distribution(), 0.25, 0.9); q[0] > 201 || q[1] < 999_000 {
		t.Errorf("of 100 and 1,000,000: %v", q)
	}
}

// TestQuantilesByHand: a bar reaches half a step to either side, or half its own width,
// but not beyond the middle of two bars, the first value or the last.
func TestQuantilesByHand(t *testing.T) {
	bar := func(from, to, count int64) hdrhistogram.Bar {
		return hdrhistogram.Bar{From: from, To: to, Count: count}
	}
	for _, test := range []struct {
		name   string
		bars   []hdrhistogram.Bar
		shares []float64
		want   []float64
	}{
		{"steps of 10", []hdrhistogram.Bar{bar(10, 10, 2), bar(15, 15, 0), bar(20, 20, 1), bar(60, 60, 1)},
			[]float64{0, .25, .5, .75, .9, 1}, []float64{10, 12.5, 15, 25, 58, 60}},
		{"a step is 200 at most", []hdrhistogram.Bar{bar(100, 100, 1), bar(1000, 1000, 1)},
			[]float64{.25, .5, .75, 1}, []float64{150, 200, 950, 1000}},
		{"wide bars", []hdrhistogram.Bar{bar(100, 100, 1), bar(1000, 1299, 2), bar(1300, 1301, 1)},
			// The steps are 1049.5 and 151: half of the wide bar is 150, of the last 75.5.
			[]float64{.25, .5, .75, 1}, []float64{175.5, (999.5 + 1225) / 2, 1225, 1300.5}},
	} {
		got := quantiles(test.bars, test.shares...)
		for i, want := range test.want {
			if math.Abs(got[i]-want) > 1e-9 {
				t.Errorf("%s: %v at %v, want %v", test.name, got[i], test.shares[i], want)
			}
		}
	}
}

// TestHistogram: a time of 0 is no call, ten seconds are the most, and nothing is below
// the clock's part and one.
func TestHistogram(t *testing.T) {
	h := NewHistogram()
	h.Add([]uint32{0, 100, 100, 0})
	if h.Count() != 2 {
		t.Errorf("%d calls, want 2", h.Count())
	}
	for clock, want := range map[float64]float64{0: 100, 40: 60, 99: 1, 200: 1} {
		if q := h.Quantiles(clock, .5, .9); q[0] != want || q[1] != want {
			t.Errorf("%v of the clock: %v, want %v", clock, q, want)
		}
	}
	h.add(maxLatency + 1)
	if h.Count() != 3 {
		t.Error("a call of more than ten seconds is lost")
	}
	if h.Reset(); h.Count() != 0 {
		t.Errorf("%d calls after a reset", h.Count())
	}
}

// TestLatencySplit gives the summary times that were made up: 30 ns for every
// allocation, 10 for every free, on a clock that costs 5.
func TestLatencySplit(t *testing.T) {
	ops := churn.Ops(1, 4000, 100)
	m := NewLatency()
	allocs, frees := 0.0, 0.0
	for pass := range m.ns {
		m.ns[pass] = make([]uint32, len(ops))
		for i := range ops {
			m.ns[pass][i] = 15
			if ops[i].Kind == workloads.Alloc {
				m.ns[pass][i] = 35
			}
		}
	}
	m.ns[0][17] += 5_000_000 // someone else had the core
	for i := range ops {
		if ops[i].Kind == workloads.Alloc {
			allocs += 30
		} else {
			frees += 10
		}
	}
	l := m.summary(ops, 5)
	if want := allocs / (allocs + frees); math.Abs(l.AllocShare-want) > 1e-9 {
		t.Errorf("share of allocations %v, want %v", l.AllocShare, want)
	}
	if l.Max != 30 || l.P99 < 25 || l.P99 > 35 {
		t.Errorf("max %v, p99 %v, want 30", l.Max, l.P99)
	}
}

// TestLatencySkipsWhatIsNoCall: the free of a refused allocation has no time.
func TestLatencySkipsWhatIsNoCall(t *testing.T) {
	ops := churn.WithFallbacks(churn.Ops(7, 5000, 300))
	counts := replay.Replay(churn.New(churn.FirstFit), ops, replay.NewLive(ops))
	s, err := replay.NewSession(churn.New(churn.FirstFit), ops, replay.NewLive(ops))
	if err != nil {
		t.Fatal(err)
	}
	m := NewLatency()
	m.Measure(s, ops)
	if got, want := m.all.Count(), counts.Requests+counts.Fallbacks+counts.Frees; got != want {
		t.Errorf("%d times for %d calls", got, want)
	}
}

// TestHistogramSteps: three digits of two million half nanoseconds are steps of 1024. Of
// 1953 * 1024 to 1954 * 1024 - 1 the middle is kept.
func TestHistogramSteps(t *testing.T) {
	h := NewHistogram()
	h.Add([]uint32{1_000_001})
	if q := h.Quantiles(0, 0.5); q[0] != (1953*1024+511.5)/2 {
		t.Errorf("the middle of a step is %v ns", q[0])
	}
}
