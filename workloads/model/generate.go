package model

import (
	"container/heap"
	"fmt"
	"hash/fnv"
	"math/bits"
	"math/rand/v2"

	"github.com/vramlab/vramlab/workloads"
)

// Workload is the generator of a model. Its default length is that of the run that was
// fitted; a longer one stretches the phases.
func (m *Model) Workload(name string) workloads.Workload {
	return workloads.Workload{
		Name: name, Title: m.Name + ", fitted", Region: m.Region,
		Doc: fmt.Sprintf("a model of %s: %d classes of sizes and lifetimes in %d phases", m.Name, len(m.Classes), m.Phases),
		Ops: func(seed uint64, n int) []workloads.Op {
			h := fnv.New64a()
			h.Write([]byte(m.Name))
			g := generator{m: m, rng: rand.NewPCG(seed, h.Sum64()), decks: make([]deck, len(m.Classes))}
			return g.run(n)
		},
	}
}

// generator makes the operations of one seed.
type generator struct {
	m     *Model
	rng   *rand.PCG
	ops   []workloads.Op
	phase int    // from 0; the decks are its
	class deck   // which class comes next
	decks []deck // by class: which lifetime
	due   dueList
	live  uint64 // bytes
	slots uint32
	empty []uint32
}

// run makes n operations, or as many as the allocations of the fitted run make.
func (g *generator) run(n int) []workloads.Op {
	m := g.m
	all := uint64(m.Allocations)
	if n > 0 {
		freed := uint64(0)
		for i := range m.Classes {
			freed += uint64(m.Classes[i].freed())
		}
		all = max(1, uint64(n)*all/(all+freed)) // both are below 2^40
	}
	g.phase = -1
	for i := uint64(0); n > 0 && len(g.ops) < n || n <= 0 && i < all; i++ {
		for len(g.due) > 0 && g.due[0].at <= i {
			g.free()
		}
		if phase := min(int(i*uint64(m.Phases)/all), m.Phases-1); phase != g.phase {
			g.begin(phase)
		}
		g.alloc(i)
	}
	if n > 0 {
		return g.ops[:n:n]
	}
	return g.ops
}

// begin shuffles the decks of a phase.
func (g *generator) begin(phase int) {
	g.phase = phase
	g.class.reset()
	for i := range g.m.Classes {
		p := &g.m.Classes[i].Phases[phase]
		g.class.add(p.Allocations)
		g.decks[i].reset()
		for _, n := range p.Life {
			g.decks[i].add(n)
		}
		g.decks[i].add(p.left())
	}
}

// alloc makes allocation i.
func (g *generator) alloc(i uint64) {
	k := g.class.draw(g)
	c := &g.m.Classes[k]
	req := c.Req
	req.Size = g.size(c)
	for g.live+req.Size > g.m.Live[g.phase] && len(g.due) > 0 {
		g.free()
	}
	slot := g.slots
	if n := len(g.empty); n > 0 {
		slot, g.empty = g.empty[n-1], g.empty[:n-1]
	} else {
		g.slots++
	}
	g.ops = append(g.ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: req})
	kind := workloads.Free
	if f := c.freed(); f > 0 && g.below(uint64(f)) < uint64(c.Cleared) {
		kind = workloads.FreeCleared
	}
	heap.Push(&g.due, due{i + 1 + g.life(k), len(g.ops), req.Size, slot, kind})
	g.live += req.Size
}

// life draws how many allocations an object of class k sees. One that was never freed
// sees as many as the whole run had.
func (g *generator) life(k int) uint64 {
	switch octave := g.decks[k].draw(g); octave {
	case len(g.m.Classes[k].Phases[g.phase].Life):
		return uint64(g.m.Allocations)
	case 0:
		return 0
	default:
		low := uint64(1) << (octave - 1)
		return low + g.below(low)
	}
}

// size draws whole pages from the sizes of a class, evenly.
func (g *generator) size(c *Class) uint64 {
	page := g.m.Region.Page
	return c.Low + page*g.below((c.High-c.Low)/page+1)
}

// free makes the free that is due next.
func (g *generator) free() {
	d := heap.Pop(&g.due).(due)
	g.ops = append(g.ops, workloads.Op{Kind: d.kind, Slot: d.slot})
	g.empty = append(g.empty, d.slot)
	g.live -= d.size
}

// below draws a number in [0, n).
func (g *generator) below(n uint64) uint64 {
	hi, _ := bits.Mul64(g.rng.Uint64(), n)
	return hi
}

// due is a free that waits for allocation at. Those of one allocation are in the order of
// birth.
type due struct {
	at   uint64
	born int
	size uint64
	slot uint32
	kind workloads.Kind
}

type dueList []due

func (d dueList) Len() int      { return len(d) }
func (d dueList) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d dueList) Less(i, j int) bool {
	return d[i].at < d[j].at || d[i].at == d[j].at && d[i].born < d[j].born
}
func (d *dueList) Push(x any) { *d = append(*d, x.(due)) }
func (d *dueList) Pop() any {
	old := *d
	x := old[len(old)-1]
	*d = old[:len(old)-1]
	return x
}

// deck is a number of cards of each kind, which are drawn until there is none, and then
// all again.
type deck struct {
	cards, left []int
	all, rest   int
}

func (d *deck) reset() { *d = deck{cards: d.cards[:0], left: d.left[:0]} }

func (d *deck) add(n int) {
	d.cards, d.left = append(d.cards, n), append(d.left, n)
	d.all, d.rest = d.all+n, d.rest+n
}

// draw takes a card and returns its kind. There is at least one card.
func (d *deck) draw(g *generator) int {
	if d.rest == 0 {
		copy(d.left, d.cards)
		d.rest = d.all
	}
	at := int(g.below(uint64(d.rest)))
	d.rest--
	for kind, n := range d.left {
		if at -= n; at < 0 {
			d.left[kind]--
			return kind
		}
	}
	panic("model: a deck that is empty")
}
