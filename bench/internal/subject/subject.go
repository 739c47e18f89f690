// Package subject is one strategy on one workload: the exact results of untimed
// replays, and warm allocators to time.
//
// Strategies are deterministic, so each question has a replay of its own and none
// disturbs another. [Subject.Record] yields counts, blocks for tables, curves and
// placements, [Subject.Policies] what drivers would get; both hold the strategy to
// the contract. [Subject.Warm] makes the session that samples are taken of.
package subject

import (
	"fmt"
	"runtime"
	"time"

	"github.com/vramlab/vramlab/bench/internal/meter"
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A Load is a workload with its operations, generated once and used by all.
type Load struct {
	workloads.Workload
	Stream []workloads.Op
	Seed   uint64

	slots int
}

// NewLoad generates the stream of w, with about n operations (0: the workload's
// default), and holds it to the rules.
func NewLoad(w workloads.Workload, seed uint64, n int) (*Load, error) {
	l := load(w, w.Ops(seed, n))
	l.Seed = seed
	if err := replay.Check(l.Stream); err != nil {
		return nil, fmt.Errorf("workload %s: %w", w.Name, err)
	}
	return l, nil
}

func load(w workloads.Workload, ops []workloads.Op) *Load {
	l := &Load{Workload: w, Stream: ops}
	for i := range ops {
		l.slots = max(l.slots, int(ops[i].Slot)+1)
	}
	return l
}

// A Subject is one strategy on one workload. Its exported results are there once it is
// recorded.
type Subject struct {
	Strategy strategies.Strategy
	Load     *Load

	Counts replay.Counts
	Lists  meter.BlockLists // what was granted
	Segs   []Segments       // of each builder
	Lines  []result.Line    // exact: the series, the counters
	Walks  []result.Line    // exact: of the tables of [Subject.Policies], once that returned

	which    uint64       // hash of the operations that were refused
	metadata uint64       // peak Footprint; 0 when the allocator is no Footprinter
	live     *replay.Live // of all replays of the pair; empty between them
	room     []uint32     // longest list that each slot ever held
}

// Name says what a subject is, for errors and progress.
func (s *Subject) Name() string { return s.Strategy.Name + " on " + s.Load.Name }

// FullName is the full name of benchmark b on the subject. more has the values of its
// keys beyond strategy and workload.
func (s *Subject) FullName(b *schema.Bench, more schema.Labels) string {
	l := schema.Labels{schema.Strategy: s.Strategy.Name, schema.Workload: s.Load.Name}
	for k, v := range more {
		l[k] = v
	}
	return b.FullName(l)
}

// New is a new allocator for the region of the subject.
func (s *Subject) New() (strategies.Allocator, error) {
	a, err := s.Strategy.New(s.Load.Region)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.Name(), err)
	}
	return a, nil
}

// Begins reports why the strategy cannot begin in the state of the load, if it has one.
func (s *Subject) Begins() error {
	return replay.Guard("workload "+s.Load.Name, func() error {
		return replay.Begins(s.Strategy, s.Load.Region, s.Load.Stream)
	})
}

// checked calls do with a new allocator under the shadow model. A broken contract is an
// error that names strategy, workload, rule and request: a strategy that breaks it
// does other work than the others, and its times mean nothing.
func (s *Subject) checked(do func(strategies.Allocator) error) error {
	return replay.Guard(s.Name(), func() error {
		a, err := strategies.Checked(s.Strategy).New(s.Load.Region)
		if err != nil {
			return err
		}
		if err := do(a); err != nil {
			return err
		}
		return a.(strategies.Checker).Check()
	})
}

// Warm is a session on a new allocator after one replay, and the time of that replay.
// The garbage collector runs before it, not within. The replay must do what the
// recorded one did: a strategy that is not deterministic is an error.
func (s *Subject) Warm() (*replay.Session, time.Duration, error) {
	runtime.GC()
	a, err := s.New()
	if err != nil {
		return nil, 0, err
	}
	session, err := replay.NewSession(a, s.Load.Stream, s.live)
	if err != nil {
		return nil, 0, err
	}
	c, took := session.Timed()
	if c != s.Counts {
		return nil, 0, fmt.Errorf("%s: not deterministic, or its batches do other work than its calls: %s", s.Name(), c.Against(s.Counts))
	}
	return session, took, nil
}

// Rerun replays the stream on a, without batches, and frees what is live then.
func (s *Subject) Rerun(a strategies.Allocator) {
	replay.Replay(a, s.Load.Stream, s.live)
	s.live.Drain(a)
}

// SameRequests reports whether two strategies granted the same requests of a workload, and
// any at all.
func (s *Subject) SameRequests(o *Subject) bool {
	return s.Counts.Granted() > 0 && s.Counts.Requests == o.Counts.Requests && s.Counts.Refused == o.Counts.Refused && s.which == o.which
}

// refuse notes that operation i of the stream was refused, unless a second attempt follows.
func (s *Subject) refuse(i int) {
	ops := s.Load.Stream
	if ops[i].Kind == workloads.Trim || i+1 < len(ops) && ops[i+1].Kind == workloads.Fallback {
		return
	}
	s.which = (s.which ^ uint64(i+1)) * 0x100000001b3 // FNV
}

// Values are the measurements of one sample, of which a whole replay takes so many
// nanoseconds. They are divided between allocations and frees in the ratio of the
// single calls; a kind that the replay does not have has no time. An operation is that
// of [replay.Counts.Ops], so that ns/op is the mean of ns/alloc and ns/free by their
// numbers where there is nothing else.
func (s *Subject) Values(whole float64, calls meter.Calls) []result.Value {
	v := []result.Value{{V: whole / float64(s.Counts.Ops()), Unit: schema.NsPerOp}}
	if n := s.Counts.Requests; n > 0 {
		v = append(v, result.Value{V: whole * calls.AllocShare / float64(n), Unit: schema.NsPerAlloc})
	}
	if n := s.Counts.Frees; n > 0 {
		v = append(v, result.Value{V: whole * calls.FreeShare / float64(n), Unit: schema.NsPerFree})
	}
	v = append(v,
		result.Value{V: calls.P50, Unit: schema.P50Ns},
		result.Value{V: calls.P99, Unit: schema.P99Ns},
		result.Value{V: calls.P999, Unit: schema.P999Ns},
		result.Value{V: calls.Max, Unit: schema.MaxNs},
		result.Value{V: s.Counts.Served(), Unit: schema.ServedPct})
	if s.metadata > 0 {
		v = append(v, result.Value{V: float64(s.metadata), Unit: schema.MetadataBytes})
	}
	return v
}

// CallTimes are the lines of one sample about single requests and single frees.
func (s *Subject) CallTimes(calls meter.Calls) []result.Line {
	line := func(op string, of meter.Spread) result.Line {
		return result.Line{Name: s.FullName(schema.CallTimes, schema.Labels{schema.Op: op}), Iters: of.Calls, Values: of.Values()}
	}
	return []result.Line{line(schema.OpAlloc, calls.Allocs), line(schema.OpFree, calls.Frees)}
}
