package ttm

import "iter"

// Cursor walks over the resources that are not pinned, in the order in which eviction
// looks at them: by priority, the least recently used first. The manager may be used and
// changed meanwhile, also by other cursors and by evictions: the walk keeps its place by
// a marker in the list, as theirs do. It yields each resource once that stays as it was
// when the walk began. What is allocated, touched, unpinned, bumped or given another
// priority or bulk after that is as new, and not yielded, so every walk ends.
//
// A Cursor belongs to one goroutine at a time. Close must be called, or the marker stays.
// The kernel has ttm_resource_cursor, which takes the lock of all lists from the first
// to the last resource unless it is told to let go.
type Cursor struct {
	m    *Manager
	w    walk
	mark Resource
}

// Cursor begins a walk.
func (m *Manager) Cursor() *Cursor {
	c := &Cursor{m: m}
	m.mu.Lock()
	defer m.mu.Unlock()
	c.w = m.begin(&c.mark)
	return c
}

// Next returns the next resource, nil at the end and after Close. It held memory at that
// moment; the caller must hold its object's own lock to rely on that any longer.
func (c *Cursor) Next() *Resource {
	m := c.m
	since := m.lock()
	defer func() { m.leave(sectionWalk, since) }()
	if c.mark.state != marker {
		return nil
	}
	r := m.after(&c.w, &c.mark)
	if r == nil {
		m.end(&c.mark)
		return nil
	}
	c.w.stand(r)
	return r
}

// Close ends the walk. It may be called again.
func (c *Cursor) Close() {
	c.m.mu.Lock()
	defer c.m.mu.Unlock()
	c.m.end(&c.mark)
}

// Oldest is a walk by a [Cursor] as an iterator. The lock is not held while its body
// runs.
func (m *Manager) Oldest() iter.Seq[*Resource] {
	return func(yield func(*Resource) bool) {
		c := m.Cursor()
		defer c.Close()
		for r := c.Next(); r != nil && yield(r); r = c.Next() {
		}
	}
}
