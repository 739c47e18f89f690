package experiment

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/vramlab/vramlab/bench/internal/perf"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

// Hardware counts what the processor does in replays of their own, on a warm allocator: none
// of them is timed, and the timed ones are not counted. Starting and reading the counters
// costs nothing within a replay, but would stand between a time and its neighbours. A run
// in which nothing can be counted has no cells, and says why in its facts.
var Hardware = hardware(counters{perf.Available, perf.Count})

// hardwareEvents are what is counted, in the order of the units.
var hardwareEvents = []perf.Event{perf.Instructions, perf.Cycles, perf.CacheMisses, perf.BranchMisses}

// Uncounted says how many of the counters of [Hardware] can be read here and why not the
// others: "not read (REASON)" or "3 of 4 read (REASON)", "" if all can.
func Uncounted() string {
	can, err := perf.Available(hardwareEvents...)
	return uncounted(len(can), err)
}

func uncounted(n int, err error) string {
	switch {
	case err == nil:
		return ""
	case n == 0:
		return "not read (" + err.Error() + ")"
	}
	return fmt.Sprintf("%d of %d read (%v)", n, len(hardwareEvents), err)
}

// counters are where counts come from.
type counters struct {
	available func(...perf.Event) ([]perf.Event, error)
	count     func(do func(), events ...perf.Event) ([]uint64, error)
}

func hardware(from counters) Experiment {
	return Experiment{
		Name:  "hardware",
		Doc:   "How many instructions, cycles and misses of the processor does an operation take?",
		SetUp: func(_ context.Context, e *Env) ([]Cell, error) { return hardwareCells(from, e), nil },
	}
}

func hardwareCells(from counters, e *Env) (cells []Cell) {
	can, _ := from.available(hardwareEvents...)
	if len(can) == 0 {
		return nil
	}
	for _, stream := range e.Streams {
		for _, s := range stream.Strategies {
			cells = append(cells, Cell{
				What:   "hardware counters, " + s.Name + " on " + stream.Workload,
				Sample: func() ([]result.Line, error) { return countedReplay(from, can, s, stream) },
				Took:   time.Duration(len(stream.Ops)) * 2 * typicalOp,
			})
		}
	}
	return cells
}

// typicalOp is roughly the time of an operation.
const typicalOp = 200 * time.Nanosecond

// countedReplay counts in the second replay of a new allocator. It has no line if somebody
// else had the counters meanwhile, see [perf.ErrBusy].
func countedReplay(from counters, events []perf.Event, s strategies.Strategy, stream Stream) ([]result.Line, error) {
	runtime.GC()
	a, err := s.New(stream.Region)
	if err != nil {
		return nil, err
	}
	session, err := replay.NewSession(a, stream.Ops, replay.NewLive(stream.Ops))
	if err != nil {
		return nil, err
	}
	session.Timed()
	var counts []uint64
	c := session.Around(func(replay func()) { counts, err = from.count(replay, events...) })
	if err != nil {
		return nil, nil
	}
	l := result.Line{
		Name:  schema.Hardware.FullName(schema.Labels{schema.Strategy: s.Name, schema.Workload: stream.Workload}),
		Iters: c.Ops(),
	}
	for i, e := range events {
		l.Values = append(l.Values, result.Value{V: float64(counts[i]) / float64(max(1, c.Ops())), Unit: unitOf(e)})
	}
	return []result.Line{l}, nil
}

// unitOf is the unit of an event of [hardwareEvents].
func unitOf(e perf.Event) *schema.Unit {
	for i := range hardwareEvents {
		if hardwareEvents[i] == e {
			return schema.Hardware.Units[i]
		}
	}
	panic("experiment: no unit for " + e.Name)
}
