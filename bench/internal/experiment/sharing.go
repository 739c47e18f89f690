package experiment

import (
	"context"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/shared"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Sharing measures wall time divided by the operations of all goroutines, which
// halves from one goroutine to two if neither waits for the other, and quantiles of
// single calls in batches of their own. Waiting is part of those: a call is timed from
// the end of the call before. Libraries are called one by one, so that their times
// contain the boundary crossing, with the lock held.
var Sharing = Experiment{
	Name:      "sharing",
	Doc:       "What does an allocator cost that goroutines share, behind one lock or in shards?",
	Synthetic: true,
	Asked:     func(e *Env) bool { return len(e.Goroutines) > 0 },
	SetUp:     setUpSharing,
	Bench:     benchSharing,
}

// A guarding is a way to make an allocator safe for several goroutines.
type guarding struct {
	name  string
	parts bool // an allocator for each goroutine; they must not wait for each other
	wrap  func(s strategies.Strategy, goroutines int) strategies.Strategy
}

// guardings are one lock around everything, and a shard for each goroutine.
func guardings() []guarding {
	return []guarding{
		{schema.LockOne, false, func(s strategies.Strategy, _ int) strategies.Strategy { return shared.Locked(s) }},
		{schema.LockShards, true, shared.Sharded},
	}
}

// MaxGoroutines is the largest number of goroutines that may share an allocator:
// each has a shard of its own.
const MaxGoroutines = shared.MaxShards

// sharedPoint is the load of all goroutines together, however many they are: the
// state of growth at one point, of which each has its part. sharedSteps is the number
// of steps of a batch, which take a millisecond or more. Tests change them.
var (
	sharedPoint = point{region: 8 << 30, live: 16 << 10}
	sharedSteps = 1 << 7
)

// A sharedCell is one strategy with one way of sharing it for so many goroutines.
type sharedCell struct {
	strategy   strategies.Strategy // not guarded
	guarding   guarding
	goroutines int
	point      point
	seed       uint64
}

// sharedCells are the cells of all strategies that can be shared in a way and that
// take the region. A strategy without windows has no shards.
func sharedCells(e *Env) []*sharedCell {
	var cells []*sharedCell
	for _, n := range e.Goroutines {
		for _, how := range guardings() {
			for _, s := range e.Strategies {
				cell := &sharedCell{s, how, n, sharedPoint, e.Seed}
				if cell.possible() {
					cells = append(cells, cell)
				}
			}
		}
	}
	return cells
}

func (c *sharedCell) possible() bool {
	if c.guarding.parts && !c.divisible() {
		return false
	}
	_, err := c.new()
	return err == nil
}

// divisible reports whether allocators of parts of the region can work side by side.
// Those of a library cannot: they share one lock.
func (c *sharedCell) divisible() bool {
	if !c.strategy.Caps.Has(strategies.CapWindow) {
		return false
	}
	a, err := c.strategy.New(c.region())
	_, behind := strategies.As[replay.Batcher](a)
	return err == nil && !behind
}

func (c *sharedCell) new() (strategies.Allocator, error) {
	return c.guarding.wrap(c.strategy, c.goroutines).New(c.region())
}

func (c *sharedCell) region() strategies.Region {
	return strategies.Region{Size: c.point.region, Page: strategies.MinPage}
}

func (c *sharedCell) name() string {
	return schema.Concurrent.FullName(schema.Labels{
		schema.Strategy: c.strategy.Name, schema.Lock: c.guarding.name, schema.Goroutines: strconv.Itoa(c.goroutines),
	})
}

func (c *sharedCell) what() string {
	return fmt.Sprintf("sharing, %s %s for %d", c.strategy.Name, c.guarding.name, c.goroutines)
}

// setUpSharing makes the cells.
func setUpSharing(_ context.Context, e *Env) ([]Cell, error) {
	var cells []Cell
	times := meter.NewHistogram() // of all cells: one has a sample at a time
	for _, c := range sharedCells(e) {
		if err := c.check(); err != nil {
			return nil, err
		}
		cells = append(cells, Cell{
			What:   c.what(),
			Sample: func() ([]result.Line, error) { return one(c.sample(times, e.SampleTime/4)) },
			Crowd:  true,
			Took:   e.SampleTime,
		})
	}
	return cells, nil
}

// check does the streams of all clients once, one after the other, on allocators
// under the shadow model.
func (c *sharedCell) check() error {
	checked := *c
	checked.strategy = strategies.Checked(c.strategy)
	return replay.Guard(c.what(), func() error {
		clients, err := checked.newClients()
		if err != nil {
			return err
		}
		for _, client := range clients {
			replay.Replay(client.home, client.ops, client.live)
		}
		return nil
	})
}

// sample is one sample. It has no values if the goroutines never had a core each.
func (c *sharedCell) sample(times *meter.Histogram, atLeast time.Duration) (result.Line, error) {
	runtime.GC()
	clients, err := c.newClients()
	if err != nil {
		return result.Line{}, fmt.Errorf("%s: %w", c.what(), err)
	}
	t := crowd{clients: clients, times: times}
	values := t.measure(atLeast)
	return result.Line{Name: c.name(), Iters: len(t.ns) * sharedSteps * sharedOps, Values: values}, nil
}

// benchSharing is described at bench.Concurrent.
func benchSharing(b *testing.B, e *Env) {
	for _, c := range sharedCells(e) {
		b.Run(strings.TrimPrefix(c.name(), schema.Concurrent.Name+"/"), c.bench)
	}
}

func (c *sharedCell) bench(b *testing.B) {
	if b.N == 1 { // the first of several calls
		if err := c.check(); err != nil {
			b.Fatal(err)
		}
	}
	clients, err := c.newClients()
	if err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	sideBySide(len(clients), stepsFor(b.N), func(i int) { clients[i].step() })
	b.StopTimer()
	t := crowd{clients: clients, times: meter.NewHistogram()}
	Report(b, t.measure(time.Millisecond))
}

// stepsFor is the number of steps in which so many operations are done.
func stepsFor(ops int) int { return (ops + sharedOps - 1) / sharedOps }
