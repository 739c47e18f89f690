package sgtable

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// A Pool is where the memory of tables comes from and where it goes back to. It
// counts what is taken, so that a builder can be judged by the memory it needs
// and not by its time alone. It is for one goroutine at a time.
type Pool struct {
	reuse  bool
	tables [64][][]Segment             // freed tables by floor(log2(capacity)); every one of them has room for so many
	chunks *chunk                      // freed chunks of chains, linked
	lasts  [chunkEntries + 1][][]entry // freed last chunks, by length
	work   []strategies.Block          // what sorted sorts
	stats  PoolStats
}

// PoolStats are exact counts of what builders did with a [Pool].
type PoolStats struct {
	Tables    uint64 // tables built
	Allocated uint64 // entries that memory was taken for, those of temporary tables included
	Used      uint64 // entries of the finished tables
	Bytes     uint64 // held by tables that are not freed
	Peak      uint64 // most bytes held at one time, in the middle of a build too
}

// NewPool makes an empty pool. With reuse, freed tables are kept and handed out
// again, as a driver does that caches its tables (or, one level down, as the
// kernel's slab and page lists do): once it is warm nothing is taken from the Go
// heap, and capacities are powers of two. Without, every table is new and of
// the exact size, and a freed one is the garbage collector's.
func NewPool(reuse bool) *Pool { return &Pool{reuse: reuse} }

// Stats are the counts so far.
func (p *Pool) Stats() PoolStats { return p.stats }

// ResetStats begins to count anew. Memory that is held still counts, for the
// peak too.
func (p *Pool) ResetStats() { p.stats = PoolStats{Bytes: p.stats.Bytes, Peak: p.stats.Bytes} }

// Free gives a table back. It must be one that a builder made with p, from its
// first segment on, and must not be used after this. Free panics if p does not hold
// as many bytes, which finds a table freed twice or from another pool only when
// there is little else.
func (p *Pool) Free(table []Segment) {
	n := cap(table)
	if uint64(n)*segmentBytes > p.stats.Bytes {
		panic(fmt.Sprintf("sgtable: Free of a table of %d segments, and the pool holds %d bytes: it is not from there, or was freed before", n, p.stats.Bytes))
	}
	p.stats.Bytes -= uint64(n) * segmentBytes
	if p.reuse && n > 0 {
		class := bits.Len(uint(n)) - 1
		p.tables[class] = append(p.tables[class], table[:0])
	}
}

// The memory that a segment takes here, and an entry of the kernel's chained table.
const (
	segmentBytes = uint64(unsafe.Sizeof(Segment{}))
	entryBytes   = uint64(unsafe.Sizeof(entry{}))
)

// Take returns an empty table with room for at least n segments: what a builder
// begins with.
func (p *Pool) Take(n int) []Segment {
	t := p.spare(n)
	if t == nil {
		if p.reuse && n > 0 {
			n = 1 << bits.Len(uint(n-1))
		}
		t = make([]Segment, 0, n)
	}
	p.held(uint64(cap(t)), segmentBytes)
	return t
}

// spare takes a freed table with room for n segments off its list, nil if there
// is none. It does not count yet.
func (p *Pool) spare(n int) []Segment {
	class := bits.Len(uint(n - 1))
	if class >= len(p.tables) { // n is 0
		return nil
	}
	list := p.tables[class]
	if len(list) == 0 {
		return nil
	}
	t := list[len(list)-1]
	p.tables[class] = list[:len(list)-1]
	return t
}

// held counts entries just taken, of so many bytes each.
func (p *Pool) held(entries, each uint64) {
	p.stats.Allocated += entries
	p.stats.Bytes += entries * each
	p.stats.Peak = max(p.stats.Peak, p.stats.Bytes)
}

// Built counts a finished table, whose memory is from Take, and returns it: what a
// builder ends with.
func (p *Pool) Built(table []Segment) []Segment {
	p.stats.Tables++
	p.stats.Used += uint64(len(table))
	return table
}
