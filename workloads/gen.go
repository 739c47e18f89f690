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

// defaultOps is the default length of a generated workload: long enough to reach
// the fill level and replace the objects several times, short enough that a fast
// allocator replays it in ten milliseconds.
const defaultOps = 100_000

// partOps is the number of operations that a generator hands over at a time.
const partOps = 4096

// gen collects the operations of one run of a generator, all of them or part by part.
type gen struct {
	rng   *rand.PCG
	n     int  // operations wanted
	ops   []Op // operations made and not handed over
	past  int  // operations handed over
	hand  func([]Op) error
	err   error    // the first of hand
	slots uint32   // slots used so far: 0 to slots-1
	empty []uint32 // slots that are empty again; the last one is taken first
	used  uint64   // bytes requested and not freed
}

// object is a live allocation as its generator remembers it.
type object struct {
	size uint64
	slot uint32
}

// generate completes w with a generator. run appends operations until g.more is
// false; a few too many are cut off.
func generate(w Workload, run func(*gen)) Workload { return generateOf(defaultOps, w, run) }

// generateOf is generate for a default length.
func generateOf(usual int, w Workload, run func(*gen)) Workload {
	w.Ops = func(seed uint64, n int) []Op {
		if n <= 0 {
			n = usual
		}
		g := newGen(w.Name, seed, n)
		g.ops = make([]Op, 0, min(n+64, 1<<20))
		run(g)
		return g.ops[:n:n]
	}
	w.Parts = func(seed uint64, n int, hand func([]Op) error) error {
		if n <= 0 {
			n = usual
		}
		g := newGen(w.Name, seed, n)
		g.ops, g.hand = make([]Op, 0, partOps), hand
		run(g)
		g.handOver()
		return g.err
	}
	return w
}

// newGen seeds a generator. The name is part of the seed, so two workloads with
// one seed draw different numbers.
func newGen(name string, seed uint64, n int) *gen {
	h := fnv.New64a()
	h.Write([]byte(name))
	return &gen{rng: rand.NewPCG(seed, h.Sum64()), n: n}
}

// more reports whether more operations are wanted.
func (g *gen) more() bool { return g.made() < g.n }

// made is the number of operations made.
func (g *gen) made() int { return g.past + len(g.ops) }

// add appends an operation.
func (g *gen) add(op Op) {
	if len(g.ops) == cap(g.ops) && g.hand != nil {
		g.handOver()
	}
	g.ops = append(g.ops, op)
}

// handOver hands the operations over that are wanted, and makes room. After an error no
// more are wanted.
func (g *gen) handOver() {
	part := g.ops[:max(0, min(len(g.ops), g.n-g.past))]
	g.past += len(g.ops)
	g.ops = g.ops[:0]
	if len(part) == 0 {
		return
	}
	if g.err = g.hand(part); g.err != nil {
		g.n = 0
	}
}

// below draws a number in [0, n), n > 0. The bias of the multiplication is at
// most n / 2^64, which does not matter for the n used here.
func (g *gen) below(n uint64) uint64 {
	hi, _ := bits.Mul64(g.rng.Uint64(), n)
	return hi
}

// oneIn is true with probability 1/n.
func (g *gen) oneIn(n uint64) bool { return g.below(n) == 0 }

// size draws a multiple of the page in [lo, hi], first the octave and then the
// size in it, both evenly. lo < hi, both powers of two. math.Exp would give exactly
// log-uniform sizes, but not the same bits on every machine: it is assembly on
// some, and compilers fuse multiplications on others.
func (g *gen) size(lo, hi uint64) uint64 {
	octaves := uint64(bits.Len64(hi) - bits.Len64(lo))
	base := lo / page << g.below(octaves)
	return (base + g.below(base+1)) * page
}

// alloc appends an allocation of r into an empty slot.
func (g *gen) alloc(r strategies.Request) object {
	slot := g.slots
	if n := len(g.empty); n > 0 {
		slot, g.empty = g.empty[n-1], g.empty[:n-1]
	} else {
		g.slots++
	}
	g.add(Op{Kind: Alloc, Slot: slot, Req: r})
	g.used += r.Size
	return object{r.Size, slot}
}

// free appends the free of o.
func (g *gen) free(o object) { g.freeAs(Free, o) }

// freeAs appends the free of o, as a Free or a FreeCleared.
func (g *gen) freeAs(kind Kind, o object) {
	g.add(Op{Kind: kind, Slot: o.slot})
	g.empty = append(g.empty, o.slot)
	g.used -= o.size
}

// trim appends the trim of o to size bytes, from bytes behind its start.
func (g *gen) trim(o *object, from, size uint64) {
	g.add(Op{Kind: Trim, Slot: o.slot, Req: strategies.Request{Size: size, Lo: from}})
	g.used -= o.size - size
	o.size = size
}

// pool is a set of live objects.
type pool []object

func (p *pool) add(o object) { *p = append(*p, o) }

// pick removes a random object from the pool and returns it. The pool is not
// empty.
func (p *pool) pick(g *gen) object {
	s := *p
	i, last := g.below(uint64(len(s))), len(s)-1
	o := s[i]
	s[i] = s[last]
	*p = s[:last]
	return o
}

// percent is p percent of bytes.
func percent(p, bytes uint64) uint64 { return bytes / 100 * p }

// roundUp rounds up to a multiple of unit, a power of two.
func roundUp(bytes, unit uint64) uint64 { return (bytes + unit - 1) &^ (unit - 1) }
