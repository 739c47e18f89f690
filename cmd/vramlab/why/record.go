package why

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/explain"
	"github.com/vramlab/vramlab/workloads/reason"
)

// What a run explains of each strategy on each workload: the refusals that tell most, one of
// each part of the stream, the grants in most pieces, of each of fewer parts, and no more than
// these operations are replayed to prove what is said. A stream of 100,000 operations has room for all parts; one of ten million is
// replayed six times, where measuring it takes dozens of replays.
const (
	parts     = 24
	scattered = 4 // parts that tell of a grant in pieces
	leastOps  = 3_000_000
	mostTimes = 6
)

// Record explains refusals and grants in pieces of a run and writes them into its directory. The strategies are
// those that may be replayed in this process. seed and n are those of the run. A pair of
// which nothing can be said, since a strategy cannot begin there or breaks its rules, is
// left out: warn is told why.
func Record(ctx context.Context, dir string, loads []workloads.Workload, seed uint64, n int, list []strategies.Strategy, warn func(error)) error {
	var all []*reason.Explanation
	for _, w := range loads {
		st := &explain.Stream{Workload: w.Name, Region: w.Region, Ops: w.Ops(seed, n)}
		for i, s := range list {
			if ctx.Err() != nil {
				return nil
			}
			others := append(append([]strategies.Strategy(nil), list[:i]...), list[i+1:]...)
			found, err := recordOne(st, s, others)
			if err != nil {
				warn(err)
			}
			all = append(all, found...)
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

// recordOne explains what there is of one strategy on one workload.
func recordOne(st *explain.Stream, s strategies.Strategy, others []strategies.Strategy) (list []*reason.Explanation, err error) {
	defer strategies.Catch(&err)
	refused, pieces, err := explain.Survey(st, s, true)
	if err != nil || len(refused)+len(pieces) == 0 {
		return nil, err
	}
	for i := range pieces {
		pieces[i].Weight = pieces[i].Segments
	}
	n := len(st.Ops)
	lim := explain.Brief
	lim.Ops = max(leastOps, mostTimes*n)
	some := min(parts, max(1, 3*lim.Ops/(2*n)))
	ops := append(explain.Choose(refused, n, some), explain.Choose(pieces, n, min(some, scattered))...)
	slices.Sort(ops)
	events, err := explain.Explain(st, s, others, ops, lim)
	if err != nil {
		return nil, err
	}
	for _, ev := range events {
		if ev.Why != nil {
			list = append(list, ev.Why)
		}
	}
	return list, nil
}
