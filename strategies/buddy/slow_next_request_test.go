package buddy_test

import (
	"math/bits"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// Alloc checks as the kernel does.
func (s *slowNext) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	minBlock, start, end := r.Align, uint64(0), s.pages*s.page
	if minBlock == 0 {
		minBlock = s.page
	}
	if r.Flags&strategies.Range != 0 {
		start, end = r.Lo, r.Hi
	}
	switch managed := s.pages * s.page; {
	case r.Size < s.page,
		minBlock < s.page,
		bits.OnesCount64(minBlock) != 1,
		start%s.page != 0 || end%s.page != 0 || r.Size%s.page != 0,
		end > managed,
		start >= managed || r.Size > managed-start:
		return dst, strategies.ErrInvalid
	}
	nodes, err := s.allocate(ask{r.Size / s.page, minBlock / s.page, start / s.page, end / s.page, r.Flags})
	if err != nil {
		return dst, err
	}
	s.latest++
	s.live[s.latest] = nodes
	for _, n := range nodes {
		dst = append(dst, strategies.Block{Start: n.start * s.page, Size: n.size() * s.page, Node: s.latest})
	}
	return dst, nil
}

func (s *slowNext) allocate(a ask) ([]*nextNode, error) {
	if a.start+a.size == a.end {
		if a.start%a.minBlock != 0 || a.end%a.minBlock != 0 {
			return nil, strategies.ErrInvalid
		}
		if nodes, complete := s.exactOrNothing(a.start, a.size); complete {
			return nodes, nil
		}
		return nil, strategies.ErrNoSpace
	}

	size, minBlock := a.size, a.minBlock // rounded up
	oneRun := a.has(strategies.Contiguous)
	mayTryHarder := oneRun && !a.has(strategies.Range)
	switch {
	case oneRun:
		size = 1 << bits.Len64(size-1) // next power of two
		minBlock = size
	case size >= minBlock || bits.OnesCount64(size) != 1:
		size = up(size, minBlock)
	}
	// The order exceeds the largest if the size does.
	if size > s.pages {
		if mayTryHarder {
			return s.tryHarder(a.size, a.minBlock)
		}
		return nil, strategies.ErrInvalid
	}

	nodes, ok := s.collect(a, size, minBlock)
	switch {
	case !ok && mayTryHarder:
		return s.tryHarder(a.size, a.minBlock)
	case !ok:
		return nil, strategies.ErrNoSpace
	case size != a.size:
		// The surplus is less than the last block, and is cut from that.
		last := nodes[len(nodes)-1]
		kept := s.trim(last, last.start, last.size()-(size-a.size))
		nodes = append(nodes[:len(nodes)-1], kept...)
	}
	return nodes, nil
}

// collect takes size pages: one block after the other, of the largest order that is
// free and at most what remains. The order never rises again. A size below the
// smallest block is one block at an offset that is a multiple of that, or nothing.
func (s *slowNext) collect(a ask, size, minBlock uint64) (nodes []*nextNode, ok bool) {
	byOffset := size < minBlock
	counts, hopeless := s.counts, size > s.avail && !s.mixed()
	order := floorLog2(size)
	for size > 0 {
		order = min(order, floorLog2(size))
		n := s.find(a, order, minBlock, byOffset)
		switch {
		case n != nil:
			nodes = append(nodes, s.take(n))
			size -= n.size()
		case byOffset || order == floorLog2(minBlock):
			s.rollBack(nodes)
			if hopeless {
				s.counts = counts
			}
			return nil, false
		default:
			order--
		}
	}
	return nodes, true
}

// mixed reports whether a free node is partly clear.
func (s *slowNext) mixed() bool {
	return slices.ContainsFunc(s.free, func(list []*nextNode) bool {
		return slices.ContainsFunc(list, func(n *nextNode) bool { return n.class == isMixed })
	})
}

// find returns a free node of exactly the order, split off if necessary.
func (s *slowNext) find(a ask, order uint, minBlock uint64, byOffset bool) *nextNode {
	if a.has(strategies.Range) {
		return s.walkWindow(a, order)
	}
	if clear := s.clearAvail(); !byOffset && !a.has(strategies.Clear) && clear > 0 && clear < s.avail {
		for i := len(s.dirty) - 1; i >= 0; i-- {
			slot := uint64(1) << order
			if start := up(s.dirty[i].start, slot); start+slot <= s.dirty[i].end {
				a.start, a.end = start, s.dirty[i].end
				return s.walkWindow(a, order)
			}
		}
	}
	if byOffset {
		return s.findAligned(order, minBlock)
	}
	n := s.inTrees(a, order)
	for n != nil && n.order > order {
		s.split(n)
		n, _ = halves(n, a)
	}
	return n
}

// findAligned takes the highest block of the smallest order that begins at a multiple
// of minBlock, and the highest such multiple in it. Page 0 is one, of anything.
func (s *slowNext) findAligned(order uint, minBlock uint64) *nextNode {
	for k := order; k < uint(len(s.free)); k++ {
		for i := len(s.free[k]) - 1; i >= 0; i-- {
			n := s.free[k][i]
			if n.start%minBlock != 0 {
				continue
			}
			for n.order > order {
				s.split(n)
				if n.right.start%minBlock == 0 {
					n = n.right
				} else {
					n = n.left
				}
			}
			return n
		}
	}
	return nil
}

// inTrees is the free block that a request without a window takes from: the topmost;
// for clear memory the highest of the smallest order that has some; else the highest of
// the smallest order.
func (s *slowNext) inTrees(a ask, order uint) (found *nextNode) {
	highest := func(order uint, least class) *nextNode {
		for i := len(s.free[order]) - 1; i >= 0; i-- {
			if s.free[order][i].class >= least {
				return s.free[order][i]
			}
		}
		return nil
	}
	if a.has(strategies.TopDown) {
		for k := order; k < uint(len(s.free)); k++ {
			if n := highest(k, isDirty); n != nil && (found == nil || n.start > found.start) {
				found = n
			}
		}
		return found
	}
	if a.has(strategies.Clear) {
		for k := order; k < uint(len(s.free)); k++ {
			if n := highest(k, isClear); n != nil {
				return n
			}
			if n := highest(k, isMixed); n != nil {
				return n
			}
		}
	}
	for k := order; k < uint(len(s.free)); k++ {
		if n := highest(k, isDirty); n != nil {
			return n
		}
	}
	return nil
}

// halves are the halves of a split node in the order in which a search visits them.
func halves(n *nextNode, a ask) (first, second *nextNode) {
	if a.has(strategies.Clear) && !a.has(strategies.TopDown) {
		for _, c := range []class{isClear, isMixed} {
			switch c {
			case n.right.class:
				return n.right, n.left
			case n.left.class:
				return n.left, n.right
			}
		}
	}
	return n.right, n.left
}

// walkWindow searches the window for a node of the order, depth first and from the
// highest root down. The end 0 is no limit.
func (s *slowNext) walkWindow(a ask, order uint) *nextNode {
	if a.end == 0 {
		a.end = s.pages
	}
	for i := len(s.roots) - 1; i >= 0; i-- {
		if n := s.walkFrom(s.roots[i], a, order); n != nil {
			return n
		}
	}
	return nil
}

func (s *slowNext) walkFrom(n *nextNode, a ask, order uint) *nextNode {
	if n.order < order || n.end() <= a.start || a.end <= n.start || n.state == isAllocated {
		return nil
	}
	inside := a.start <= n.start && n.end() <= a.end
	if !inside {
		// The part of the node in the window must hold an aligned slot.
		slot := uint64(1) << order
		if up(max(n.start, a.start), slot) >= down(min(n.end(), a.end), slot) {
			return nil
		}
	}
	if inside && n.order == order {
		if n.state == isFree {
			return n
		}
		return nil
	}
	if n.state != isSplit {
		s.split(n)
	}
	first, second := halves(n, a)
	if found := s.walkFrom(first, a, order); found != nil {
		return found
	}
	return s.walkFrom(second, a, order)
}

// exact takes [start, start+size) below the nodes of top, ascending, in the largest
// blocks. It stops at the first allocated node and returns what it has taken.
func (s *slowNext) exact(top []*nextNode, start, size uint64) (taken []*nextNode, complete bool) {
	for _, n := range top {
		if !s.exactFrom(n, start, start+size, &taken) {
			return taken, false
		}
	}
	return taken, totalNext(taken) == size // less if the window ends past the region
}

// exactOrNothing gives back what it took if that is not all.
func (s *slowNext) exactOrNothing(start, size uint64) ([]*nextNode, bool) {
	counts := s.counts
	taken, complete := s.exact(s.roots, start, size)
	if !complete {
		s.rollBack(taken)
		s.counts = counts
	}
	return taken, complete
}

func totalNext(nodes []*nextNode) (pages uint64) {
	for _, n := range nodes {
		pages += n.size()
	}
	return pages
}

func (s *slowNext) exactFrom(n *nextNode, start, end uint64, taken *[]*nextNode) (goOn bool) {
	switch {
	case n.end() <= start || end <= n.start:
		return true
	case n.state == isAllocated:
		return false
	case start <= n.start && n.end() <= end && n.state == isFree:
		*taken = append(*taken, s.take(n))
		return true
	}
	if n.state != isSplit {
		s.split(n)
	}
	return s.exactFrom(n.left, start, end, taken) && s.exactFrom(n.right, start, end, taken)
}

// tryHarder searches for a run when no single block is large enough: at each free block
// of the largest order in size, from the highest address down, first the run that
// begins with it; then one that reaches as far to the right as what was free, and
// begins at a multiple of minBlock.
func (s *slowNext) tryHarder(size, minBlock uint64) ([]*nextNode, error) {
	order := floorLog2(size)
	if order == 0 {
		return nil, strategies.ErrNoSpace
	}
	for i := len(s.free[order]) - 1; i >= 0; i-- {
		counts := s.counts
		start := s.free[order][i].start
		right, complete := s.exact(s.roots, start, size)
		if complete && start%minBlock == 0 {
			return right, nil
		}
		s.rollBack(right)
		s.counts = counts
		missing := size - totalNext(right)
		if missing > start {
			continue
		}
		if nodes, complete := s.exactOrNothing(down(start-missing, minBlock), size); complete {
			return nodes, nil
		}
	}
	return nil, strategies.ErrNoSpace
}
