package buddy

import "github.com/vramlab/vramlab/strategies"

// tryHarder is the kernel's last attempt for a contiguous request: a run that is not
// one block.
func (a *next) tryHarder(dst []strategies.Block, q request) ([]strategies.Block, error) {
	k := log2(q.size)
	if k == 0 || q.size > a.avail && a.quiet() {
		return dst, strategies.ErrNoSpace
	}
	for p, ok := a.prevOf(justDirty, k, a.pages); ok; p, ok = a.prevOf(justDirty, k, p) {
		if run, found := a.runAround(dst, p, q); found {
			return a.takeAll(run, len(dst)), nil
		}
	}
	return dst, strategies.ErrNoSpace
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
