package ttm

import (
	"fmt"
	"slices"
	"strings"
)

// live yields every resource that holds memory: the LRU lists, the lowest priority first,
// each from the oldest on, then the pinned ones.
func (m *Manager) live(yield func(*Resource) bool) {
	for i := range Priorities + 1 {
		l := &m.pinned
		if i < Priorities {
			l = &m.lru[i]
		}
		for r := range l.all {
			if !yield(r) {
				return
			}
		}
	}
}

// Resources returns what holds memory: by priority, each from the least recently used on,
// then what is pinned. It is for checks and dumps.
func (m *Manager) Resources() []*Resource {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Collect(m.live)
}

// holders returns an error that names who holds memory, the first few of many, or
// nil.
func (m *Manager) holders() error {
	const most = 8
	var names []string
	n := 0
	for r := range m.live {
		if n++; n > most {
			continue
		}
		what := fmt.Sprintf("%s (%d bytes", r.name(), r.size)
		if r.pins != 0 {
			what += fmt.Sprintf(", pinned %d times", r.pins)
		}
		names = append(names, what+")")
	}
	switch {
	case n == 0:
		return nil
	case n > most:
		names = append(names, fmt.Sprintf("%d more", n-most))
	}
	return fmt.Errorf("ttm: memory is still held by %s", strings.Join(names, ", "))
}
