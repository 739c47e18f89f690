package census

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// need is how many bytes of addresses what is live takes, whoever places it.
type need struct {
	now, most uint64 // bytes, each object rounded up to whole MinPages
	op        uint64 // after which most were live first

	// For alignments of 2^k, the places of 2^k bytes that the objects take of which
	// each begins at a multiple of it. No two of them share such a place.
	places, mostPlaces [64]uint64
}

// alignOf is the power of two that the place of r is a multiple of under every strategy:
// a small contiguous request may be aligned to its size only, and so may one in a window
// ([strategies.CapMisalignedWindow]).
func alignOf(r strategies.Request) uint8 {
	if r.Align == 0 {
		return 0
	}
	k := bits.TrailingZeros64(r.Align)
	if r.Flags&(strategies.Contiguous|strategies.Range) != 0 && r.Size < r.Align {
		k = min(k, int(classOf(r.Size)))
	}
	return uint8(k)
}

const minPageShift = 12 // of strategies.MinPage

// add makes o live.
func (n *need) add(o object) {
	n.now += rounded(o.size)
	for k := minPageShift + 1; k <= int(o.align); k++ {
		n.places[k] += placesOf(o.size, k)
		n.mostPlaces[k] = max(n.mostPlaces[k], n.places[k])
	}
}

func (n *need) remove(o object) {
	n.now -= rounded(o.size)
	for k := minPageShift + 1; k <= int(o.align); k++ {
		n.places[k] -= placesOf(o.size, k)
	}
}

// moment looks at what is live after an operation.
func (n *need) moment(op uint64) {
	if n.now > n.most {
		n.most, n.op = n.now, op
	}
}

// rounded is a size in whole MinPages.
func rounded(size uint64) uint64 {
	return (size + strategies.MinPage - 1) &^ (strategies.MinPage - 1)
}

// placesOf is the number of places of 2^k bytes that a size takes.
func placesOf(size uint64, k int) uint64 { return (size-1)>>k + 1 }

// A Bound is bytes that a region must have to serve every request of a trace that can be
// served, and why.
type Bound struct {
	Bytes uint64
	Why   string
}

// Bound is the largest lower bound that the census knows: what is live at the peak, what
// aligned objects take, where windows begin, and where the state lies in which the trace
// begins. It is in whole pages. A region may have to be larger, since memory
// breaks up: a bound is no promise.
func (c *Census) Bound() Bound {
	var b Bound
	page := c.Region.Page
	raise := func(bytes uint64, format string, args ...any) {
		if bytes = (bytes + page - 1) &^ (page - 1); bytes > b.Bytes {
			b = Bound{bytes, fmt.Sprintf(format, args...)}
		}
	}
	inPages := ""
	if c.need.most > c.Peak.Bytes {
		inPages = ", in whole pages"
	}
	raise(c.need.most, "what is live after operation %s%s", Commas(c.need.op), inPages)
	raise(c.state, "the end of the state in which the trace begins")
	for k, n := range c.need.mostPlaces {
		if n > 0 && bits.Len64(n)+k < 64 {
			// The last object need not fill its last place.
			raise(n<<k-(1<<k-strategies.MinPage), "%s places of %s that aligned objects take", Commas(n), Size(1<<k))
		}
	}
	raise(c.Windows.exact, "the end of a place that a request names")
	raise(c.Windows.lo, "a window that begins high")
	for _, w := range c.Windows.list {
		peak := w.Peak
		if !w.Open {
			peak = min(peak, w.Hi-w.Lo) // what is beyond that no region serves
		}
		raise(w.Lo+peak, "what is live in the window from %s on", Size(w.Lo))
	}
	return b
}
