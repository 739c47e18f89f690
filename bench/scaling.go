package bench

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
)

// A scalingCell is one strategy at one point of the sweep.
type scalingCell struct {
	strategy strategies.Strategy
	sweepPoint
	seed uint64
}

// scalingCells are the cells of the sweep: point by point, so that strategies
// that are compared are neighbours.
func (c *Config) scalingCells() []*scalingCell {
	var cells []*scalingCell
	for _, p := range c.Scaling.points() {
		for _, s := range c.Strategies {
			cells = append(cells, &scalingCell{s, p, c.Seed})
		}
	}
	return cells
}

// offerRegions offers each strategy each region of the sweep.
func (c *Config) offerRegions() error {
	for _, region := range c.Scaling.Regions {
		for _, s := range c.Strategies {
			if _, err := s.New(strategies.Region{Size: region, Page: strategies.MinPage}); err != nil {
				return fmt.Errorf("sweep: %s on region=%s: %w", s.Name, sizeName(region), err)
			}
		}
	}
	return nil
}

// name is that of the benchmark for one of the operations.
func (c *scalingCell) name(op string) string {
	return fmt.Sprintf("Scaling/strategy=%s/op=%s/region=%s/live=%d", c.strategy.Name, op, sizeName(c.region), c.live)
}

func (c *scalingCell) what() string {
	return fmt.Sprintf("scaling, %s with %d objects in %s", c.strategy.Name, c.live, sizeName(c.region))
}

// countedBatches is the number of batches in a sample at least, and of those
// whose visits are counted: always the same ones, so that the count is exact.
const countedBatches = 64

// A scaling is what one sample of a cell found.
type scaling struct {
	alloc, free []float64 // ns of one operation, for each batch; ascending in the end
	counted     batch     // sums over the first batches
}

// measure churns for at least so long.
func (s *scaling) measure(h *heap, atLeast time.Duration) {
	clock := clockCost()
	perOp := func(took time.Duration, n int) float64 {
		return max(0, float64(took.Nanoseconds())-clock) / float64(n)
	}
	for start := time.Now(); len(s.alloc) < countedBatches || time.Since(start) < atLeast; {
		b := h.churn()
		if len(s.alloc) < countedBatches {
			s.counted.add(b)
		}
		s.alloc = append(s.alloc, perOp(b.allocTime, b.allocs))
		s.free = append(s.free, perOp(b.freeTime, max(1, b.frees)))
	}
	slices.Sort(s.alloc)
	slices.Sort(s.free)
}

func (b *batch) add(o batch) {
	b.allocs += o.allocs
	b.frees += o.frees
	b.refused += o.refused
	b.allocVisits += o.allocVisits
	b.freeVisits += o.freeVisits
}

// served is the share of the requests that were granted, in percent.
func (b *batch) served() float64 {
	return Counts{Requests: b.allocs, Refused: b.refused}.served()
}

// values are those of one kind of operation. Visits are there if they are counted.
func (b *batch) values(ns float64, counts bool, visits uint64, ops int) []value {
	v := []value{{ns, "ns/op"}}
	if counts {
		v = append(v, value{float64(visits) / float64(max(1, ops)), "visits/op"})
	}
	return append(v, value{b.served(), "served-pct"})
}

// scalingSample is a sample of a cell: the line of the allocations, after that
// of the frees was written. The heap is made anew for each, since all of them
// together would take gigabytes; that part and what the batches take stand
// beside the budget of the run.
func (r *runner) scalingSample(c *scalingCell) (line, error) {
	runtime.GC()
	start := time.Now()
	defer func() { r.budget.beside(time.Since(start)) }()
	h, err := newHeap(c.strategy, c.sweepPoint, c.seed)
	if err != nil {
		return line{}, fmt.Errorf("%s: %w", c.what(), err)
	}
	var s scaling
	s.measure(h, r.SampleTime/2)
	counts, n := h.count != nil, len(s.alloc)*heapBatch
	err = r.curves.add(line{c.name("free"), n,
		s.counted.values(lowerMedian(s.free), counts, s.counted.freeVisits, s.counted.frees)})
	return line{c.name("alloc"), n,
		s.counted.values(lowerMedian(s.alloc), counts, s.counted.allocVisits, s.counted.allocs)}, err
}

// Scaling is the benchmark of what an allocation and a free cost in heaps of
// many sizes: the strategies of c at every point of its sweep, which is
// [DefaultSweep] if it has none, as strategy=S/region=R/live=N/op=O. The package
// comment says what the heaps are. An iteration is one operation; the making of
// the heap and, for either operation, the other one are not timed.
func Scaling(b *testing.B, c Config) {
	c.Scaling = c.Scaling.completed()
	c.forBenchmark(b)
	for _, s := range c.Strategies {
		b.Run("strategy="+s.Name, func(b *testing.B) {
			for _, p := range c.Scaling.points() {
				b.Run(fmt.Sprintf("region=%s/live=%d", sizeName(p.region), p.live), func(b *testing.B) {
					benchScaling(b, &scalingCell{s, p, c.Seed})
				})
			}
		})
	}
}

// benchScaling uses one heap for both operations.
func benchScaling(b *testing.B, c *scalingCell) {
	h, err := newHeap(c.strategy, c.sweepPoint, c.seed)
	if err != nil {
		b.Fatal(err)
	}
	var s scaling
	s.measure(h, 0)
	bench := func(b *testing.B, visits uint64, ops int, took func(batch) time.Duration) {
		sum := time.Duration(0)
		n := 0
		for ; n < b.N; n += heapBatch {
			sum += took(h.churn())
		}
		b.ReportMetric(float64(sum.Nanoseconds())/float64(n), "ns/op")
		report(b, s.counted.values(0, h.count != nil, visits, ops))
	}
	b.Run("op=alloc", func(b *testing.B) {
		bench(b, s.counted.allocVisits, s.counted.allocs, func(t batch) time.Duration { return t.allocTime })
	})
	b.Run("op=free", func(b *testing.B) {
		bench(b, s.counted.freeVisits, s.counted.frees, func(t batch) time.Duration { return t.freeTime })
	})
}
