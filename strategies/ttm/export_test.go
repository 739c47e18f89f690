package ttm

import "time"

// Order returns the resources in the LRU list and in the pinned list, oldest first, and
// the number of markers in the LRU list.
func (m *Manager) Order() (lru, pinned []*Resource, markers int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range m.lru {
		for r := m.lru[i].root.next; r != &m.lru[i].root; r = r.next {
			if r.state == marker {
				markers++
				continue
			}
			lru = append(lru, r)
		}
	}
	for r := range m.pinned.all {
		pinned = append(pinned, r)
	}
	return lru, pinned, markers
}

// The internals that the tests of the histogram use.
var (
	Bucket  = bucket
	Ceiling = ceiling
)

const Buckets = nBuckets

func (h *Histogram) Record(d int64) { h.record(time.Duration(d)) }

// Share is the effective protection of a group.
var Share = share
