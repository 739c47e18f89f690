package strategytest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/internal/program"
	"github.com/vramlab/vramlab/strategies/strategytest/internal/probe"
)

// testBadFree works on an allocator that is not under Checked, whose shadow
// would catch the mistakes first.
func testBadFree(p *probe.Probe) {
	badFrees(p, strategies.Allocator.Free, strategies.Allocator.Free)
	if p.Can(strategies.CapClear) {
		cleared := func(a strategies.Allocator, blocks []strategies.Block) { a.(strategies.ClearFreer).FreeCleared(blocks) }
		badFrees(p, cleared, cleared)
	}
}

// badFrees sets up grants of one and of several blocks in an allocator of its own, calls
// wrong with every list that is none of them, and gives them back with free.
func badFrees(p *probe.Probe, wrong, free func(strategies.Allocator, []strategies.Block)) {
	a := p.Raw()
	sc := newScene(p, a)
	for _, c := range sc.cases() {
		before := probe.FreeRuns(a)
		mustPanic(c, func() { wrong(a, c.blocks) })
		if after := probe.FreeRuns(a); !slices.Equal(before, after) {
			program.Failf("free of %s, %s: it panicked, and free changed from %s to %s", c.what, strategies.Blocks(c.blocks), strategies.Blocks(before), strategies.Blocks(after))
		}
	}
	for _, blocks := range sc.live {
		free(a, blocks)
	}
	if runs := probe.FreeRuns(a); len(runs) != 1 || runs[0].Size != p.Managed() {
		program.Failf("after wrong frees, everything was given back, and free is %s", strategies.Blocks(runs))
	}
	if k, ok := a.(strategies.Checker); ok {
		if err := k.Check(); err != nil {
			program.Failf("after wrong frees: %v", err)
		}
	}
}

// mustPanic demands that f panics with a sentence.
func mustPanic(c badFree, f func()) {
	defer func() {
		switch v := recover().(type) {
		case nil:
			program.Failf("free of %s, %s, was accepted", c.what, strategies.Blocks(c.blocks))
		case string:
			if len(strings.Fields(v)) < 3 {
				program.Failf("free of %s, %s, panicked with %q, which is not a sentence", c.what, strategies.Blocks(c.blocks), v)
			}
		case *strategies.Violation: // the allocator is under Checked itself
		default:
			program.Failf("free of %s, %s, panicked with %v (%T), not with a sentence", c.what, strategies.Blocks(c.blocks), v, v)
		}
	}()
	f()
}

// badFree is a list of blocks that no allocator may take back.
type badFree struct {
	what   string
	blocks []strategies.Block
}

// scene is a small heap with grants of every shape.
type scene struct {
	live   [][]strategies.Block // all grants
	many   []strategies.Block   // a grant of several blocks, where the strategy makes such
	one    []strategies.Block   // grants of one page
	two    []strategies.Block
	gone   []strategies.Block // was granted and freed; its addresses may be live again
	region strategies.Region
}

// newScene grants pages, frees every second and asks for seven at once: the
// grant is scattered, or a contiguous one made of several, or a single block.
func newScene(p *probe.Probe, a strategies.Allocator) *scene {
	alloc := func(pages uint64, flags strategies.Flags) []strategies.Block {
		blocks, err := a.Alloc(nil, p.Page(pages, flags))
		if err != nil {
			program.Failf("%d pages were refused: %v", pages, err)
		}
		return blocks
	}
	sc := &scene{region: p.Region}
	for range 16 {
		sc.live = append(sc.live, alloc(1, 0))
	}
	for i := range 7 { // shifts what follows: every second page of the first 14
		a.Free(sc.live[i])
		sc.live = slices.Delete(sc.live, i, i+1)
	}
	sc.one, sc.two = sc.live[0], sc.live[1]
	for _, flags := range []strategies.Flags{strategies.Contiguous, 0} {
		sc.many = alloc(7, flags)
		sc.live = append(sc.live, sc.many)
	}
	sc.gone = alloc(5, 0)
	a.Free(sc.gone)
	sc.live = append(sc.live, alloc(1, 0), alloc(3, 0))
	return sc
}

// cases lists the wrong frees that the scene has blocks for. A list that by
// chance equals a live grant is none.
func (sc *scene) cases() []badFree {
	one, two, many, page := sc.one[0], sc.two[0], sc.many, sc.region.Page
	cases := []badFree{
		{"no blocks (nil)", nil},
		{"no blocks (empty)", []strategies.Block{}},
		{"a block that was never granted", []strategies.Block{sc.unused()}},
		{"a block outside the region", []strategies.Block{{Start: sc.region.Size, Size: page, Node: one.Node}}},
		{"a block with a wild node", []strategies.Block{{Start: one.Start, Size: page, Node: 1<<32 - 1}}},
		{"a block at the end of the address space", []strategies.Block{{Start: -page, Size: page, Node: one.Node}}},
		{"a grant freed before", sc.gone},
		{"two grants at once", join(sc.one, sc.two)},
		{"a grant twice in one list", join(sc.one, sc.one)},
		{"a grant and one of several blocks", join(sc.one, many)},
		{"a grant of several blocks and another", join(many, sc.one)},
		{"a grant with a foreign block", join(sc.one, []strategies.Block{sc.unused()})},
		{"a block with the size doubled", []strategies.Block{{Start: one.Start, Size: 2 * page, Node: one.Node}}},
		{"a block with the size halved", []strategies.Block{{Start: one.Start, Size: page / 2, Node: one.Node}}},
		{"a block of no size", []strategies.Block{{Start: one.Start, Node: one.Node}}},
		{"a block with the start moved", []strategies.Block{{Start: one.Start + page, Size: page, Node: one.Node}}},
		{"a block with the start in its middle", []strategies.Block{{Start: one.Start + page/2, Size: page, Node: one.Node}}},
		{"the last block of several, shortened", alter(many, len(many)-1, func(b *strategies.Block) { b.Size -= page })},
		{"the last block of several, lengthened", alter(many, len(many)-1, func(b *strategies.Block) { b.Size += page })},
	}
	if one.Node != two.Node {
		cases = append(cases,
			badFree{"a block with the node of another grant", []strategies.Block{{Start: one.Start, Size: page, Node: two.Node}}},
			badFree{"a grant with the node of another in its first block", alter(many, 0, func(b *strategies.Block) { b.Node = one.Node })})
	}
	cases = append(cases, sc.parts()...)
	return slices.DeleteFunc(cases, func(c badFree) bool {
		return slices.ContainsFunc(sc.live, func(l []strategies.Block) bool { return slices.Equal(l, c.blocks) })
	})
}

// parts lists what can be done wrong with a grant of several blocks.
func (sc *scene) parts() (cases []badFree) {
	for _, many := range sc.live {
		n := len(many)
		if n < 2 {
			continue
		}
		reversed := slices.Clone(many)
		slices.Reverse(reversed)
		swapped := slices.Clone(many)
		swapped[n-2], swapped[n-1] = swapped[n-1], swapped[n-2]
		what := func(s string) string { return fmt.Sprintf("%s of %d", s, n) }
		cases = append(cases,
			badFree{what("the first block"), many[:1]},
			badFree{what("the last block"), many[n-1:]},
			badFree{what("all but the first block"), many[1:]},
			badFree{what("all but the last block"), many[:n-1]},
			badFree{what("the blocks in reverse order"), reversed},
			badFree{what("the last two blocks swapped"), swapped},
			badFree{what("all blocks and the first again"), join(many, many[:1])},
			badFree{what("the first block in place of the last"), join(many[:n-1], many[:1])},
			badFree{what("another grant in place of the last block"), join(many[:n-1], sc.one)})
	}
	return cases
}

// unused is a page that is free and was never granted in this scene, or one
// that does not exist.
func (sc *scene) unused() strategies.Block {
	page := sc.region.Page
	for start := sc.region.Managed() / 2 &^ (page - 1); start < sc.region.Managed(); start += page {
		b := strategies.Block{Start: start, Size: page}
		if !slices.ContainsFunc(sc.live, func(l []strategies.Block) bool { return overlaps(l, b) }) {
			return b
		}
	}
	return strategies.Block{Start: sc.region.Managed(), Size: page}
}

func overlaps(blocks []strategies.Block, b strategies.Block) bool {
	return slices.ContainsFunc(blocks, func(l strategies.Block) bool { return l.Start < b.End() && b.Start < l.End() })
}

func join(a, b []strategies.Block) []strategies.Block { return slices.Concat(a, b) }

// alter is a copy of blocks with one changed.
func alter(blocks []strategies.Block, i int, change func(*strategies.Block)) []strategies.Block {
	blocks = slices.Clone(blocks)
	change(&blocks[i])
	return blocks
}
