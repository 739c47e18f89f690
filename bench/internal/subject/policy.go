package subject

import (
	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads/replay"
)

// reachEntries is the size of the translation cache for reach-B. GPUs differ, and
// reach is proportional to it.
const reachEntries = 512

// Policies replays the subject once under each of these driver policies and returns a line for
// each: what the driver would get for the requests it would make, and what page
// tables that takes. All of it is exact. The line of a policy under which nothing is
// granted has the share of requests served, 0, and nothing else; one under which what is
// granted is too big for a table has none.
//
// A policy changes requests to larger ones or larger blocks. So other requests are
// refused, and the figures must be read beside their served-pct.
//
// What it takes to find bytes in the same tables, and to map them for another device, is
// in s.Walks then: a line for each policy under which there were tables.
func (s *Subject) Policies(list []sgtable.Policy) ([]result.Line, error) {
	var lines []result.Line
	s.Walks = nil
	for _, p := range list {
		u := underPolicy{Policy: p, pool: sgtable.NewPool(true)}
		err := s.checked(func(a strategies.Allocator) error {
			u.replay(a, s.Load)
			return nil
		})
		if err != nil {
			return nil, err
		}
		if u.tables > 0 || u.counts.Granted() == 0 {
			lines = append(lines, result.Line{
				Name:  s.FullName(schema.Policies, schema.Labels{schema.Policy: p.Name}),
				Iters: max(1, u.tables), Values: u.values(),
			})
		}
		if u.tables > 0 {
			s.Walks = append(s.Walks, result.Line{
				Name:  s.FullName(schema.Walks, schema.Labels{schema.Policy: p.Name}),
				Iters: u.tables, Values: u.walks.values(u.tables),
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
	asked, granted uint64 // bytes of granted objects: in the stream, and in the blocks
	tables         int
	walks          walks             // of all tables
	cost           sgtable.PageTable // likewise
}

// replay does the operations of l on a with the requests of the policy, and frees
// what is live then.
func (u *underPolicy) replay(a strategies.Allocator, l *Load) {
	live := replay.NewLive(l.Stream)
	d := replay.NewDriver(a, l.Region, u.Policy, live)
	for i := range l.Stream {
		op := &l.Stream[i]
		what, r, _ := d.Do(op)
		blocks := live.Held(op.Slot)
		u.counts.Note(op, what, blocks)
		if what == replay.Granted {
			u.asked += op.Req.Size
			u.granted += total(blocks)
			u.table(blocks, r)
		}
	}
	live.Drain(a)
}

// table counts the table of the blocks granted for r, the request of the policy.
func (u *underPolicy) table(blocks []strategies.Block, r strategies.Request) {
	if sgtable.TooBig(r.Size) {
		return
	}
	t := u.Builder.Build(u.pool, blocks, u.Options(r))
	u.tables++
	u.walks.add(t)
	u.cost.Add(sgtable.MapCost(t, u.VAAlign))
	u.pool.Free(t)
}

// values are the measurements of a replay. Coverage and reach are those of all tables
// together, weighted by bytes and not by objects.
func (u *underPolicy) values() []result.Value {
	if u.tables == 0 {
		return []result.Value{{V: u.counts.Served(), Unit: schema.ServedPct}}
	}
	perTable := func(n uint64) float64 { return float64(n) / float64(u.tables) }
	return []result.Value{
		{V: u.counts.Served(), Unit: schema.ServedPct},
		{V: perTable(u.walks.segs), Unit: schema.SegsPerTable},
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
