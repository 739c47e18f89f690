package rangemgr

// bestIn is best by an index: of the holes that the edges of the window may cut, and
// of those that lie within, the first in the order of best fit.
func (c *core[page]) bestIn(x *fitIndex[page], q *query) (owner nodeID, start uint64, ok bool) {
	s := windowSearch[page]{core: c, index: x, size: page(q.size)}
	if q.whole(c.pages) {
		s.hi = c.pages
		s.within(0, 0, c.pages)
	} else if upper := s.below(0, q.hi); upper != nil {
		if s.offerFit(upper, q); c.end(upper.owner) > q.lo {
			s.offerFit(s.below(0, q.lo), q)
			s.lo, s.hi = q.lo, c.end(upper.owner)
			s.within(0, 0, c.pages)
		}
	}
	if s.best == nil {
		return none, 0, false
	}
	start, ok = c.lowestFit(s.best.owner, q)
	return s.best.owner, start, ok
}

// highestIn is highest by an index, which may be one without alignment.
func (c *core[page]) highestIn(x *fitIndex[page], q *query) (owner nodeID, start uint64, ok bool) {
	scan := c.scan(q)
	s := windowSearch[page]{core: c, index: x, size: page(q.size)}
	// With the right alignment q fits every hole that no edge of the window cuts;
	// the hole that the lower edge cuts is the last.
	for limit := q.hi; limit > q.lo; {
		e := s.below(0, limit)
		if e == nil {
			break
		}
		if start, ok = c.highestFit(e.owner, q); ok {
			scan.end()
			return e.owner, start, true
		}
		limit = c.end(e.owner)
		if x.align == q.align {
			continue
		}
		scan.vain++
		if better := scan.takeOver(); better != nil {
			return c.highestIn(better, q)
		}
	}
	scan.end()
	return none, 0, false
}

// windowSearch is a search among the holes with a run of at least size.
type windowSearch[page uint32 | uint64] struct {
	core   *core[page]
	index  *fitIndex[page]
	size   page
	lo, hi uint64       // where a hole within the window begins
	best   *entry[page] // the first in the order of best fit so far
}

// first is the first hole of zone z in the order of best fit, or nil. The caller has
// counted the root of its tree as visited.
func (s *windowSearch[page]) first(z zoneID) *entry[page] {
	t := &s.index.trees
	i, visits := t.first(s.index.zones[z].tree, s.size)
	s.core.counts.Visits += visits - 1
	if i == 0 {
		return nil
	}
	return &t.slab[i]
}

// offer makes e, unless it is nil, the best if it comes before the best so far.
func (s *windowSearch[page]) offer(e *entry[page]) {
	if e != nil && (s.best == nil || e.before(s.best)) {
		s.best = e
	}
}

// offerFit offers e if q fits the part of it inside the window.
func (s *windowSearch[page]) offerFit(e *entry[page], q *query) {
	if e == nil {
		return
	}
	if _, ok := s.core.lowestFit(e.owner, q); ok {
		s.offer(e)
	}
}

// below is the hole of zone z that begins highest below limit, or nil.
func (s *windowSearch[page]) below(z zoneID, limit uint64) (highest *entry[page]) {
	t := &s.index.trees
	zn := &s.index.zones[z]
	s.core.counts.Visits++
	if t.slab[zn.tree].best < s.size && !s.index.bare(z) {
		return nil
	}
	if zn.kids == 0 {
		from := uint64(0)
		t.walk(zn.tree, s.size, func(e *entry[page]) bool {
			s.core.counts.Visits++
			if start := s.core.end(e.owner); start < limit && (highest == nil || start > from) {
				highest, from = e, start
			}
			return true
		})
		return highest
	}
	if limit <= zn.base {
		return nil
	}
	for k := min(zn.kid(limit-1), 7) + 1; k > 0 && highest == nil; {
		k--
		highest = s.below(zn.kids+zoneID(k), limit)
	}
	return highest
}

// within offers the first hole that begins in [lo, hi) and in zone z, which is [base,
// end).
func (s *windowSearch[page]) within(z zoneID, base, end uint64) {
	t := &s.index.trees
	zn := &s.index.zones[z]
	s.core.counts.Visits++
	switch {
	case s.index.bare(z):
		s.withinParts(zn)
	case t.slab[zn.tree].best < s.size:
	case s.lo <= base && end <= s.hi:
		s.offer(s.first(z))
	case zn.kids == 0:
		t.walk(zn.tree, s.size, func(e *entry[page]) bool {
			s.core.counts.Visits++
			if start := s.core.end(e.owner); start < s.lo || start >= s.hi {
				return true
			}
			s.offer(e)
			return false
		})
	default:
		s.withinParts(zn)
	}
}

// withinParts is within for the zones of z, of its eight, that [lo, hi) touches.
func (s *windowSearch[page]) withinParts(z *zone) {
	if s.hi <= z.base {
		return
	}
	from, to := uint64(0), min(z.kid(s.hi-1), 7)
	if s.lo > z.base {
		from = z.kid(s.lo)
	}
	for k := from; k <= to; k++ {
		base := z.base + k<<(z.shift&63)
		s.within(z.kids+zoneID(k), base, base+1<<(z.shift&63))
	}
}
