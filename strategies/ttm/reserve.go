package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Reserve takes the bytes [start, start+size) out of use until Close: firmware,
// stolen memory, the boot screen. The error is ErrInvalid if start or size is no
// multiple of the region's page, if the range is not in the region, or if the
// strategy has no windows; it is ErrNoSpace if any of the bytes is in use.
//
// A reservation that fails changes nothing. The kernel counts the visible part of a
// failed one as reserved: reserving a range twice makes the free count wrap below
// zero, and its final check, which compares free plus reserved with the whole, does
// not notice since the error is in both.
func (m *Manager) Reserve(start, size uint64) error {
	switch {
	case size == 0 || (start|size)&(m.region.Page-1) != 0:
		return fmt.Errorf("%w: reservation %d+%d is not in whole pages of %d", strategies.ErrInvalid, start, size, m.region.Page)
	case start >= m.managed || size > m.managed-start:
		return fmt.Errorf("%w: reservation %d+%d exceeds the region of %d", strategies.ErrInvalid, start, size, m.managed)
	case !m.strategy.Caps.Has(strategies.CapWindow):
		return fmt.Errorf("%w: reservation %d+%d, but %s does not support windows", strategies.ErrInvalid, start, size, m.strategy.Name)
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
