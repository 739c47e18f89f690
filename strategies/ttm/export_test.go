package ttm

import "time"

// Order is what the LRU list and the list of pinned resources hold, oldest
// first, and how many markers stand in the former.
func (m *Manager) Order() (lru, pinned []*Resource, markers int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for r := m.lru.root.next; r != &m.lru.root; r = r.next {
		if r.state == marker {
			markers++
			continue
		}
		lru = append(lru, r)
	}
	for r := range m.pinned.all {
		pinned = append(pinned, r)
	}
	return lru, pinned, markers
}

// What the tests of the histogram look at.
var (
	Bucket  = bucket
	Ceiling = ceiling
)

const Buckets = nBuckets

func (h *Histogram) Record(d int64) { h.record(time.Duration(d)) }
