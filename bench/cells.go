package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// A cell is one thing that is measured: Count samples of it make one row of
// benchstat's input.
type cell struct {
	what   string      // for Progress
	file   *resultFile // where its lines go
	sample func() (line, error)
}

// makeCells lists the cells of a round. The order is that of the matrix; the
// schedule shuffles it.
func (r *runner) makeCells() []cell {
	var cells []cell
	for _, s := range r.subjects {
		cells = append(cells,
			cell{s.name(), r.results, func() (line, error) { return r.allocFree(s) }},
			cell{s.name() + ", again", r.results, func() (line, error) { return r.alias(s) }})
		for i, b := range r.Builders {
			if len(s.lists.lists) == 0 {
				r.done += r.Count // nothing granted, no table to build
				continue
			}
			c := &tableCell{name: s.benchName("SGTable") + "/builder=" + b.Name, what: "tables of " + s.name(), lists: &s.lists, builder: b}
			cells = append(cells, cell{c.what, r.results, func() (line, error) { return r.sgTable(c, s.segs[i].mean()) }})
		}
	}
	for _, l := range r.loads {
		live := nullLive(l.ops)
		cells = append(cells, cell{"harness on " + l.Name, r.curves, func() (line, error) { return r.harness(l, live) }})
	}
	return append(cells, r.workloadFreeCells()...)
}

// workloadFreeCells are those that no workload is in: the sweeps, the lifetimes
// of tables, the references, and what is shared by goroutines.
func (r *runner) workloadFreeCells() []cell {
	var cells []cell
	for _, s := range r.sweeps {
		cells = append(cells, cell{s.what, r.curves, func() (line, error) { return r.sweepSample(s) }})
	}
	for _, s := range r.sizes {
		cells = append(cells, cell{s.what, r.curves, func() (line, error) { return r.sizeSample(s) }})
	}
	for _, c := range r.scalings {
		cells = append(cells, cell{c.what(), r.curves, func() (line, error) { return r.scalingSample(c) }})
	}
	for _, c := range r.concurrent {
		cells = append(cells, cell{c.what(), r.curves, func() (line, error) { return r.concurrentSample(c) }})
	}
	for _, m := range r.migrations {
		cells = append(cells, cell{m.what, r.curves, m.sample})
	}
	for _, c := range r.crossings {
		cells = append(cells, cell{"crossings, " + c.strategy, r.curves, c.sample})
	}
	if !r.NoMigrate {
		for _, m := range refModes() {
			cells = append(cells, cell{"references, " + m.name, r.curves, func() (line, error) { return r.refSample(m) }})
		}
	}
	return cells
}

// nCells is the number of cells, before it is known which subjects grant
// nothing.
func (r *runner) nCells() int {
	n := len(r.subjects)*(2+len(r.Builders)) + len(r.Workloads) + len(r.sweeps) + len(r.sizes) + len(r.scalings) + len(r.concurrent) + len(r.migrations) + len(r.crossings)
	if !r.NoMigrate {
		n += len(refModes())
	}
	return n
}

// rehearse replays every subject once as the samples will, to find out how
// long that takes.
func (r *runner) rehearse(ctx context.Context) error {
	for _, s := range r.subjects {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, took, err := s.warm()
		if err != nil {
			return err
		}
		r.budget.replays += took
	}
	return nil
}

// warm is a new allocator that has been through the stream once, and how long
// that took. The collector runs before, not within. The first replay of an
// allocator must do what the recording did, or nothing that is said about the
// strategy belongs together.
func (s *subject) warm() (strategies.Allocator, time.Duration, error) {
	runtime.GC()
	a, err := s.allocator()
	if err != nil {
		return nil, 0, err
	}
	if a, err = inBatches(a, s.load.ops); err != nil {
		return nil, 0, err
	}
	c, took := s.replay(a)
	if c != s.counts {
		return nil, 0, fmt.Errorf("%s: not deterministic: one replay did %+v, another %+v", s.name(), s.counts, c)
	}
	return a, took, nil
}

// replay times one replay, and drains.
func (s *subject) replay(a strategies.Allocator) (Counts, time.Duration) {
	if b, ok := a.(*batched); ok {
		return b.replay()
	}
	start := time.Now()
	c := Replay(a, s.load.ops, s.live)
	took := time.Since(start)
	s.live.Drain(a)
	return c, took
}

// timed replays until the time of a sample is over, at least once, and returns
// the number of replays and the median of what they took, drains excluded. The
// median, since on a shared machine some of them lose the core in the middle.
//
// The replays run on a stack of their own, which begins at the same place for
// every cell: how deep in calls a cell is decides where its stack lies in the
// cache lines, and that alone made the main lanes up to 3 % slower than the
// aliases.
func (r *runner) timed(replay func() time.Duration) (n int, median time.Duration) {
	r.times = r.times[:0]
	sum := time.Duration(0)
	done := make(chan struct{})
	var fault error
	go func() {
		defer close(done)
		defer strategies.Catch(&fault)
		for len(r.times) == 0 || sum < r.budget.allow {
			took := replay()
			r.times = append(r.times, took)
			sum += took
		}
	}()
	<-done
	if fault != nil {
		panic(fault) // on this goroutine, where it is caught
	}
	r.budget.spent += sum
	slices.Sort(r.times)
	return len(r.times), lowerMedian(r.times)
}

// perOp samples the time of an operation: operations done, and nanoseconds for
// each.
func (r *runner) perOp(s *subject, a strategies.Allocator) (ops int, ns float64) {
	n, took := r.timed(func() time.Duration {
		_, took := s.replay(a)
		return took
	})
	return n * len(s.load.ops), float64(took.Nanoseconds()) / float64(len(s.load.ops))
}

// allocFree is the sample of a subject's main lane: throughput, then latency.
func (r *runner) allocFree(s *subject) (line, error) {
	a, _, err := s.warm()
	if err != nil {
		return line{}, err
	}
	ops, ns := r.perOp(s, a)
	lat := r.latency.measure(a, s.load.ops, s.live)
	return line{s.benchName("AllocFree"), ops, s.values(ns, lat)}, nil
}

// values are the measurements of one sample. The time of a whole replay is
// shared out between allocations and frees in the ratio that the latency pass
// saw; a kind that the stream does not have has no time.
func (s *subject) values(perOp float64, lat latency) []value {
	replay := perOp * float64(len(s.load.ops))
	v := []value{{perOp, "ns/op"}}
	if n := s.counts.Allocs(); n > 0 {
		v = append(v, value{replay * lat.allocShare / float64(n), "ns/alloc"})
	}
	if n := s.counts.Frees; n > 0 {
		v = append(v, value{replay * (1 - lat.allocShare) / float64(n), "ns/free"})
	}
	v = append(v, value{lat.p50, "p50-ns"}, value{lat.p99, "p99-ns"}, value{lat.p999, "p999-ns"}, value{lat.max, "max-ns"},
		value{s.counts.served(), "served-pct"})
	if s.metadata > 0 {
		v = append(v, value{float64(s.metadata), "metadata-B"})
	}
	return v
}

// alias is the sample of the subject's second lane: the same strategy in the
// same schedule under another name, so that a difference between the two is
// noise and shows how much of it there is.
func (r *runner) alias(s *subject) (line, error) {
	a, _, err := s.warm()
	if err != nil {
		return line{}, err
	}
	ops, ns := r.perOp(s, a)
	return line{s.benchName("AA"), ops, []value{{ns, "ns/op"}}}, nil
}

func (s *subject) benchName(bench string) string {
	return fmt.Sprintf("%s/strategy=%s/workload=%s", bench, s.strategy.Name, s.load.Name)
}

// sgTable is a sample of the time to build the tables of all that a subject
// was granted. segs is the segments of a table, the mean over all of them; those
// that are built may be a part.
func (r *runner) sgTable(c *tableCell, segs float64) (line, error) {
	t := r.tables.measure(c, 3, r.tableTime())
	return line{c.name, t.tables, t.values(segs)}, nil
}

// values are the measurements of one sample. mean is the segments of a table over
// all of the cell, of which those built may be a part.
func (t tableTime) values(mean float64) []value {
	return []value{{t.median, "ns/table"}, {t.median / t.segs, "ns/seg"}, {mean, "segs/table"}}
}

// tableTime is how long tables are built for one sample. It is short since a
// pass over all tables is: a tenth of the replays' time holds a hundred.
func (r *runner) tableTime() time.Duration { return r.SampleTime / 10 }

// harness is a sample of what [Replay] itself costs on the stream.
func (r *runner) harness(l *load, live *Live) (line, error) {
	a, err := Null.New(l.Region)
	if err != nil {
		return line{}, err
	}
	n, took := r.timed(func() time.Duration {
		start := time.Now()
		Replay(a, l.ops, live)
		d := time.Since(start)
		live.Drain(a)
		return d
	})
	ns := float64(took.Nanoseconds()) / float64(len(l.ops))
	return line{"Harness/workload=" + l.Name, n * len(l.ops), []value{{ns, "ns/op"}}}, nil
}

// nullLive is the table for a replay of ops with [Null]: one block a slot.
func nullLive(ops []workloads.Op) *Live {
	live := NewLive(ops)
	room := make([]uint32, len(live.slots))
	for i := range room {
		room[i] = 1
	}
	live.fit(room)
	return live
}
