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
	if got, want := m.hist.Count(), counts.Requests+counts.Fallbacks+counts.Frees; got != want {
		t.Errorf("%d times for %d calls", got, want)
	}
}
