package sgtable

import (
	"cmp"
	"iter"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// A Builder is a way to build tables, as a value. It does not decide whether the
// memory of tables is reused: the [Pool] does.
type Builder struct {
	Name string // good for [strategies.CheckName]; goes into benchmark names
	Doc  string // one sentence: what it does, and which driver does it

	// Build makes the table of blocks in memory from p, which counts it;
	// [Pool.Free] gives the memory back. The table has no more segments than the
	// builder's rule needs, and none if there are no blocks. No block may be
	// empty; Build only reads blocks. It panics if o.MaxSegment is 0.
	Build func(p *Pool, blocks []strategies.Block, o Options) []Segment
}

// Builders lists all builders. The first one is the base of comparisons.
//
// i915 does not know the number of segments in advance, so it allocates an entry
// for each page of the object, 0.8 % of its size, and frees nearly all of them
// again; amdgpu and xe count first. For a 64 MiB object in one block, counted needs
// one entry, and worstcase takes 0.5 MiB and several hundred times as long:
//
//	go test -run '^$' -bench Builders/layout=whole/builder=/size=64MiB -count 10 ./bench
func Builders() []Builder {
	return []Builder{
		{"counted", "counts the segments, then fills a table of exactly that size; merges ascending neighbours", counted},
		{"grow", "one pass that merges ascending neighbours and doubles the table when it is full", grow},
		{"worstcase", "allocates an entry for each page of the object, fills as many as it needs, copies these and frees all entries, as i915 does", worstcase},
		{"nomerge", "counts, then fills one segment for each block, split at 2 GiB and never merged, as amdgpu and xe do", nomerge},
		{"sorted", "sorts the blocks by address first, so that all neighbours merge; the table is no longer in the order of the object", sorted},
	}
}

// LookupBuilder finds a builder by its name.
func LookupBuilder(name string) (Builder, bool) {
	list := Builders()
	i := slices.IndexFunc(list, func(b Builder) bool { return b.Name == name })
	if i < 0 {
		return Builder{}, false
	}
	return list[i], true
}

// counted builds in two passes. In the usual case no block merges with another and
// none is split; the first pass finds that out, and the second is a copy. Together
// they take less than twice the time of a loop that copies as many records of 16
// bytes (builder=loop), and five times that of memmove (builder=copy):
//
//	go test -run '^$' -bench Builders/layout=pieces/builder=/size=64MiB -count 10 ./bench
//
// Tried and rejected: one pass into memory for as many segments as there are blocks
// (hardly faster, and no longer the exact size); keeping the longest block by max
// and comparing it once at the end (more than twice as slow as a branch that is
// never taken); passes that take one block at a time rather than four (slower);
// merging without branches (faster only if many blocks merge at random, and
// unreadable).
func counted(p *Pool, blocks []strategies.Block, o Options) []Segment {
	alone := o.alone(blocks)
	if alone == len(blocks) {
		return p.Built(copyBlocks(p.Take(alone), blocks, o.Base))
	}
	first := max(alone-1, 0) // block alone may merge with the one before
	return p.Built(Append(p.Take(first+o.count(blocks[first:])), blocks, o))
}

// alone counts the blocks before the first one that merges with the block before
// it, is split, or is longer than the object: each of them is one segment. It takes
// four at a time, with branches that are rarely taken.
func (o *Options) alone(blocks []strategies.Block) int {
	o.check()
	if len(blocks) == 0 {
		return 0
	}
	whole := o.whole(uint64(o.MaxSegment))
	end := ^blocks[0].Start
	rest := blocks
	for ; len(rest) >= 4; rest = rest[4:] {
		b := (*[4]strategies.Block)(rest)
		if b[0].Start == end || b[1].Start == b[0].End() || b[2].Start == b[1].End() || b[3].Start == b[2].End() ||
			b[0].Size > whole || b[1].Size > whole || b[2].Size > whole || b[3].Size > whole {
			break
		}
		end = b[3].End()
	}
	for i := range rest {
		if rest[i].Start == end || rest[i].Size > whole {
			return len(blocks) - len(rest) + i
		}
		end = rest[i].End()
	}
	return len(blocks)
}

// copyBlocks fills t, an empty table with enough room, with a segment for each
// block.
func copyBlocks(t []Segment, blocks []strategies.Block, base uint64) []Segment {
	t = t[:len(blocks)]
	to := t
	for ; len(blocks) >= 4 && len(to) >= 4; blocks, to = blocks[4:], to[4:] {
		s, b := (*[4]Segment)(to), (*[4]strategies.Block)(blocks)
		s[0].Addr, s[0].Len = base+b[0].Start, uint32(b[0].Size)
		s[1].Addr, s[1].Len = base+b[1].Start, uint32(b[1].Size)
		s[2].Addr, s[2].Len = base+b[2].Start, uint32(b[2].Size)
		s[3].Addr, s[3].Len = base+b[3].Start, uint32(b[3].Size)
	}
	for i := range blocks {
		to[i].Addr, to[i].Len = base+blocks[i].Start, uint32(blocks[i].Size)
	}
	return t
}

// count is the number of segments that [Append] makes of blocks.
func (o *Options) count(blocks []strategies.Block) int {
	n, longest := uint64(0), uint64(o.MaxSegment)
	run, end := uint64(0), uint64(0)
	for i := range blocks {
		if blocks[i].Start != end {
			n += (run + longest - 1) / longest
			run = 0
		}
		size := o.cut(blocks[i].Size)
		run += size
		end = blocks[i].Start + size
	}
	return int(n + (run+longest-1)/longest)
}

// grow builds in one pass. The memory of the smaller tables goes back to the pool.
func grow(p *Pool, blocks []strategies.Block, o Options) []Segment {
	t := p.Take(min(len(blocks), growFirst))
	for s := range o.segments(blocks) {
		if len(t) == cap(t) {
			more := append(p.Take(2*cap(t)), t...)
			p.Free(t)
			t = more
		}
		t = append(t, s)
	}
	return p.Built(t)
}

// growFirst is the room grow begins with, unless there are fewer blocks, in
// segments: two cache lines, which hold four of five tables of the graphics
// workload.
const growFirst = 8

// segments yields the segments that [Append] makes of blocks.
func (o *Options) segments(blocks []strategies.Block) iter.Seq[Segment] {
	o.check()
	return func(yield func(Segment) bool) {
		var cur Segment
		var end uint64 // of the block before
		for i := range blocks {
			start, size := blocks[i].Start, o.cut(blocks[i].Size)
			if start != end || i == 0 {
				if i > 0 && !yield(cur) {
					return
				}
				cur = Segment{Addr: o.Base + start}
			}
			end = start + size
			for room := uint64(o.MaxSegment - cur.Len); size > room; room = uint64(o.MaxSegment) {
				cur.Len = o.MaxSegment
				if !yield(cur) {
					return
				}
				cur = Segment{Addr: o.Base + end - size + room}
				size -= room
			}
			cur.Len += uint32(size)
		}
		if len(blocks) > 0 {
			yield(cur)
		}
	}
}

// worstcase builds as i915 does: it fills a chain that has an entry for every page,
// copies the filled entries to a table, and frees the chain. It copies even if every
// entry is filled, since a finished table is a slice here.
func worstcase(p *Pool, blocks []strategies.Block, o Options) []Segment {
	if len(blocks) == 0 {
		return p.Built(nil)
	}
	var c chain
	c.init(p, o.worst(blocks))
	for s := range o.segments(blocks) {
		c.append(s.Addr, s.Len)
	}
	t := c.appendTo(p.Take(c.used))
	c.free()
	return p.Built(t)
}

// worst is an upper bound of the number of segments: the pages of the object or the
// sum of the pages of its blocks, whichever is more. Every segment but the last of a
// run has MaxSegment bytes, so where MaxSegment is less than a page it counts in
// place of the page.
func (o *Options) worst(blocks []strategies.Block) int {
	page := min(strategies.MinPage, uint64(o.MaxSegment))
	pages := func(bytes uint64) uint64 { return (bytes + page - 1) / page }
	granted := uint64(0)
	for i := range blocks {
		granted += pages(o.cut(blocks[i].Size))
	}
	return int(max(granted, pages(o.Size)))
}

// nomerge builds in two passes like counted, with a simpler rule.
func nomerge(p *Pool, blocks []strategies.Block, o Options) []Segment {
	o.check()
	longest := min(uint64(o.MaxSegment), maxUnmerged)
	if allWithin(blocks, o.whole(longest)) {
		return p.Built(copyBlocks(p.Take(len(blocks)), blocks, o.Base))
	}
	n := 0
	for i := range blocks {
		n += int((o.cut(blocks[i].Size) + longest - 1) / longest)
	}
	t := p.Take(n)
	for i := range blocks {
		addr, size := o.Base+blocks[i].Start, o.cut(blocks[i].Size)
		for ; size > longest; size -= longest {
			t = append(t, Segment{addr, uint32(longest)})
			addr += longest
		}
		t = append(t, Segment{addr, uint32(size)})
	}
	return p.Built(t)
}

// allWithin reports whether no block is longer than longest.
func allWithin(blocks []strategies.Block, longest uint64) bool {
	for i := range blocks {
		if blocks[i].Size > longest {
			return false
		}
	}
	return true
}

// maxUnmerged is the longest segment of amdgpu and xe, in bytes.
const maxUnmerged = 2 << 30

// sorted merges all neighbours, whatever the order in which they were granted. It
// sorts a copy, since the allocator needs the blocks back in their order.
func sorted(p *Pool, blocks []strategies.Block, o Options) []Segment {
	byStart := func(a, b strategies.Block) int { return cmp.Compare(a.Start, b.Start) }
	if slices.IsSortedFunc(blocks, byStart) {
		return counted(p, blocks, o)
	}
	work := append(p.work[:0], blocks...)
	slices.SortFunc(work, byStart)
	if p.reuse {
		p.work = work
	}
	bytes := uint64(len(work)) * blockBytes
	p.stats.Bytes += bytes
	t := counted(p, work, o) // most memory is held here
	p.stats.Bytes -= bytes
	return t
}

const blockBytes = uint64(unsafe.Sizeof(strategies.Block{}))
