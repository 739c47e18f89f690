package bench

import (
	"context"
	"fmt"

	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Take takes one sample as a run with c does: the operations of the one workload, an
// untimed replay by the one strategy, a warm allocator. c is the configuration of the run
// without a directory; the job names a cell of it that is no experiment's.
func Take(ctx context.Context, c Config, job Job) (t Taken, err error) {
	defer strategies.Catch(&err)
	c.Dir = "." // nothing is written
	if err := c.complete(); err != nil {
		return t, err
	}
	c.Shard = Shard{} // whatever the job names is the shard's
	_, of := schema.Parse(job.Name)
	c.Workloads = named(c.Workloads, of[schema.Workload], func(w workloads.Workload) string { return w.Name })
	if s := of[schema.Strategy]; s != "" {
		c.Strategies = named(c.Strategies, s, func(s strategies.Strategy) string { return s.Name })
	}
	r := newRunner(c)
	r.list = nil
	if err := r.generate(); err != nil {
		return t, err
	}
	for _, s := range r.subjects {
		if of[schema.Strategy] == "" {
			break // the harness has no strategy
		}
		if err := s.Prepare(r.Builders); err != nil {
			return t, err
		}
	}
	b := &budget{allow: job.Allow, againMost: job.Again}
	for _, c := range r.cells(newLanes(b, r.thread.clock, r.thread.pin)) {
		if c.name != job.Name {
			continue
		}
		if err := ctx.Err(); err != nil {
			return t, err
		}
		lines, err := c.held(r.thread.pin)
		if err != nil {
			return t, err
		}
		var text []byte
		for _, l := range lines {
			text = l.Append(text)
		}
		return Taken{string(text), b.spent, b.again}, nil
	}
	return t, fmt.Errorf("there is no cell %s", job.Name)
}

// named are the items of a name, at most one.
func named[T any](items []T, name string, of func(T) string) []T {
	for i := range items {
		if of(items[i]) == name {
			return items[i : i+1]
		}
	}
	return nil
}
