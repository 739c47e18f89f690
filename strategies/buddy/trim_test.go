package buddy_test

import (
	"fmt"
	"testing"

	"github.com/vramlab/vramlab/strategies"
	"github.com/vramlab/vramlab/strategies/buddy"
)

// able is what every generation can do.
type able interface {
	strategies.Allocator
	strategies.ClearFreer
	strategies.ClearResetter
	strategies.Trimmer
}

// TestTrimmedIsGone holds that the blocks given to Trim are live no longer, even if one
// of the new ones looks the same.
func TestTrimmedIsGone(t *testing.T) {
	a := newAllocator(t, 64*page).(able)
	blocks := alloc(t, a, strategies.Request{Size: 4 * page})
	kept, err := a.Trim(nil, blocks, blocks[0].Start, 4*page)
	if err != nil || kept[0].Start != blocks[0].Start {
		t.Fatal(kept, err)
	}
	defer func() {
		if recover() == nil {
			t.Error("a grant that was trimmed could be freed by its old blocks")
		}
		a.Free(kept)
	}()
	a.Free(blocks)
}

// TestResetOfAll holds that memory that is clear as a whole is one block a root again.
func TestResetOfAll(t *testing.T) {
	a, err := buddy.Strategy.New(region(24, page))
	if err != nil {
		t.Fatal(err)
	}
	first, second := alloc(t, a, strategies.Request{Size: page}), alloc(t, a, strategies.Request{Size: page})
	a.(able).FreeCleared(first)
	a.Free(second)
	a.(able).ResetClear(true)
	var got []strategies.Block
	for b := range a.FreeBlocks() {
		got = append(got, b)
	}
	if want := "[65536+32768 0+65536]"; fmt.Sprint(places(got)) != want {
		t.Errorf("free is %v, want %s", places(got), want)
	}
	if err := check(a); err != nil {
		t.Error(err)
	}
}
