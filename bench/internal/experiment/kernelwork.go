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
	"github.com/vramlab/vramlab/workloads/replay"
)

// KernelWork replays each workload once more on the twin of each strategy that has one
// (package kernelwork), and counts. Nothing is timed; the nanoseconds are those of a model.
var KernelWork = Experiment{
	Name:  "kernelwork",
	Doc:   "What would the kernel's own lists and trees do for the same placements?",
	SetUp: setUpKernelWork,
}

// mostKernelSteps ends the replay of a pair, because where the kernel is quadratic the twin
// is too. A replay of 100,000 operations takes 1 to 7 million steps where it is not. The line
// says how many operations were done.
const mostKernelSteps = 8_000_000

// A twinPair is a strategy with a twin on a stream.
type twinPair struct {
	strategy strategies.Strategy
	twin     kernelwork.Twin
	stream   Stream
	line     result.Line
	err      error
}

// setUpKernelWork writes a line for each pair. The pairs work side by side, on all cores.
func setUpKernelWork(ctx context.Context, e *Env) ([]Cell, error) {
	var pairs []*twinPair
	for _, stream := range e.Streams {
		for _, s := range e.Strategies {
			if twin, ok := kernelwork.For(s.Name); ok {
				pairs = append(pairs, &twinPair{strategy: s, twin: twin, stream: stream})
			}
		}
	}
	next := make(chan *twinPair)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for p := range next {
				if p.err = ctx.Err(); p.err == nil {
					p.err = p.count(mostKernelSteps)
				}
			}
		})
	}
	for _, p := range pairs {
		next <- p
	}
	close(next)
	workers.Wait()
	for _, p := range pairs {
		if p.err != nil {
			return nil, p.err
		}
		if err := e.Write(p.line); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// count replays the stream on the strategy and its twin, until the twin has done so many
// steps. A strategy that places otherwise has the name of the kernel's by chance, and no
// line.
func (p *twinPair) count(mostSteps uint64) error {
	fast, err := p.strategy.New(p.stream.Region)
	if err != nil {
		return err
	}
	slow, err := p.twin.New(p.stream.Region)
	if err != nil {
		return err
	}
	ops := p.stream.Ops
	fastLive, slowLive := replay.NewLive(ops), replay.NewLive(ops)
	fastPlayer, slowPlayer := replay.NewPlayer(fast, fastLive), replay.NewPlayer(slow, slowLive)
	var c replay.Counts
	for i := range ops {
		want, _ := fastPlayer.Do(&ops[i])
		got, _ := slowPlayer.Do(&ops[i])
		blocks := slowLive.Held(ops[i].Slot)
		if got != want || !slices.EqualFunc(blocks, fastLive.Held(ops[i].Slot), samePlace) {
			return nil
		}
		c.Note(&ops[i], got, blocks)
		if slow.Steps().Total() >= mostSteps {
			break
		}
	}
	p.line = p.lineOf(slow.Steps(), c.Ops())
	return nil
}

func samePlace(a, b strategies.Block) bool { return a.Start == b.Start && a.Size == b.Size }

// lineOf is the line of a pair: steps of an operation, the kinds that times follow from,
// and the time of the model where there is one.
func (p *twinPair) lineOf(s kernelwork.Steps, ops int) result.Line {
	perOp := func(n uint64) float64 { return float64(n) / float64(max(1, ops)) }
	values := []result.Value{{V: perOp(s.Total()), Unit: schema.KernelStepsPerOp}}
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
		values = append(values, result.Value{V: perOp(s[part.kind]), Unit: part.unit})
	}
	if ns, _, ok := kernelwork.Predict(p.strategy.Name, s, ops); ok {
		values = append(values, result.Value{V: ns, Unit: schema.KernelModelNs})
	}
	name := schema.KernelWork.FullName(schema.Labels{schema.Strategy: p.strategy.Name, schema.Workload: p.stream.Workload})
	return result.Line{Name: name, Iters: ops, Values: values}
}
