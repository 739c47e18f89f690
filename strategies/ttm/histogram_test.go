package ttm_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// TestBuckets: every duration is in a bucket, the buckets follow each other
// without a gap, and the longest duration is in the last.
func TestBuckets(t *testing.T) {
	low := time.Duration(0)
	for i := range ttm.Buckets {
		high := ttm.Ceiling(i)
		if ttm.Bucket(low) != i || ttm.Bucket(high) != i {
			t.Fatalf("bucket %d should be [%d, %d], and these are in %d and %d", i, low, high, ttm.Bucket(low), ttm.Bucket(high))
		}
		if width := high - low; width > 0 && float64(width) > float64(low)/8 {
			t.Fatalf("bucket %d is [%d, %d]", i, low, high)
		}
		low = high + 1
	}
	if got := ttm.Ceiling(ttm.Buckets - 1); got != math.MaxInt64 {
		t.Errorf("the last bucket ends at %d", got)
	}
}

// TestQuantile compares with a sorted list.
func TestQuantile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{1, 2, 3, 100, 1000} {
		var h ttm.Histogram
		var all []int64
		for range n {
			d := int64(math.Exp2(rng.Float64() * 40))
			all = append(all, d)
			h.Record(d)
		}
		slices.Sort(all)
		for _, q := range []float64{0, 0.25, 0.5, 0.9, 0.99, 1} {
			exact := float64(all[max(int(q*float64(n)+0.5), 1)-1])
			if got := float64(h.Quantile(q)); got < exact || got > exact*1.125 {
				t.Errorf("of %d durations the %v quantile is %v, not %v", n, q, got, exact)
			}
		}
		if h.Count() != uint64(n) || int64(h.Max()) != all[n-1] {
			t.Errorf("%d durations up to %d: %v", n, all[n-1], &h)
		}
	}
	var one, two, both ttm.Histogram
	for i := range int64(1000) {
		both.Record(i * i)
		if one.Record(i * i); i%3 == 0 {
			two.Record(i * i)
			both.Record(i * i)
		}
	}
	if one.Add(&two); one != both {
		t.Errorf("added up %v, want %v", &one, &both)
	}
	var none ttm.Histogram
	if none.Quantile(0.5) != 0 || none.String() != "0 times, p50 0s, p99 0s, max 0s" {
		t.Errorf("the empty histogram is %v", &none)
	}
	none.Record(-5) // what subtracting the clock can give
	if none.Max() != 0 || none.Count() != 1 {
		t.Errorf("a negative duration made it %v", &none)
	}
}

// TestHolds: every hold of the lock is counted once.
func TestHolds(t *testing.T) {
	count := func(measured bool) [3]uint64 {
		m := newManager(t, buddy.Strategy, 16, 0, ttm.Options{Evict: func(*ttm.Resource) error { return nil }})
		m.MeasureHolds(measured)
		a := mustAlloc(t, m, "a", 10)
		mustAlloc(t, m, "b", 10) // refused, a victim found and freed, granted
		m.Alloc(a, ttm.Request{Size: page, NoEvict: true})
		m.Free(a)
		h := m.Holds()
		return [3]uint64{h.Alloc.Count(), h.Free.Count(), h.Walk.Count()}
	}
	if got, want := count(true), [3]uint64{4, 2, 1}; got != want {
		t.Errorf("measured are %v allocations, frees and walks, want %v", got, want)
	}
	if got := count(false); got != [3]uint64{} {
		t.Errorf("measured are %v although that is off", got)
	}
	m := newManager(t, buddy.Strategy, 16, 0, ttm.Options{})
	m.MeasureHolds(true)
	a := mustAlloc(t, m, "a", 10)
	m.MeasureHolds(true)
	m.Free(a)
	if h := m.Holds(); h.Alloc.Count() != 0 || h.Free.Count() != 1 {
		t.Errorf("measured are %v and %v after starting anew", &h.Alloc, &h.Free)
	}
}

var _ strategies.Checker = (*ttm.Manager)(nil)
