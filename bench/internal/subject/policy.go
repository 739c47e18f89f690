package subject

import (
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// reachEntries is the size of the translation cache that reach-B is stated for.
// GPUs differ and reach is proportional to it, so a round number will do.
const reachEntries = 512

// Policies replays the subject once under each driver policy and returns a line
// for each: how the driver would ask, what it would get, and what the page
// tables of that cost. Nothing is timed and everything is exact. A policy under
// which nothing was granted has no line.
//
// A policy asks otherwise than the stream, larger or in larger blocks. So it is
// refused otherwise too, and its figures must be read beside its served-pct.
func (s *Subject) Policies() ([]result.Line, error) {
	var lines []result.Line
	for _, p := range sgtable.Policies() {
		u := underPolicy{Policy: p, pool: sgtable.NewPool(true)}
		err := s.checked(func(a strategies.Allocator) error {
			u.replay(a, s.Load)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if u.tables > 0 {
			lines = append(lines, result.Line{
				Name:  s.FullName(schema.Policies, schema.Labels{schema.Policy: p.Name}),
				Iters: u.tables, Values: u.values(),
			})
		}
	}
	return lines, nil
}

// underPolicy sums up a replay under a policy.
type underPolicy struct {
	sgtable.Policy
	pool *sgtable.Pool

	counts         replay.Counts
	asked, granted uint64 // bytes of what was granted: as the stream has it, and as the allocator did
	tables         int
	segs           uint64
	cost           sgtable.PageTable // of all tables
}

// replay does the operations of l on a with the requests of the policy, and
// drains.
func (u *underPolicy) replay(a strategies.Allocator, l *Load) {
	live := replay.NewLive(l.Stream)
	p := replay.NewPlayer(a, live)
	for i := range l.Stream {
		op := l.Stream[i]
		if op.Kind == workloads.Alloc || op.Kind == workloads.Fallback {
			op.Req = u.Request(op.Req, l.Region)
		}
		what, _ := p.Do(&op)
		blocks := live.Held(op.Slot)
		u.counts.Note(&op, what, blocks)
		if what == replay.Granted {
			u.asked += l.Stream[i].Req.Size
			u.granted += total(blocks)
			u.table(blocks, op.Req)
		}
	}
	live.Drain(a)
}

// table counts the table of what was granted for r, the request that the
// policy made.
func (u *underPolicy) table(blocks []strategies.Block, r strategies.Request) {
	if sgtable.TooBig(r.Size) {
		return
	}
	t := u.Builder.Build(u.pool, blocks, u.Options(r))
	u.tables++
	u.segs += uint64(len(t))
	u.cost.Add(sgtable.MapCost(t, u.VAAlign))
	u.pool.Free(t)
}

// values are the measurements of a replay that made a table. Coverage and reach
// are of all tables together, so that a byte counts the same in each, and not an
// object.
func (u *underPolicy) values() []result.Value {
	perTable := func(n uint64) float64 { return float64(n) / float64(u.tables) }
	return []result.Value{
		{V: u.counts.Served(), Unit: schema.ServedPct},
		{V: perTable(u.segs), Unit: schema.SegsPerTable},
		{V: perTable(u.cost.Entries()), Unit: schema.EntriesPerTable},
		{V: perTable(u.cost.Entries4K), Unit: schema.PTE4KPerTable},
		{V: perTable(u.cost.Entries64K), Unit: schema.PTE64KPerTable},
		{V: perTable(u.cost.Entries2M), Unit: schema.PTE2MPerTable},
		{V: u.cost.Coverage(sgtable.Page64K), Unit: schema.Cover64KPct},
		{V: u.cost.Coverage(sgtable.Page2M), Unit: schema.Cover2MPct},
		{V: u.cost.Reach(reachEntries), Unit: schema.ReachBytes},
		{V: 100 * (float64(u.granted) - float64(u.asked)) / float64(u.granted), Unit: schema.WastePct},
	}
}
