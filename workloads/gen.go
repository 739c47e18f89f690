package workloads

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"

	"github.com/vramlab/vramlab/strategies"
)

// Sizes in bytes.
const (
	kib  = 1 << 10
	mib  = 1 << 20
	gib  = 1 << 30
	page = 4 * kib // of every generated region
)

// defaultOps is the length of a generated workload: long enough to reach its
// fill level and turn its objects over, short enough that a fast allocator
// replays it in ten milliseconds.
const defaultOps = 100_000

// gen collects the operations of one run of a generator.
type gen struct {
	rng   *rand.PCG
	n     int      // operations wanted
	ops   []Op     // operations made
	slots uint32   // slots handed out so far: 0 to slots-1
	empty []uint32 // those of them that are free again; the last one is taken first
	used  uint64   // bytes requested and not freed
}

// object is a live allocation as its generator remembers it.
type object struct {
	size uint64
	slot uint32
}

// generate completes w with a generator: run appends operations to the gen
// while there shall be more, and may run over.
func generate(w Workload, run func(*gen)) Workload {
	w.Ops = func(seed uint64, n int) []Op {
		if n <= 0 {
			n = defaultOps
		}
		g := newGen(w.Name, seed, n)
		run(g)
		return g.ops[:n:n]
	}
	return w
}

// newGen seeds a generator. The name keeps two workloads of one seed apart.
func newGen(name string, seed uint64, n int) *gen {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &gen{rng: rand.NewPCG(seed, h.Sum64()), n: n, ops: make([]Op, 0, min(n+64, 1<<20))}
}

// more reports whether the generator shall go on.
func (g *gen) more() bool { return len(g.ops) < g.n }

// below is a random number in [0, n), n > 0. The bias of the multiplication is
// at most n / 2^64, nothing for the numbers used here.
func (g *gen) below(n uint64) uint64 {
	hi, _ := bits.Mul64(g.rng.Uint64(), n)
	return hi
}

// oneIn is true once in n times.
func (g *gen) oneIn(n uint64) bool { return g.below(n) == 0 }

// size is a random multiple of the page from lo to hi, both included: the
// octave is drawn evenly, then the size inside it. Both are powers of two,
// lo < hi.
func (g *gen) size(lo, hi uint64) uint64 {
	octaves := uint64(bits.Len64(hi) - bits.Len64(lo))
	base := lo / page << g.below(octaves)
	return (base + g.below(base+1)) * page
}

// alloc asks for r in an empty slot.
func (g *gen) alloc(r strategies.Request) object {
	slot := g.slots
	if n := len(g.empty); n > 0 {
		slot, g.empty = g.empty[n-1], g.empty[:n-1]
	} else {
		g.slots++
	}
	g.ops = append(g.ops, Op{Kind: Alloc, Slot: slot, Req: r})
	g.used += r.Size
	return object{r.Size, slot}
}

// free frees o.
func (g *gen) free(o object) {
	g.ops = append(g.ops, Op{Kind: Free, Slot: o.slot})
	g.empty = append(g.empty, o.slot)
	g.used -= o.size
}

// pool is a set of live objects.
type pool []object

func (p *pool) add(o object) { *p = append(*p, o) }

// pick takes a random object out of the pool, which is not empty.
func (p *pool) pick(g *gen) object {
	s := *p
	i, last := g.below(uint64(len(s))), len(s)-1
	o := s[i]
	s[i] = s[last]
	*p = s[:last]
	return o
}

// percent of a number of bytes.
func percent(p, bytes uint64) uint64 { return bytes / 100 * p }

// roundUp is the next multiple of unit, a power of two.
func roundUp(bytes, unit uint64) uint64 { return (bytes + unit - 1) &^ (unit - 1) }
