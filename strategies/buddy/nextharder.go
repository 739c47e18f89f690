package buddy

import (
	"github.com/vramlab/vramlab/strategies"
)

// tryHarder is the kernel's last attempt for a contiguous request: a run that is not
// one block. There is no larger free block than of the request's order then.
//
// As with [Linux611] an index ([runs]) stands in for trying each block where they are
// many. But here a vain attempt leaves a trace: what it took partly clear is dirty
// afterwards. So the index also names the blocks where an attempt does that. With an
// alignment above the size it knows them (nextaligned.go). With a smaller one it names
// those where an attempt could meet a partly clear block. Most such attempts destroy one,
// and those that do not would be repeated by each request: at the blocks of the order that
// have a partly clear block before them, in another run. Where the second walk of an
// attempt begins there depends on the size and on the end of the block's run. So when many
// attempts were in vain, an index for this size alone is made, of the blocks where an
// attempt succeeds or destroys something. There are at most mostSizes of these; requests
// that go round more sizes are linear.
func (a *next) tryHarder(dst []strategies.Block, q *request) ([]strategies.Block, error) {
	k := log2(q.size)
	if k == 0 || q.size > a.avail && a.quiet() {
		return dst, strategies.ErrNoSpace
	}
	tries := a.clock.tries()
	run, found := a.tryBlocks(dst, q, k, justDirty, &tries)
	if !found {
		return dst, strategies.ErrNoSpace
	}
	return a.takeAll(run, len(dst)), nil
}

// runAround appends the pieces of the run for q that starts at page p, a free block of
// q's order, or that reaches as far to the right as what is free there and starts at a
// multiple of the smallest block.
func (a *next) runAround(dst []strategies.Block, p uint64, q *request) (run []strategies.Block, ok bool) {
	minBlock := uint64(1) << q.minOrder
	run, end := a.run(dst, p, min(p+q.size, a.pages))
	missing := q.size - (end - p)
	if missing == 0 && p&(minBlock-1) == 0 {
		return run, true
	}
	a.spoil(run[len(dst):])
	if missing > p {
		return dst, false
	}
	start := (p - missing) &^ (minBlock - 1)
	if run, end = a.run(dst, start, start+q.size); end == start+q.size {
		return run, true
	}
	a.spoil(run[len(dst):])
	return dst, false
}

// mostSizes is the number of indexes for one size.
const mostSizes = 8

// repeats reports whether an index for a size can help, and may be made.
func (a *next) repeats(x *runIndex) bool {
	if x.size != 0 || x.minOrder > x.order {
		return false
	}
	n := 0
	for i := range a.runs.indexes {
		if a.runs.indexes[i].size != 0 {
			n++
		}
	}
	return n < mostSizes
}

// matters reports whether an attempt for the size of x at the free block at page p succeeds
// or destroys something.
func (a *next) matters(x *runIndex, p uint64) bool {
	end, spoils := a.attempt(p, min(p+x.size, a.pages))
	missing := x.size - (end - p)
	if spoils || missing > p {
		return spoils
	}
	start := (p - missing) &^ (1<<x.minOrder - 1) // p, if nothing is missing
	end, spoils = a.attempt(start, start+x.size)
	return spoils || end == start+x.size
}

// attempt is how far a walk over [start, end) comes, and whether it is spoiled by what it
// takes partly clear.
func (a *next) attempt(start, end uint64) (at uint64, spoils bool) {
	a.pieces, at = a.run(a.pieces[:0], start, end)
	if a.quiet() {
		return at, false
	}
	for j := range a.pieces {
		k, i := a.place(&a.pieces[j])
		if have, ok := a.all().holder(k, i<<k); ok && a.known.mixed.has(have, i>>(have-k)) && a.known.ofSlot(k, i) == partClear {
			return at, true
		}
	}
	return at, false
}

// look enters what block i is good for. With an alignment above the size that is told by
// more than the block (nextaligned.go).
func (a *next) look(x *runIndex, i uint64) {
	if x.minOrder > x.order {
		a.lookAligned(x, i)
	} else {
		a.memory.look(x, i)
	}
}

// reach is the largest size that the free block at page p serves, or more than any if an
// attempt at it may meet a partly clear block. A run for an alignment that the block has
// lies around the block: so a block that serves a size serves smaller ones.
func (a *next) reach(x *runIndex, p uint64) uint64 {
	if x.size != 0 {
		if a.matters(x, p) {
			return ^uint64(0)
		}
		return 0
	}
	block, least := uint64(1)<<x.order, uint64(1)<<x.minOrder
	end := p + block
	right := a.freeAfter(end, min(a.pages, end+block)) - end
	left := p - a.freeBefore(p, p-min(p, block+least))
	if a.meetsMixed(x.order, p, left, end+right) {
		return ^uint64(0)
	}
	n := block
	for bit := block >> 1; bit > 0; bit >>= 1 {
		missing := (n | bit) - min(n|bit, block+right)
		if missing <= p && p-(p-missing)&^(least-1) <= left {
			n |= bit
		}
	}
	if n == block {
		return 0
	}
	return n
}

// meetsMixed reports whether a vain attempt at the block of order k at page p may take a
// partly clear block: in its run, which ends at end, or before it. The pages free to its
// left are no matter: an attempt that begins in them succeeds.
func (a *next) meetsMixed(k uint, p, left, end uint64) bool {
	if a.quiet() {
		return false
	}
	s := &a.known.mixed
	if _, _, ok := s.lowestSlot(0, p, end); ok {
		return true
	}
	far := p - min(p, 2<<k)
	if far >= p-left {
		return false
	}
	_, _, ok := s.lowestSlot(0, far, p-left)
	return ok
}

// touch looks at the blocks of the order around both ends of a change. Farther from it
// nothing matters to a reach, and nothing of that order became or ceased to be free.
func (a *next) touch(x *runIndex, c span) {
	const around = 4
	k := x.order
	for _, p := range []uint64{c.start >> k, (c.end - 1) >> k} {
		for i := p - min(p, around); i <= p+around; i++ {
			a.look(x, i)
		}
		if c.end-c.start <= 1<<k {
			break
		}
	}
}

// An index for contiguous requests with an alignment above their size.
//
// A run for one begins at a multiple of the alignment, a start, and all blocks from there
// up to the next start try the same run (the next start itself does if it is too short
// for the size). No free block is larger than the request's order, or the request would
// not try harder. So the run from a start is shorter than two blocks of the order, and
// if it is too short for a size, what an attempt takes of it are whole free blocks. That
// makes what a start is good for one number: the size that it serves, or any if a block
// in it is partly clear, for then an attempt either succeeds or destroys that block. Of
// the blocks that try a start only the highest counts: after it there is nothing more to
// destroy.
//
// Before that, a block that is no start takes the run from itself on, for nothing. From a
// certain size on that destroys something: see spoiledFrom.
//
// So both are a question to a reachTree, and each block it names ends the request or
// destroys what earlier operations made.

// candidate is the highest block below a number that serves so many pages or of which
// an attempt destroys something.
func (a *next) candidate(x *runIndex, below, size uint64) (i uint64, ok bool) {
	if x.minOrder <= x.order {
		return a.memory.candidate(x, below, size)
	}
	if below = min(below, a.pages>>x.order+1); below == 0 {
		return 0, false
	}
	visits := &a.all().visits
	i, ok = x.tree.find(x.tree.root, below, 2<<x.order-size, visits)
	nearest := (below<<x.order - 1) >> x.minOrder // start
	start, found := x.starts.find(x.starts.root, nearest+1, size, visits)
	if found && start == nearest {
		if j, _ := a.leadsTo(x, start); j >= below {
			start, found = x.starts.find(x.starts.root, nearest, size, visits)
		}
	}
	if found {
		j, _ := a.leadsTo(x, start)
		i = max(i, j)
	}
	return i, ok || found
}

// leadsTo is the highest free block of the order from which a start is tried.
func (a *next) leadsTo(x *runIndex, start uint64) (i uint64, ok bool) {
	s, up := a.all(), x.minOrder-x.order
	if s.mask>>x.order&1 == 0 {
		return 0, false
	}
	i, ok = s.prev(x.order, (start+1)<<up)
	return i, ok && i >= start<<up
}

// lookAligned enters what block i is good for, and the starts that are tried from it.
func (a *next) lookAligned(x *runIndex, i uint64) {
	up := x.minOrder - x.order
	start := i >> up
	a.lookAtStart(x, start)
	if start<<up != i {
		x.tree.set(i, a.worth(x, i))
		return
	}
	if start > 0 {
		a.lookAtStart(x, start-1)
	}
}

// lookAtStart enters what a start is good for, if a block leads to it.
func (a *next) lookAtStart(x *runIndex, start uint64) {
	a.all().visits++
	reach := uint64(0)
	if p := start << x.minOrder; p < a.pages {
		if _, ok := a.leadsTo(x, start); ok {
			reach = a.reachOfStart(x, p)
		}
	}
	x.starts.set(start, reach)
}

// reachOfStart is the largest size that the run from a start at page p serves, or more
// than any if the run has a partly clear block.
func (a *next) reachOfStart(x *runIndex, p uint64) uint64 {
	block := uint64(1) << x.order
	n := a.freeAfter(p, min(a.pages, p+2*block-1)) - p
	if !a.quiet() {
		if _, _, ok := a.known.mixed.lowestSlot(0, p, p+n); ok {
			return ^uint64(0)
		}
	}
	if n < block {
		return 0
	}
	return n
}

// worth is how many pages below twice the block's the size lies from which on an
// attempt destroys something in the run from block i on; 0 if none does.
func (a *next) worth(x *runIndex, i uint64) uint64 {
	a.all().visits++
	if a.quiet() || i >= a.pages>>x.order || !a.all().has(x.order, i) {
		return 0
	}
	p, block := i<<x.order, uint64(1)<<x.order
	end := a.freeAfter(p+block, min(a.pages, p+2*block-1))
	at, have, ok := a.known.mixed.lowestSlot(0, p, end)
	switch {
	case !ok:
		return 0
	case at == p:
		return block
	}
	size := at - p + a.known.spoiledFrom(have, at>>have)
	return 2*block - min(size, 2*block)
}

// spoiledFrom is the length from which on the pages taken from the start of a partly
// clear block are spoiled when they come back. They are taken as aligned pieces, the
// largest first. If the left half is partly clear, it is a piece of every length above;
// if it is not, it does not matter.
func (t *tracker) spoiledFrom(k uint, i uint64) uint64 {
	start := i << k
	for k > 0 {
		left := i << 1
		switch {
		case t.ofSlot(k-1, left) == partClear:
			i = left
		case t.ofSlot(k-1, left+1) == partClear:
			i = left + 1
		default:
			return (i+1)<<k - start
		}
		k--
	}
	return (i+1)<<k - start
}
