package strategytest

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
)

// megabyte is the region that every strategy has to accept.
var megabyte = strategies.Region{Size: 1 << 20, Page: 4096}

// oddRegions are where a strategy fails that is right on round numbers only.
var oddRegions = []strategies.Region{
	{Size: 4096, Page: 4096},
	{Size: 3 * 4096, Page: 4096},
	{Size: 255 * 4096, Page: 4096},       // a root of every order, for a buddy
	{Size: 100*4096 + 4095, Page: 4096},  // almost one page more
	{Size: 37 << 16, Page: 1 << 16},      // pages of 64 KiB
	{Size: 12<<21 + 4096, Page: 2 << 20}, // pages of 2 MiB and a remainder
}

// probe is an allocator in the hands of a rule or a scenario. Its methods fail the
// test, by [program.Failf], when the strategy does not do what they say.
type probe struct {
	strategy  strategies.Strategy
	region    strategies.Region
	allocator strategies.Allocator // under strategies.Checked
}

// open makes a probe with an empty allocator under [strategies.Checked]. It fails
// with an error that is [*noAllocator] if the strategy does not take the region.
func open(s strategies.Strategy, region strategies.Region) *probe {
	return &probe{s, region, newAllocator(strategies.Checked(s), region)}
}

func newAllocator(s strategies.Strategy, region strategies.Region) strategies.Allocator {
	a, err := s.New(region)
	if err != nil {
		panic(program.Failure{Err: &noAllocator{err}})
	}
	return a
}

// noAllocator is the error of a strategy that refuses a region.
type noAllocator struct{ err error }

// Error is why the region was refused.
func (n *noAllocator) Error() string { return "no allocator: " + n.err.Error() }

// Unwrap is the error that New returned.
func (n *noAllocator) Unwrap() error { return n.err }

// refusesRegion reports whether err is that of a strategy that does not take a
// region, as it may.
func refusesRegion(err error) bool {
	var n *noAllocator
	return errors.As(err, &n) && errors.Is(n.err, strategies.ErrInvalid)
}

// describe is a region in the words of a failure.
func describe(r strategies.Region) string {
	return fmt.Sprintf("in a region of %d bytes with pages of %d", r.Size, r.Page)
}

// raw is a second allocator for the same region, not under Checked.
func (p *probe) raw() strategies.Allocator { return newAllocator(p.strategy, p.region) }

// another is a probe with a second allocator for the same region, under Checked too.
func (p *probe) another() *probe { return open(p.strategy, p.region) }

func (p *probe) managed() uint64            { return p.region.Managed() }
func (p *probe) pages() uint64              { return p.managed() / p.region.Page }
func (p *probe) bytes(pages uint64) uint64  { return pages * p.region.Page }
func (p *probe) can(c strategies.Caps) bool { return p.strategy.Caps.Has(c) }

// largest is the largest power of two of bytes in the region: what every
// strategy can grant in one run while the region is empty.
func (p *probe) largest() uint64 { return 1 << (bits.Len64(p.managed()) - 1) }

// takesAll reports whether the strategy can use every last page: one that
// rounds up need not, unless it scatters.
func (p *probe) takesAll() bool {
	return p.can(strategies.CapScatter) || !p.can(strategies.CapRoundUp)
}

// grant allocates r, which must succeed.
func (p *probe) grant(r strategies.Request) []strategies.Block {
	blocks, err := p.allocator.Alloc(nil, r)
	if err != nil {
		program.Failf("%v was refused (%v) with free: %s", r, err, strategies.Blocks(p.freeRuns()))
	}
	return blocks
}

// refuse allocates r, which must be refused with one of the errors given (any
// of the sentinels if none is) and leave everything as it was.
func (p *probe) refuse(r strategies.Request, with ...error) {
	before := p.freeRuns()
	blocks, err := p.allocator.Alloc(nil, r)
	if err == nil {
		program.Failf("%v was granted %s", r, strategies.Blocks(blocks))
	}
	if len(with) > 0 && !slices.ContainsFunc(with, func(e error) bool { return errors.Is(err, e) }) {
		program.Failf("%v was refused with %q, not with %q", r, err, with)
	}
	if after := p.freeRuns(); !slices.Equal(before, after) {
		program.Failf("%v was refused and changed what is free from %s to %s", r, strategies.Blocks(before), strategies.Blocks(after))
	}
}

// try allocates r, which may be refused for any reason, and frees it again. It
// reports whether it was granted.
func (p *probe) try(r strategies.Request) bool {
	blocks, err := p.allocator.Alloc(nil, r)
	if err != nil {
		return false
	}
	p.allocator.Free(blocks)
	return true
}

// page is a request for n pages.
func (p *probe) page(n uint64, flags strategies.Flags) strategies.Request {
	return strategies.Request{Size: p.bytes(n), Flags: flags}
}

// fill grants single pages until the allocator has no space.
func (p *probe) fill() [][]strategies.Block {
	var held [][]strategies.Block
	for {
		blocks, err := p.allocator.Alloc(nil, p.page(1, 0))
		if err == nil {
			held = append(held, blocks)
			continue
		}
		if err != strategies.ErrNoSpace {
			program.Failf("after %d of %d pages another was refused with %q, not with ErrNoSpace", len(held), p.pages(), err)
		}
		return held
	}
}

// full is fill by address, with the region full afterwards. It reports whether
// the strategy can fill a region at all.
func (p *probe) full() ([][]strategies.Block, bool) {
	held := p.fill()
	if left := p.freeRuns(); p.takesAll() && len(left) > 0 {
		program.Failf("a page was refused with free: %s", strategies.Blocks(left))
	}
	slices.SortFunc(held, func(a, b []strategies.Block) int { return cmp.Compare(a[0].Start, b[0].Start) })
	return held, len(held) == int(p.pages())
}

// release frees all of held.
func (p *probe) release(held [][]strategies.Block) {
	for _, blocks := range held {
		p.allocator.Free(blocks)
	}
}

// shuffled is held in a random order, the same in every run.
func shuffled(held [][]strategies.Block, seed uint64) [][]strategies.Block {
	held = slices.Clone(held)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	return held
}

// freeRuns is what is free: maximal runs by address.
func (p *probe) freeRuns() []strategies.Block { return freeRuns(p.allocator) }

func freeRuns(a strategies.Allocator) []strategies.Block { return runs(slices.Collect(a.FreeBlocks())) }

// runs is what blocks cover: maximal runs by address. It sorts blocks.
func runs(blocks []strategies.Block) []strategies.Block {
	slices.SortFunc(blocks, byStart)
	var runs []strategies.Block
	for _, b := range blocks {
		if n := len(runs); n > 0 && runs[n-1].End() == b.Start {
			runs[n-1].Size += b.Size
			continue
		}
		runs = append(runs, strategies.Block{Start: b.Start, Size: b.Size})
	}
	return runs
}

func byStart(a, b strategies.Block) int { return cmp.Compare(a.Start, b.Start) }

// empty demands that the whole region is free.
func (p *probe) empty(when string) {
	want := []strategies.Block{{Size: p.managed()}}
	if got := p.freeRuns(); !slices.Equal(got, want) {
		program.Failf("%s, free is %s, not %s", when, strategies.Blocks(got), strategies.Blocks(want))
	}
}

// selfCheck runs the allocator's own check, which under Checked includes the
// tiling.
func (p *probe) selfCheck() {
	if k, ok := p.allocator.(strategies.Checker); ok {
		if err := k.Check(); err != nil {
			panic(program.Failure{Err: err})
		}
	}
}

// lacks demands that a refused request for one page had no page to go to.
func (p *probe) lacks(r strategies.Request, err error) {
	page := p.region.Page
	lo, hi := uint64(0), p.managed()
	if r.Flags&strategies.Range != 0 {
		lo, hi = r.Lo, r.Hi
		if hi == 0 {
			hi = p.managed()
		}
	}
	strange := r.Align > page || r.Align%page != 0 || (lo|hi)%page != 0 || hi > p.managed()
	unable := !p.takesAll() || r.Flags&strategies.Range != 0 && !p.can(strategies.CapWindow)
	if r.Size != page || strange || unable {
		return
	}
	for _, b := range p.freeRuns() {
		if holdsPage(max(b.Start, lo), min(b.End(), hi), page) {
			program.Failf("%v was refused (%v) with free: %v", r, err, strategies.Blocks(p.freeRuns()))
		}
	}
}

// holdsPage reports whether a whole page lies in [lo, hi). Free memory may come
// in smaller pieces where a strategy grants such.
func holdsPage(lo, hi, page uint64) bool {
	lo = (lo + page - 1) &^ (page - 1)
	return lo < hi && hi-lo >= page
}

// total is the sum of the sizes.
func total(blocks []strategies.Block) (sum uint64) {
	for _, b := range blocks {
		sum += b.Size
	}
	return sum
}

// in is a request for n pages in the window of pages [lo, hi).
func (p *probe) in(n, lo, hi uint64) strategies.Request {
	return strategies.Request{Size: p.bytes(n), Lo: p.bytes(lo), Hi: p.bytes(hi), Flags: strategies.Range}
}

// with is r with more flags.
func with(r strategies.Request, flags strategies.Flags) strategies.Request {
	r.Flags |= flags
	return r
}
