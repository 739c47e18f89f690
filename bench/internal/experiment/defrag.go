package experiment

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/defrag"
	"github.com/vramlab/vramlab/workloads/explain"
)

// Defrag asks at some moments of each workload for memory in one piece that one of the
// strategies refuses, and counts what moves, eviction and waiting would cost (package defrag).
// Nothing is timed.
var Defrag = Experiment{
	Name:  "defrag",
	Doc:   "What would compaction, or eviction, have cost to grant a request in one piece?",
	SetUp: setUpDefrag,
}

// What is asked: at how many moments of a stream, in the middle of each of as many parts, and
// for how much at least. Longer streams are left to the command defrag: each moment takes a few
// replays.
const (
	defragMoments = 4
	defragLeast   = 2 << 20
	longestAsked  = 100_000
)

// setUpDefrag writes a line for each strategy at each moment that has a question. The
// streams are replayed side by side, on all cores.
func setUpDefrag(ctx context.Context, e *Env) ([]Cell, error) {
	lines, errs := make([][]result.Line, len(e.Streams)), make([]error, len(e.Streams))
	var workers sync.WaitGroup
	next := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				lines[i], errs[i] = defragOf(ctx, e.Streams[i])
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
			return nil, fmt.Errorf("%s: %w", e.Streams[i].Workload, err)
		}
		if err := e.Write(lines[i]...); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// defragOf is the lines of a stream: all strategies are asked for the same at the same moments.
func defragOf(ctx context.Context, stream Stream) (lines []result.Line, err error) {
	defer strategies.Catch(&err)
	n := len(stream.Ops)
	if n > longestAsked {
		return nil, nil
	}
	var ops []int
	for k := range defragMoments {
		op := n*(2*k+1)/(2*defragMoments) + 1
		if op > workloads.State(stream.Ops)+1 && (len(ops) == 0 || op > ops[len(ops)-1]) {
			ops = append(ops, op)
		}
	}
	st := &explain.Stream{Workload: stream.Workload, Region: stream.Region, Ops: stream.Ops}
	rooms := make([][]defrag.Room, len(ops)) // by moment and strategy
	for _, s := range stream.Strategies {
		list, err := defrag.Rooms(ctx, st, s, ops)
		if err != nil {
			return nil, err
		}
		for i, room := range list {
			rooms[i] = append(rooms[i], room)
		}
	}
	for which, s := range stream.Strategies {
		var list []defrag.Question
		var granted []defrag.Answer
		for i, op := range ops {
			size := defrag.Least(rooms[i], defragLeast)
			switch {
			case size == 0:
			case rooms[i][which].Block >= size:
				granted = append(granted, defrag.Answer{Workload: stream.Workload, Strategy: s.Name, Op: op, Size: size})
			default:
				list = append(list, defrag.Question{Op: op, Request: strategies.Request{Size: size, Flags: strategies.Contiguous}})
			}
		}
		answers, err := defrag.Ask(ctx, st, s, list, defrag.Brief)
		if err != nil {
			return nil, err
		}
		answers = append(answers, granted...)
		slices.SortFunc(answers, func(a, b defrag.Answer) int { return a.Op - b.Op })
		for _, a := range answers {
			lines = append(lines, defragLine(a))
		}
	}
	return lines, nil
}

// defragLine is the line of an answer.
func defragLine(a defrag.Answer) result.Line {
	l := result.Line{
		Name: schema.Defrag.FullName(schema.Labels{
			schema.Strategy: a.Strategy, schema.Workload: a.Workload, schema.Step: strconv.Itoa(a.Op - 1),
		}),
		Iters: 1,
	}
	add := func(n uint64, unit *schema.Unit) {
		l.Values = append(l.Values, result.Value{V: float64(n), Unit: unit})
	}
	add(a.Size, schema.OnePieceBytes)
	if a.Errno == "" {
		for _, unit := range schema.Defrag.Units[1:] {
			add(0, unit)
		}
		return l
	}
	if a.Moves.Proven {
		add(a.Moves.Plan.Bytes, schema.MovedBytes)
	}
	if a.Moves.Possible {
		add(a.Moves.Lower, schema.LeastMovedBytes)
	}
	if a.Evict.Granted {
		add(a.Evict.Bytes, schema.LRUEvictedBytes)
	}
	if a.Wait.Op > 0 {
		add(uint64(a.Wait.Op-a.Op+1), schema.GrantedAfterSteps)
	}
	return l
}
