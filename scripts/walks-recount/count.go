package main

import (
	"strconv"
	"strings"
)

// policy is how a driver asks for an object and builds its table.
type policy struct {
	request func(r request) request
	refuses func(r request) bool // nil: nothing
	trims   func(r request) bool // what is asked is more than the object, and is trimmed to it; nil: never
	merges  bool                 // blocks that adjoin are one segment
	longest uint64               // segment, bytes; whole multiples of the alignment where it merges
}

// page of the region, in bytes: all workloads have this one.
const page = 4096

var policies = map[string]policy{
	"i915": {merges: true, longest: 1<<32 - 1, request: func(r request) request {
		block := max(r.align, page)
		r.size = whole(r.size, block)
		r.contiguous = r.contiguous || r.size == block
		return r
	}},
	"amdgpu": {longest: 2 << 30, request: func(r request) request {
		r.size = whole(r.size, page)
		if large := max(r.align, 2<<20); !r.contiguous && r.size%large == 0 {
			r.align = large
		}
		return r
	}},
	"xe": {longest: 2 << 30, request: xe},
	"xe_6.11": {longest: 2 << 30,
		request: func(r request) request {
			if r = xe(r); r.contiguous {
				size := uint64(1)
				for size < r.size {
					size *= 2
				}
				r.size, r.align = size, max(size, r.align)
			}
			return r
		},
		refuses: func(r request) bool { return r.contiguous && r.size > 2<<30 },
		trims:   func(r request) bool { return r.contiguous },
	},
	"nouveau": {longest: 2 << 30, request: func(r request) request {
		block := uint64(page)
		for _, larger := range []uint64{64 << 10, 2 << 20} {
			if whole(r.size, block) >= larger {
				block = larger
			}
		}
		r.size, r.align = whole(r.size, block), max(r.align, block)
		return r
	}},
}

func xe(r request) request {
	r.align = max(r.align, 64<<10)
	r.size = whole(r.size, r.align)
	return r
}

func whole(n, unit uint64) uint64 { return (n + unit - 1) / unit * unit }

// kept are the bytes that the driver keeps of what it asks for.
func (p policy) kept(r request) uint64 {
	if p.trims != nil && p.trims(r) {
		return xe(r).size
	}
	return p.request(r).size
}

// asksAlike reports whether the driver asks for just what the stream does. That an object of
// one page is contiguous no strategy notices.
func (p policy) asksAlike(stream []op) bool {
	for _, o := range stream {
		if o.asked == nil {
			continue
		}
		r := p.request(*o.asked)
		if r.size <= page {
			r.contiguous = o.asked.contiguous
		}
		if r != *o.asked || p.refuses != nil && p.refuses(r) {
			return false
		}
	}
	return true
}

// The units of a line Walk.
var units = []string{"segs/table", "steps/lookup", "index-steps/lookup", "dma-segs/table", "dma64k-segs/table"}

// granules are the pages of the IOMMUs, in bytes, of the last two units.
var granules = [2]uint64{4 << 10, 64 << 10}

// tally is what the tables of a stream are.
type tally struct {
	tables, segments          int
	pages, steps, comparisons uint64
	mapped, deviceSegs        [2]int // by granule: tables that a device takes, and their segments there
}

// count counts the tables of what was granted.
func (p policy) count(placed []op) (t tally) {
	for i, o := range placed {
		if o.asked == nil || len(o.blocks) == 0 {
			continue
		}
		size, blocks := o.asked.size, o.blocks
		if i+1 < len(placed) && p.trims != nil && p.trims(*o.asked) && strings.HasPrefix(placed[i+1].text, "t "+o.id+" ") {
			trim := placed[i+1]
			size, _ = strconv.ParseUint(strings.Fields(trim.text)[2], 10, 64)
			if len(trim.blocks) > 0 { // of a strategy that does not trim all stays, and the table ends with the object
				blocks = trim.blocks
			}
		}
		if size < 1<<44 { // a table counts pages in 32 bits
			t.add(p.table(blocks, size, o.asked.align))
		}
	}
	return t
}

// table cuts and joins blocks to the segments of an object of size bytes.
func (p policy) table(blocks []block, size, align uint64) (table []block) {
	unit := max(align, page)
	longest := p.longest / unit * unit
	if longest == 0 {
		longest = p.longest / page * page
	}
	for _, b := range blocks {
		b.hi = min(b.hi, b.lo+size)
		if last := len(table) - 1; p.merges && last >= 0 && table[last].hi == b.lo {
			more := min(b.hi-b.lo, longest-(table[last].hi-table[last].lo))
			table[last].hi += more
			b.lo += more
		}
		for ; b.lo < b.hi; b.lo += longest {
			table = append(table, block{b.lo, min(b.hi, b.lo+longest)})
		}
	}
	return table
}

// add counts a table.
func (t *tally) add(table []block) {
	t.tables++
	t.segments += len(table)
	for i, s := range table {
		pages := (s.hi - s.lo) / page
		t.pages += pages
		t.steps += pages * uint64(i) // a walk from the head passes all before
		t.comparisons += pages * halvings(len(table), i)
	}
	for k, granule := range granules {
		if n, ok := device(table, granule); ok {
			t.mapped[k]++
			t.deviceSegs[k] += n
		}
	}
}

// halvings is how often a binary search halves n segments until only number i is left, or
// what is behind the last.
func halvings(n, i int) (steps uint64) {
	for lo, hi := 0, n; lo < hi; steps++ {
		if middle := (lo + hi) / 2; i > middle {
			lo = middle + 1
		} else {
			hi = middle
		}
	}
	return steps
}

// device is the number of segments of a table behind an IOMMU with pages of granule bytes,
// for a device that takes 4 GiB less a byte in one segment, and none across a multiple of
// 4 GiB. Segments are laid out one behind the other; those that touch are one.
func device(table []block, granule uint64) (n int, ok bool) {
	const most, edge = 1<<32 - 1, 1 << 32
	var free, begun, end uint64 // the first free I/O address; the last segment
	for _, s := range table {
		size, offset := s.hi-s.lo, s.lo%granule
		io := free + offset
		if io/edge != (io+size-1)/edge {
			free = whole(free, edge)
			io = free + offset
		}
		if size > most || io/edge != (io+size-1)/edge {
			return 0, false
		}
		if n == 0 || io != end || io%edge == 0 || io+size-begun > most {
			n++
			begun = io
		}
		end = io + size
		free = whole(end, granule)
	}
	return n, true
}

// values are the means of the tally, by unit.
func (t tally) values() map[string]float64 {
	values := map[string]float64{
		units[0]: float64(t.segments) / float64(t.tables),
		units[1]: float64(t.steps) / float64(t.pages),
		units[2]: float64(t.comparisons) / float64(t.pages),
	}
	for k, n := range t.mapped {
		if n > 0 {
			values[units[3+k]] = float64(t.deviceSegs[k]) / float64(n)
		}
	}
	return values
}
