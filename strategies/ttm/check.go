package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Check counts everything anew and returns the first difference: in the lists, in
// bulks, the free and visible bytes, the groups, the strategy's free blocks, in what is
// pending, or what the strategy's own Check returns. It is for tests and takes time linear in live resources and free
// blocks.
func (m *Manager) Check() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.check()
}

func (m *Manager) check() error {
	if err := m.checkLists(); err != nil {
		return err
	}
	if err := m.checkCounts(); err != nil {
		return err
	}
	if err := m.checkGroups(); err != nil {
		return err
	}
	if err := m.checkPending(); err != nil {
		return err
	}
	var free uint64
	for b := range m.allocator.FreeBlocks() {
		free += b.Size
	}
	if free != m.avail {
		return fmt.Errorf("ttm: %s has %d bytes free, but the count is %d", m.strategy.Name, free, m.avail)
	}
	if c, ok := m.allocator.(strategies.Checker); ok {
		return c.Check()
	}
	return nil
}

// checkLists checks the contents of all lists, and the order of those by use.
func (m *Manager) checkLists() error {
	inside := make(map[*Bulk]int)
	for i := range m.lru {
		if err := m.lru[i].checkOrder(i, m.stamp); err != nil {
			return err
		}
		if err := m.lru[i].checkBulks(i, inside); err != nil {
			return err
		}
	}
	for b, n := range inside {
		if n != b.inside || b.manager != m {
			return fmt.Errorf("ttm: %d walks stand inside a bulk that counts %d", n, b.inside)
		}
	}
	for r := range m.pinned.all {
		if r.pins == 0 || r.state != resident {
			return fmt.Errorf("ttm: %s with %d pins and state %d is in the list of pinned resources", r.name(), r.pins, r.state)
		}
	}
	return nil
}

// checkOrder checks that all resources in the LRU list of a priority belong there, and
// that they stand by their positions, those of a bulk by their stamps.
func (l *list) checkOrder(priority int, newest uint64) error {
	var last *Resource
	for r := range l.all {
		if r.pins != 0 || r.state != resident && r.state != evicting || int(r.priority) != priority {
			return fmt.Errorf("ttm: %s with %d pins, state %d and priority %d is in the LRU list of priority %d",
				r.name(), r.pins, r.state, r.priority, priority)
		}
		ordered := last == nil || r.position() > last.position() || r.bulk != nil && r.bulk == last.bulk && r.stamp > last.stamp
		if !ordered || r.stamp > newest || r.position() > newest {
			return fmt.Errorf("ttm: %s with stamp %d is at %d in the LRU list, in which the newest is %d", r.name(), r.stamp, r.position(), newest)
		}
		last = r
	}
	return nil
}

// checkGroups adds up the use of each group, and what it says to its parent.
func (m *Manager) checkGroups() error {
	use := make(map[*Group]uint64)
	for r := range m.live {
		for g := r.group; g != nil; g = g.parent {
			use[g] += r.size
		}
	}
	minUse, lowUse, children := make(map[*Group]uint64), make(map[*Group]uint64), make(map[*Group]int)
	for _, g := range m.groups {
		minUse[g.parent] += min(use[g], g.limits.Min)
		lowUse[g.parent] += min(use[g], g.limits.Low)
		children[g.parent]++
	}
	for _, g := range m.groups {
		if g.usage != use[g] || g.minUse != minUse[g] || g.lowUse != lowUse[g] || g.children != children[g] {
			return fmt.Errorf("ttm: group %s uses %d bytes, the %d below it %d within min and %d within low, but the counts are %d, %d, %d and %d",
				g.name, use[g], children[g], minUse[g], lowUse[g], g.usage, g.children, g.minUse, g.lowUse)
		}
	}
	return nil
}

// checkCounts adds up the bytes of resources and reservations.
func (m *Manager) checkCounts() error {
	var held, visible, visibleReserved uint64
	for r := range m.live {
		n := visiblePart(r.blocks, m.visible)
		if _, hi := m.window(r.place); hi <= m.visible {
			n = wholePages(r.size)
		}
		if n != r.visible {
			return fmt.Errorf("ttm: %s has %d visible bytes, but its count is %d", r.name(), n, r.visible)
		}
		held += bytesOf(r.blocks)
		visible += n
	}
	for _, r := range m.reserved {
		held += bytesOf(r.blocks)
		visibleReserved += visiblePart(r.blocks, m.visible)
	}
	switch {
	case held+m.avail != m.managed:
		return fmt.Errorf("ttm: %d bytes are held and %d are counted as free, of %d", held, m.avail, m.managed)
	case visible+visibleReserved+m.visibleAvail != m.visible || visibleReserved != m.visibleReserved:
		return fmt.Errorf("ttm: %d visible bytes are held and %d reserved, but %d are counted as reserved and %d as free, of %d",
			visible, visibleReserved, m.visibleReserved, m.visibleAvail, m.visible)
	}
	return nil
}

func bytesOf(blocks []strategies.Block) (n uint64) {
	for _, b := range blocks {
		n += b.Size
	}
	return n
}
