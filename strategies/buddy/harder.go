package buddy

import "github.com/vramlab/vramlab/strategies"

// tryHarder is the kernel's last attempt for a contiguous request: a run that is
// not one block. From the free blocks of exactly the request's order downwards, it
// tries the run that starts with the block, then the one that ends with what was
// free there.
//
// The kernel tries each block. Where such requests are frequent and the blocks are
// many, an index ([runs]) names the first that serves.
//
// The blocks are visited in passes, as the generation says.
func (a *allocator) tryHarder(dst []strategies.Block, q *request) ([]strategies.Block, error) {
	k := log2(q.size)
	if k == 0 || q.size > a.avail {
		return dst, strategies.ErrNoSpace
	}
	tries := a.clock.tries()
	for _, of := range a.generation.passes() {
		if run, found := a.tryBlocks(dst, q, k, of, &tries); found {
			return a.carveAll(run, len(dst)), nil
		}
	}
	return dst, strategies.ErrNoSpace
}

// tryBlocks is one pass over the free blocks of order k. So many tries are left.
func (a *allocator) tryBlocks(dst []strategies.Block, q *request, k uint, of kinds, tries *uint64) (run []strategies.Block, found bool) {
	if (a.dirty.mask|a.clear.mask)>>k&1 == 0 {
		return dst, false
	}
	x, below := a.index(k, q.minOrder, of, q.size), a.pages
	if x == nil {
		run, found, left := a.tryEach(dst, q, k, of, tries)
		a.clock = 0
		if found || left == 0 {
			return run, found
		}
		x, below = a.newIndex(k, q.minOrder, of, 0), left
	}
	// A block that the index names can still fail while there is clear memory.
	i, ok := a.rule.candidate(x, below, q.size)
	for vain := 0; ok; i, ok = a.rule.candidate(x, i, q.size) {
		if run, found := a.rule.runAround(dst, i<<k, q); found {
			return run, true
		}
		if vain++; vain == triesPerGrant && a.rule.repeats(x) {
			x = a.newIndex(k, q.minOrder, of, q.size)
		}
	}
	return dst, false
}

// tryEach tries the free blocks of order k one by one while that is cheaper than
// an index. If it stops before it has tried all, those below block number left
// remain.
func (a *allocator) tryEach(dst []strategies.Block, q *request, k uint, of kinds, tries *uint64) (run []strategies.Block, found bool, left uint64) {
	for p, ok := a.prevOf(of, k, a.pages); ok; p, ok = a.prevOf(of, k, p) {
		if *tries == 0 {
			return dst, false, p>>k + 1
		}
		*tries--
		if run, found = a.rule.runAround(dst, p, q); found {
			return run, true, 0
		}
	}
	return dst, false, 0
}

// runAround appends the pieces of the run for q that starts at page p, a free
// block of q's order, or ends with the free pieces from p on.
func (a *allocator) runAround(dst []strategies.Block, p uint64, q *request) (run []strategies.Block, ok bool) {
	w := a.walk(dst)
	end := w.run(p, min(p+q.size, a.pages))
	if end-p == q.size {
		return w.found, true
	}
	minBlock := uint64(1) << q.minOrder
	need := roundUp(max(q.size-(end-p), minBlock), minBlock)
	if need > p {
		return dst, false
	}
	left := walk{memory: &a.memory, found: dst, clearAvail: w.clearAvail}
	if left.run(p-need, p) < p {
		return dst, false
	}
	right := walk{memory: &a.memory, found: left.found, clearAvail: a.clearAvail}
	right.run(p, end)
	return right.found, true
}
