package experiment

import (
	"math/bits"
	"math/rand/v2"
	"time"

	"github.com/vramlab/vramlab/strategies"
)

// The state of memory at every point: objects fill fillPercent percent of the
// region, and their sizes are log-uniform over five octaves, 4 to 128 KiB scaled by
// whatever makes them fill it. All points are the same state in different sizes, so
// that only the number of objects changes from one to the next.
//
// Nine octaves, or fewer where the mean allows, were tried. More points could hold
// their objects (1 GiB 100,000 instead of 21,140), but those have few sizes, a buddy
// grants them in fewer blocks, and the exponent of its visits with the region was
// 0.27. With the same five octaves everywhere it is 0.01.
const (
	fillPercent = 75
	octaves     = 5
	// sizeBits is the number of significant bits of a size. Drivers ask for large
	// objects in large units; with all bits a buddy would need a block for every
	// second one of them.
	sizeBits = 4
)

// holds reports whether the region can hold the objects if the smallest has at
// least a page.
func (p point) holds() bool {
	// The mean over k octaves is 1.5 (2^k - 1) / k of the smallest.
	return 3*(1<<octaves-1)*uint64(p.live) <= 2*octaves*p.pages()
}

// pages is the number of pages of all objects together.
func (p point) pages() uint64 { return p.region / strategies.MinPage * fillPercent / 100 }

// sizes are the sizes of the objects in bytes, ascending. There is one for each of
// equal parts of the distribution, so that the seed does not change how full the
// region is.
func (p point) sizes() []uint64 {
	n, k := uint64(p.live), uint64(octaves)
	share := func(i uint64) uint64 { return (n + i*k%n) << (i * k / n) } // of object i, times n
	all := uint64(0)
	for i := range n {
		all += share(i)
	}
	// Pages are dealt out by the running sum, so that the next object gets what
	// rounding took from the one before.
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

// rounded is the number closest to n that has sizeBits significant bits.
func rounded(n uint64) uint64 {
	drop := max(0, bits.Len64(n)-sizeBits)
	return (n + 1<<drop>>1) >> drop << drop
}

// A population is an allocator full of objects, and churn that keeps it full: a
// batch of random objects is freed, then objects of the same sizes are allocated in
// another order. The number and the bytes of live objects stay the same, their
// places change.
//
// Before a batch is freed its blocks are copied to one place, and after it is
// allocated they are copied back to the table of objects, both untimed. So a time
// is the allocator's own. Freeing out of the table was tried, as a replay does it: its cache
// misses, 100 ns and more each with a million objects, were most of the time
// and looked like an allocator that grows.
type population struct {
	a     strategies.Allocator
	count strategies.Counter // a itself, nil if it is none
	sizes []uint64           // by object
	held  [][]strategies.Block
	order []uint32 // every object once; those of the current batch come first
	rng   *rand.PCG
	spare []strategies.Block // memory for held

	buf  []strategies.Block // the blocks of a batch, object by object
	ends [batchObjects]int  // where the blocks of each object end
}

// batchObjects is the number of objects in a batch: enough to make the cost of two
// clock readings small, and few compared with the smallest population.
const batchObjects = 64

// A batch is what one batch of churn cost.
type batch struct {
	allocs, frees           int // calls made
	refused                 int // of the allocs
	allocTime, freeTime     time.Duration
	allocVisits, freeVisits uint64
}

// newPopulation fills an allocator in random order, then frees and allocates as many
// objects as there are, so that the state is a used one. The same seed gives the
// same population.
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

// keep stores the blocks of object i, none for a refused one.
func (h *population) keep(i uint32, blocks []strategies.Block) {
	if room := len(blocks); room > cap(h.held[i]) {
		if room += room / 2; room > len(h.spare) {
			h.spare = make([]strategies.Block, max(room, 1<<14))
		}
		h.held[i], h.spare = h.spare[:0:room], h.spare[room:]
	}
	h.held[i] = append(h.held[i][:0], blocks...)
}

// churn does one batch. Objects that were refused before are requested again.
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
	for i := n - 1; i >= 0; i-- { // they were freed in random order, so the reverse is another random one
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

// free frees the first n lists of the buffer.
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

// visits is the allocator's own count so far, 0 if it does not count.
func (h *population) visits() uint64 {
	if h.count == nil {
		return 0
	}
	return h.count.Counters().Visits
}
