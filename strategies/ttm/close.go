package ttm

// Close takes the manager out of use: from now on every allocation is refused
// with ErrInvalid. It evicts what can be evicted, gives the reservations back
// and verifies that everything is free again. If somebody still holds memory
// the error names the holders, the reservations stay, and Close can be called
// again when they are gone. Any other error is a broken count, here or in the
// strategy, as [Manager.Check] reports it.
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
	m.reserved = nil
	return m.check()
}
