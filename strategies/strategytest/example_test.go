package strategytest_test

import (
	"iter"
	"slices"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/strategytest"
)

// A strategy of your own module is a value, and these are the tests that its author
// writes. TestConformance/correct passes first; this one passes all of it. The
// scenarios of package kernel follow when a search is no walk any more.
var mine = strategies.Strategy{Name: "mine", Doc: "first fit over a sorted list, one block a grant", New: newList}

func TestConformance(t *testing.T) { strategytest.Run(t, mine) }
func FuzzConformance(f *testing.F) { strategytest.Fuzz(f, mine) }

type list struct {
	page uint64
	live []strategies.Block // by address, between two empty blocks at the ends
}

func newList(r strategies.Region) (strategies.Allocator, error) {
	return &list{r.Page, []strategies.Block{{}, {Start: r.Managed()}}}, r.Validate()
}

func (l *list) Alloc(dst []strategies.Block, r strategies.Request) ([]strategies.Block, error) {
	if managed := l.live[len(l.live)-1].Start; r.Size-1 >= managed || r.Flags&strategies.Range != 0 {
		return dst, strategies.ErrInvalid // too large, 0 (which wraps), or a window, which Caps does not claim
	}
	size, align := (r.Size+l.page-1)&^(l.page-1), max(l.page, r.Align-r.Align%l.page)
	for i, b := range l.live[1:] {
		end := l.live[i].End()
		if skip := (align - end%align) % align; skip < b.Start-end && size <= b.Start-end-skip {
			l.live = slices.Insert(l.live, i+1, strategies.Block{Start: end + skip, Size: size})
			return append(dst, l.live[i+1]), nil
		}
	}
	return dst, strategies.ErrNoSpace
}

func (l *list) Free(blocks []strategies.Block) {
	if len(blocks) != 1 || blocks[0].Size == 0 || !slices.Contains(l.live, blocks[0]) {
		panic("mine: Free of blocks that are not one live grant")
	}
	l.live = slices.DeleteFunc(l.live, func(b strategies.Block) bool { return b == blocks[0] })
}

func (l *list) FreeBlocks() iter.Seq[strategies.Block] {
	return func(yield func(strategies.Block) bool) {
		for i, b := range l.live[1:] {
			if end := l.live[i].End(); end < b.Start && !yield(strategies.Block{Start: end, Size: b.Start - end}) {
				return
			}
		}
	}
}
