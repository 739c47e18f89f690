package experiment

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Growth measures one state of memory, that of [population], in many sizes. The report
// fits cost = a * n^b to it.
//
// The times of allocations and frees differ by the cache too: a free touches memory
// that was not used for long, and the allocations after it find that in the cache.
// Only their sum is the cost of an object.
var Growth = Experiment{
	Name:      "growth",
	Doc:       "How does the cost of an allocation and a free grow with the region and its live objects?",
	Synthetic: true,
	Asked:     func(e *Env) bool { return len(e.Grid.Regions) > 0 },
	Check:     checkGrowth,
	SetUp:     setUpGrowth,
	Bench:     benchGrowth,
}

// A growthCell is one strategy at one point of the grid.
type growthCell struct {
	strategy strategies.Strategy
	point
	seed uint64
}

// checkGrowth reports a region of the grid that a strategy refuses.
func checkGrowth(e *Env) error {
	for _, region := range e.Grid.Regions {
		for _, s := range e.Strategies {
			if _, err := s.New(strategies.Region{Size: region, Page: strategies.MinPage}); err != nil {
				return fmt.Errorf("sweep: %s on region=%s: %w", s.Name, schema.FormatSize(region), err)
			}
		}
	}
	return nil
}

// mostChecked is the largest number of objects with which a strategy is held to the
// contract at a point: a hundred thousand take half a second, and ten times as many
// ten times as long.
const mostChecked = 100_000

// setUpGrowth makes the cells point by point: strategies to compare are neighbours.
func setUpGrowth(ctx context.Context, e *Env) ([]Cell, error) {
	var cells []Cell
	for _, p := range e.Grid.points() {
		for _, s := range e.Strategies {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			c := &growthCell{s, p, e.Seed}
			if err := c.check(); err != nil {
				return nil, err
			}
			cells = append(cells, Cell{
				What:   c.what(),
				Sample: func() ([]result.Line, error) { return c.sample(e.SampleTime / 2) },
				Beside: true, // a grid may take as long as all the rest
			})
		}
	}
	return cells, nil
}

// check makes the population under the shadow model and churns some batches.
func (c *growthCell) check() error {
	if c.live > mostChecked {
		return nil
	}
	return replay.Guard(c.what(), func() error {
		h, err := newPopulation(strategies.Checked(c.strategy), c.point, c.seed)
		if err != nil {
			return err
		}
		for range countedBatches {
			h.churn()
		}
		return h.a.(strategies.Checker).Check()
	})
}

// name is the name of the benchmark for one kind of operation.
func (c *growthCell) name(op string) string {
	return schema.Scaling.FullName(schema.Labels{
		schema.Strategy: c.strategy.Name,
		schema.Op:       op,
		schema.Region:   schema.FormatSize(c.region),
		schema.Live:     strconv.Itoa(c.live),
	})
}

func (c *growthCell) what() string {
	return fmt.Sprintf("growth, %s with %d objects in %s", c.strategy.Name, c.live, schema.FormatSize(c.region))
}

// countedBatches is the least number of batches in a sample. Visits are counted in
// the first of them only, always the same ones, so that the count is exact.
const countedBatches = 64

// churning is the result of one sample of a cell.
type churning struct {
	alloc, free []float64 // ns of one operation, for each batch; ascending in the end
	counted     batch     // sums over the first batches
}

// measure churns for at least the time given.
func (s *churning) measure(h *population, atLeast time.Duration) {
	clock := replay.ClockCost()
	for start := time.Now(); len(s.alloc) < countedBatches || time.Since(start) < atLeast; {
		b := h.churn()
		if len(s.alloc) < countedBatches {
			s.counted.add(b)
		}
		s.alloc = append(s.alloc, perOp(b.allocTime, clock, b.allocs))
		s.free = append(s.free, perOp(b.freeTime, clock, b.frees))
	}
	slices.Sort(s.alloc)
	slices.Sort(s.free)
}

// perOp is the time of one of n operations in nanoseconds, 0 if there is none. A reading
// of the clock took so many of all.
func perOp(took time.Duration, clock float64, n int) float64 {
	return max(0, float64(took.Nanoseconds())-clock) / float64(max(1, n))
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
	return replay.Counts{Requests: b.allocs, Refused: b.refused}.Served()
}

// values are the measurements of one kind of operation, with visits if they are counted.
func (b *batch) values(ns float64, counts bool, visits uint64, ops int) []result.Value {
	v := []result.Value{{V: ns, Unit: schema.NsPerOp}}
	if counts {
		v = append(v, result.Value{V: float64(visits) / float64(max(1, ops)), Unit: schema.VisitsPerOp})
	}
	return append(v, result.Value{V: b.served(), Unit: schema.ServedPct})
}

// sample is a sample of the frees and one of the allocations, from one population,
// which is made anew for each sample: all of them kept would take gigabytes.
func (c *growthCell) sample(atLeast time.Duration) ([]result.Line, error) {
	runtime.GC()
	h, err := newPopulation(c.strategy, c.point, c.seed)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.what(), err)
	}
	var s churning
	s.measure(h, atLeast)
	counts, n := h.count != nil, len(s.alloc)*batchObjects
	return []result.Line{
		{Name: c.name(schema.OpFree), Iters: n, Values: s.counted.values(meter.LowerMedian(s.free), counts, s.counted.freeVisits, s.counted.frees)},
		{Name: c.name(schema.OpAlloc), Iters: n, Values: s.counted.values(meter.LowerMedian(s.alloc), counts, s.counted.allocVisits, s.counted.allocs)},
	}, nil
}

// benchGrowth is described at bench.Scaling.
func benchGrowth(b *testing.B, e *Env) {
	for _, s := range e.Strategies {
		b.Run(schema.Strategy.Is(s.Name), func(b *testing.B) {
			for _, p := range e.Grid.points() {
				name := schema.Region.Is(schema.FormatSize(p.region)) + "/" + schema.Live.Is(strconv.Itoa(p.live))
				b.Run(name, (&growthCell{s, p, e.Seed}).bench)
			}
		})
	}
}

// bench uses one population for both kinds of operation.
func (c *growthCell) bench(b *testing.B) {
	if err := c.check(); err != nil {
		b.Fatal(err)
	}
	h, err := newPopulation(c.strategy, c.point, c.seed)
	if err != nil {
		b.Fatal(err)
	}
	var s churning
	s.measure(h, 0)
	b.Run(schema.Op.Is(schema.OpAlloc), func(b *testing.B) {
		h.bench(b, s.counted, s.counted.allocVisits, func(t batch) (time.Duration, int) { return t.allocTime, t.allocs })
	})
	b.Run(schema.Op.Is(schema.OpFree), func(b *testing.B) {
		h.bench(b, s.counted, s.counted.freeVisits, func(t batch) (time.Duration, int) { return t.freeTime, t.frees })
	})
}

// bench is the benchmark of one kind of operation, of whose time and calls took takes
// those of a batch. counted has what is exact.
func (h *population) bench(b *testing.B, counted batch, visits uint64, took func(batch) (time.Duration, int)) {
	var sum time.Duration
	var made int
	for n := 0; n < b.N; n += batchObjects {
		t, m := took(h.churn())
		sum += t
		made += m
	}
	_, ops := took(counted)
	for _, v := range counted.values(perOp(sum, 0, made), h.count != nil, visits, ops) {
		b.ReportMetric(v.V, v.Unit.Name)
	}
}
