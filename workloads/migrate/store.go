package migrate

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// table is a table with the data that lifetimes need. The store reuses structs; gen
// ascends over all uses.
type table struct {
	segs []sgtable.Segment

	ref     sgtable.Ref // refcounted
	release func(*sgtable.Ref)

	mu  sync.Mutex // withResource: guards gen, and segs while gen stays
	gen uint64

	users atomic.Int32 // collected
}

// store makes tables, takes them back, and counts those alive. It is safe for
// use by several goroutines.
type store struct {
	builder sgtable.Builder
	tracker *sgtable.Tracker
	collect bool // the garbage collector frees tables

	mu     sync.Mutex // guards the fields below
	pool   *sgtable.Pool
	spare  []*table
	copies [][]sgtable.Segment // for later copies

	live, peak       int    // tables, copies included
	bytes, peakBytes uint64 // of their segments
}

func newStore(b sgtable.Builder, t *sgtable.Tracker, collect bool) *store {
	return &store{builder: b, tracker: t, collect: collect, pool: sgtable.NewPool(!collect)}
}

// build makes the table of blocks, which is alive until retire.
func (s *store) build(blocks []strategies.Block, o sgtable.Options) *table {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := new(table)
	if n := len(s.spare); n > 0 {
		t, s.spare = s.spare[n-1], s.spare[:n-1]
	}
	t.segs = s.builder.Build(s.pool, blocks, o)
	s.count(1, len(t.segs))
	return t
}

// retire ends the life of t, and of the memory of its segments.
func (s *store) retire(t *table) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(-1, len(t.segs))
	if !s.collect {
		s.pool.Free(t.segs)
	}
	t.segs = nil
	s.spare = append(s.spare, t)
}

// copy makes a copy of a table that is alive.
func (s *store) copy(segs []sgtable.Segment) []sgtable.Segment {
	return append(s.forCopy(len(segs)), segs...)
}

// forCopy returns an empty table for a copy of n segments, which it counts as alive.
func (s *store) forCopy(n int) (into []sgtable.Segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.copies); n > 0 {
		into, s.copies = s.copies[n-1], s.copies[:n-1]
	}
	s.count(1, n)
	return into[:0]
}

// dropCopy takes a copy back.
func (s *store) dropCopy(segs []sgtable.Segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(-1, len(segs))
	s.copies = append(s.copies, segs)
}

// count adds or subtracts one table.
func (s *store) count(tables, segments int) {
	s.live += tables
	s.bytes += uint64(tables*segments) * uint64(unsafe.Sizeof(sgtable.Segment{}))
	s.peak, s.peakBytes = max(s.peak, s.live), max(s.peakBytes, s.bytes)
}
