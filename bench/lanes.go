package bench

import (
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/subject"
	"github.com/vramlab/vramlab/bench/internal/thread"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/workloads/replay"
)

// lanes takes the samples of replays, of strategies on workloads and of the harness.
type lanes struct {
	replays meter.Replays
	calls   *meter.Latency
	tables  *meter.Tables
	budget  *budget
}

// newLanes are lanes within the budget, on threads with that clock and pin.
func newLanes(b *budget, clock *thread.Clock, pin *thread.Pin) *lanes {
	l := &lanes{replays: meter.Replays{Clock: clock, Pin: pin}, calls: meter.NewLatency(), tables: meter.NewTables(), budget: b}
	l.tables.Clock = clock // on the thread of the cell, which is held
	return l
}

// allocFree is the sample of a subject's main lane: throughput, then single calls.
func (l *lanes) allocFree(s *subject.Subject) ([]result.Line, error) {
	session, _, err := s.Warm()
	if err != nil {
		return nil, err
	}
	t, err := l.timed(timedOn(session))
	if err != nil {
		return nil, err
	}
	calls := l.calls.Measure(session, s.Load.Stream)
	values := append(s.Values(float64(t.Median), calls), t.Values(float64(s.Counts.Ops()))...)
	main := result.Line{Name: s.FullName(schema.AllocFree, nil), Iters: t.Replays * s.Counts.Ops(), Values: values}
	return append([]result.Line{main}, s.CallTimes(calls)...), nil
}

// alias is the sample of the subject's second lane: the same strategy in the same
// schedule under another name. A difference between the two lanes is noise.
func (l *lanes) alias(s *subject.Subject) (result.Line, error) {
	session, _, err := s.Warm()
	if err != nil {
		return result.Line{}, err
	}
	t, err := l.timed(timedOn(session))
	return opLine(s.FullName(schema.AA, nil), s.Counts.Ops(), t), err
}

// timedOn does a replay of the session.
func timedOn(session *replay.Session) meter.Replay {
	return func(clock func() time.Duration) (took, from, to time.Duration) {
		_, took, from, to = session.TimedBy(clock)
		return took, from, to
	}
}

// timed samples replays for as long as the budget allows.
func (l *lanes) timed(once meter.Replay) (meter.ReplayTime, error) {
	return undisturbed(l.budget, func() (meter.ReplayTime, error) {
		t, err := l.replays.Measure(l.budget.allow, once)
		l.budget.spent += t.Sum
		return t, err
	})
}

// sgTable is a sample of the time to build the tables of a subject's grants. segs is
// the mean number of segments over all tables, of which a part may be built.
func (l *lanes) sgTable(name string, c *meter.TableCell, segs float64, atLeast time.Duration) result.Line {
	t, _ := undisturbed(l.budget, func() (meter.TableTime, error) { return l.tables.Measure(c, 3, atLeast), nil })
	return result.Line{Name: name, Iters: t.Tables, Values: append(t.Values(segs), t.Processor.Values(1)...)}
}

// harness is a sample of what [replay.Replay] itself costs on the stream.
func (l *lanes) harness(load *subject.Load, live *replay.Live) (result.Line, error) {
	a, err := replay.Null.New(load.Region)
	if err != nil {
		return result.Line{}, err
	}
	session, err := replay.NewSession(a, load.Stream, live)
	if err != nil {
		return result.Line{}, err
	}
	var c replay.Counts
	t, err := l.timed(func(clock func() time.Duration) (took, from, to time.Duration) {
		c, took, from, to = session.TimedBy(clock)
		return took, from, to
	})
	return opLine(harnessOn(load), c.Ops(), t), err
}

// harnessOn is the name of the benchmark of the harness on a workload.
func harnessOn(load *subject.Load) string {
	return schema.Harness.FullName(schema.Labels{schema.Workload: load.Name})
}

// nullLive is the table for replays of the load with [replay.Null]: one block a
// slot.
func nullLive(load *subject.Load) *replay.Live {
	live := replay.NewLive(load.Stream)
	room := make([]uint32, live.Slots())
	for i := range room {
		room[i] = 1
	}
	live.Fit(room)
	return live
}

// opLine is the line of replays of so many operations each: the time of an operation, and
// what the clock of the thread says.
func opLine(name string, ops int, t meter.ReplayTime) result.Line {
	values := []result.Value{{V: float64(t.Median) / float64(ops), Unit: schema.NsPerOp}}
	return result.Line{Name: name, Iters: t.Replays * ops, Values: append(values, t.Values(float64(ops))...)}
}
