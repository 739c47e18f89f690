package bench

import (
	"math"
	"slices"
	"time"

	"github.com/vramlab/vramlab/sgtable"
)

// tableBatch is the least time between two readings of the clock while tables
// are built. A small table takes 5 ns, a tenth of a reading; of a batch the
// reading is a thousandth.
const tableBatch = 20 * time.Microsecond

// A tableCell is a set of block lists and a builder: what the construction of
// tables is measured on, for a workload or for one state of the sweep.
type tableCell struct {
	name    string // of the benchmark
	what    string // for Progress
	lists   *blockLists
	builder sgtable.Builder
	batch   int // passes over all lists between two readings of the clock
}

// A tableMeter times the construction of tables.
type tableMeter struct {
	pool *sgtable.Pool // keeps the memory of tables: a pass that is timed takes nothing from the heap
	ns   []float64     // time of a table in each batch, ascending in the end
}

func newTableMeter() *tableMeter { return &tableMeter{pool: sgtable.NewPool(true)} }

// tableTime is what one sample found; times are of one table, in nanoseconds.
type tableTime struct {
	tables int // built within the time
	median float64
	p99    float64
	segs   float64 // per table
}

// measure builds all tables of c again and again, in at least so many batches
// and for at least so long. The median of the batches is the time: on a shared
// machine some of them lose the core in the middle.
func (m *tableMeter) measure(c *tableCell, batches int, atLeast time.Duration) tableTime {
	segs := c.lists.build(c.builder, m.pool) // untimed: fills the pool, warms the cache
	m.findBatch(c)
	m.ns = m.ns[:0]
	for start := time.Now(); len(m.ns) < batches || time.Since(start) < atLeast; {
		m.ns = append(m.ns, m.time(c))
	}
	slices.Sort(m.ns)
	lists := len(c.lists.lists)
	return tableTime{
		tables: len(m.ns) * c.batch * lists,
		median: lowerMedian(m.ns),
		p99:    m.ns[int(math.Ceil(0.99*float64(len(m.ns))))-1],
		segs:   float64(segs) / float64(lists),
	}
}

// time is the time of one table in a batch.
func (m *tableMeter) time(c *tableCell) float64 {
	start := time.Now()
	for range c.batch {
		c.lists.build(c.builder, m.pool)
	}
	return float64(time.Since(start).Nanoseconds()) / float64(c.batch*len(c.lists.lists))
}

// findBatch finds, the first time, how many passes make a batch.
func (m *tableMeter) findBatch(c *tableCell) {
	if c.batch > 0 {
		return
	}
	for c.batch = 1; c.batch < 1<<20; c.batch *= 2 {
		if m.time(c)*float64(c.batch*len(c.lists.lists)) >= float64(tableBatch) {
			return
		}
	}
}

// lowerMedian is the middle of an ascending list, the lower one of two. Noise
// only ever adds time.
func lowerMedian[T any](sorted []T) T { return sorted[(len(sorted)-1)/2] }
