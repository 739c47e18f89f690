package fewest

import (
	"context"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
	"github.com/vramlab/vramlab/workloads/replay"
)

// A Tally is what the tables of one replay took.
type Tally struct {
	Name     string // of the strategy
	Requests int    // an allocation and its fallback are one
	Granted  int
	Tables   int    // one for each grant, but for objects too big for one
	Segs     uint64 // segments of all tables
	Entries  uint64 // page-table entries of all tables

	// Surplus are pages of 4 KiB that tables map beyond their objects. A bound says
	// nothing of such tables: a few pages more may complete a larger entry.
	Surplus uint64

	served bitset // operations that were granted; of a fallback the allocation before it
}

// PerTable is n divided by the number of tables, 0 without tables.
func (t *Tally) PerTable(n uint64) float64 { return float64(n) / float64(max(1, t.Tables)) }

// SameWork reports whether two replays granted the same requests, and mapped no more than
// those.
func (t *Tally) SameWork(u *Tally) bool {
	return t.Surplus == 0 && u.Surplus == 0 && t.served.equal(u.served)
}

// patience is the number of operations after which a replay looks whether it is to end.
const patience = 1 << 10

// Count replays ops on s under the policy p, with s held to its contract, and counts what
// the tables take, as a run does for its lines of policies. The error is that of ctx, or it wraps
// [replay.ErrState] if s cannot begin in the state of ops, or [strategies.ErrInvalid] if it
// cannot manage the region, or it is a [strategies.Violation].
func Count(ctx context.Context, s strategies.Strategy, region strategies.Region, ops []workloads.Op, p sgtable.Policy) (t *Tally, err error) {
	defer strategies.Catch(&err)
	if err := replay.Begins(s, region, ops); err != nil {
		return nil, err
	}
	a, err := strategies.Checked(s).New(region)
	if err != nil {
		return nil, err
	}
	t = &Tally{Name: s.Name, served: newBitset(len(ops))}
	if err := t.replay(ctx, a, region, ops, p); err != nil {
		return nil, err
	}
	return t, a.(strategies.Checker).Check()
}

// replay does the operations on a and notes what is granted.
func (t *Tally) replay(ctx context.Context, a strategies.Allocator, region strategies.Region, ops []workloads.Op, p sgtable.Policy) error {
	clock := clockOf(a)
	pool := sgtable.NewPool(true)
	live := replay.NewLive(ops)
	d := replay.NewDriver(a, region, p, live)
	for i := range ops {
		if i%patience == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if clock != nil {
			if err := clock.at(i); err != nil {
				return err
			}
		}
		op := &ops[i]
		what, r, _ := d.Do(op)
		request := i
		switch op.Kind {
		case workloads.Alloc:
			t.Requests++
		case workloads.Fallback:
			request--
		}
		if what == replay.Granted {
			t.Granted++
			t.served.set(request)
			t.table(pool, live.Held(op.Slot), r, p)
		}
	}
	live.Drain(a)
	return nil
}

// clockOf is the allocator inside a that is to be told the operation, nil if there is none.
func clockOf(a strategies.Allocator) clocked {
	for {
		if c, ok := a.(clocked); ok {
			return c
		}
		w, ok := a.(strategies.Wrapper)
		if !ok {
			return nil
		}
		a = w.Unwrap()
	}
}

// table counts the table of the blocks granted for r, the request of the driver.
func (t *Tally) table(pool *sgtable.Pool, blocks []strategies.Block, r strategies.Request, p sgtable.Policy) {
	if sgtable.TooBig(r.Size) {
		return
	}
	o := p.Options(r)
	table := p.Builder.Build(pool, blocks, o)
	cost := sgtable.MapCost(table, p.VAAlign)
	t.Tables++
	t.Segs += uint64(len(table))
	t.Entries += cost.Entries()
	t.Surplus += (cost.Bytes() - min(cost.Bytes(), o.Size)) / sgtable.Page4K
	pool.Free(table)
}

// A bitset is a set of small numbers.
type bitset []uint64

func newBitset(n int) bitset { return make(bitset, (n+63)/64) }

func (b bitset) set(i int)      { b[i/64] |= 1 << (i % 64) }
func (b bitset) has(i int) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bitset) equal(c bitset) bool {
	for i := range b {
		if b[i] != c[i] {
			return false
		}
	}
	return len(b) == len(c)
}
