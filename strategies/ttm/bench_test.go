package ttm_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
	"github.com/vramlab/vramlab/strategies/rangemgr"
	"github.com/vramlab/vramlab/strategies/ttm"
)

// The benchmarks run in a region of 1 GiB, with objects of 4 KiB to 2 MiB,
// log-uniform.
const benchSize = 1 << 30

func benchSizes(n int) []uint64 {
	rng := rand.New(rand.NewPCG(1, 1))
	sizes := make([]uint64, n)
	for i := range sizes {
		sizes[i] = uint64(math.Exp2(12+9*rng.Float64())) &^ (page - 1)
	}
	return sizes
}

// benchLive objects of these sizes take three quarters of the region.
const benchLive = 2400

// BenchmarkManager replaces random objects of a region that is 75 % full (load=churn),
// or allocates objects that evict the oldest ones of a full region (load=evict), one in
// each round: through the strategy alone, through the manager, and through the manager
// with its lock measured. The last one also reports how long the lock is held, which
// decides between spinlock and mutex.
func BenchmarkManager(b *testing.B) {
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		b.Run("strategy="+s.Name, func(b *testing.B) {
			b.Run("load=churn/via=strategy", func(b *testing.B) { churnStrategy(b, s) })
			for _, via := range []string{"manager", "measured"} {
				b.Run("load=churn/via="+via, func(b *testing.B) { churn(b, benchManager(b, s), via == "measured") })
			}
			for _, via := range []string{"manager", "measured"} {
				b.Run("load=evict/via="+via, func(b *testing.B) { evict(b, benchManager(b, s), via == "measured") })
			}
		})
	}
}

func benchManager(b *testing.B, s strategies.Strategy) *ttm.Manager {
	m, err := ttm.New(s, strategies.Region{Size: benchSize, Page: page}, ttm.Options{
		Evict: func(*ttm.Resource) error { return nil },
	})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// churnStrategy is churn on the strategy, without a manager.
func churnStrategy(b *testing.B, s strategies.Strategy) {
	a, err := s.New(strategies.Region{Size: benchSize, Page: page})
	if err != nil {
		b.Fatal(err)
	}
	sizes := benchSizes(1 << 16)
	live := make([][]strategies.Block, benchLive)
	rng := rand.New(rand.NewPCG(2, 2))
	i := 0
	replace := func(slot *[]strategies.Block) {
		if len(*slot) > 0 {
			a.Free(*slot)
		}
		*slot, err = a.Alloc((*slot)[:0], strategies.Request{Size: sizes[i%len(sizes)]})
		if err != nil {
			b.Fatal(err)
		}
		i++
	}
	for n := range 8 * benchLive {
		replace(&live[n%benchLive])
	}
	for b.Loop() {
		replace(&live[rng.IntN(benchLive)])
	}
}

func churn(b *testing.B, m *ttm.Manager, measured bool) {
	sizes := benchSizes(1 << 16)
	live := make([]ttm.Resource, benchLive)
	rng := rand.New(rand.NewPCG(2, 2))
	i := 0
	replace := func(r *ttm.Resource) {
		if r.Size() > 0 {
			m.Free(r)
		}
		if err := m.Alloc(r, ttm.Request{Size: sizes[i%len(sizes)]}); err != nil {
			b.Fatal(err)
		}
		i++
	}
	for n := range 8 * benchLive {
		replace(&live[n%benchLive])
	}
	m.MeasureHolds(measured)
	for b.Loop() {
		replace(&live[rng.IntN(benchLive)])
	}
	reportHolds(b, m)
}

// evict allocates resources in a ring that is longer than the region has room for, so
// that each one is evicted by the time it comes again.
func evict(b *testing.B, m *ttm.Manager, measured bool) {
	sizes := benchSizes(1 << 16)
	ring := make([]ttm.Resource, 3*benchLive)
	i := 0
	bringIn := func() {
		if err := m.Alloc(&ring[i%len(ring)], ttm.Request{Size: sizes[i%len(sizes)]}); err != nil {
			b.Fatal(err)
		}
		i++
	}
	for range 2 * len(ring) {
		bringIn()
	}
	before := m.Stats().Evicted
	m.MeasureHolds(measured)
	for b.Loop() {
		bringIn()
	}
	b.ReportMetric(float64(m.Stats().Evicted-before)/float64(b.N), "evictions/op")
	reportHolds(b, m)
}

// reportHolds reports how long the lock was held, if it was measured.
func reportHolds(b *testing.B, m *ttm.Manager) {
	h := m.Holds()
	for _, s := range []struct {
		name string
		h    *ttm.Histogram
	}{{"alloc", &h.Alloc}, {"free", &h.Free}, {"walk", &h.Walk}} {
		if s.h.Count() == 0 {
			continue
		}
		for _, q := range []struct {
			name string
			d    time.Duration
		}{{"p50", s.h.Quantile(0.5)}, {"p99", s.h.Quantile(0.99)}, {"max", s.h.Max()}} {
			b.ReportMetric(float64(q.d.Nanoseconds()), fmt.Sprintf("%s-%s-ns", s.name, q.name))
		}
	}
}

// BenchmarkParallel is churn by several goroutines on one manager: run it with -cpu
// 1,2,4 to see the cost of the one lock.
func BenchmarkParallel(b *testing.B) {
	for _, s := range []strategies.Strategy{buddy.Strategy, rangemgr.Strategy} {
		b.Run("strategy="+s.Name, func(b *testing.B) {
			m := benchManager(b, s)
			sizes := benchSizes(1 << 16)
			var seed atomic.Uint64
			b.RunParallel(func(pb *testing.PB) {
				rng := rand.New(rand.NewPCG(seed.Add(1), 3))
				live := make([]ttm.Resource, 256)
				for pb.Next() {
					r := &live[rng.IntN(len(live))]
					if r.Size() > 0 {
						m.Free(r)
					}
					if err := m.Alloc(r, ttm.Request{Size: sizes[rng.IntN(len(sizes))], NoEvict: true}); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}
