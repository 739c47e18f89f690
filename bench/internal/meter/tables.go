package meter

import (
	"math"
	"runtime"
	"slices"
	"time"

	"github.com/vramlab/vramlab/bench/internal/result"
	"github.com/vramlab/vramlab/bench/internal/thread"
	"github.com/vramlab/vramlab/bench/schema"
	"github.com/vramlab/vramlab/sgtable"
)

// TableBatch is the least time between two readings of the clock while tables are
// built. A reading takes ten times as long as a small table, but a thousandth of a
// batch.
const TableBatch = 20 * time.Microsecond

// TableCell is block lists and a builder: the construction of the tables of a
// workload, or of one state of memory.
type TableCell struct {
	Lists   *BlockLists
	Builder sgtable.Builder

	batch int // passes over all lists between two readings of the clock
}

// batchGroup is the number of batches between two readings of the thread's clock, a system
// call of half a microsecond.
const batchGroup = 8

// Tables times the construction of tables.
type Tables struct {
	Clock *thread.Clock // of the thread that builds; nil: there is none

	pool *sgtable.Pool // keeps the memory of tables, so that a timed pass takes nothing from the heap
	ns   []float64     // time of a table in each batch, ascending in the end
	cpu  []float64     // processor time of a table in each group of batches
}

// NewTables is a meter with a pool of its own.
func NewTables() *Tables { return &Tables{pool: sgtable.NewPool(true)} }

// TableTime is the result of one sample, with times of one table in nanoseconds.
type TableTime struct {
	Tables int // built within the time
	Median float64
	P99    float64
	Segs   float64 // of a table, on average
	Processor
}

// Values are the measurements of a sample, without those of [Processor]. mean is the number of segments of a table,
// the mean over all tables of the cell, of which the sample may build a part.
func (t TableTime) Values(mean float64) []result.Value {
	return []result.Value{
		{V: t.Median, Unit: schema.NsPerTable}, {V: t.Median / t.Segs, Unit: schema.NsPerSeg}, {V: mean, Unit: schema.SegsPerTable},
	}
}

// Measure builds all tables of c again and again, in at least so many batches and for
// at least the time given. The result is the median of the batches, because on a
// shared machine some of them lose the core for a while.
func (m *Tables) Measure(c *TableCell, batches int, atLeast time.Duration) TableTime {
	segs := c.Lists.Build(c.Builder, m.pool) // untimed: fills the pool, warms the cache
	m.findBatch(c)
	lists := len(c.Lists.lists)
	tables := float64(c.batch * lists) // of a batch
	m.ns, m.cpu = m.ns[:0], m.cpu[:0]
	var cpu, wall float64
	if m.Clock != nil {
		runtime.LockOSThread() // whose clock it is
		defer runtime.UnlockOSThread()
	}
	start := time.Now()
	more := func() bool { return len(m.ns) < batches || time.Since(start) < atLeast }
	for more() {
		began, n := m.Clock.Now(), 0
		for ; n == 0 || n < batchGroup && more(); n++ {
			ns := m.time(c)
			m.ns = append(m.ns, ns)
			wall += ns * tables
		}
		had := float64(m.Clock.Between(began, m.Clock.Now()))
		m.cpu = append(m.cpu, had/(float64(n)*tables))
		cpu += had
	}
	slices.Sort(m.ns)
	return TableTime{
		Tables: len(m.ns) * c.batch * lists,
		Median: LowerMedian(m.ns),
		P99:    m.ns[int(math.Ceil(0.99*float64(len(m.ns))))-1],
		Segs:   float64(segs) / float64(lists),

		Processor: processor(m.Clock != nil, m.cpu, cpu, wall),
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

// findBatch finds how many passes make a batch, the first time it is called.
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
