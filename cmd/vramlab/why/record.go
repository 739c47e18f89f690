package why

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
	"github.com/vramlab/vramlab/workloads/replay"
)

// What a run explains of each strategy on each workload: the refusals that tell most, one of
// each part of the stream, and the grants in most pieces, of each of fewer parts. No more than
// these operations are replayed to prove what is said: a stream of 100,000 operations has room
// for all parts; one of ten million is replayed six times, where measuring it takes dozens of
// replays.
const (
	parts     = 24
	scattered = 4 // parts that tell of a grant in pieces
	leastOps  = 3_000_000
	mostTimes = 6
)

// Record explains refusals and grants in pieces of a run, or of a shard of one, and writes
// them into its directory. loads are the workloads that were measured there, seed and n those
// of the run. warn is told of a pair of which nothing can be said, since the strategy cannot
// begin there, breaks its rules, or does not do the same twice: a library of somebody else
// may. Its answers are left out of what is said of the others. An end of ctx ends it, and
// nothing is written.
func Record(ctx context.Context, dir string, loads []workloads.Workload, seed uint64, n int, list []strategies.Strategy, warn func(error)) error {
	var all []*reason.Explanation
	for _, w := range loads {
		r := recorder{stream: &explain.Stream{Workload: w.Name, Region: w.Region, Ops: w.Ops(seed, n)}, list: list, bad: make(map[string]bool), warn: warn}
		for _, s := range list {
			if ctx.Err() != nil {
				return nil
			}
			all = append(all, r.record(s)...)
		}
	}
	path := filepath.Join(dir, schema.Explanations)
	f, err := os.Create(path + ".tmp")
	if err != nil {
		return err
	}
	err = reason.Write(f, all)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// recorder explains what strategies did on one workload.
type recorder struct {
	stream *explain.Stream
	list   []strategies.Strategy
	bad    map[string]bool // strategies that failed here, which are asked nothing more
	warn   func(error)
}

// guard calls do, which replays s, and reports whether it went well.
func (r *recorder) guard(s strategies.Strategy, do func() error) bool {
	if r.bad[s.Name] {
		return false
	}
	if err := replay.Guard(s.Name+" on "+r.stream.Workload, do); err != nil {
		r.bad[s.Name] = true
		r.warn(err)
		return false
	}
	return true
}

// record explains what there is of one strategy.
func (r *recorder) record(s strategies.Strategy) (list []*reason.Explanation) {
	var events []explain.Event
	if !r.guard(s, func() (err error) {
		events, err = r.explain(s)
		return err
	}) {
		return nil
	}
	for _, o := range r.list {
		if o.Name == s.Name || r.guard(o, func() error { return explain.Ask(r.stream, []strategies.Strategy{o}, events) }) {
			continue
		}
		for _, ev := range events {
			ev.Why.Answers = slices.DeleteFunc(ev.Why.Answers, func(a reason.Answer) bool { return a.Strategy == o.Name })
		}
	}
	for _, ev := range events {
		list = append(list, ev.Why)
	}
	return list
}

// explain explains the operations of s that tell most.
func (r *recorder) explain(s strategies.Strategy) ([]explain.Event, error) {
	refused, pieces, err := explain.Survey(r.stream, s, true)
	if err != nil || len(refused)+len(pieces) == 0 {
		return nil, err
	}
	did := make(map[int]string)
	for _, f := range refused {
		did[f.Op] = f.Errno
	}
	for i := range pieces {
		pieces[i].Weight = pieces[i].Segments
	}
	n := len(r.stream.Ops)
	lim := explain.Brief
	lim.Ops = max(leastOps, mostTimes*n)
	some := min(parts, max(1, 3*lim.Ops/(2*n)))
	ops := append(explain.Choose(refused, n, some), explain.Choose(pieces, n, min(some, scattered))...)
	slices.Sort(ops)
	events, err := explain.Explain(r.stream, s, nil, ops, lim)
	if err != nil {
		return nil, err
	}
	for _, ev := range events {
		if ev.Why == nil || ev.Errno != did[ev.Op] || ev.Errno == "" && ev.Why.Segments < 2 {
			return nil, fmt.Errorf("what it did at operation %d is not what it did before", ev.Op)
		}
	}
	return events, nil
}
