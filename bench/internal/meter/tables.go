package meter

import (
	"math"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
)

// TableBatch is the least time between two readings of the clock while tables
// are built. A small table takes 5 ns, a tenth of a reading; of a batch the
// reading is a thousandth.
const TableBatch = 20 * time.Microsecond

// TableCell is a set of block lists and a builder: what the construction of
// tables is measured on, for a workload or for one state of memory.
type TableCell struct {
	Lists   *BlockLists
	Builder sgtable.Builder

	batch int // passes over all lists between two readings of the clock
}

// Tables times the construction of tables.
//
// One pool for a whole run was tried: a chain of 16 GiB kept in it made a
// collection take 12 ms instead of 0.5 ms, and there is one before every sample
// of the main lane.
type Tables struct {
	pool *sgtable.Pool // keeps the memory of tables: a pass that is timed takes nothing from the heap
	ns   []float64     // time of a table in each batch, ascending in the end
}

// NewTables is a meter with a pool of its own.
func NewTables() *Tables { return &Tables{pool: sgtable.NewPool(true)} }

// TableTime is what one sample found; times are of one table, in nanoseconds.
type TableTime struct {
	Tables int // built within the time
	Median float64
	P99    float64
	Segs   float64 // of a table, on average
}

// Values are the measurements of a sample. mean is the segments of a table over
// all of the cell, of which those built may be a part.
func (t TableTime) Values(mean float64) []result.Value {
	return []result.Value{
		{V: t.Median, Unit: schema.NsPerTable}, {V: t.Median / t.Segs, Unit: schema.NsPerSeg}, {V: mean, Unit: schema.SegsPerTable},
	}
}

// Measure builds all tables of c again and again, in at least so many batches
// and for at least so long. The median of the batches is the time: on a shared
// machine some of them lose the core in the middle.
func (m *Tables) Measure(c *TableCell, batches int, atLeast time.Duration) TableTime {
	segs := c.Lists.Build(c.Builder, m.pool) // untimed: fills the pool, warms the cache
	m.findBatch(c)
	m.ns = m.ns[:0]
	for start := time.Now(); len(m.ns) < batches || time.Since(start) < atLeast; {
		m.ns = append(m.ns, m.time(c))
	}
	slices.Sort(m.ns)
	lists := len(c.Lists.lists)
	return TableTime{
		Tables: len(m.ns) * c.batch * lists,
		Median: LowerMedian(m.ns),
		P99:    m.ns[int(math.Ceil(0.99*float64(len(m.ns))))-1],
		Segs:   float64(segs) / float64(lists),
	}
}

// time is the time of one table in a batch.
func (m *Tables) time(c *TableCell) float64 {
	start := time.Now()
	for range c.batch {
		c.Lists.Build(c.Builder, m.pool)
	}
	return float64(time.Since(start).Nanoseconds()) / float64(c.batch*len(c.Lists.lists))
}

// findBatch finds, the first time, how many passes make a batch.
func (m *Tables) findBatch(c *TableCell) {
	if c.batch > 0 {
		return
	}
	for c.batch = 1; c.batch < 1<<20; c.batch *= 2 {
		if m.time(c)*float64(c.batch*len(c.Lists.lists)) >= float64(TableBatch) {
			return
		}
	}
}
