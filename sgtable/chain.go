package sgtable

import (
	"fmt"
	"iter"

	"github.com/vramlab/vramlab/strategies"
)

// A Chain is the kernel's sg_table: entries of 32 bytes in chunks of a page,
// each of which links to the next. All entries are allocated, and zeroed, before
// the first one is used; then they are filled in order with [Chain.Append].
//
// It is here to be measured: [Builders] has one that pays for it. A table that is
// held is a slice of segments.
type Chain struct {
	pool      *Pool
	first     *chunk // full chunks, linked; nil if the table fits into last
	last      []entry
	allocated int
	used      int

	rest []entry // entries of the chunk being filled that are not used yet
	next *chunk  // after it; nil when the chunk after it is last, or it is last itself
	end  bool    // it is last
}

// entry is one entry of the kernel's table, 32 bytes. What device memory has no use
// for has no name.
type entry struct {
	_       uint64 // CPU page
	_       uint32 // offset in it
	length  uint32 // bytes
	addr    uint64 // device address
	addrLen uint32 // bytes; equal to length here
	_       uint32 // flags of the device address
}

const (
	chunkBytes   = 4096             // a page of the kernel's heap
	chunkEntries = chunkBytes / 32  // of the last chunk
	fullEntries  = chunkEntries - 1 // of a chunk whose last entry is the link
)

// chunk is a full chunk. The link takes the place of the last entry.
type chunk struct {
	entries [fullEntries]entry
	next    *chunk
	_       [chunkBytes - fullEntries*32 - 8]byte
}

// NewChain allocates a chain of entries, which must not be 0 (the error is
// ErrInvalid then, EINVAL in the kernel).
func NewChain(entries int) (*Chain, error) {
	if entries <= 0 {
		return nil, fmt.Errorf("%w: a table of %d entries", strategies.ErrInvalid, entries)
	}
	c := new(Chain)
	c.init(NewPool(false), entries)
	return c, nil
}

// init makes c a chain of n entries, at least one, from p. Chunks are linked from
// the last one to the first; as they are all alike nobody can tell.
func (c *Chain) init(p *Pool, n int) {
	*c = Chain{pool: p, allocated: n}
	for n > chunkEntries {
		k := p.takeChunk()
		k.next = c.first
		c.first = k
		n -= fullEntries
	}
	c.last = p.takeLast(n)
	c.rewind()
}

// rewind makes the first entry the next one to be filled.
func (c *Chain) rewind() {
	c.used = 0
	if c.first == nil {
		c.rest, c.next, c.end = c.last, nil, true
		return
	}
	c.rest, c.next, c.end = c.first.entries[:], c.first.next, false
}

// nextEntry uses one more entry. It panics if there is none left.
func (c *Chain) nextEntry() *entry {
	if len(c.rest) == 0 {
		switch {
		case c.end:
			panic(fmt.Sprintf("sgtable: all %d entries of the chain are in use", c.allocated))
		case c.next == nil:
			c.rest, c.end = c.last, true
		default:
			c.rest, c.next = c.next.entries[:], c.next.next
		}
	}
	e := &c.rest[0]
	c.rest = c.rest[1:]
	c.used++
	return e
}

// Append fills the next entry with a run of device addresses. It panics if all
// are in use.
func (c *Chain) Append(addr uint64, length uint32) {
	e := c.nextEntry()
	e.addr, e.length, e.addrLen = addr, length, length
}

// Used is the number of entries that were filled.
func (c *Chain) Used() int { return c.used }

// Allocated is the number of entries that there are.
func (c *Chain) Allocated() int { return c.allocated }

// Bytes is the memory of the chunks, links included.
func (c *Chain) Bytes() uint64 {
	full := 0
	for k := c.first; k != nil; k = k.next {
		full++
	}
	return uint64(full)*chunkBytes + uint64(len(c.last))*entryBytes
}

// Segments yields the entries that were filled.
func (c *Chain) Segments() iter.Seq[Segment] {
	return func(yield func(Segment) bool) {
		left := c.used
		for part := range c.parts() {
			part = part[:min(len(part), left)]
			for i := range part {
				if !yield(Segment{part[i].addr, part[i].addrLen}) {
					return
				}
			}
			if left -= len(part); left == 0 {
				return
			}
		}
	}
}

// parts yields the entries chunk by chunk.
func (c *Chain) parts() iter.Seq[[]entry] {
	return func(yield func([]entry) bool) {
		for k := c.first; k != nil; k = k.next {
			if !yield(k.entries[:]) {
				return
			}
		}
		yield(c.last)
	}
}

// Trim replaces the chain by one of exactly as many entries as are used, copied
// one by one, and reports whether there was anything to do: not when all are
// used, or none.
func (c *Chain) Trim() bool {
	if c.used == c.allocated || c.used == 0 {
		return false
	}
	var exact Chain
	exact.init(c.pool, c.used)
	for s := range c.Segments() {
		exact.Append(s.Addr, s.Len)
	}
	c.free()
	*c = exact
	return true
}

// free gives the chunks back.
func (c *Chain) free() {
	for k := c.first; k != nil; {
		next := k.next
		c.pool.freeChunk(k)
		k = next
	}
	c.pool.freeLast(c.last)
	c.first, c.last, c.rest, c.next = nil, nil, nil, nil
}

// takeChunk is a full chunk, all zero.
func (p *Pool) takeChunk() *chunk {
	p.held(fullEntries, entryBytes)
	p.stats.Bytes += entryBytes // the link
	k := p.chunks
	if k == nil {
		return new(chunk)
	}
	p.chunks = k.next
	*k = chunk{}
	return k
}

func (p *Pool) freeChunk(k *chunk) {
	p.stats.Bytes -= chunkBytes
	if p.reuse {
		k.next, p.chunks = p.chunks, k
	}
}

// takeLast is a last chunk of n entries, all zero.
func (p *Pool) takeLast(n int) []entry {
	p.held(uint64(n), entryBytes)
	list := p.lasts[n]
	if len(list) == 0 {
		return make([]entry, n)
	}
	p.lasts[n] = list[:len(list)-1]
	k := list[len(list)-1]
	clear(k)
	return k
}

func (p *Pool) freeLast(k []entry) {
	p.stats.Bytes -= uint64(len(k)) * entryBytes
	if p.reuse {
		p.lasts[len(k)] = append(p.lasts[len(k)], k)
	}
}
