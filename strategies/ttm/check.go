package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Check counts everything anew and returns the first difference: in the lists, in
// the free and visible bytes, in the strategy's free blocks, or what the strategy's
// own Check returns. It is for tests and takes time linear in live resources and free
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

// checkLists checks the contents of both lists, and the order of the first.
func (m *Manager) checkLists() error {
	var stamp uint64
	for r := range m.lru.all {
		if r.pins != 0 || r.state != resident && r.state != evicting || r.stamp <= stamp {
			return fmt.Errorf("ttm: %s with %d pins, state %d and stamp %d is in the LRU list after stamp %d",
				r.name(), r.pins, r.state, r.stamp, stamp)
		}
		stamp = r.stamp
	}
	for r := range m.pinned.all {
		if r.pins == 0 || r.state != resident {
			return fmt.Errorf("ttm: %s with %d pins and state %d is in the list of pinned resources", r.name(), r.pins, r.state)
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
