package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Reserve takes the bytes [start, start+size) out of use until Close: firmware,
// stolen memory, what the display shows at boot. Both must be multiples of the
// region's page and inside the region, or the error is ErrInvalid; it is
// ErrNoSpace if any of the bytes is in use. A reservation that fails changes
// nothing (the kernel counts its visible part as gone all the same; see the
// package comment).
func (m *Manager) Reserve(start, size uint64) error {
	switch {
	case size == 0 || (start|size)&(m.region.Page-1) != 0:
		return fmt.Errorf("%w: reservation %d+%d is not made of pages of %d", strategies.ErrInvalid, start, size, m.region.Page)
	case start >= m.managed || size > m.managed-start:
		return fmt.Errorf("%w: reservation %d+%d exceeds the region of %d", strategies.ErrInvalid, start, size, m.managed)
	case !m.strategy.Caps.Has(strategies.CapWindow):
		return fmt.Errorf("%w: reservation %d+%d, and %s has no windows", strategies.ErrInvalid, start, size, m.strategy.Name)
	}
	r := &Resource{state: reserved, place: Place{Lo: start, Hi: start + size}, size: size, granted: size}
	q := strategies.Request{Size: size, Lo: start, Hi: start + size, Flags: strategies.Range}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	var err error
	if r.blocks, err = m.allocator.Alloc(r.first[:0], q); err != nil {
		return err
	}
	r.visible = visiblePart(r.blocks, m.visible)
	m.avail -= size
	m.visibleAvail -= r.visible
	m.visibleReserved += r.visible
	m.reserved = append(m.reserved, r)
	return nil
}
