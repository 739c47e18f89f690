package buddy_test

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// ask is a request in pages.
type ask struct {
	size, minBlock uint64
	start, end     uint64 // window; the whole region without Range
	flags          strategies.Flags
}

func (a ask) has(f strategies.Flags) bool { return a.flags&f != 0 }

// byOffset reports whether a is smaller than its smallest block and need not be
// rounded up to it where offsets are searched.
func (a ask) byOffset() bool {
	return a.size < a.minBlock && bits.OnesCount64(a.size) == 1 && !a.has(strategies.Contiguous)
}

// Alloc checks as the kernel does. It does not check that the window is as large as
// the request, nor that it starts below its end: the search finds out.
func (s *slow) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
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
	s.visitless = r.Align != 0 || r.Flags != 0
	nodes, err := s.allocate(ask{r.Size / s.page, minBlock / s.page, start / s.page, end / s.page, r.Flags})
	if err != nil {
		return dst, err
	}
	return s.grants.enter(dst, nodes, s.page), nil
}

// allocate is drm_buddy_alloc_blocks after its checks.
func (s *slow) allocate(a ask) ([]*node, error) {
	// A window of exactly the size is taken as it is, in any number of blocks,
	// whatever the other flags; without Range too, for a request of the whole region.
	if a.start+a.size == a.end {
		if a.start%a.minBlock != 0 || a.end%a.minBlock != 0 {
			return nil, strategies.ErrInvalid
		}
		s.visitless = true
		counts := s.counts
		nodes, complete := s.exact(s.roots, a.start, a.size)
		if !complete {
			s.rollBack(nodes)
			s.counts = counts
			return nil, strategies.ErrNoSpace
		}
		return nodes, nil
	}

	size, minBlock := a.size, a.minBlock // rounded up
	oneRun := a.has(strategies.Contiguous)
	mayTryHarder := oneRun && !a.has(strategies.Range)
	switch {
	case oneRun:
		size = 1 << bits.Len64(size-1) // next power of two
		minBlock = size
	case s.byOffset && a.byOffset():
		minBlock = size // one block of just this size
	default:
		size = up(size, minBlock)
	}
	// With an order above that of the largest root a request trips an assertion in
	// 6.11. This is what later kernels do. In 6.11 a size that exceeds the region but
	// not that order trips nothing: the search finds that memory is short.
	if size >= 2*s.roots[0].size() || s.twoTrees && size > s.pages {
		if mayTryHarder {
			return s.tryHarder(a.size, a.minBlock)
		}
		return nil, strategies.ErrInvalid
	}

	nodes, ok := s.collect(a, size, floorLog2(minBlock))
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
// free and at most what remains. The order never rises again. At the smallest order it
// merges clear with dirty nodes before it gives up.
func (s *slow) collect(a ask, size uint64, minOrder uint) (nodes []*node, ok bool) {
	counts, hopeless := s.counts, a.size > s.avail && s.clearAvail == 0
	order := floorLog2(size)
	for size > 0 {
		order = min(order, floorLog2(size))
		n := s.find(a, order)
		if n == nil && order > minOrder {
			order--
			continue
		}
		if n == nil && s.clearAvail > 0 && s.forceMerge(a.start, a.end, minOrder) {
			n = s.find(a, minOrder)
		}
		if n == nil {
			s.rollBack(nodes)
			if hopeless {
				s.counts = counts
			}
			return nil, false
		}
		s.counts.Visits++
		nodes = append(nodes, s.take(n))
		size -= n.size()
	}
	return nodes, true
}

// find returns a free node of exactly the order, split off if necessary.
func (s *slow) find(a ask, order uint) *node {
	clear := a.has(strategies.Clear)
	compatible := func(n *node) bool { return n.clear == clear }
	whatever := func(*node) bool { return true }
	if a.has(strategies.Range) {
		// TopDown is ignored.
		if n := s.walkWindow(a, order, compatible); n != nil {
			return n
		}
		return s.walkWindow(a, order, whatever)
	}
	if s.byOffset && a.byOffset() {
		return s.findAligned(a, order)
	}
	n := s.lastOfSmallest(order, compatible)
	if a.has(strategies.TopDown) {
		n = s.topmost(order, compatible)
	}
	if n == nil {
		n = s.lastOfSmallest(order, whatever)
	}
	if n == nil {
		return nil
	}
	for n.order > order {
		s.split(n)
		n = n.right
	}
	return n
}

// findAligned returns a node of the order at a multiple of the smallest block, which
// is larger: from the smallest order on, the highest free node that begins at one, of
// the kind asked for first. Split, it gives its highest such part.
//
// The next order begins with the kind looked at last.
func (s *slow) findAligned(a ask, order uint) *node {
	aligned := func(n *node) bool { return n.start%a.minBlock == 0 }
	clear := a.has(strategies.Clear)
	for _, list := range s.free[min(order, uint(len(s.free))):] {
		for range 2 {
			n := last(list, func(n *node) bool { return n.clear == clear && aligned(n) })
			if n == nil {
				clear = !clear
				continue
			}
			for n.order > order {
				s.split(n)
				if n = n.right; !aligned(n) {
					n = n.parent.left
				}
			}
			return n
		}
		clear = !clear
	}
	return nil
}

// lastOfSmallest returns the free node at the highest address in the list of the
// smallest order, from order on, that has one to the taste.
func (s *slow) lastOfSmallest(order uint, taste func(*node) bool) *node {
	for ; order < uint(len(s.free)); order++ {
		if n := last(s.free[order], taste); n != nil {
			return n
		}
	}
	return nil
}

// topmost returns the free node at the highest address among those of at least
// the order that are to the taste.
func (s *slow) topmost(order uint, taste func(*node) bool) (top *node) {
	for ; order < uint(len(s.free)); order++ {
		if n := last(s.free[order], taste); n != nil && (top == nil || n.start > top.start) {
			top = n
		}
	}
	return top
}

// last returns the last node of the list that is to the taste.
func last(list []*node, taste func(*node) bool) *node {
	for i := len(list) - 1; i >= 0; i-- {
		if taste(list[i]) {
			return list[i]
		}
	}
	return nil
}

// walkWindow searches the window for a node of the order, depth first and from the
// lowest address up, and splits nodes on its way. The end 0 is no limit. A split node
// is dirty, so with a taste for clear nodes nothing below it is visited.
func (s *slow) walkWindow(a ask, order uint, taste func(*node) bool) *node {
	if a.end == 0 {
		a.end = s.pages
	}
	for _, root := range s.roots {
		if n := s.walkFrom(root, a, order, taste); n != nil {
			return n
		}
	}
	return nil
}

func (s *slow) walkFrom(n *node, a ask, order uint, taste func(*node) bool) *node {
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
	if !taste(n) {
		return nil
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
	if found := s.walkFrom(n.left, a, order, taste); found != nil {
		return found
	}
	return s.walkFrom(n.right, a, order, taste)
}

// exact takes [start, start+size) below the nodes of top, ascending, in the largest
// blocks. It stops at the first page that is not free and returns what it has taken.
func (s *slow) exact(top []*node, start, size uint64) (taken []*node, complete bool) {
	for _, n := range top {
		if !s.exactFrom(n, start, start+size, &taken) {
			return taken, false
		}
	}
	return taken, total(taken) == size // less if the window ends past the region
}

func total(nodes []*node) (pages uint64) {
	for _, n := range nodes {
		pages += n.size()
	}
	return pages
}

func (s *slow) exactFrom(n *node, start, end uint64, taken *[]*node) (goOn bool) {
	switch {
	case n.end() <= start || end <= n.start:
		return true
	case n.state == isAllocated:
		return false
	case start <= n.start && n.end() <= end && n.state == isFree:
		*taken = append(*taken, s.take(n))
		return true
	case start <= n.start && n.end() <= end && s.clearAvail == 0:
		// The node is split, so something below it is not free; with clear memory
		// about, its halves may also be free and of different kinds.
		return false
	}
	if n.state != isSplit {
		s.split(n)
	}
	return s.exactFrom(n.left, start, end, taken) && s.exactFrom(n.right, start, end, taken)
}

// tryHarder searches for a run of free blocks when no single block is large enough:
// at each free block of the largest order in size, from the highest address down,
// first the run that begins with it; then what was free of that together with what
// lies before it, in minimum blocks and so perhaps more than requested.
func (s *slow) tryHarder(size, minBlock uint64) ([]*node, error) {
	order := floorLog2(size)
	if order == 0 {
		return nil, strategies.ErrNoSpace
	}
	for _, tree := range s.trees() {
		if run := s.tryTree(size, minBlock, order, tree); run != nil {
			return run, nil
		}
	}
	return nil, strategies.ErrNoSpace
}

// trees are what one after the other is gone through, as sets of nodes.
func (s *slow) trees() []func(*node) bool {
	if s.twoTrees {
		return []func(*node) bool{
			func(n *node) bool { return n.clear },
			func(n *node) bool { return !n.clear },
		}
	}
	return []func(*node) bool{func(*node) bool { return true }}
}

func (s *slow) tryTree(size, minBlock uint64, order uint, tree func(*node) bool) []*node {
	for i := len(s.free[order]) - 1; i >= 0; i-- {
		if !tree(s.free[order][i]) {
			continue
		}
		counts := s.counts
		start := s.free[order][i].start
		right, complete := s.exact(s.roots, start, size)
		if complete {
			return right
		}
		need := up(max(size-total(right), minBlock), minBlock)
		if need <= start {
			left, complete := s.exact(s.roots, start-need, need)
			if complete {
				return append(left, right...)
			}
			s.rollBack(left)
		}
		s.rollBack(right)
		s.counts = counts
	}
	return nil
}

// forceMerge merges free buddies of different kinds in the window, from the order
// below minOrder down, until the result is of at least minOrder. What it merges is
// dirty, and stays merged if it fails.
func (s *slow) forceMerge(start, end uint64, minOrder uint) bool {
	if minOrder == 0 || minOrder > floorLog2(s.pages) {
		return false
	}
	for _, tree := range s.trees() {
		if s.forceMergeTree(start, end, minOrder, tree) {
			return true
		}
	}
	return false
}

func (s *slow) forceMergeTree(start, end uint64, minOrder uint, tree func(*node) bool) bool {
	for order := int(minOrder) - 1; order >= 0; order-- {
		for i := len(s.free[order]) - 1; i >= 0; i-- {
			n := s.free[order][i]
			if !tree(n) || n.parent == nil || n.start < start || n.end() > end || n.buddy().state != isFree {
				continue
			}
			if i > 0 && s.free[order][i-1] == n.buddy() {
				i-- // it leaves the list with n
			}
			if s.mergeAll(n).order >= minOrder {
				return true
			}
		}
	}
	return false
}

// mergeAll merges a free node with its free buddy, of either kind, while there is
// one, and returns the node that results, which is dirty.
func (s *slow) mergeAll(n *node) *node {
	s.drop(n)
	for n.parent != nil && n.buddy().state == isFree {
		s.drop(n.buddy())
		s.counts.Merges++
		n = n.parent
	}
	s.becomeFree(n)
	return n
}

// drop takes a free node out of its list, and out of the clear pages.
func (s *slow) drop(n *node) {
	s.unlist(n)
	if n.clear {
		s.clearAvail -= n.size()
	}
}
