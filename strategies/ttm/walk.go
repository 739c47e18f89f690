package ttm

// walk is a walk over the LRU lists: from the lowest priority to the highest, and in
// each from the oldest resource on, over what was last used before the walk began.
type walk struct {
	mark     *Resource // stands after the last resource seen
	priority uint8     // of the list that mark is in
	horizon  uint64    // latest stamp that the walk sees

	all bool // everything is a victim, whatever its group

	// For a walk that makes room:
	limit   *Group // refuses the allocation, nil for none: victims are in it
	low     bool   // groups within their Low are victims too
	hitLow  bool   // a resource was no victim only by the Low of its group
	evicted bool   // a resource was evicted since limit was chosen
}

// begin begins a walk whose marker is mark, a resource that holds nothing.
func (m *Manager) begin(mark *Resource) walk {
	mark.state = marker
	mark.insertAfter(&m.lru[0].root)
	return walk{mark: mark, horizon: m.stamp}
}

// restart lets w begin again. Its horizon stays.
func (m *Manager) restart(w *walk) {
	w.priority = 0
	w.stand(&m.lru[0].root)
}

// stand moves the marker of w after v, a resource that w sees or the root of a list.
func (w *walk) stand(v *Resource) {
	w.mark.stepOut()
	w.mark.unlink()
	w.mark.insertAfter(v)
	if b := v.bulk; b != nil && b.runs[v.priority].last != v {
		w.mark.bulk = b
		b.inside++
	}
}

// after returns what w sees after v, its marker or a resource that it sees, nil at the
// end. At the end of a list it moves the marker to the head of the next.
func (m *Manager) after(w *walk, v *Resource) *Resource {
	for {
		v = v.next
		switch {
		case v == &m.lru[w.priority].root, v.state != marker && v.position() > w.horizon:
			if w.priority == Priorities-1 {
				return nil
			}
			w.priority++
			w.stand(&m.lru[w.priority].root)
			v = w.mark
		case v.state != marker && v.stamp <= w.horizon:
			return v
		}
	}
}

// end ends a walk with marker r, unless r was given memory.
func (m *Manager) end(r *Resource) {
	if r.state == marker {
		r.stepOut()
		r.unlink()
		r.state = vacant
	}
}
