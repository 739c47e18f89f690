package kernelwork

// separate is the clear tracking of Linux 6.11 to 7.1: every free block is clear or dirty,
// and buddies of different classes do not merge, unless by force.
type separate struct{ clear uint64 }

func (s *separate) clearPages() uint64   { return s.clear }
func (s *separate) splitMayBeFree() bool { return s.clear > 0 }

func (*separate) halves(b *block) {
	b.left.class, b.right.class = b.class, b.class
	b.class = dirty
}

func (*separate) joins(b, buddy *block) (class, bool) { return b.class, b.class == buddy.class }

func (s *separate) took(b *block) {
	if b.class == clear {
		s.clear -= b.size()
	}
}

func (s *separate) gave(blocks ...*block) {
	for _, b := range blocks {
		if b.class == clear {
			s.clear += b.size()
		}
	}
}

// forceMerge merges free buddies in the window whatever their classes, from the order
// below minOrder down, in every row from the highest block down, until the result is of
// at least minOrder. What it merges is dirty, and stays merged if it fails.
func (h *heap) forceMerge(start, end uint64, minOrder uint) bool {
	if minOrder == 0 || minOrder >= h.shelf.orders() {
		return false
	}
	for _, kind := range h.shelf.rows {
		for order := int(minOrder) - 1; order >= 0; order-- {
			h.meter.count(Head)
			row := kind[order]
			for b := row.highest(); b != nil; {
				next := row.below(b)
				buddy := b.buddy()
				if buddy == nil || !b.within(start, end) || buddy.state != isFree {
					b = next
					continue
				}
				if next == buddy {
					next = row.below(next) // the buddy leaves the row with b
				}
				if h.mergeAll(b).order >= minOrder {
					return true
				}
				b = next
			}
		}
	}
	return false
}

// mergeAll merges a free block with its free buddy, of either class, while there is one,
// and returns what results, which is dirty.
func (h *heap) mergeAll(b *block) *block {
	h.known.took(b)
	h.shelf.drop(b)
	for buddy := b.buddy(); buddy != nil && buddy.state == isFree; buddy = b.buddy() {
		h.known.took(buddy)
		h.shelf.drop(buddy)
		b = h.merge(b, dirty)
	}
	b.state, b.class = isFree, dirty
	h.shelf.put(b)
	return b
}

// reset merges all that is free by force and makes it of one class.
func (s *separate) reset(h *heap, to class) {
	for _, root := range h.roots {
		h.forceMerge(root.start, root.end(), root.order)
	}
	var all []*block
	h.shelf.each(func(b *block) bool { all = append(all, b); return true })
	for _, b := range all {
		if b.class != to {
			h.shelf.drop(b)
			b.class = to
			h.shelf.put(b)
		}
	}
	s.clear = 0
	if to == clear {
		s.clear = h.avail
	}
}
