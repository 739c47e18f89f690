package bench

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads"
)

// sharing is a way to make allocators safe for several goroutines.
type sharing struct {
	name  string
	parts bool // has an allocator for each goroutine, which must not wait for each other
	wrap  func(s strategies.Strategy, goroutines int) strategies.Strategy
}

// sharings are one lock around everything, and a shard for each goroutine.
func sharings() []sharing {
	return []sharing{
		{"locked", false, func(s strategies.Strategy, _ int) strategies.Strategy { return shared.Locked(s) }},
		{"sharded", true, shared.Sharded},
	}
}

// MaxGoroutines is the largest number of goroutines that may share an allocator:
// each has a shard of its own.
const MaxGoroutines = shared.MaxShards

// The load of the goroutines together is that of a point of the scaling sweep,
// however many they are; each has its part of the objects. A batch has so many
// steps of all, which take a millisecond or more. Variables for the tests.
var (
	sharedPoint = sweepPoint{region: 8 << 30, live: 16 << 10}
	sharedSteps = 1 << 7
)

// A concurrentCell is one strategy with one way of sharing for so many
// goroutines.
type concurrentCell struct {
	strategy   strategies.Strategy // as it is without
	sharing    sharing
	goroutines int
	point      sweepPoint
	seed       uint64
}

// concurrentCells are those of all strategies that can be shared so and that
// take the region.
func (c *Config) concurrentCells() []*concurrentCell {
	var cells []*concurrentCell
	for _, n := range c.CPU {
		for _, how := range sharings() {
			for _, s := range c.Strategies {
				cell := &concurrentCell{s, how, n, sharedPoint, c.Seed}
				if cell.possible() {
					cells = append(cells, cell)
				}
			}
		}
	}
	return cells
}

func (c *concurrentCell) possible() bool {
	if c.sharing.parts && !c.divisible() {
		return false
	}
	_, err := c.new()
	return err == nil
}

// divisible reports whether parts of the region can have allocators that work
// side by side. Those of a library have one lock in common.
func (c *concurrentCell) divisible() bool {
	if !c.strategy.Caps.Has(strategies.CapWindow) {
		return false
	}
	a, err := c.strategy.New(c.region())
	_, behind := a.(workloads.Batcher)
	return err == nil && !behind
}

func (c *concurrentCell) new() (strategies.Allocator, error) {
	return c.sharing.wrap(c.strategy, c.goroutines).New(c.region())
}

func (c *concurrentCell) region() strategies.Region {
	return strategies.Region{Size: c.point.region, Page: strategies.MinPage}
}

func (c *concurrentCell) name() string {
	return fmt.Sprintf("Concurrent/strategy=%s/lock=%s/goroutines=%d", c.strategy.Name, c.sharing.name, c.goroutines)
}

func (c *concurrentCell) what() string {
	return fmt.Sprintf("concurrent, %s %s for %d", c.strategy.Name, c.sharing.name, c.goroutines)
}

// A crowd has clients work side by side.
type crowd struct {
	clients []*client
	meter   *latencyMeter
	ns      []float64 // time of an operation in each batch: wall time by operations of all
}

// batches does batches until they took so long in all, three at least. Each one
// begins as soon as every client has a core to itself, for which it waits, but
// not for ever: on a busy machine there may be fewer, or none. What the clients
// do in the batch does not tell, since with one lock around everything they take
// turns by nature.
func (t *crowd) batches(atLeast time.Duration, step func(*client), done func(took time.Duration)) {
	n := len(t.clients)
	waited := time.Duration(0)
	for count, sum := 0, time.Duration(0); count < 3 || sum < atLeast; {
		start := time.Now()
		ready := coreEach(n)
		if waited += time.Since(start); !ready {
			if waited > mostWait {
				return
			}
			continue
		}
		for _, c := range t.clients {
			c.ns = c.ns[:0]
		}
		took, _ := sideBySide(n, sharedSteps, func(i int) { t.clients[i].try(step) })
		for _, c := range t.clients {
			if c.fault != nil {
				panic(c.fault) // on this goroutine, where it is caught
			}
		}
		done(took)
		count++
		sum += took
	}
}

// mostWait is how long batches waits for cores at least before it gives up.
const mostWait = 40 * time.Millisecond

// coreEach reports whether so many goroutines get a core each at the moment, or
// are more than can: then nobody expects them to.
func coreEach(goroutines int) bool {
	if goroutines == 1 || goroutines > runtime.GOMAXPROCS(0) {
		return true
	}
	const steps, long = 128, 2 * time.Microsecond
	_, company := sideBySide(goroutines, steps, func(int) {
		for start := time.Now(); time.Since(start) < long; {
		}
	})
	return company >= inCompany
}

// measure takes the times of batches, then, in others, those of single calls.
// Without a batch that counts of either there are no values.
func (t *crowd) measure(atLeast time.Duration) []value {
	t.batches(atLeast, (*client).step, func(took time.Duration) {
		t.ns = append(t.ns, float64(took.Nanoseconds())/float64(sharedSteps*sharedOps))
	})
	t.meter.hist.Reset()
	t.batches(atLeast, func(c *client) { c.timed(t.meter) }, func(time.Duration) { t.record() })
	if len(t.ns) == 0 || t.meter.hist.TotalCount() == 0 {
		return nil
	}
	slices.Sort(t.ns)
	q, clock := quantiles(t.meter.hist.Distribution(), 0.5, 0.99, 0.999), clockCost()
	return []value{
		{lowerMedian(t.ns), "ns/op"},
		{net(q[0], clock), "p50-ns"}, {net(q[1], clock), "p99-ns"}, {net(q[2], clock), "p999-ns"},
	}
}

// record adds the times of the clients to the histogram.
func (t *crowd) record() {
	for _, c := range t.clients {
		for _, ns := range c.ns {
			if ns != 0 {
				t.meter.hist.RecordValue(min(int64(ns)*perNano, maxLatency)) // in range, so no error
			}
		}
	}
}

// concurrentSample is a sample of a cell. It has no values if the goroutines
// never had a core each.
func (r *runner) concurrentSample(c *concurrentCell) (line, error) {
	runtime.GC()
	clients, err := c.newClients()
	if err != nil {
		return line{}, err
	}
	t := crowd{clients: clients, meter: r.latency}
	values := t.measure(r.SampleTime / 4)
	return line{c.name(), len(t.ns) * sharedSteps * sharedOps, values}, nil
}

// concurrentTook is what the cells take in one round, about.
func (r *runner) concurrentTook() time.Duration {
	return time.Duration(len(r.concurrent)) * r.SampleTime
}

// Concurrent is the benchmark of allocators that several goroutines share, as
// strategy=S/lock=L/goroutines=N, N being each of c.CPU: by default one and as
// many as GOMAXPROCS. An iteration is one operation of any of them, so that the
// time would halve from one goroutine to two if they did not wait for each other.
func Concurrent(b *testing.B, c Config) {
	if len(c.CPU) == 0 {
		c.CPU = []int{1, max(2, runtime.GOMAXPROCS(0))}
	}
	c.forBenchmark(b)
	for _, cell := range c.concurrentCells() {
		b.Run(fmt.Sprintf("strategy=%s/lock=%s/goroutines=%d", cell.strategy.Name, cell.sharing.name, cell.goroutines), cell.bench)
	}
}

func (c *concurrentCell) bench(b *testing.B) {
	clients, err := c.newClients()
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	sideBySide(len(clients), (b.N+sharedOps-1)/sharedOps, func(i int) { clients[i].step() })
	b.StopTimer()
	t := crowd{clients: clients, meter: newLatencyMeter()}
	report(b, t.measure(time.Millisecond))
}
