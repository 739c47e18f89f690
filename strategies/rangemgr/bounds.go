package rangemgr

// bounds are 16 numbers of 15 bits, four to a word, entry i in bits i%4*16 and up.
// All are compared at once, without a branch: which of the 16 is large enough
// cannot be predicted. That gained 4 % on a mix of windows and top-down requests.
type bounds [4]uint64

const (
	saturated = 1<<15 - 1 // a bound that stands for itself and all larger ones
	oneEach   = 0x0001_0001_0001_0001
	topEach   = oneEach << 15
)

func saturate(pages uint64) uint64 { return min(pages, saturated) }

// at is entry i%16.
func (b *bounds) at(i uint64) uint64 { return b[i/4%4] >> (i % 4 * 16) & saturated }

// set makes entry i%16 v.
func (b *bounds) set(i, v uint64) {
	w := &b[i/4%4]
	*w = *w&^(saturated<<(i%4*16)) | v<<(i%4*16)
}

// raise makes entry i%16 at least v and reports whether it changed.
func (b *bounds) raise(i, v uint64) bool {
	if b.at(i) >= v {
		return false
	}
	b.set(i, v)
	return true
}

// atLeast has bit i set if entry i is at least v.
func (b *bounds) atLeast(v uint64) uint64 {
	v *= oneEach
	// The top bit of an entry's 16 survives the subtraction if the entry does not
	// borrow; the multiplication collects the four.
	const collect = 1<<48 | 1<<33 | 1<<18 | 1<<3
	m0 := (((b[0] | topEach) - v) & topEach >> 15) * collect >> 48 & 15
	m1 := (((b[1] | topEach) - v) & topEach >> 15) * collect >> 48 & 15
	m2 := (((b[2] | topEach) - v) & topEach >> 15) * collect >> 48 & 15
	m3 := (((b[3] | topEach) - v) & topEach >> 15) * collect >> 48 & 15
	return m0 | m1<<4 | m2<<8 | m3<<12
}

// max is the largest entry.
func (b *bounds) max() uint64 {
	m := max4(max4(b[0], b[1]), max4(b[2], b[3]))
	m = max4(m, m>>32)
	return max4(m, m>>16) & saturated
}

// max4 has the larger of each of four pairs of entries.
func max4(a, b uint64) uint64 {
	t := ((a | topEach) - b) & topEach
	from := t - t>>15 // all bits of the entries where a is as large
	return a&from | b&^from
}
