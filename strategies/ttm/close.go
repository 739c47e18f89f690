package ttm

// Close ends the use of the manager: from now on every allocation is refused with
// ErrInvalid. It evicts everything that can be evicted, gives the reservations back
// and checks that all memory is free. If somebody still holds memory, the error names
// the holders, the reservations stay, and Close can be called again later; the kernel
// only warns. Any other error is a wrong count, in the manager or in the strategy, as
// [Manager.Check] reports it.
func (m *Manager) Close() error {
	m.mu.Lock()
	m.closed = true
	m.mu.Unlock()
	if err := m.EvictAll(); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range m.reserved {
		m.allocator.Free(r.blocks)
		m.avail += r.granted
		m.visibleAvail += r.visible
		m.visibleReserved -= r.visible
	}
	m.reserved, m.pending = nil, nil
	return m.check()
}
