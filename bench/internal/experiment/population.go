package experiment

import (
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/vramlab/vramlab/strategies"
)

// The state in which the growth of cost is measured. A region is filled to
// fillPercent percent by objects whose sizes are log-uniform over octaves
// octaves, 4 to 128 KiB where as many as there are fill the region so, and
// otherwise all of it scaled. The span is the same everywhere, and short enough
// to leave a million objects room in 64 GiB: what changes from one point to the
// next shall be the number of objects and not what they are.
const (
	fillPercent = 75
	octaves     = 5
	// A size has so many significant bits, as drivers ask for large objects in
	// large units: with all of them a buddy would need a block for every second.
	sizeBits = 4
)

// holds reports whether the region can hold the objects, the smallest of which
// has a page or more.
func (p point) holds() bool {
	// The mean over k octaves is 1.5 (2^k - 1) / k of the smallest.
	return 3*(1<<octaves-1)*uint64(p.live) <= 2*octaves*p.pages()
}

// pages is the number of pages that the objects shall have.
func (p point) pages() uint64 { return p.region / strategies.MinPage * fillPercent / 100 }

// sizes are those of the objects in bytes, ascending: one for each of equal
// parts of the distribution, so that the region is as full whatever the seed,
// and the sizes of another number of objects are the same distribution.
func (p point) sizes() []uint64 {
	n, k := uint64(p.live), uint64(octaves)
	share := func(i uint64) uint64 { return (n + i*k%n) << (i * k / n) } // of object i, times n
	all := uint64(0)
	for i := range n {
		all += share(i)
	}
	// Pages are dealt out by the running sum, so that what is lost in rounding
	// one object the next one has.
	sizes := make([]uint64, n)
	sum, dealt := uint64(0), uint64(0)
	for i := range sizes {
		sum += share(uint64(i))
		hi, lo := bits.Mul64(sum, p.pages())
		until, _ := bits.Div64(hi, lo, all)
		sizes[i] = rounded(max(1, until-dealt)) * strategies.MinPage
		dealt = until
	}
	return sizes
}

// rounded is the number with sizeBits significant bits that is next to n.
func rounded(n uint64) uint64 {
	drop := max(0, bits.Len64(n)-sizeBits)
	return (n + 1<<drop>>1) >> drop << drop
}

// A population is an allocator full of objects, and churn that keeps it so: a batch
// of random objects is freed, then objects of the same sizes are allocated in
// another order. What is live is always the same in number and in bytes; where
// it lies changes.
//
// The blocks of a batch are copied to one place before it is freed and away
// from there after it was allocated again, neither of which is timed. So a time
// is the allocator's own, and none of it is the misses on a table of a million
// objects, which would look like growth.
type population struct {
	a     strategies.Allocator
	count strategies.Counter // a itself, nil if it is none
	sizes []uint64           // by object
	held  [][]strategies.Block
	order []uint32 // every object once; those of the batch at hand stand first
	rng   *rand.PCG
	spare []strategies.Block // memory for held

	buf  []strategies.Block // the blocks of a batch, object by object
	ends [batchObjects]int  // where each one's end
}

// batchObjects is the number of objects in a batch: enough to make two readings
// of the clock small, few beside the objects of the smallest population.
const batchObjects = 64

// A batch is what one batch of churn cost.
type batch struct {
	allocs, frees           int // calls made
	refused                 int // of the allocs
	allocTime, freeTime     time.Duration
	allocVisits, freeVisits uint64
}

// newPopulation fills an allocator and lets as many objects come and go as there are.
// The same seed gives the same population.
func newPopulation(s strategies.Strategy, p point, seed uint64) (*population, error) {
	a, err := s.New(strategies.Region{Size: p.region, Page: strategies.MinPage})
	if err != nil {
		return nil, err
	}
	h := &population{a: a, sizes: p.sizes(), rng: rand.NewPCG(seed, uint64(p.live)), held: make([][]strategies.Block, p.live)}
	h.count, _ = strategies.As[strategies.Counter](a)
	h.order = make([]uint32, p.live)
	for i := range h.order {
		h.order[i] = uint32(i)
	}
	h.draw(len(h.order)) // all of them: into random order
	for _, i := range h.order {
		h.buf, _ = a.Alloc(h.buf[:0], strategies.Request{Size: h.sizes[i]})
		h.keep(i, h.buf)
	}
	for done := 0; done < p.live; done += batchObjects {
		h.churn()
	}
	return h, nil
}

// draw puts n random objects to the front of the order.
func (h *population) draw(n int) {
	for i := range n {
		hi, _ := bits.Mul64(h.rng.Uint64(), uint64(len(h.order)-i))
		j := i + int(hi)
		h.order[i], h.order[j] = h.order[j], h.order[i]
	}
}

// keep remembers the blocks of object i; none are a refusal.
func (h *population) keep(i uint32, blocks []strategies.Block) {
	if room := len(blocks); room > cap(h.held[i]) {
		if room += room / 2; room > len(h.spare) {
			h.spare = make([]strategies.Block, max(room, 1<<14))
		}
		h.held[i], h.spare = h.spare[:0:room], h.spare[room:]
	}
	h.held[i] = append(h.held[i][:0], blocks...)
}

// churn does one batch. Objects that were refused before are asked for again.
func (h *population) churn() batch {
	var b batch
	n := min(batchObjects, len(h.order))
	h.draw(n)
	h.buf = h.buf[:0]
	for i, object := range h.order[:n] {
		h.buf = append(h.buf, h.held[object]...)
		h.ends[i] = len(h.buf)
	}
	before := h.visits()
	b.freeTime, b.frees = h.free(n)
	b.freeVisits = h.visits() - before

	var requests [batchObjects]strategies.Request
	for i := n - 1; i >= 0; i-- { // the order in which they were freed is random; any other one will do
		requests[n-1-i].Size = h.sizes[h.order[i]]
	}
	before = h.visits()
	b.allocTime, b.refused = h.alloc(requests[:n])
	b.allocs, b.allocVisits = n, h.visits()-before
	begin := 0
	for i, end := range h.ends[:n] {
		h.keep(h.order[n-1-i], h.buf[begin:end])
		begin = end
	}
	return b
}

// free gives back the first n lists of the buffer.
func (h *population) free(n int) (took time.Duration, frees int) {
	start := time.Now()
	begin := 0
	for _, end := range h.ends[:n] {
		if end > begin {
			h.a.Free(h.buf[begin:end])
			frees++
		}
		begin = end
	}
	return time.Since(start), frees
}

// alloc fills the buffer with what is granted.
func (h *population) alloc(requests []strategies.Request) (took time.Duration, refused int) {
	buf := h.buf[:0]
	start := time.Now()
	for i := range requests {
		var err error
		if buf, err = h.a.Alloc(buf, requests[i]); err != nil {
			refused++
		}
		h.ends[i] = len(buf)
	}
	took = time.Since(start)
	h.buf = buf
	return took, refused
}

// visits is what the allocator has counted so far.
func (h *population) visits() uint64 {
	if h.count == nil {
		return 0
	}
	return h.count.Counters().Visits
}
