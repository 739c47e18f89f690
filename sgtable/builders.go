package sgtable

import (
	"cmp"
	"iter"
	"slices"
	"unsafe"

	"github.com/vramlab/vramlab/strategies"
)

// A Builder is a way to build tables, as a value that the lab can put on an
// axis. Whether tables are used again is not its affair but that of the [Pool].
type Builder struct {
	Name string // [a-z][a-z0-9_.]*; goes into benchmark names
	Doc  string // one sentence: what it does, and who does it so

	// Build makes the table of blocks in memory from p, which counts what it
	// takes; [Pool.Free] gives it back. The table is never longer than it must
	// be by the builder's own rule, and empty if blocks are. No block may be
	// empty. Build panics if o.MaxSegment is 0.
	Build func(p *Pool, blocks []strategies.Block, o Options) []Segment
}

// Builders lists the builders there are. The first one is the base of
// comparisons.
func Builders() []Builder {
	return []Builder{
		{"counted", "counts the segments, then fills a table of exactly that size; merges ascending neighbours", counted},
		{"grow", "one pass that merges ascending neighbours and doubles the table when it is full", grow},
		{"worstcase", "allocates an entry for each page of the object, fills what it needs, copies that and frees the rest, as i915 does", worstcase},
		{"nomerge", "counts, then fills, a segment for each block, split at 2 GiB and never merged, as amdgpu and xe do", nomerge},
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

// counted builds in two passes. Where each block is a segment by itself, which is
// what a buddy mostly grants, the second one is a copy.
func counted(p *Pool, blocks []strategies.Block, o Options) []Segment {
	alone := o.alone(blocks)
	if alone == len(blocks) {
		return p.Built(copyBlocks(p.Take(alone), blocks, o.Base))
	}
	first := max(alone-1, 0) // the block before goes on where alone ends
	return p.Built(Append(p.Take(first+o.count(blocks[first:])), blocks, o))
}

// alone is how many of the first blocks are a segment each, since none of them
// merges with the one before, is split or is longer than the object. Four at a
// time, with branches that are not taken: the processor compares ahead of the sums.
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

// copyBlocks makes a segment of each block, in an empty table with room for them.
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

// grow is one pass. The memory of the smaller tables goes back to the pool.
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

// growFirst is what grow begins with if there are as many blocks: two cache
// lines, which hold four of five tables of the graphics workload.
const growFirst = 8

// segments yields the segments of blocks one by one, as [Append] makes them.
func (o *Options) segments(blocks []strategies.Block) iter.Seq[Segment] {
	o.check()
	return func(yield func(Segment) bool) {
		var cur Segment
		var end uint64 // where the block before ended
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

// worstcase does as i915 does before it knows how many segments there will be:
// an entry for every page, in a chain; then a copy of those that were needed, and
// all else is freed. The copy is made even when every entry is used, as a table
// that is held is a slice here.
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

// worst is how many segments there can be at most: one for each page of the
// object, or of each block by itself where that is more. A segment that is not the
// last of its run is the longest there can be, and that is a page unless the device
// says less.
func (o *Options) worst(blocks []strategies.Block) int {
	page := min(strategies.MinPage, uint64(o.MaxSegment))
	pages := func(bytes uint64) uint64 { return (bytes + page - 1) / page }
	granted := uint64(0)
	for i := range blocks {
		granted += pages(o.cut(blocks[i].Size))
	}
	return int(max(granted, pages(o.Size)))
}

// nomerge is two passes like counted, by a simpler rule.
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

// maxUnmerged is the longest segment of amdgpu and xe.
const maxUnmerged = 2 << 30

// sorted merges all neighbours, in whatever order they were granted. It sorts a
// copy: the blocks are the allocator's, which wants them back as they were.
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
	t := counted(p, work, o) // the peak is here
	p.stats.Bytes -= bytes
	return t
}

const blockBytes = uint64(unsafe.Sizeof(strategies.Block{}))

// cut is what a block of size bytes counts for.
func (o *Options) cut(size uint64) uint64 {
	if o.Size == 0 {
		return size
	}
	return min(size, o.Size)
}

// whole is the longest block that is neither cut nor split, where a segment has at
// most longest bytes.
func (o *Options) whole(longest uint64) uint64 { return min(o.Size-1, longest-1) + 1 } // a Size of 0 is no limit

func (o *Options) check() {
	if o.MaxSegment == 0 {
		panic("sgtable: Options.MaxSegment is 0, which no table can be built with")
	}
}
