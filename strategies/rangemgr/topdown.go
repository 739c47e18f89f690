package rangemgr

// highest is the hole that top-down takes: from the top of the window downwards,
// the first in which q fits.
func (c *core[page]) highest(q *query) (owner nodeID, start uint64, ok bool) {
	if c.pages>>cellShift > maxCells {
		fits := c.fitsFor(q)
		if fits == nil {
			fits = c.indexFor(demand{align: 1, window: true})
		}
		fits.helped = true
		return c.highestIn(fits, q)
	}
	if c.top == nil {
		c.buildIndex()
	}
	s := c.scan(q)
	x := c.top
	bound := saturate(q.size)
	cell := (q.hi - 1) >> cellShift
	for found := true; found; cell, found = x.cellBelow(cell, bound) {
		largest := uint64(0)
		c.counts.Visits++
		for i := x.last(cell); i != none; i = c.ownerBefore(i, cell) {
			c.counts.Visits++
			if start, ok = c.highestFit(i, q); ok {
				s.end()
				return i, start, true
			}
			hole := uint64(c.nodes[i].hole)
			if c.end(i)+hole <= q.lo {
				s.end()
				return none, 0, false
			}
			if hole >= q.size {
				s.vain++
			}
			largest = max(largest, saturate(hole))
		}
		x.lower(cell, largest)
		if fits := s.takeOver(); fits != nil {
			return c.highestIn(fits, q)
		}
	}
	s.end()
	return none, 0, false
}
