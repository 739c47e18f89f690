package adversary

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/workloads"
)

// Rules are what a game is played by.
type Rules struct {
	Region  strategies.Region
	Live    uint64 // bytes requested that may be live at a time, with the request at hand
	Largest uint64 // bytes of the largest request
	Aim     Objective
}

// mostOps is the length at which a game ends: a few times what fills memory with pages.
func (r Rules) mostOps() int { return 1024 + 8*int(r.Live/r.Region.Page) }

// object is what is live.
type object struct {
	slot   uint32
	phase  int // that allocated it
	size   uint64
	blocks []strategies.Block
}

func (o *object) start() uint64 { return o.blocks[0].Start }
func (o *object) end() uint64   { return o.blocks[len(o.blocks)-1].End() }

// granted is the bytes that the strategy gave for it.
func (o *object) granted() (sum uint64) {
	for _, b := range o.blocks {
		sum += b.Size
	}
	return sum
}

// A game is a program in play against an allocator.
type game struct {
	Rules
	a       strategies.Allocator
	clearer strategies.ClearFreer // a itself, nil if it is none
	ops     []workloads.Op
	objects []*object // live, in the order granted
	live    uint64    // bytes requested
	granted uint64    // bytes granted
	residue uint64    // of Occupy, in pages
	frees   int
	moved   int // windows or alignments asked for
	asked   int // requests of the probe
	over    bool

	best float64 // what the aim makes of the best operation
	at   int     // the number of operations with that one, the last
}

// RegionError is that of a strategy that cannot manage a region of a game.
type RegionError struct {
	Strategy string
	Region   strategies.Region
	err      error
}

// Error names the strategy and the region.
func (e *RegionError) Error() string {
	return fmt.Sprintf("%s cannot manage a %v: %v", e.Strategy, e.Region, e.err)
}

// Unwrap is the error of the strategy.
func (e *RegionError) Unwrap() error { return e.err }

// play plays a program against a new allocator. The operations end with the one that is the
// best for the aim. ok is false if nothing was found.
func play(s strategies.Strategy, r Rules, p Program) (ops []workloads.Op, value float64, ok bool, err error) {
	g, err := played(s, r, p)
	if err != nil {
		return nil, 0, false, err
	}
	return g.ops[:g.at], g.best, g.at > 0, nil
}

// played is a game at its end.
func played(s strategies.Strategy, r Rules, p Program) (*game, error) {
	a, err := s.New(r.Region)
	if err != nil {
		return new(game), &RegionError{s.Name, r.Region, err}
	}
	g := &game{Rules: r, a: a}
	g.clearer, _ = strategies.As[strategies.ClearFreer](a)
	phases := p
	if r.Aim == Visits {
		phases = p[:len(p)-1]
	}
	for i := range phases {
		g.phase(i, &phases[i])
	}
	if r.Aim == Visits {
		g.probe(len(phases), &p[len(p)-1])
	}
	return g, nil
}

// phase plays a phase, size by size.
func (g *game) phase(n int, p *Phase) {
	if p.Flags&Fine != 0 {
		most := g.Largest / g.Region.Page
		from, to := min(most, 1<<p.From), min(most, 1<<p.To)
		step := uint64(max(1, p.Every))
		for at := from; !g.over; {
			g.rung(n, p, at)
			switch {
			case from <= to && to-at >= step && at < to:
				at += step
			case from > to && at-to >= step:
				at -= step
			default:
				return
			}
		}
		return
	}
	for level := int(p.From); !g.over; {
		g.rung(n, p, 1<<level)
		switch {
		case level == int(p.To):
			return
		case level < int(p.To):
			level++
		default:
			level--
		}
	}
}

// rung plays a phase at one size of its ladder.
func (g *game) rung(n int, p *Phase, size uint64) {
	pages := g.pages(p, size)
	if p.Rule == Swap {
		g.swap(n, p, pages)
		return
	}
	g.thin(n, p, bits.Len64(size)-1, pages)
	g.fill(n, p, pages)
}

// pages is what a phase asks for at a size of its ladder, in pages: at most the largest.
func (g *game) pages(p *Phase, size uint64) uint64 {
	n := max(1, int64(size)+int64(p.Plus))
	return min(uint64(n), g.Largest/g.Region.Page)
}

// fill allocates until so much is live as the phase may have, or something is refused.
func (g *game) fill(n int, p *Phase, pages uint64) {
	limit := g.Live / 16 * uint64(p.Share)
	size := pages * g.Region.Page
	for g.live+size <= limit && !g.over {
		if !g.alloc(n, p, size) {
			return
		}
	}
}

// swap frees the oldest object and allocates, as often as there is room for the share.
func (g *game) swap(n int, p *Phase, pages uint64) {
	size := pages * g.Region.Page
	for turns := g.Live / 16 * uint64(p.Share) / size; turns > 0 && !g.over; turns-- {
		for range max(1, int(p.Every)) {
			if len(g.objects) > 0 {
				g.release(p, 0, 1)
			}
		}
		if g.live+size <= g.Live {
			g.alloc(n, p, size)
		}
	}
}

// request is what a phase asks for.
func (g *game) request(p *Phase, size uint64) strategies.Request {
	r := strategies.Request{Size: size}
	if p.Align > 0 {
		r.Align = g.Region.Page << p.Align
	}
	if p.Flags&AlignAny != 0 {
		r.Align = g.Region.Page * (2 + uint64(g.moved)%alignments)
		g.moved++
	}
	for _, f := range []struct {
		flag Flags
		sets strategies.Flags
	}{{TopDown, strategies.TopDown}, {Contiguous, strategies.Contiguous}, {Clear, strategies.Clear}} {
		if p.Flags&f.flag != 0 {
			r.Flags |= f.sets
		}
	}
	switch g.Aim {
	case Refusal, Space: // the question is about one piece, anywhere, wherever it begins
		return strategies.Request{Size: size, Flags: r.Flags&^strategies.Range | strategies.Contiguous}
	case Segments:
		return strategies.Request{Size: size, Flags: r.Flags &^ strategies.Contiguous}
	}
	pages := g.Region.Managed() / g.Region.Page
	switch {
	case p.Flags&WindowLow != 0:
		r.Lo, r.Hi, r.Flags = 0, pages/2*g.Region.Page, r.Flags|strategies.Range
	case p.Flags&WindowAny != 0:
		lo := uint64(g.moved) * (pages/7 + 1) % (pages - pages/4)
		r.Lo, r.Hi, r.Flags = lo*g.Region.Page, (lo+pages/4)*g.Region.Page, r.Flags|strategies.Range
		g.moved++
	}
	return r
}

// alloc allocates, and notes what the aim says of the answer. It reports whether the
// request was granted.
func (g *game) alloc(n int, p *Phase, size uint64) bool {
	if len(g.ops) >= g.mostOps() {
		g.over = true
		return false
	}
	r := g.request(p, size)
	slot := uint32(len(g.ops))
	g.ops = append(g.ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: r})
	blocks, err := g.a.Alloc(nil, r)
	if err != nil {
		g.refused(size)
		return false
	}
	o := &object{slot: slot, phase: n, size: size, blocks: blocks}
	g.objects = append(g.objects, o)
	g.live += size
	g.granted += o.granted()
	if g.Aim == Segments {
		g.note(float64(runs(blocks)))
	}
	return true
}

// refused notes a refusal that lack of memory does not explain.
func (g *game) refused(size uint64) {
	free := g.Region.Managed() - g.granted
	if size > free {
		return
	}
	switch g.Aim {
	case Refusal:
		g.note(float64(free) / float64(g.Region.Managed()))
	case Space:
		g.note(1)
		g.over = true
	}
}

// note takes the last operation as the best if it is.
func (g *game) note(value float64) {
	if value > g.best {
		g.best, g.at = value, len(g.ops)
	}
}

// runs is the number of maximal runs of adjoining blocks in the order granted: the segments
// of the table that a driver builds of them.
func runs(blocks []strategies.Block) (n int) {
	for i, b := range blocks {
		if i == 0 || blocks[i-1].End() != b.Start {
			n++
		}
	}
	return n
}

// alignments is the number of those that a phase goes round with [AlignAny].
const alignments = 12

// held is the number of objects that a probe holds at a time, if it does.
const held = 8

// probes is the number of requests of a probe, one for each page that may be live: what the
// state of memory costs once, such as an index over the holes, evens out.
func (r Rules) probes() int { return int(r.Live / r.Region.Page) }

// mostVisits is the number of visits after which a probe ends: it is known by then what an
// operation takes, and an index that was made is paid for.
func (r Rules) mostVisits() uint64 { return 64 * max(1<<11, uint64(r.probes())) }

// probe is the last phase of a program that is after visits: the same request again and
// again, each freed at once or after some more. The visits of an operation are the value.
func (g *game) probe(n int, p *Phase) {
	c, ok := strategies.As[strategies.Counter](g.a)
	if !ok {
		return
	}
	size := g.pages(p, 1<<p.From) * g.Region.Page
	keep := 0
	if p.Flags&Held != 0 {
		keep = held
	}
	mine := len(g.objects)
	from, before := len(g.ops), c.Counters().Visits
	for range g.probes() {
		if c.Counters().Visits-before > g.mostVisits() {
			break
		}
		g.asked++
		slot := uint32(len(g.ops))
		r := g.request(p, size)
		g.ops = append(g.ops, workloads.Op{Kind: workloads.Alloc, Slot: slot, Req: r})
		blocks, err := g.a.Alloc(nil, r)
		if err == nil {
			o := &object{slot: slot, phase: n, size: size, blocks: blocks}
			g.objects = append(g.objects, o)
			g.live += size
			g.granted += o.granted()
		}
		if len(g.objects)-mine > keep {
			g.release(p, mine, mine+1)
		}
	}
	g.note(float64(c.Counters().Visits-before) / float64(len(g.ops)-from))
}
