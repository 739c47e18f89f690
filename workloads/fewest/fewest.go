// Package fewest bounds how few segments, and how few page-table entries, the tables of a
// stream can take under a driver's policy, whoever places the objects.
//
// # Idea
//
// Where a request may be scattered, memory is never too broken to serve it: what breaks is
// contiguity, and its price is segments and entries. Strategies are compared with each other by
// that price. How low it could be is hard to know: whether each object can have one segment is dynamic
// storage allocation, which is NP-complete. So [Find] brackets it. The lower bound is proved by
// relaxation (lower.go). The upper bound is a placement, made by heuristics that know when
// each object dies, replayed under [strategies.Checked] and counted by the code that counts
// the strategies ([Count]). Where the two meet they are the optimum, and a strategy's distance
// from it is a fact.
//
// # The work
//
// A bound is about a set of requests. It is the one that the candidate granted which granted
// most, of several the first: heuristics, then [Options.Also]. So what is refused by all is no
// part of it, such as a request for more than is free: it is in no table. A candidate
// that granted other requests did other work: its sums are compared with nothing but the
// lower bound of what it did, with memory emptier than it was to be. The same holds of a table
// that maps more than its object: a page more may complete a large entry.
//
// # The heuristics
//
// An allocator that knows the stream ([rule]) looks at some holes of each size, takes the place
// with the fewest entries, or any place in one piece, and of several the one that
// does least to the memory around it: frames of 2 MiB broken, what is left of the hole, how
// far apart the deaths of neighbours are, short-lived and long-lived in halves of their own,
// and windows that others need. It scatters where no hole does: whole frames first, then
// 64 KiB, then pages, always from the hole that holds most. The weights are five fixed sets
// and as many random ones as asked for, until the bounds meet; the best counts, for segments
// and entries apart.
//
// # Invariants
//
//   - Lower <= optimum <= Upper; tests compare with all placements of small instances.
//   - No upper bound is worse than a strategy of Also that does the work.
//   - The same arguments give the same result.
//
// # Complexity and limits
//
// A heuristic takes O(log n) an operation and a bounded number of looks, but a request in a
// window looks at all holes that are large enough; [Options.Looks] ends that. The lower bounds
// are O(n log n). Of what is live beside an object they know only what lower.go says: where
// memory is nearly full they may be loose.
//
// Tried and rejected: placing objects in the order of size and not of time, as one packs a
// region, needs all overlaps in time of each object, and gains where capacity binds, which
// it does not here. Taking the edge of the region for a neighbour that never dies sent nothing
// there, and the halves of a splintered region were never apart; telling deaths in operations
// and not in allocations kept 700 holes of 4,096 between them.
package fewest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Options are how much a search does.
type Options struct {
	// Also are strategies whose own placements are candidates too. So no upper bound is
	// worse than the best of them that does the work.
	Also []strategies.Strategy

	// Tries is the number of heuristics with random weights that are tried beside the
	// fixed ones, and Seed what they are drawn from.
	Tries int
	Seed  uint64

	// Heuristics is how many of the fixed heuristics are tried at most, 0 for all. They and
	// the random ones end when the bounds meet.
	Heuristics int

	// Parallel replays the strategies of Also beside each other, on all cores; each of
	// them makes one allocator at a time.
	Parallel bool

	// Looks is how many places one heuristic may look at; 0 means DefaultLooks. One that
	// needs more gives up, and is no candidate.
	Looks uint64

	// Progress is told the share of the work that is done, 0 to 1, if it is not nil.
	Progress func(done float64)
}

// DefaultLooks lets a heuristic take some seconds.
const DefaultLooks = 1 << 28

// A Result is what was found.
type Result struct {
	Requests int // of the stream
	Granted  int // the work: the requests that the bounds are about
	Tables   int // of the work

	Segs, Entries Bound

	Candidates []Candidate // hindsight first, then those of Options.Also in their order

	work *Tally
}

// A Bound is between what the least sum over all tables is.
type Bound struct {
	Lower uint64 // proved: no placement has fewer
	Upper uint64 // found, replayed and counted
	By    int    // the candidate that has Upper
}

// A Candidate is a placement that was replayed.
type Candidate struct {
	Name      string
	Hindsight bool // it is a heuristic that knows the stream
	*Tally         // nil if there is none, and then Err says why
	Same      bool // it did the work: its sums compare with the bounds
	Err       error

	// Strategy makes the placement again on the same region and operations, under
	// [Count].
	Strategy strategies.Strategy

	// LowerSegs and LowerEntries are the bounds for the requests that it granted: those of
	// the result if it did the same work.
	LowerSegs, LowerEntries uint64
}

// ErrNone is that of a stream for which no placement was found.
var ErrNone = errors.New("no placement was found")

// fixedRules are the heuristics that are always tried.
var fixedRules = []rule{
	{name: "hindsight_fit", entries: true, frame: 64, rest: 1, window: 256},
	{name: "hindsight_whole", rest: 1, window: 256},
	{name: "hindsight_death", entries: true, frame: 8, death: 16, window: 256},
	{name: "hindsight_area", entries: true, frame: 64, death: 1, rest: 1, apart: 256, window: 1024},
	{name: "hindsight_whole_death", death: 16, rest: 1, window: 256},
}

// Find bounds the sums over all tables of ops in region, under the policy p. The error is that
// of ctx if it ends, or a [strategies.Violation] of a strategy, or it wraps [ErrNone] and why
// there is no placement, such as replay.ErrState.
func Find(ctx context.Context, region strategies.Region, ops []workloads.Op, p sgtable.Policy, o Options) (*Result, error) {
	if o.Looks == 0 {
		o.Looks = DefaultLooks
	}
	f := finding{ctx: ctx, region: region, ops: ops, policy: p, Result: &Result{}, progress: o.Progress}
	rules := fixedRules
	if o.Heuristics > 0 {
		rules = rules[:min(len(rules), o.Heuristics)]
	}
	rules = append(rules[:len(rules):len(rules)], randomRules(o.Seed, o.Tries)...)
	f.all = len(rules) + len(o.Also)
	var first []Candidate
	for _, s := range o.Also {
		first = append(first, Candidate{Strategy: s})
	}
	var hindsight []Candidate
	for _, rule := range rules {
		hindsight = append(hindsight, Candidate{Hindsight: true, Strategy: rule.strategy(ops, o.Looks)})
	}
	if len(hindsight) > 0 {
		first, hindsight = append(first, hindsight[0]), hindsight[1:]
	}
	cores := 1
	if o.Parallel {
		cores = runtime.GOMAXPROCS(0)
	}
	if err := f.add(first, cores); err != nil {
		return nil, err
	}
	for i := 0; i < len(hindsight) && !f.met(); i++ {
		if err := f.add(hindsight[i:i+1], 1); err != nil {
			return nil, err
		}
	}
	return f.finish()
}

// A finding is a search under way.
type finding struct {
	*Result
	ctx      context.Context
	region   strategies.Region
	ops      []workloads.Op
	policy   sgtable.Policy
	progress func(float64)
	all      int // candidates there may be
}

// add replays candidates, on so many cores. The error is that of the context, or of a
// strategy that breaks its contract.
func (f *finding) add(list []Candidate, cores int) error {
	var workers sync.WaitGroup
	free := make(chan struct{}, cores)
	for i := range list {
		c := &list[i]
		c.Name = c.Strategy.Name
		free <- struct{}{}
		workers.Go(func() {
			c.Tally, c.Err = Count(f.ctx, c.Strategy, f.region, f.ops, f.policy)
			<-free
		})
	}
	workers.Wait()
	if err := f.ctx.Err(); err != nil {
		return err
	}
	for _, c := range list {
		if v := (*strategies.Violation)(nil); errors.As(c.Err, &v) {
			return c.Err
		}
		if c.Tally != nil {
			c.LowerSegs, c.LowerEntries = f.lower(c.Tally)
			if c.Surplus == 0 && (c.Segs < c.LowerSegs || c.Entries < c.LowerEntries) {
				return fmt.Errorf("%s has %d segments and %d entries, which is less than was proved possible, %d and %d: the proof or the count is wrong",
					c.Name, c.Segs, c.Entries, c.LowerSegs, c.LowerEntries)
			}
		}
		f.Candidates = append(f.Candidates, c)
	}
	if f.progress != nil {
		f.progress(float64(len(f.Candidates)) / float64(f.all+1))
	}
	return nil
}

// lower are the lower bounds of what t granted.
func (f *finding) lower(t *Tally) (segs, entries uint64) {
	for _, c := range f.Candidates {
		if c.Tally != nil && c.served.equal(t.served) {
			return c.LowerSegs, c.LowerEntries
		}
	}
	return lowerBounds(f.region, f.ops, f.policy, t.served)
}

// met reports whether the bounds meet: no candidate can do better, and none can grant more
// than all.
func (f *finding) met() bool {
	return f.choose() == nil && f.Granted == f.Requests && f.Segs.Lower == f.Segs.Upper && f.Entries.Lower == f.Entries.Upper
}

// finish is the result. Heuristics come first in it.
func (f *finding) finish() (*Result, error) {
	slices.SortStableFunc(f.Candidates, func(a, b Candidate) int {
		switch {
		case a.Hindsight == b.Hindsight:
			return 0
		case a.Hindsight:
			return -1
		}
		return 1
	})
	if err := f.choose(); err != nil {
		return nil, err
	}
	if f.progress != nil {
		f.progress(1)
	}
	return f.Result, nil
}

// randomRules are n heuristics with weights drawn from seed.
func randomRules(seed uint64, n int) (rules []rule) {
	random := rand.New(rand.NewPCG(seed, 1))
	for i := range n {
		weight := func(most int) float64 { return float64(random.IntN(most + 1)) }
		rules = append(rules, rule{
			name: fmt.Sprintf("hindsight_%d", i+1), entries: random.IntN(3) > 0,
			frame: weight(64), death: weight(8), rest: weight(4), apart: weight(64), window: 256,
		})
	}
	return rules
}

// choose decides what the work is: that of the candidate which granted the most requests, of
// several the first. A candidate whose tables map more than their objects is none.
func (r *Result) choose() error {
	var why error
	r.work = nil
	for i := range r.Candidates {
		c := &r.Candidates[i]
		if c.Err != nil && why == nil {
			why = c.Err
		}
		if c.Tally != nil && c.Surplus == 0 && (r.work == nil || c.Granted > r.work.Granted) {
			r.work = c.Tally
			r.Segs.Lower, r.Entries.Lower = c.LowerSegs, c.LowerEntries
		}
	}
	if r.work == nil {
		return fmt.Errorf("%w: %w", ErrNone, why)
	}
	r.Requests, r.Granted, r.Tables = r.work.Requests, r.work.Granted, r.work.Tables
	r.Segs.By, r.Entries.By = none, none
	for i := range r.Candidates {
		c := &r.Candidates[i]
		if c.Same = c.Tally != nil && c.SameWork(r.work); !c.Same {
			continue
		}
		if r.Segs.By == none || c.Segs < r.Segs.Upper {
			r.Segs.Upper, r.Segs.By = c.Segs, i
		}
		if r.Entries.By == none || c.Entries < r.Entries.Upper {
			r.Entries.Upper, r.Entries.By = c.Entries, i
		}
	}
	return nil
}

// Serves reports whether the work has the request of operation op, an allocation: that is
// what the bounds are about.
func (r *Result) Serves(op int) bool { return r.work.served.has(op) }
