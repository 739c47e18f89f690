package sgtable

import "fmt"

// chain is the kernel's sg_table: 32-byte entries in page-sized chunks, each
// linked to the next. All entries are allocated and zeroed before the first one
// is used, then filled in order. Only the builder worstcase makes one, to pay
// what i915 pays.
type chain struct {
	pool      *Pool
	first     *chunk  // full chunks, linked; nil if the table fits into last
	last      []entry // the last chunk
	allocated int     // entries
	used      int     // entries filled

	rest []entry // unused entries of the chunk being filled
	next *chunk  // the full chunk after it, nil if there is none
	end  bool    // the chunk being filled is last
}

// entry is one entry of the kernel's table, 32 bytes. Fields that device memory does
// not use have no name.
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
	fullEntries  = chunkEntries - 1 // of a full chunk, whose last entry is the link
)

// chunk is a full chunk. The link is in place of the last entry.
type chunk struct {
	entries [fullEntries]entry
	next    *chunk
	_       [chunkBytes - fullEntries*32 - 8]byte
}

// init makes c a chain of n entries, at least one, with memory from p. It links the
// chunks from the last one to the first.
func (c *chain) init(p *Pool, n int) {
	*c = chain{pool: p, allocated: n}
	for n > chunkEntries {
		k := p.takeChunk()
		k.next = c.first
		c.first = k
		n -= fullEntries
	}
	c.last = p.takeLast(n)
	c.rewind()
}

// rewind makes the first entry the next one to fill.
func (c *chain) rewind() {
	c.used = 0
	if c.first == nil {
		c.rest, c.next, c.end = c.last, nil, true
		return
	}
	c.rest, c.next, c.end = c.first.entries[:], c.first.next, false
}

// nextEntry returns the next unused entry. It panics if there is none left.
func (c *chain) nextEntry() *entry {
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

// append fills the next entry with a run of device addresses. It panics if there
// is none left.
func (c *chain) append(addr uint64, length uint32) {
	e := c.nextEntry()
	e.addr, e.length, e.addrLen = addr, length, length
}

// appendTo appends the filled entries to a table and returns it.
func (c *chain) appendTo(t []Segment) []Segment {
	left := c.used
	for k := c.first; k != nil && left > 0; k = k.next {
		filled := k.entries[:min(fullEntries, left)]
		t = appendEntries(t, filled)
		left -= len(filled)
	}
	return appendEntries(t, c.last[:left])
}

func appendEntries(t []Segment, filled []entry) []Segment {
	for i := range filled {
		t = append(t, Segment{filled[i].addr, filled[i].addrLen})
	}
	return t
}

// free gives the chunks back.
func (c *chain) free() {
	for k := c.first; k != nil; {
		next := k.next
		c.pool.freeChunk(k)
		k = next
	}
	c.pool.freeLast(c.last)
	c.first, c.last, c.rest, c.next = nil, nil, nil, nil
}

// takeChunk returns a full chunk, all zero.
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

// takeLast returns a last chunk of n entries, all zero.
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
