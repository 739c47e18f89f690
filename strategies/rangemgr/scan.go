package rangemgr

// A scan is a search that visits one hole after the other, as the kernel does, and
// knows when to leave the rest to an index. It begins patient. When its patience is
// used up, the index for the query takes over if there is one. Otherwise the scan
// goes on at the expense of its demand, until the visits in vain of this kind of
// searches have paid for an index, which is then built and takes over.
//
// Tried and rejected: always trying 24 holes first is five times as slow where each
// request leaves a hole in which no other fits; trying at most 16 visits 40 % more
// among holes of rising sizes.
type scan[page uint32 | uint64] struct {
	core   *core[page]
	query  *query
	vain   uint64  // holes visited in vain so far
	limit  uint64  // visits in vain until takeOver decides again
	demand *demand // nil while the scan is patient
}

const patience = 40 // holes a scan visits in vain, at most, before it asks for an index

func (c *core[page]) scan(q *query) scan[page] {
	return scan[page]{core: c, query: q, limit: c.patienceFor(q)}
}

// takeOver returns the index with which the search goes on, or nil while the scan
// itself does.
func (s *scan[page]) takeOver() *fitIndex[page] {
	if s.vain < s.limit {
		return nil
	}
	return s.decide()
}

// decide is takeOver at the limit.
func (s *scan[page]) decide() *fitIndex[page] {
	c := s.core
	if s.demand != nil { // paid
		s.demand.debt = 0
		return c.indexFor(*s.demand)
	}
	if x := c.fitsFor(s.query); x != nil {
		x.helped = true
		x.trial /= 2
		return x
	}
	s.demand = c.demandFor(s.query.align, s.query.top || !s.query.whole(c.pages))
	s.demand.reduce(c.clock)
	price := c.price()
	s.limit = c.patienceFor(s.query) + price - min(price-1, s.demand.debt)
	return nil
}

// end books the visits in vain of a scan that has ended without an index.
func (s *scan[page]) end() {
	if s.demand != nil {
		s.demand.debt += s.vain
	}
}

// patienceFor is how many holes a scan visits in vain before it asks for an index.
// While there is one, it is fewer after recent fruitless scans.
func (c *core[page]) patienceFor(q *query) uint64 {
	if c.eager {
		return 1
	}
	if x := c.fitsFor(q); x != nil {
		// A tree is asked at less cost than a hierarchy of zones.
		least := uint64(2)
		if x.zoned {
			least = 4
		}
		x.trial = min(max(x.trial*2, least), patience)
		return x.trial
	}
	return patience
}
