package trace

// Trim writes that of id, which must be live, the bytes of keep stay; its Start counts
// from the start of what was granted. The allocation may have been refused.
func (t *Writer) Trim(id uint64, keep Extent) {
	if t.err != nil {
		return
	}
	if _, ok := t.live.find(id); !ok {
		t.fail("trim of id %d, which is not live", id)
		return
	}
	t.line = append(t.line, 't')
	t.number(' ', id)
	t.number(' ', keep.Size)
	if keep.Start != 0 {
		t.line = append(t.line, " start"...)
		t.number('=', keep.Start)
	}
	t.emit(Trim)
}

// Reset writes that all memory which is free is known to be zero from now on, or that
// none is.
func (t *Writer) Reset(cleared bool) {
	if cleared {
		t.line = append(t.line, "r clear"...)
	} else {
		t.line = append(t.line, "r dirty"...)
	}
	t.emit(Reset)
}

// Time writes that the operations below happened ns nanoseconds after the recording
// began, which is not before the time written last.
func (t *Writer) Time(ns uint64) {
	if t.err != nil {
		return
	}
	if ns < t.now {
		t.fail("time %d after time %d", ns, t.now)
		return
	}
	t.now = ns
	t.line = append(t.line, byte(Time))
	t.number(' ', ns)
	t.emit(Time)
}

// Live writes extents that are live when the trace begins, as one line and with the
// ids from first on. They are whole pages and ascend, also from call to call; no
// other operation was written before.
func (t *Writer) Live(first uint64, extents []Extent) {
	if t.err != nil {
		return
	}
	if t.op != 0 && t.op != Live {
		t.fail("live extents after an operation")
		return
	}
	t.line = append(t.line, byte(Live))
	t.number(' ', first)
	for i, e := range extents {
		id := first + uint64(i)
		_, unused := t.live.add(id)
		switch {
		case e.Start < t.state || (e.Start|e.Size)&(t.region.Page-1) != 0:
			t.fail("live extent %v overlaps the one before it, which ends at %d, or is no whole number of pages", e, t.state)
		case id < first || !unused:
			t.fail("live extent %v with id %d, which is live or too large", e, id)
		}
		t.extent(e.Start, e.Size, t.region.Size)
		t.state = e.Start + e.Size
	}
	if len(t.line) >= maxLine {
		t.fail("%d live extents are more than a line holds", len(extents))
	}
	t.emitExtents(Live, len(extents))
}
