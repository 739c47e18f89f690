package bench

import (
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/subject"
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

func newLanes(b *budget) *lanes {
	return &lanes{calls: meter.NewLatency(), tables: meter.NewTables(), budget: b}
}

// allocFree is the sample of a subject's main lane: throughput, then single calls.
func (l *lanes) allocFree(s *subject.Subject) (result.Line, error) {
	session, _, err := s.Warm()
	if err != nil {
		return result.Line{}, err
	}
	n, whole := l.timed(timedOn(session))
	calls := l.calls.Measure(session, s.Load.Stream)
	return result.Line{Name: s.FullName(schema.AllocFree, nil), Iters: n * s.Counts.Ops(), Values: s.Values(whole, calls)}, nil
}

// alias is the sample of the subject's second lane: the same strategy in the same
// schedule under another name. A difference between the two lanes is noise.
func (l *lanes) alias(s *subject.Subject) (result.Line, error) {
	session, _, err := s.Warm()
	if err != nil {
		return result.Line{}, err
	}
	n, whole := l.timed(timedOn(session))
	return opLine(s.FullName(schema.AA, nil), n, s.Counts.Ops(), whole), nil
}

// timedOn does a replay of the session and returns its time.
func timedOn(session *replay.Session) func() time.Duration {
	return func() time.Duration {
		_, took := session.Timed()
		return took
	}
}

// timed samples replays for as long as the budget allows: their number, and the
// nanoseconds of one.
func (l *lanes) timed(once func() time.Duration) (n int, whole float64) {
	n, took, sum := l.replays.Measure(l.budget.allow, once)
	l.budget.spent += sum
	return n, float64(took.Nanoseconds())
}

// sgTable is a sample of the time to build the tables of a subject's grants. segs is
// the mean number of segments over all tables, of which a part may be built.
func (l *lanes) sgTable(name string, c *meter.TableCell, segs float64, atLeast time.Duration) result.Line {
	t := l.tables.Measure(c, 3, atLeast)
	return result.Line{Name: name, Iters: t.Tables, Values: t.Values(segs)}
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
	n, whole := l.timed(func() (took time.Duration) {
		c, took = session.Timed()
		return took
	})
	return opLine(schema.Harness.FullName(schema.Labels{schema.Workload: load.Name}), n, c.Ops(), whole), nil
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

// opLine is the line of n replays of so many operations each, of which one takes whole
// nanoseconds. It has the time of an operation and nothing else.
func opLine(name string, n, ops int, whole float64) result.Line {
	return result.Line{Name: name, Iters: n * ops, Values: []result.Value{{V: whole / float64(ops), Unit: schema.NsPerOp}}}
}
