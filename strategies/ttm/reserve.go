package ttm

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Reserve takes the bytes [start, start+size) out of use until Close: firmware,
// stolen memory, the boot screen. The error is ErrInvalid if start or size is no
// multiple of the region's page, if the range is not in the region, or if the
// strategy has no windows; it is ErrNoSpace if any of the bytes is in use, for which
// there is [Manager.Retire].
//
// A reservation that fails changes nothing. The kernel counts the visible part of a
// failed one as reserved: reserving a range twice makes the free count wrap below
// zero, and its final check, which compares free plus reserved with the whole, does
// not notice since the error is in both.
func (m *Manager) Reserve(start, size uint64) error {
	if err := m.checkRange("reservation", start, size); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return errClosed
	}
	return m.reserve(span{start, start + size}, reserved)
}

// checkRange refuses a range that is not in the region, or not in whole pages.
func (m *Manager) checkRange(what string, start, size uint64) error {
	switch {
	case size == 0 || (start|size)&(m.region.Page-1) != 0:
		return fmt.Errorf("%w: %s %d+%d is not in whole pages of %d", strategies.ErrInvalid, what, start, size, m.region.Page)
	case start >= m.managed || size > m.managed-start:
		return fmt.Errorf("%w: %s %d+%d exceeds the region of %d", strategies.ErrInvalid, what, start, size, m.managed)
	case !m.strategy.Caps.Has(strategies.CapWindow):
		return fmt.Errorf("%w: %s %d+%d, but %s does not support windows", strategies.ErrInvalid, what, start, size, m.strategy.Name)
	}
	return nil
}

// reserve takes s, if all of it is free, out of use, with a resource in the state.
func (m *Manager) reserve(s span, as state) error {
	size := s.hi - s.lo
	r := &Resource{state: as, place: Place{Lo: s.lo, Hi: s.hi}, size: size, granted: size}
	q := strategies.Request{Size: size, Lo: s.lo, Hi: s.hi, Flags: strategies.Range}
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
