package ttm

import "fmt"

// Touch makes r the most recently used resource, the last one to be evicted. A pinned
// resource becomes the most recently used one when it is unpinned, touched or not.
// Touch panics if r holds no memory of m.
func (m *Manager) Touch(r *Resource) {
	m.enterHeld(r, "touch")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.unlink()
		m.age(r)
	}
}

// age appends r to the LRU list, as the most recently used resource.
func (m *Manager) age(r *Resource) {
	m.stamp++
	r.stamp = m.stamp
	r.insertAfter(m.lru.root.prev)
}

// Pin keeps r from being evicted until Unpin was called as often as Pin. Drivers pin
// scan-out buffers and page tables. Pin panics if r holds no memory of m.
func (m *Manager) Pin(r *Resource) {
	m.enterHeld(r, "pin")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.unlink()
		r.insertAfter(m.pinned.root.prev)
	}
	r.pins++
}

// Unpin undoes one Pin. After the last one r is the most recently used resource. It
// panics if r is not pinned.
func (m *Manager) Unpin(r *Resource) {
	m.enterHeld(r, "unpin")
	defer m.mu.Unlock()
	if r.pins == 0 {
		panic(fmt.Sprintf("ttm: unpin of the resource of %s, which is not pinned", r.name()))
	}
	if r.pins--; r.pins == 0 {
		r.unlink()
		m.age(r)
	}
}
