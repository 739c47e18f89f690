package sgtable

import (
	"fmt"
	"math/bits"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// A Pool hands out the memory of tables and takes it back. It counts that memory, so
// that a builder can be judged by its memory and not by its time alone. It is for
// one goroutine at a time.
type Pool struct {
	reuse  bool
	tables [64][][]Segment             // freed tables by floor(log2(capacity)): those at i have room for 2^i segments
	chunks *chunk                      // freed chunks of chains, linked
	lasts  [chunkEntries + 1][][]entry // freed last chunks, by length
	work   []strategies.Block          // the copy that the builder sorted sorts
	stats  PoolStats
}

// PoolStats are exact counts of what builders did with a [Pool].
type PoolStats struct {
	Tables    uint64 // tables built
	Allocated uint64 // entries allocated, temporary tables included
	Used      uint64 // entries of the finished tables
	Bytes     uint64 // held by tables that are not freed
	Peak      uint64 // most bytes held at one time, temporary tables included
}

// NewPool makes an empty pool. With reuse, the pool keeps freed tables and hands
// them out again, as a driver does that caches its tables: once the pool is warm,
// nothing comes from the Go heap, and capacities are powers of two. Without reuse,
// every table is new and of the exact size, and the garbage collector takes freed
// ones.
func NewPool(reuse bool) *Pool { return &Pool{reuse: reuse} }

// Stats are the counts so far.
func (p *Pool) Stats() PoolStats { return p.stats }

// ResetStats sets the counts to zero, except Bytes and Peak, which start from the
// memory held now.
func (p *Pool) ResetStats() { p.stats = PoolStats{Bytes: p.stats.Bytes, Peak: p.stats.Bytes} }

// Free gives a table back. It must be a whole table that a builder made with p, and
// must not be used any more. Free panics if the table is larger than all that p
// holds, which finds some tables that are freed twice or are from another pool, but
// not all.
func (p *Pool) Free(table []Segment) {
	n := cap(table)
	if uint64(n)*segmentBytes > p.stats.Bytes {
		panic(fmt.Sprintf("sgtable: Free of a table of %d segments, but the pool holds only %d bytes: the table is from another pool or was freed before", n, p.stats.Bytes))
	}
	p.stats.Bytes -= uint64(n) * segmentBytes
	if p.reuse && n > 0 {
		class := bits.Len(uint(n)) - 1
		p.tables[class] = append(p.tables[class], table[:0])
	}
}

// Sizes in bytes of a segment, and of an entry of the kernel's chained table.
const (
	segmentBytes = uint64(unsafe.Sizeof(Segment{}))
	entryBytes   = uint64(unsafe.Sizeof(entry{}))
)

// Take returns an empty table with room for at least n segments. A builder begins
// with it.
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

// spare returns a freed table with room for n segments, nil if there is none. It
// counts nothing.
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

// held counts newly taken entries, each bytes long.
func (p *Pool) held(entries, each uint64) {
	p.stats.Allocated += entries
	p.stats.Bytes += entries * each
	p.stats.Peak = max(p.stats.Peak, p.stats.Bytes)
}

// Built counts a finished table, whose memory is from Take, and returns it. A
// builder ends with it.
func (p *Pool) Built(table []Segment) []Segment {
	p.stats.Tables++
	p.stats.Used += uint64(len(table))
	return table
}
