package buddy

import "github.com/vramlab/vramlab/strategies"

// tryHarder looks for a contiguous run that is not one block: from the free
// blocks of exactly the request's order downwards, it tries the run that
// starts with the block, then the one that ends with what was free there.
func (a *Allocator) tryHarder(dst []strategies.Block, q request) ([]strategies.Block, error) {
	k := log2(q.size)
	if k == 0 || q.size > a.avail {
		return dst, strategies.ErrNoSpace
	}
	if (a.dirty.mask|a.clear.mask)>>k&1 == 0 {
		return dst, strategies.ErrNoSpace
	}
	x, below := a.index(k, q.minOrder), a.pages
	if x == nil {
		run, found, left := a.tryEach(dst, q, k)
		a.clock = 0
		if found {
			return a.carveAll(run, len(dst)), nil
		}
		if left == 0 {
			return dst, strategies.ErrNoSpace
		}
		x, below = a.newIndex(k, q.minOrder), left
	}
	// Only those are tried of which an index says that they will do.
	i, ok := x.tree.find(x.tree.root, below, q.size, &a.dirty.visits)
	for ; ok; i, ok = x.tree.find(x.tree.root, i, q.size, &a.dirty.visits) {
		if run, found := a.runAround(dst, i<<k, q); found {
			return a.carveAll(run, len(dst)), nil
		}
	}
	return dst, strategies.ErrNoSpace
}

// A clock counts the blocks granted since blocks were last tried one by one. It
// is the policy's own: what [Allocator.Counters] reports decides nothing.
type clock uint64

// triesPerGrant is how many blocks may be tried for each block granted: about
// what keeping an index up to date costs for one. So trying adds a constant to
// each operation in the long run, and no index is made where few requests try
// harder or few blocks are in question.
const triesPerGrant = 32

// tries is how many blocks may be tried one by one now.
func (c clock) tries() uint64 { return triesPerGrant * (1 + uint64(c)) }

// tryEach tries the free blocks of order k one by one while that is cheaper than
// an index. If it gives up before all were tried, those below block number left
// remain.
func (a *Allocator) tryEach(dst []strategies.Block, q request, k uint) (run []strategies.Block, found bool, left uint64) {
	tries := a.clock.tries()
	for p, ok := a.prevOfAnyKind(k, a.pages); ok; p, ok = a.prevOfAnyKind(k, p) {
		if tries == 0 {
			return dst, false, p>>k + 1
		}
		tries--
		if run, found = a.runAround(dst, p, q); found {
			return run, true, 0
		}
	}
	return dst, false, 0
}

// prevOfAnyKind is the first page of the highest free block of order k below
// page p.
func (a *Allocator) prevOfAnyKind(k uint, p uint64) (start uint64, ok bool) {
	for _, c := range []kind{dirty, clear} {
		if s := a.set(c); s.mask>>k&1 != 0 && p > 0 {
			a.dirty.visits++
			if i, found := s.prev(k, (p-1)>>k); found && (!ok || i<<k > start) {
				start, ok = i<<k, true
			}
		}
	}
	return start, ok
}

// runAround appends the pieces of the run for q that starts at page p, a free
// block of q's order, or ends with the free pieces from p on.
func (a *Allocator) runAround(dst []strategies.Block, p uint64, q request) (run []strategies.Block, ok bool) {
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
	left := walk{a: a, found: dst, clearAvail: w.clearAvail}
	if left.run(p-need, p) < p {
		return dst, false
	}
	right := walk{a: a, found: left.found, clearAvail: a.clearAvail}
	right.run(p, end)
	return right.found, true
}

// A walk is the dry run of the kernel's exact-range walk: it collects the free
// aligned pieces of a range in ascending order and takes none of them.
type walk struct {
	a          *Allocator
	found      []strategies.Block
	clearAvail uint64 // clear pages that would be left
}

func (a *Allocator) walk(dst []strategies.Block) walk { return walk{a, dst, a.clearAvail} }

// run collects the pieces of [start, end) up to the first that is not free and
// returns where they end.
func (w *walk) run(start, end uint64) uint64 {
	for start < end {
		k := piece(start, end)
		reached := w.piece(k, start)
		if reached < start+1<<k {
			return reached
		}
		start = reached
	}
	return start
}

// piece collects the piece of order k at page p, or what is free at its start.
// A piece of which only parts are free counts only while there is clear memory:
// then its halves may be free and of different kinds.
func (w *walk) piece(k uint, p uint64) (reached uint64) {
	if _, c, ok := w.a.holder(k, p); ok {
		if c == clear {
			w.clearAvail -= 1 << k
		}
		w.found = append(w.found, strategies.Block{Start: p << w.a.shift, Size: 1 << k << w.a.shift})
		return p + 1<<k
	}
	if k == 0 || w.clearAvail == 0 {
		return p
	}
	middle := p + 1<<(k-1)
	if reached = w.piece(k-1, p); reached < middle {
		return reached
	}
	return w.piece(k-1, middle)
}
