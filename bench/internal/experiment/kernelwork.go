package experiment

import (
	"context"
	"runtime"
	"slices"
	"sync"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/kernelwork"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// KernelWork replays each workload once more on the twin of each strategy that has one
// (package kernelwork), and counts. Nothing is timed; the nanoseconds are those of a model.
var KernelWork = Experiment{
	Name:  "kernelwork",
	Doc:   "What would the kernel's own lists and trees do for the same placements?",
	SetUp: setUpKernelWork,
}

// mostKernelSteps ends the replay of a stream, for all its pairs, with the operation in
// which one of the twins comes to so many steps, because where the kernel is quadratic the
// twin is too. A replay of 100,000 operations takes 1 to 7 million steps where it is not.
// The lines say how many operations were done.
const mostKernelSteps = 4_000_000

// setUpKernelWork writes a line for each pair. The streams are replayed side by side, on
// all cores.
func setUpKernelWork(ctx context.Context, e *Env) ([]Cell, error) {
	lines, errs := make([][]result.Line, len(e.Streams)), make([]error, len(e.Streams))
	var workers sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					lines[i], errs[i] = kernelWorkOf(e.Streams[i].Strategies, e.Streams[i], mostKernelSteps)
				}
			}
		})
	}
	for i := range e.Streams {
		next <- i
	}
	close(next)
	workers.Wait()
	for i, err := range errs {
		if err != nil {
			return nil, err
		}
		if err := e.Write(lines[i]...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// kernelWorkOf does the stream on every strategy that has a twin, and on the twins, until
// one of these has done so many steps: what is counted of one is of the same operations as
// what is counted of the others. Strategies with one twin share it.
func kernelWorkOf(list []strategies.Strategy, stream Stream, mostSteps uint64) ([]result.Line, error) {
	var pairs []*twinPair
	twins := make(map[string]*player)
	for _, s := range list {
		twin, ok := kernelwork.For(s.Name)
		if !ok {
			continue
		}
		if twins[twin.Name] == nil {
			a, err := twin.New(stream.Region)
			if err != nil {
				return nil, err
			}
			twins[twin.Name] = newPlayer(a, stream.Ops)
		}
		a, err := s.New(stream.Region)
		if err != nil {
			return nil, err
		}
		pairs = append(pairs, &twinPair{name: s.Name, fast: newPlayer(a, stream.Ops), twin: twins[twin.Name]})
	}
	for i := range stream.Ops {
		if !doOnPairs(pairs, &stream.Ops[i], i+1, mostSteps) {
			break
		}
	}
	var lines []result.Line
	for _, p := range pairs {
		lines = append(lines, p.line(stream.Workload))
	}
	return lines, nil
}

// doOnPairs does operation n on all pairs that agreed so far. It reports whether there is
// one, and all have steps left.
func doOnPairs(pairs []*twinPair, op *workloads.Op, n int, mostSteps uint64) (goOn bool) {
	steps := uint64(0)
	for _, p := range pairs {
		if p.differs > 0 {
			continue
		}
		p.fast.to(op, n)
		p.twin.to(op, n)
		if !p.fast.agrees(p.twin, op.Slot) {
			p.differs = n
			continue
		}
		steps = max(steps, p.twin.steps())
		goOn = true
	}
	return goOn && steps < mostSteps
}

// player is an allocator that does a stream, operation by operation.
type player struct {
	*replay.Player
	a    strategies.Allocator
	live *replay.Live
	done int // operations
	what replay.Outcome
	replay.Counts
}

func newPlayer(a strategies.Allocator, ops []workloads.Op) *player {
	live := replay.NewLive(ops)
	return &player{Player: replay.NewPlayer(a, live), a: a, live: live}
}

// to does operation n, unless that was done for another pair.
func (p *player) to(op *workloads.Op, n int) {
	if p.done == n {
		return
	}
	p.done = n
	p.what, _ = p.Do(op)
	p.Note(op, p.what, p.live.Held(op.Slot))
}

// agrees reports whether both did the same in the last operation.
func (p *player) agrees(with *player, slot uint32) bool {
	return p.what == with.what && slices.EqualFunc(p.live.Held(slot), with.live.Held(slot), samePlace)
}

// steps are all steps of a twin.
func (p *player) steps() uint64 { return p.a.(kernelwork.Allocator).Steps().Total() }

func samePlace(a, b strategies.Block) bool { return a.Start == b.Start && a.Size == b.Size }

// A twinPair is a strategy with its twin on a stream.
type twinPair struct {
	name       string
	fast, twin *player
	differs    int // operation in which the strategy did otherwise than the twin, 0 for none
}

// line is the line of a pair: steps of an operation, the kinds that times follow from, and
// the time of the model where there is one. A strategy that places otherwise has the name
// of the kernel's by chance: its line says since when.
func (p *twinPair) line(workload string) result.Line {
	l := result.Line{
		Name:  schema.KernelWork.FullName(schema.Labels{schema.Strategy: p.name, schema.Workload: workload}),
		Iters: max(1, p.fast.Ops()),
	}
	if p.differs > 0 {
		l.Values = []result.Value{{V: float64(p.differs), Unit: schema.KernelDiffersOp}}
		return l
	}
	s := p.twin.a.(kernelwork.Allocator).Steps()
	perOp := func(n uint64) float64 { return float64(n) / float64(l.Iters) }
	l.Values = []result.Value{{V: perOp(s.Total()), Unit: schema.KernelStepsPerOp}}
	for _, part := range []struct {
		kind kernelwork.Kind
		unit *schema.Unit
	}{
		{kernelwork.ListStep, schema.KernelListStepsPerOp},
		{kernelwork.TreeNode, schema.KernelTreeNodesPerOp},
		{kernelwork.WalkNode, schema.KernelWalkNodesPerOp},
		{kernelwork.Extent, schema.KernelExtentsPerOp},
		{kernelwork.Candidate, schema.KernelCandidatesPerOp},
		{kernelwork.Far, schema.KernelFarPerOp},
	} {
		l.Values = append(l.Values, result.Value{V: perOp(s[part.kind]), Unit: part.unit})
	}
	if ns, off, ok := kernelwork.Predict(p.name, s, l.Iters); ok {
		l.Values = append(l.Values, result.Value{V: ns, Unit: schema.KernelModelNs}, result.Value{V: off, Unit: schema.KernelModelErr})
	}
	return l
}
