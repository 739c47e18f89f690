package experiment

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strconv"
	"sync"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/ttm"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/managed"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Managed replays each workload under a memory manager (package managed), and swaps the
// strategy under it. What moves is exact and counted once. How long the manager's lock is
// held is sampled, on fewer and shorter replays.
var Managed = Experiment{
	Name:  "managed",
	Doc:   "What does a memory manager evict for a strategy, and what would a better placement have spared?",
	SetUp: setUpManaged,
}

// Manager is bench.Manager.
type Manager struct {
	All        bool
	Placements managed.Placements
	Pressures  []managed.Pressure
	GTT        strategies.Strategy
}

// DefaultPressures is described at bench.DefaultPressures.
func DefaultPressures() []managed.Pressure { return []managed.Pressure{80, 100} }

// BriefOps keeps a default run short: its 15 workloads take half a second for each strategy. The
// region goes by the peak of these operations, so there is pressure from the beginning.
const BriefOps = 25_000

// lockOps are the operations of a sample of hold times: a few milliseconds of them, and a
// few times as many where all of a workload is replayed.
func (m *Manager) lockOps() int {
	if m.All {
		return BriefOps
	}
	return 5_000
}

// pressures are those asked for, or the default ones.
func (m *Manager) pressures() []managed.Pressure {
	if len(m.Pressures) == 0 {
		return DefaultPressures()
	}
	return m.Pressures
}

// sampled reports whether hold times are sampled on a workload in a brief run: on recorded
// traces, and on two generators, one of them with a small BAR.
func (m *Manager) sampled(s *Stream) bool {
	return m.All || s.Recorded || s.Workload == "gfx" || s.Workload == "window"
}

// plan is the plan of the first operations of a stream, as if those that were refused when it
// was recorded had never been made.
func (m *Manager) plan(s *Stream, most int, p managed.Pressure, seed uint64) (*managed.Plan, error) {
	ops, _ := workloads.Served(s.Ops, s.Denied)
	ops = ops[:min(len(ops), most)]
	return managed.NewPlan(s.Region, ops, managed.Config{Placements: m.Placements, Pressure: p, Seed: seed, GTT: m.GTT})
}

// setUpManaged writes the lines of all streams, and makes the cells of hold times. The
// strategies are replayed side by side, each with itself in order: a library need not stand
// two of its allocators at work at the same time.
func setUpManaged(ctx context.Context, e *Env) ([]Cell, error) {
	lines, errs := make([]managedLines, len(e.Strategies)), make([]error, len(e.Strategies))
	var workers sync.WaitGroup
	cores := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, s := range e.Strategies {
		workers.Go(func() {
			cores <- struct{}{}
			defer func() { <-cores }()
			lines[i], errs[i] = managedOf(ctx, e, s)
		})
	}
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var cells []Cell
	var flows []result.Line
	for i := range e.Streams {
		any := false
		for _, pressure := range e.Manager.pressures() {
			for _, of := range lines {
				if l, ok := of[managedAt{i, pressure}]; ok {
					any = true
					flows = append(flows, l[1:]...)
					if err := e.Write(l[0]); err != nil {
						return nil, err
					}
				}
			}
		}
		if any && e.Manager.sampled(&e.Streams[i]) {
			cells = append(cells, lockCells(e, &e.Streams[i])...)
		}
	}
	return cells, e.Write(flows...)
}

// managedLines are the lines of a strategy.
type managedLines map[managedAt][]result.Line

// managedAt is a replay of a strategy: of which stream, at which pressure.
type managedAt struct {
	stream   int
	pressure managed.Pressure
}

// managedOf replays the streams over a strategy. There is no line of a stream in which nothing
// is ever live in the region, or that the strategy cannot begin, or of a region that it does
// not manage, or whose pages cannot go bad with it.
func managedOf(ctx context.Context, e *Env, by strategies.Strategy) (managedLines, error) {
	lines := make(managedLines)
	for i := range e.Streams {
		s := &e.Streams[i]
		if !begins(*s, by) {
			continue
		}
		most := BriefOps
		if e.Manager.All {
			most = len(s.Ops)
		}
		for _, pressure := range e.Manager.pressures() {
			plan, err := e.Manager.plan(s, most, pressure, e.Seed)
			if err != nil {
				break
			}
			if plan.Suits(by) != nil {
				continue
			}
			var r managed.Result
			err = replay.Guard(fmt.Sprintf("%s under a memory manager on %s", by.Name, s.Workload), func() (err error) {
				r, err = plan.Run(ctx, by, managed.Options{})
				return err
			})
			if err != nil {
				return nil, err
			}
			labels := managedLabels(by.Name, s.Workload, pressure)
			lines[managedAt{i, pressure}] = append([]result.Line{managedLine(labels, plan, &r)}, flowLines(labels, plan, &r)...)
		}
	}
	return lines, nil
}

// managedLabels are those of a pair.
func managedLabels(strategy, workload string, p managed.Pressure) schema.Labels {
	return schema.Labels{schema.Strategy: strategy, schema.Workload: workload, schema.Pressure: strconv.Itoa(int(p))}
}

// managedLine is the line of a result.
func managedLine(labels schema.Labels, plan *managed.Plan, r *managed.Result) result.Line {
	all := r.Evicted()
	l := result.Line{Name: schema.Managed.FullName(labels), Iters: max(1, r.Requests)}
	add := func(v float64, u *schema.Unit) { l.Values = append(l.Values, result.Value{V: v, Unit: u}) }
	add(100*float64(r.First+r.Evicting)/float64(l.Iters), schema.ServedPct)
	add(float64(r.Evicting), schema.EvictingRequests)
	add(float64(r.System), schema.SystemRequests)
	add(float64(r.Refused), schema.Refused)
	add(float64(r.Asked), schema.AskedBytes)
	add(float64(all.Objects), schema.Evictions)
	add(float64(r.Spared().Objects), schema.FragEvictions)
	add(float64(all.Bytes), schema.EvictedBytes)
	add(float64(r.Out[managed.Broken].Bytes), schema.BrokenBytes)
	add(float64(r.Out[managed.Occupied].Bytes), schema.OccupiedBytes)
	add(float64(r.Out[managed.Rounded].Bytes), schema.RoundedBytes)
	add(float64(r.In.Bytes), schema.MovedInBytes)
	add(float64(r.Looked), schema.VictimsLooked)
	add(float64(plan.Region.Size), schema.RegionBytes)
	return l
}

// flowLines are those of what moved between the regions, if a device has several: of one, the
// line of the result says it.
func flowLines(of schema.Labels, plan *managed.Plan, r *managed.Result) (lines []result.Line) {
	if len(plan.Regions()) == 2 {
		return nil
	}
	for _, f := range r.Flows {
		labels := maps.Clone(of)
		labels[schema.From], labels[schema.To] = f.From, f.To
		l := result.Line{Name: schema.ManagedFlow.FullName(labels), Iters: f.Moves.Objects}
		for i, bytes := range [...]uint64{f.Moves.Bytes, f.Evicted().Bytes, f.Out[managed.Broken].Bytes, f.Out[managed.Occupied].Bytes, f.Out[managed.Rounded].Bytes} {
			l.Values = append(l.Values, result.Value{V: float64(bytes), Unit: schema.ManagedFlow.Units[i]})
		}
		lines = append(lines, l)
	}
	return lines
}

// lockCells are the cells of hold times on a stream, at the first pressure.
func lockCells(e *Env, s *Stream) (cells []Cell) {
	pressure := e.Manager.pressures()[0]
	plan, err := e.Manager.plan(s, e.Manager.lockOps(), pressure, e.Seed)
	if err != nil {
		return nil
	}
	for _, by := range s.Strategies {
		if plan.Suits(by) != nil {
			continue
		}
		cells = append(cells, Cell{
			What:   "memory manager, " + by.Name + " on " + s.Workload,
			Sample: func() ([]result.Line, error) { return lockSample(plan, by, s.Workload, pressure) },
			Took:   time.Duration(min(len(s.Ops), e.Manager.lockOps())) * 2 * typicalOp,
		})
	}
	return cells
}

// lockSample replays a plan once and measures how long the lock is held.
func lockSample(plan *managed.Plan, s strategies.Strategy, workload string, p managed.Pressure) ([]result.Line, error) {
	r, err := plan.Run(context.Background(), s, managed.Options{Holds: true})
	if err != nil {
		return nil, fmt.Errorf("%s under a memory manager on %s: %w", s.Name, workload, err)
	}
	labels := managedLabels(s.Name, workload, p)
	vram := r.Holds[0]
	for _, h := range r.Holds[1:plan.Tiles()] {
		vram.Alloc.Add(&h.Alloc)
		vram.Free.Add(&h.Free)
		vram.Walk.Add(&h.Walk)
	}
	lines := lockLines(schema.ManagedLock, maps.Clone(labels), &vram)
	for i := range r.Holds {
		if len(r.Holds) > 1 {
			labels := maps.Clone(labels)
			labels[schema.Memory] = plan.Regions()[i]
			lines = append(lines, lockLines(schema.RegionLock, labels, &r.Holds[i])...)
		}
	}
	return lines, nil
}

// lockLines are the lines of a lock, with the labels and the operation.
func lockLines(bench *schema.Bench, labels schema.Labels, h *ttm.Holds) (lines []result.Line) {
	for _, of := range []struct {
		op string
		h  *ttm.Histogram
	}{{schema.OpAlloc, &h.Alloc}, {schema.OpFree, &h.Free}, {schema.OpWalk, &h.Walk}} {
		if of.h.Count() == 0 {
			continue
		}
		labels[schema.Op] = of.op
		ns := func(q float64) float64 { return max(1, float64(of.h.Quantile(q).Nanoseconds())) }
		lines = append(lines, result.Line{
			Name: bench.FullName(labels), Iters: int(of.h.Count()),
			Values: []result.Value{{V: ns(0.5), Unit: schema.P50Ns}, {V: ns(0.99), Unit: schema.P99Ns}},
		})
	}
	return lines
}
