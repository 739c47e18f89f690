package rangemgr

// A query is a request with conditions, in pages.
type query struct {
	size, align uint64
	lo, hi      uint64 // window
	top         bool   // TopDown
}

// whole reports whether the window of q is the region.
func (q *query) whole(pages uint64) bool { return q.lo == 0 && q.hi >= pages }

// clip is the part of node i's hole inside the window.
func (c *core[page]) clip(i nodeID, q *query) (lo, hi uint64) {
	start := c.end(i)
	return max(start, q.lo), min(start+uint64(c.nodes[i].hole), q.hi)
}

// lowestFit is the lowest aligned place for q in the hole of node i.
func (c *core[page]) lowestFit(i nodeID, q *query) (start uint64, ok bool) {
	lo, hi := c.clip(i, q)
	if q.align > 1 {
		if over := lo % q.align; over != 0 {
			lo += q.align - over
		}
	}
	return lo, lo < hi && hi-lo >= q.size
}

// highestFit is the highest aligned place for q in the hole of node i.
func (c *core[page]) highestFit(i nodeID, q *query) (start uint64, ok bool) {
	lo, hi := c.clip(i, q)
	if lo >= hi || hi-lo < q.size {
		return 0, false
	}
	start = hi - q.size
	if q.align > 1 {
		start -= start % q.align
	}
	return start, start >= lo
}
