package buddy

import "github.com/vramlab/vramlab/strategies"

// tryHarder is the kernel's last attempt for a contiguous request: a run that is not
// one block. There is no larger free block than of the request's order then.
//
// As with [Linux611] an index ([runs]) stands in for trying each block where they are
// many. But here a vain attempt leaves a trace: what it took partly clear is dirty
// afterwards. So the index also names the blocks where an attempt could meet a partly
// clear block, whatever they serve. Most such attempts destroy one, and those that do
// not are repeated by each request: this is linear in the blocks of the order that have a
// partly clear block before them, in another run.
func (a *next) tryHarder(dst []strategies.Block, q request) ([]strategies.Block, error) {
	k := log2(q.size)
	if k == 0 || q.size > a.avail && a.quiet() {
		return dst, strategies.ErrNoSpace
	}
	tries := a.clock.tries()
	run, found := dst, false
	if q.minOrder > k && !a.quiet() {
		// Attempts reach as far as the alignment: no index knows what they meet.
		tries = a.pages
		run, found, _ = a.tryEach(dst, q, k, justDirty, &tries)
	} else {
		run, found = a.tryBlocks(dst, q, k, justDirty, &tries)
	}
	if !found {
		return dst, strategies.ErrNoSpace
	}
	return a.takeAll(run, len(dst)), nil
}

// runAround appends the pieces of the run for q that starts at page p, a free block of
// q's order, or that reaches as far to the right as what is free there and starts at a
// multiple of the smallest block.
func (a *next) runAround(dst []strategies.Block, p uint64, q request) (run []strategies.Block, ok bool) {
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

// reach is the largest size that the free block at page p serves, or more than any if an
// attempt at it may meet a partly clear block.
//
// A run for a smaller alignment than the block lies around the block: so a block that
// serves a size serves smaller ones. With a larger alignment a run begins with a free
// block of the order, since there is none larger; that block is tried before any other
// that leads to it could lead to a lower one. So it alone counts.
func (a *next) reach(x *runIndex, p uint64) uint64 {
	block, least := uint64(1)<<x.order, uint64(1)<<x.minOrder
	end := p + block
	right := a.freeAfter(end, min(a.pages, end+block)) - end
	if x.minOrder > x.order {
		if right == 0 || p&(least-1) != 0 {
			return 0
		}
		return min(block+right, 2*block-1)
	}
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
