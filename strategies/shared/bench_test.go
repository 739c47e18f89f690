package shared_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/shared"
)

const (
	benchSize = 8 << 30
	benchLive = 6000 // grants of all goroutines together: three quarters of the region
	samples   = 50_000
)

// BenchmarkShared frees and allocates in as many goroutines as there are
// processors, each its own grants, sizes log-uniform from 4 KiB to 2 MiB. An
// operation is one free and one allocation. The percentiles come from a pass of
// their own, in which each operation is timed; the clock is in them.
//
//	go test ./strategies/shared -bench Shared -cpu 1,2
func BenchmarkShared(b *testing.B) {
	for _, s := range sharded() {
		for _, l := range []struct {
			name string
			s    strategies.Strategy
		}{{"none", s}, {"locked", shared.Locked(s)}, {"sharded", shared.Sharded(s, 4)}} {
			b.Run(fmt.Sprintf("strategy=%s/lock=%s", s.Name, l.name), func(b *testing.B) {
				if l.name == "none" {
					benchOne(b, l.s)
				} else {
					benchShared(b, l.s)
				}
			})
		}
	}
}

// benchOne is benchShared for an allocator without a lock: one goroutine,
// whatever -cpu says.
func benchOne(b *testing.B, s strategies.Strategy) {
	c := newChurn(newAllocator(b, s, strategies.Region{Size: benchSize, Page: page}), 0, benchLive)
	for b.Loop() {
		c.turn()
	}
	report(b, []*churn{c})
}

func benchShared(b *testing.B, s strategies.Strategy) {
	a := newAllocator(b, s, strategies.Region{Size: benchSize, Page: page})
	n := runtime.GOMAXPROCS(0)
	churns := make([]*churn, n)
	for g := range churns {
		churns[g] = newChurn(shared.Home(a, g), uint64(g), benchLive/n)
	}
	var next atomic.Uint32
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		c := churns[next.Add(1)-1]
		for pb.Next() {
			c.turn()
		}
	})
	b.StopTimer()
	report(b, churns)
}

// report times every operation and reports percentiles.
func report(b *testing.B, churns []*churn) {
	all := make([]time.Duration, samples)
	var wait sync.WaitGroup
	refused := 0
	for g, c := range churns {
		part := all[g*samples/len(churns) : (g+1)*samples/len(churns)]
		wait.Go(func() {
			for i := range part {
				start := time.Now()
				c.turn()
				part[i] = time.Since(start)
			}
		})
	}
	wait.Wait()
	slices.Sort(all)
	for _, c := range churns {
		refused += c.refused
	}
	b.ReportMetric(float64(all[samples/2]), "p50-ns")
	b.ReportMetric(float64(all[samples*99/100]), "p99-ns")
	b.ReportMetric(float64(all[samples*999/1000]), "p999-ns")
	b.ReportMetric(float64(refused)/float64(b.N+samples)*100, "fail-pct")
}

// churn is one goroutine's grants.
type churn struct {
	a        strategies.Allocator
	requests [1 << 12]strategies.Request
	slots    [1 << 12]uint16
	live     [][]strategies.Block
	at       int
	refused  int
	_        [64]byte
}

func newChurn(a strategies.Allocator, seed uint64, live int) *churn {
	c := &churn{a: a, live: make([][]strategies.Block, live)}
	rng := rand.New(rand.NewPCG(seed, 2))
	for i := range c.requests {
		k := rng.IntN(9)
		c.requests[i].Size = (1<<k + rng.Uint64N(1<<k)) * page
		c.slots[i] = uint16(rng.IntN(live))
	}
	for range 20 * live {
		c.turn()
	}
	c.refused = 0
	return c
}

// turn frees one grant and makes another.
func (c *churn) turn() {
	i := c.at % len(c.requests)
	// Requests and slots are of different periods, so that slots see all sizes.
	live := &c.live[(int(c.slots[i])+c.at/len(c.requests))%len(c.live)]
	c.at++
	if len(*live) > 0 {
		c.a.Free(*live)
	}
	blocks, err := c.a.Alloc((*live)[:0], c.requests[i])
	if err != nil {
		c.refused++
	}
	*live = blocks
}
