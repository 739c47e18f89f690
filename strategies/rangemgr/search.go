package rangemgr

// search grants q, whose window has room for it.
func (c *core[page]) search(q query) (id nodeID, start uint64) {
	var owner nodeID
	var ok bool
	if q.top {
		owner, start, ok = c.highest(&q)
	} else {
		owner, start, ok = c.best(&q)
	}
	if !ok {
		return none, 0
	}
	cell := c.end(owner) >> cellShift
	id = c.place(owner, start, q.size)
	if q.top && c.top != nil {
		c.settle(cell)
	}
	return id, start
}

// best is the hole that best fit takes: from the smallest that is large enough
// upwards, of equal ones the newest first, the first in which q fits.
func (c *core[page]) best(q *query) (owner nodeID, start uint64, ok bool) {
	s := c.scan(q)
	owner, ok = c.smallest(q.size)
	for ok {
		size := uint64(c.nodes[owner].hole)
		for ; owner != none; owner = c.nodes[owner].older {
			c.counts.Visits++
			if start, ok = c.lowestFit(owner, q); ok {
				s.end()
				return owner, start, true
			}
			s.vain++
			if x := s.takeOver(); x != nil {
				return c.bestIn(x, q)
			}
		}
		owner, ok = c.smallest(size + 1)
	}
	s.end()
	return none, 0, false
}
