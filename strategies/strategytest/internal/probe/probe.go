// Package probe is an allocator in the hands of a test: what the rules, the kernel's
// scenarios and the metamorphic search of the conformance kit do with one. A [Probe]
// fails the test when the strategy does not do what a method says; a [Play] is a
// whole program on a new allocator. A failure is a panic that [program.Try] turns
// into an error, so that a test is a few lines and can be seen to fail.
package probe

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

// Megabyte is the region that every strategy has to accept.
var Megabyte = strategies.Region{Size: 1 << 20, Page: 4096}

// OddRegions are where a strategy fails that is right on round numbers only.
var OddRegions = []strategies.Region{
	{Size: 4096, Page: 4096},
	{Size: 3 * 4096, Page: 4096},
	{Size: 255 * 4096, Page: 4096},       // a root of every order, for a buddy
	{Size: 100*4096 + 4095, Page: 4096},  // almost one page more
	{Size: 37 << 16, Page: 1 << 16},      // pages of 64 KiB
	{Size: 12<<21 + 4096, Page: 2 << 20}, // pages of 2 MiB and a remainder
}

// Probe is an allocator in the hands of a rule or a scenario. Its methods fail the
// test, by [program.Failf], when the strategy does not do what they say.
type Probe struct {
	Strategy  strategies.Strategy
	Region    strategies.Region
	Allocator strategies.Allocator // under strategies.Checked

	Played []strategies.Deviation // known deviations in the plays of a rule
}

// Open makes a probe with an empty allocator under [strategies.Checked].
func Open(s strategies.Strategy, region strategies.Region) *Probe {
	return &Probe{Strategy: s, Region: region, Allocator: NewAllocator(strategies.Checked(s), region)}
}

// Deviations are the known deviations so far.
func (p *Probe) Deviations() []strategies.Deviation {
	return AddDeviations(p.Played, deviations(p.Allocator))
}

func deviations(a strategies.Allocator) []strategies.Deviation {
	if d, ok := a.(strategies.Deviator); ok {
		return d.Deviations()
	}
	return nil
}

// AddDeviations is the sum of two lists.
func AddDeviations(sum, more []strategies.Deviation) []strategies.Deviation {
	sum = slices.Clone(sum)
	for _, d := range more {
		i := slices.IndexFunc(sum, func(s strategies.Deviation) bool { return s.Cap == d.Cap })
		if i < 0 {
			i, sum = len(sum), append(sum, strategies.Deviation{Cap: d.Cap})
		}
		sum[i].Grants += d.Grants
	}
	return sum
}

// NewAllocator is the allocator that s makes. It fails if s refuses the region, with an
// error that [RefusesRegion] knows.
func NewAllocator(s strategies.Strategy, region strategies.Region) strategies.Allocator {
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

// RefusesRegion reports whether err is that of a strategy that does not take a
// region, as it may.
func RefusesRegion(err error) bool {
	var n *noAllocator
	return errors.As(err, &n) && errors.Is(n.err, strategies.ErrInvalid)
}

// Describe is a region in the words of a failure.
func Describe(r strategies.Region) string {
	return fmt.Sprintf("in a region of %d bytes with pages of %d", r.Size, r.Page)
}

// Raw is a second allocator for the same region, not under Checked.
func (p *Probe) Raw() strategies.Allocator { return NewAllocator(p.Strategy, p.Region) }

// Another is a probe with a second allocator for the same region, under Checked too.
func (p *Probe) Another() *Probe { return Open(p.Strategy, p.Region) }

// Managed is the number of bytes that the allocator hands out.
func (p *Probe) Managed() uint64 { return p.Region.Managed() }

// Pages is Managed in pages.
func (p *Probe) Pages() uint64 { return p.Managed() / p.Region.Page }

// Bytes is the size of so many pages.
func (p *Probe) Bytes(pages uint64) uint64 { return pages * p.Region.Page }

// Can reports whether the strategy has all of the caps.
func (p *Probe) Can(c strategies.Caps) bool { return p.Strategy.Caps.Has(c) }

// Largest is the largest power of two of bytes in the region: what every
// strategy can grant in one run while the region is empty.
func (p *Probe) Largest() uint64 { return 1 << (bits.Len64(p.Managed()) - 1) }

// TakesAll reports whether the strategy can use every last page: one that
// rounds up need not, unless it scatters.
func (p *Probe) TakesAll() bool {
	return p.Can(strategies.CapScatter) || !p.Can(strategies.CapRoundUp)
}

// Grant allocates r, which must succeed.
func (p *Probe) Grant(r strategies.Request) []strategies.Block {
	blocks, err := p.Allocator.Alloc(nil, r)
	if err != nil {
		program.Failf("%v was refused (%v) with free: %s", r, err, strategies.Blocks(p.FreeRuns()))
	}
	return blocks
}

// Refuse allocates r, which must be refused with one of the errors given (any
// of the sentinels if none is) and leave everything as it was.
func (p *Probe) Refuse(r strategies.Request, with ...error) {
	before := p.FreeRuns()
	blocks, err := p.Allocator.Alloc(nil, r)
	if err == nil {
		program.Failf("%v was granted %s", r, strategies.Blocks(blocks))
	}
	if len(with) > 0 && !slices.ContainsFunc(with, func(e error) bool { return errors.Is(err, e) }) {
		program.Failf("%v was refused with %q, not with %q", r, err, with)
	}
	if after := p.FreeRuns(); !slices.Equal(before, after) {
		program.Failf("%v was refused and changed what is free from %s to %s", r, strategies.Blocks(before), strategies.Blocks(after))
	}
}

// Try allocates r, which may be refused for any reason, and frees it again. It
// reports whether it was granted.
func (p *Probe) Try(r strategies.Request) bool {
	blocks, err := p.Allocator.Alloc(nil, r)
	if err != nil {
		return false
	}
	p.Allocator.Free(blocks)
	return true
}

// Page is a request for n pages.
func (p *Probe) Page(n uint64, flags strategies.Flags) strategies.Request {
	return strategies.Request{Size: p.Bytes(n), Flags: flags}
}

// Fill grants single pages until the allocator has no space.
func (p *Probe) Fill() [][]strategies.Block {
	var held [][]strategies.Block
	for {
		blocks, err := p.Allocator.Alloc(nil, p.Page(1, 0))
		if err == nil {
			held = append(held, blocks)
			continue
		}
		if err != strategies.ErrNoSpace {
			program.Failf("after %d of %d pages another was refused with %q, not with ErrNoSpace", len(held), p.Pages(), err)
		}
		return held
	}
}

// Full is Fill by address, with the region full afterwards. It reports whether
// the strategy can fill a region at all.
func (p *Probe) Full() ([][]strategies.Block, bool) {
	held := p.Fill()
	if left := p.FreeRuns(); p.TakesAll() && len(left) > 0 {
		program.Failf("a page was refused with free: %s", strategies.Blocks(left))
	}
	slices.SortFunc(held, func(a, b []strategies.Block) int { return cmp.Compare(a[0].Start, b[0].Start) })
	return held, len(held) == int(p.Pages())
}

// Release frees all of held.
func (p *Probe) Release(held [][]strategies.Block) {
	for _, blocks := range held {
		p.Allocator.Free(blocks)
	}
}

// Shuffled is held in a random order, the same in every run.
func Shuffled(held [][]strategies.Block, seed uint64) [][]strategies.Block {
	held = slices.Clone(held)
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	return held
}

// FreeRuns is what is free: maximal runs by address.
func (p *Probe) FreeRuns() []strategies.Block { return FreeRuns(p.Allocator) }

// FreeRuns is what a has free: maximal runs by address.
func FreeRuns(a strategies.Allocator) []strategies.Block { return Runs(slices.Collect(a.FreeBlocks())) }

// Runs is what blocks cover: maximal Runs by address. It sorts blocks.
func Runs(blocks []strategies.Block) []strategies.Block {
	slices.SortFunc(blocks, ByStart)
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

// ByStart orders blocks by address.
func ByStart(a, b strategies.Block) int { return cmp.Compare(a.Start, b.Start) }

// Empty demands that the whole region is free.
func (p *Probe) Empty(when string) {
	want := []strategies.Block{{Size: p.Managed()}}
	if got := p.FreeRuns(); !slices.Equal(got, want) {
		program.Failf("%s, free is %s, not %s", when, strategies.Blocks(got), strategies.Blocks(want))
	}
}

// SelfCheck runs the allocator's own check, which under Checked includes the
// tiling.
func (p *Probe) SelfCheck() {
	if k, ok := p.Allocator.(strategies.Checker); ok {
		if err := k.Check(); err != nil {
			panic(program.Failure{Err: err})
		}
	}
}

// lacks demands that a refused request for one page had no page to go to.
func (p *Probe) lacks(r strategies.Request, err error) {
	page := p.Region.Page
	lo, hi := uint64(0), p.Managed()
	if r.Flags&strategies.Range != 0 {
		lo, hi = r.Lo, r.Hi
		if hi == 0 {
			hi = p.Managed()
		}
	}
	strange := r.Align > page || r.Align%page != 0 || (lo|hi)%page != 0 || hi > p.Managed()
	unable := !p.TakesAll() || r.Flags&strategies.Range != 0 && !p.Can(strategies.CapWindow)
	if r.Size != page || strange || unable {
		return
	}
	for _, b := range p.FreeRuns() {
		if holdsPage(max(b.Start, lo), min(b.End(), hi), page) {
			program.Failf("%v was refused (%v) with free: %v", r, err, strategies.Blocks(p.FreeRuns()))
		}
	}
}

// holdsPage reports whether a whole page lies in [lo, hi). Free memory may come
// in smaller pieces where a strategy grants such.
func holdsPage(lo, hi, page uint64) bool {
	lo = (lo + page - 1) &^ (page - 1)
	return lo < hi && hi-lo >= page
}

// Total is the sum of the sizes.
func Total(blocks []strategies.Block) (sum uint64) {
	for _, b := range blocks {
		sum += b.Size
	}
	return sum
}

// In is a request for n pages in the window of pages [lo, hi).
func (p *Probe) In(n, lo, hi uint64) strategies.Request {
	return strategies.Request{Size: p.Bytes(n), Lo: p.Bytes(lo), Hi: p.Bytes(hi), Flags: strategies.Range}
}

// With is r with more flags.
func With(r strategies.Request, flags strategies.Flags) strategies.Request {
	r.Flags |= flags
	return r
}
