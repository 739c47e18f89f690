package strategytest

import (
	"cmp"
	"errors"
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"

	"github.com/vramlab/vramlab/strategies"
)

// The regions that the rules run on. A failure of a strategy that is right on
// round numbers only shows on one of the odd ones.
var (
	megabyte = strategies.Region{Size: 1 << 20, Page: 4096}

	regions = []strategies.Region{
		megabyte,
		{Size: 4096, Page: 4096},
		{Size: 3 * 4096, Page: 4096},
		{Size: 255 * 4096, Page: 4096},       // a root of every order, for a buddy
		{Size: 100*4096 + 4095, Page: 4096},  // almost one page more
		{Size: 37 << 16, Page: 1 << 16},      // pages of 64 KiB
		{Size: 12<<21 + 4096, Page: 2 << 20}, // pages of 2 MiB and a remainder
	}

	plain = []strategies.Region{megabyte}
	huge  = []strategies.Region{{Size: 1<<64 - 1, Page: 4096}}
)

// probe is an allocator in the hands of a rule. Its methods fail the rule when
// the strategy does not do what they say.
type probe struct {
	s      strategies.Strategy
	region strategies.Region
	a      strategies.Allocator // under strategies.Checked
}

// failf ends the rule.
func (p *probe) failf(format string, args ...any) {
	panic(failure(fmt.Sprintf(format, args...)))
}

// raw is a second allocator for the same region, not under Checked.
func (p *probe) raw() strategies.Allocator { return p.newOf(p.s) }

// another is a second allocator for the same region, under Checked too.
func (p *probe) another() strategies.Allocator { return p.newOf(strategies.Checked(p.s)) }

func (p *probe) newOf(s strategies.Strategy) strategies.Allocator {
	a, err := s.New(p.region)
	if err != nil {
		p.failf("New refused the region when asked again: %v", err)
	}
	return a
}

func (p *probe) managed() uint64            { return p.region.Managed() }
func (p *probe) pages() uint64              { return p.managed() / p.region.Page }
func (p *probe) bytes(pages uint64) uint64  { return pages * p.region.Page }
func (p *probe) can(c strategies.Caps) bool { return p.s.Caps.Has(c) }

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
	blocks, err := p.a.Alloc(nil, r)
	if err != nil {
		p.failf("%v was refused (%v) with free: %s", r, err, show(p.free()))
	}
	return blocks
}

// refuse allocates r, which must be refused with one of the errors given (any
// of the sentinels if none is) and leave everything as it was.
func (p *probe) refuse(r strategies.Request, with ...error) {
	before := p.free()
	blocks, err := p.a.Alloc(nil, r)
	if err == nil {
		p.failf("%v was granted %s", r, show(blocks))
	}
	if len(with) > 0 && !slices.ContainsFunc(with, func(e error) bool { return errors.Is(err, e) }) {
		p.failf("%v was refused with %q, not with %q", r, err, with)
	}
	if after := p.free(); !slices.Equal(before, after) {
		p.failf("%v was refused and changed what is free from %s to %s", r, show(before), show(after))
	}
}

// try allocates r, which may be refused for any reason, and frees it again. It
// reports whether it was granted.
func (p *probe) try(r strategies.Request) bool {
	blocks, err := p.a.Alloc(nil, r)
	if err != nil {
		return false
	}
	p.a.Free(blocks)
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
		blocks, err := p.a.Alloc(nil, p.page(1, 0))
		if err == nil {
			held = append(held, blocks)
			continue
		}
		if err != strategies.ErrNoSpace {
			p.failf("after %d of %d pages another was refused with %q, not with ErrNoSpace", len(held), p.pages(), err)
		}
		return held
	}
}

// full is fill by address, with the region full afterwards. It reports whether
// the strategy can fill a region at all.
func (p *probe) full() ([][]strategies.Block, bool) {
	held := p.fill()
	if left := p.free(); p.takesAll() && len(left) > 0 {
		p.failf("a page was refused with free: %s", show(left))
	}
	slices.SortFunc(held, func(a, b []strategies.Block) int { return cmp.Compare(a[0].Start, b[0].Start) })
	return held, len(held) == int(p.pages())
}

// release frees all of held.
func (p *probe) release(held [][]strategies.Block) {
	for _, blocks := range held {
		p.a.Free(blocks)
	}
}

// shuffled is held in a random order, the same in every run.
func shuffled(held [][]strategies.Block, seed uint64) [][]strategies.Block {
	held = slices.Clone(held)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	return held
}

// free is what is free: maximal runs by address.
func (p *probe) free() []strategies.Block { return freeRuns(p.a) }

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
	if got := p.free(); !slices.Equal(got, want) {
		p.failf("%s, free is %s, not %s", when, show(got), show(want))
	}
}

// selfCheck runs the allocator's own check, which under Checked includes the
// tiling.
func (p *probe) selfCheck() {
	if k, ok := p.a.(strategies.Checker); ok {
		if err := k.Check(); err != nil {
			p.failf("%v", err)
		}
	}
}

// show prints blocks as a trace does, the first few of a long list.
func show(blocks []strategies.Block) string {
	const most = 12
	if len(blocks) == 0 {
		return "nothing"
	}
	s := ""
	for i, b := range blocks {
		if i == most {
			return s + fmt.Sprintf("and %d more", len(blocks)-most)
		}
		s += fmt.Sprintf("%d+%d ", b.Start, b.Size)
	}
	return s[:len(s)-1]
}
