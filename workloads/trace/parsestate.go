package trace

import "bytes"

// trim reads " ID SIZE" or " ID SIZE start=N".
func (r *Reader) trim(b []byte) (ok bool) {
	if r.rec.ID, b, ok = r.number(b, "id"); !ok {
		return false
	}
	if r.rec.Keep.Size, b, ok = r.number(b, "size"); !ok {
		return false
	}
	if len(b) > 0 {
		field, rest := word(b)
		if field == nil {
			return r.separator()
		}
		value, start := bytes.CutPrefix(field, []byte("start="))
		if !start {
			return r.fail("unknown field %s: the only field of a trim is start=", quote(field))
		}
		if r.rec.Keep.Start, ok = r.value(field, value); !ok || !r.end(rest) {
			return false
		}
	}
	if r.rec.Slot, ok = r.live.find(r.rec.ID); !ok {
		return r.fail("trim of id %d, which is not live", r.rec.ID)
	}
	return true
}

// reset reads " dirty" or " clear".
func (r *Reader) reset(b []byte) bool {
	switch string(b) {
	case " clear":
		r.rec.Cleared = true
	case " dirty":
	default:
		return r.fail("%s after r: a reset is \"r dirty\" or \"r clear\"", quote(b))
	}
	return true
}

// time reads " NS".
func (r *Reader) time(b []byte) (ok bool) {
	if r.rec.Time, b, ok = r.number(b, "time"); !ok || !r.end(b) {
		return false
	}
	if r.rec.Time < r.now {
		return r.fail("time %d after time %d: it does not go back", r.rec.Time, r.now)
	}
	r.now = r.rec.Time
	return true
}

// given reads " ID START+SIZE ...", live extents that ascend.
func (r *Reader) given(b []byte) (ok bool) {
	if r.rec.ID, b, ok = r.number(b, "id"); !ok || !r.extents(b, r.region.Size) {
		return false
	}
	for i, e := range r.rec.Extents {
		id := r.rec.ID + uint64(i)
		slot, unused := uint32(0), true
		if id >= r.rec.ID {
			slot, unused = r.live.add(id)
		}
		switch {
		case (e.Start|e.Size)&(r.region.Page-1) != 0:
			return r.fail("live extent %v is no whole number of pages of %d", e, r.region.Page)
		case e.Start < r.state:
			return r.fail("live extent %v begins before %d, where the one before it ends: they ascend", e, r.state)
		case id < r.rec.ID:
			return r.fail("the id of live extent %v is over 64 bits", e)
		case !unused:
			return r.fail("live extent %v is id %d, which is live: an id is unique until it is freed", e, id)
		case i == 0:
			r.rec.Slot = slot
		}
		r.state = e.Start + e.Size
	}
	return true
}
