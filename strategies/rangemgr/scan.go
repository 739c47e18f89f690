package rangemgr

// A scan is a search that visits one hole after the other, as the kernel does, and
// knows when to leave the rest to an index. It begins patient. When its patience is
// used up, the index for the query takes over if there is one. Otherwise the scan
// goes on at the expense of its demand, until the fruitless visits of this kind of
// searches have paid for an index, which is then built and takes over.
//
// Tried and rejected: always trying 24 holes first is five times as slow where each
// request leaves a hole in which no other fits; trying at most 16 visits 40 % more
// among holes of rising sizes.
type scan[page uint32 | uint64] struct {
	core   *core[page]
	query  *query
	vain   uint64  // fruitless visits so far, in holes
	limit  uint64  // fruitless visits until takeOver decides again
	demand *demand // nil while the scan is patient
}

const patience = 40 // fruitless visits of a scan, at most, before it asks for an index

func (c *core[page]) scan(q *query) scan[page] {
	return scan[page]{core: c, query: q, limit: c.nextTrial(q)}
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
	s.limit = c.nextTrial(s.query) + price - min(price-1, s.demand.debt)
	return nil
}

// end books the fruitless visits of a scan that has ended without an index.
func (s *scan[page]) end() {
	if s.demand != nil {
		s.demand.debt += s.vain
	}
}

// nextTrial is the number of fruitless visits after which a scan asks for an index.
// While there is one, each call doubles the number, and decide halves it again when the
// index took over: it is small after recent fruitless scans.
func (c *core[page]) nextTrial(q *query) uint64 {
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
