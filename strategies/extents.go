package strategies

// An extent is one live block as the shadow model of [Checked] knows it.
//
// head and left identify its grant and its place there: no two live grants
// have a first block at the same address, and no two blocks of one grant have
// the same number of blocks behind them. A list is therefore exactly one grant,
// whole and in the order granted, if and only if block i of n has the head of
// block 0 and left = n-1-i.
type extent struct {
	start, size uint64
	head        uint64 // start of the first block of the same grant
	node        uint32
	left        uint32 // blocks of the same grant behind this one
}

func (e extent) end() uint64  { return e.start + e.size }
func (e extent) block() Block { return Block{Start: e.start, Size: e.size, Node: e.node} }

// extents is a set of disjoint extents in address order: a sorted list cut into
// runs short enough that an insertion moves a few cache lines. A search is two
// binary searches. It is built to be checked by eye, and takes memory in
// proportion to the extents, never to the region.
//
// Considered and rejected: a bitmap of pages needs no search at all, but a region of
// 2^64 bytes would need one of 2^52 bits, and odd regions are where strategies break.
// A balanced tree is O(log n) too, and four times the code to trust.
type extents struct {
	runs  [][]extent // ascending, none empty, each of capacity maxRun
	spare [][]extent // emptied runs, for reuse
	len   int
}

// maxRun is the length at which a run is split. Between 32 and 512 it changes
// times by 15 % at most with 5000 extents, shorter being faster; with a million
// extents the list of runs itself must be short too.
const maxRun = 128

// spot is a place in the set: in front of runs[run][i].
type spot struct{ run, i int }

// after returns the spot behind all extents that start at or below addr.
func (x *extents) after(addr uint64) spot {
	lo, hi := 0, len(x.runs) // runs[:lo] start at or below addr, runs[hi:] do not
	for lo < hi {
		if m := int(uint(lo+hi) / 2); x.runs[m][0].start <= addr {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo == 0 {
		return spot{}
	}
	run := x.runs[lo-1]
	i, j := 1, len(run)
	for i < j {
		if m := int(uint(i+j) / 2); run[m].start <= addr {
			i = m + 1
		} else {
			j = m
		}
	}
	return spot{lo - 1, i}
}

// at returns the extent that starts at addr.
func (x *extents) at(addr uint64) (extent, bool) {
	s := x.after(addr)
	if s.i == 0 || x.runs[s.run][s.i-1].start != addr {
		return extent{}, false
	}
	return x.runs[s.run][s.i-1], true
}

// holding returns the extent that addr lies in.
func (x *extents) holding(addr uint64) (extent, bool) {
	s := x.after(addr)
	if s.i == 0 || x.runs[s.run][s.i-1].end() <= addr {
		return extent{}, false
	}
	return x.runs[s.run][s.i-1], true
}

// insert adds e, or returns the extent of the set that it overlaps. The end of
// e must not wrap.
func (x *extents) insert(e extent) (other extent, ok bool) {
	s := x.after(e.start)
	if other, meets := x.overlap(s, e.start, e.end()); meets {
		return other, false
	}
	x.put(s, e)
	return extent{}, true
}

// meets returns an extent that overlaps [start, end), which is not empty.
func (x *extents) meets(start, end uint64) (other extent, ok bool) {
	return x.overlap(x.after(start), start, end)
}

// overlap is meets, of which s is behind all extents that start at or below start.
func (x *extents) overlap(s spot, start, end uint64) (other extent, ok bool) {
	if s.i > 0 {
		if prev := x.runs[s.run][s.i-1]; prev.end() > start {
			return prev, true
		}
	}
	if next, there := x.from(s); there && next.start < end {
		return next, true
	}
	return extent{}, false
}

// from returns the first extent at or behind s.
func (x *extents) from(s spot) (extent, bool) {
	if s.run < len(x.runs) && s.i == len(x.runs[s.run]) {
		s = spot{s.run + 1, 0}
	}
	if s.run >= len(x.runs) {
		return extent{}, false
	}
	return x.runs[s.run][s.i], true
}

func (x *extents) put(s spot, e extent) {
	if len(x.runs) == 0 {
		x.insertRun(0)
	}
	if len(x.runs[s.run]) == maxRun {
		s = x.split(s)
	}
	run := append(x.runs[s.run], extent{})
	copy(run[s.i+1:], run[s.i:])
	run[s.i] = e
	x.runs[s.run] = run
	x.len++
}

// split halves the run of s and returns where s has come to.
func (x *extents) split(s spot) spot {
	const half = maxRun / 2
	x.insertRun(s.run + 1)
	run := x.runs[s.run]
	x.runs[s.run+1] = append(x.runs[s.run+1], run[half:]...)
	x.runs[s.run] = run[:half]
	if s.i > half {
		return spot{s.run + 1, s.i - half}
	}
	return s
}

// insertRun puts an empty run in front of runs[i].
func (x *extents) insertRun(i int) {
	var run []extent
	if n := len(x.spare); n > 0 {
		run, x.spare = x.spare[n-1], x.spare[:n-1]
	} else {
		run = make([]extent, 0, maxRun)
	}
	x.runs = append(x.runs, nil)
	copy(x.runs[i+1:], x.runs[i:])
	x.runs[i] = run
}

// remove takes out the extent that starts at addr, which must be there.
func (x *extents) remove(addr uint64) {
	s := x.after(addr)
	run := x.runs[s.run]
	copy(run[s.i-1:], run[s.i:])
	x.runs[s.run] = run[:len(run)-1]
	x.len--
	if len(run) == 1 {
		x.spare = append(x.spare, run[:0])
		copy(x.runs[s.run:], x.runs[s.run+1:])
		x.runs = x.runs[:len(x.runs)-1]
	}
}

// all yields the extents in address order.
func (x *extents) all(yield func(extent) bool) {
	for _, run := range x.runs {
		for _, e := range run {
			if !yield(e) {
				return
			}
		}
	}
}
