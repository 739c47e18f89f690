package rangemgr

// A query is a request in pages, with its conditions.
type query struct {
	size, align uint64
	lo, hi      uint64 // window
	top         bool   // from the top
}

// whole reports whether the window of q is the region.
func (q *query) whole(pages uint64) bool { return q.lo == 0 && q.hi >= pages }

// search grants q, which fits into its window.
func (h *heap[page]) search(q query) (id index, start uint64) {
	var owner index
	var ok bool
	if q.top {
		owner, start, ok = h.highest(&q)
	} else {
		owner, start, ok = h.best(&q)
	}
	if !ok {
		return none, 0
	}
	cell := h.end(owner) >> cellShift
	id = h.place(owner, start, q.size)
	if q.top && h.top != nil {
		h.settle(cell)
	}
	return id, start
}

// best visits the holes from the smallest that is large enough upwards, among
// equals the newest first, and takes the first in which the request fits. An
// index takes over when that has taken long, now or in the past.
func (h *heap[page]) best(q *query) (owner index, start uint64, ok bool) {
	var d *demand
	var x *fitIndex[page]
	vain, limit := uint64(0), h.patience(q)
	owner, ok = h.smallest(q.size)
	for ok {
		size := uint64(h.nodes[owner].hole)
		for ; owner != none; owner = h.nodes[owner].older {
			h.counts.Visits++
			if start, ok = h.lowestFit(owner, q); ok {
				d.charge(vain)
				return owner, start, true
			}
			if vain++; vain >= limit {
				if x, d, limit = h.patienceFor(q, d); x != nil {
					return h.bestIn(x, q)
				}
			}
		}
		owner, ok = h.smallest(size + 1)
	}
	d.charge(vain)
	return none, 0, false
}

// clip is the part of node i's hole inside the window.
func (h *heap[page]) clip(i index, q *query) (lo, hi uint64) {
	start := h.end(i)
	return max(start, q.lo), min(start+uint64(h.nodes[i].hole), q.hi)
}

// lowestFit is the lowest aligned place for q in the hole of node i.
func (h *heap[page]) lowestFit(i index, q *query) (start uint64, ok bool) {
	lo, hi := h.clip(i, q)
	if q.align > 1 {
		if over := lo % q.align; over != 0 {
			lo += q.align - over
		}
	}
	return lo, lo < hi && hi-lo >= q.size
}

// highestFit is the highest aligned place for q in the hole of node i.
func (h *heap[page]) highestFit(i index, q *query) (start uint64, ok bool) {
	lo, hi := h.clip(i, q)
	if lo >= hi || hi-lo < q.size {
		return 0, false
	}
	start = hi - q.size
	if q.align > 1 {
		start -= start % q.align
	}
	return start, start >= lo
}
