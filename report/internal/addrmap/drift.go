package addrmap

// drift compares where two lanes have the live objects: kept up to date with each
// operation, in a few steps, whatever is live.
type drift struct {
	a, b  int // lanes
	first int // first operation with another outcome or place, 0: none
	bytes [4]uint64
}

// How an object lies in two lanes, as indices of drift.bytes.
const (
	same = iota
	moved
	onlyA
	onlyB
	inNone
)

// kind is how an object lies in the two lanes.
func (d *drift) kind(places []placed) int {
	p, q := &places[d.a], &places[d.b]
	switch {
	case p.bytes == 0 && q.bytes == 0:
		return inNone
	case q.bytes == 0:
		return onlyA
	case p.bytes == 0:
		return onlyB
	case p.at(q):
		return same
	}
	return moved
}

// change adds the object of so many bytes, or takes it away with the sign ^0.
func (d *drift) change(places []placed, size, sign uint64) {
	if k := d.kind(places); k != inNone {
		d.bytes[k] += sign * size
	}
}

// pairsOf are all pairs of lanes.
func pairsOf(lanes int) []drift {
	var out []drift
	for a := range lanes {
		for b := a + 1; b < lanes; b++ {
			out = append(out, drift{a: a, b: b})
		}
	}
	return out
}
