package ttm

import "fmt"

// Touch makes r the most recently used resource: the last to be evicted. A
// pinned one becomes that when it is unpinned, whether touched or not.
func (m *Manager) Touch(r *Resource) {
	m.enterHeld(r, "touch")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.unlink()
		m.age(r)
	}
}

// age appends r to the LRU list.
func (m *Manager) age(r *Resource) {
	m.stamp++
	r.stamp = m.stamp
	r.insertAfter(m.lru.root.prev)
}

// Pin keeps r from being evicted until as many calls of Unpin. Scan-out buffers
// and page tables are pinned.
func (m *Manager) Pin(r *Resource) {
	m.enterHeld(r, "pin")
	defer m.mu.Unlock()
	if r.pins == 0 {
		r.unlink()
		r.insertAfter(m.pinned.root.prev)
	}
	r.pins++
}

// Unpin takes back one Pin. With the last one r becomes the most recently used
// resource. It panics if r is not pinned.
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
