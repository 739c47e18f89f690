package meter

import (
	"testing"

	"github.com/vramlab/vramlab/strategies"
)

// TestBlockListsThin feeds more than is kept: what is left is spread evenly,
// whole, and within the bound.
func TestBlockListsThin(t *testing.T) {
	const n, per = 3000, 500
	var l BlockLists
	for i := range uint64(n) {
		blocks := make([]strategies.Block, per)
		for j := range blocks {
			blocks[j] = strategies.Block{Start: i, Size: uint64(j) + 1}
		}
		l.Add(blocks, strategies.Request{Size: i % 32 * 4096})
	}
	if len(l.blocks) > maxBlocks || len(l.lists) < maxBlocks/per/2 {
		t.Fatalf("%d lists of %d blocks kept", len(l.lists), len(l.blocks))
	}
	for k, list := range l.lists {
		want := uint64(k * l.stride)
		blocks := l.blocks[list.off : list.off+list.n]
		if len(blocks) != per || blocks[0].Start != want || blocks[per-1].Start != want || list.options.Size != want%32*4096 {
			t.Fatalf("list %d of every %dth is not that of request %d", k, l.stride, want)
		}
	}
}

// TestBlockListsBoundPages feeds large objects of one block each: enough are left
// to have a mean, and where there are enough, no more pages than the bound.
func TestBlockListsBoundPages(t *testing.T) {
	for _, test := range []struct{ objects, size, pages uint64 }{
		{1000, 16 << 20, maxPages},
		{10, 16 << 30, 10 * 4 << 20},
		{1000, 16 << 30, 2 * leastLists * 4 << 20},
	} {
		var l BlockLists
		for i := range test.objects {
			l.Add([]strategies.Block{{Start: i * test.size, Size: test.size}}, strategies.Request{Size: test.size})
		}
		sum := uint64(0)
		for _, list := range l.lists {
			sum += list.pages()
		}
		if l.pages != sum || sum > test.pages || len(l.lists) < int(min(leastLists, test.objects)) {
			t.Errorf("%d objects of %d bytes: %d lists, %d pages counted of %d, want at most %d",
				test.objects, test.size, len(l.lists), l.pages, sum, test.pages)
		}
	}
}

// TestBlockListsKeepOneLongList: a list that is too long is kept if it is the only one,
// and of two that are so together the first.
func TestBlockListsKeepOneLongList(t *testing.T) {
	var two BlockLists
	for range 2 {
		two.Add(make([]strategies.Block, maxBlocks/2+1), strategies.Request{})
	}
	if len(two.lists) != 1 || len(two.blocks) != maxBlocks/2+1 {
		t.Errorf("%d lists of %d blocks, want one of %d", len(two.lists), len(two.blocks), maxBlocks/2+1)
	}
	var l BlockLists
	l.Add(make([]strategies.Block, maxBlocks+1), strategies.Request{})
	if len(l.lists) != 1 {
		t.Errorf("%d lists, want the one", len(l.lists))
	}
}

// TestBlockListsSkipWhatHasNoTable: an object of more pages than 32 bits count is not
// kept, the largest below is.
func TestBlockListsSkipWhatHasNoTable(t *testing.T) {
	var l BlockLists
	const pages = 1 << 32
	l.Add(make([]strategies.Block, 1), strategies.Request{Size: pages * 4096})
	l.Add(make([]strategies.Block, 2), strategies.Request{Size: (pages - 1) * 4096})
	if l.Len() != 1 || len(l.Blocks(0)) != 2 {
		t.Errorf("%d lists kept, want the one", l.Len())
	}
}

// TestBlockListsLimits: what just fits is kept as a whole, and one more drops every second
// list; of objects that are too large there are sixteen lists at least.
func TestBlockListsLimits(t *testing.T) {
	add := func(l *BlockLists, n, blocks int, pages uint64) {
		for range n {
			l.Add(make([]strategies.Block, blocks), strategies.Request{Size: pages * strategies.MinPage})
		}
	}
	want := func(l *BlockLists, what string, n int) {
		t.Helper()
		if l.Len() != n {
			t.Errorf("%s: %d lists, want %d", what, l.Len(), n)
		}
	}
	var blocks, pages, large BlockLists
	add(&blocks, 64, maxBlocks/64, 1)
	want(&blocks, "all blocks", 64)
	add(&blocks, 1, 1, 1)
	want(&blocks, "a block more", 33)
	add(&pages, 32, 1, maxPages/32)
	want(&pages, "all pages", 32)
	add(&pages, 1, 1, 1)
	want(&pages, "a page more", 17)
	add(&large, 31, 1, maxPages)
	want(&large, "31 large objects", 31)
	add(&large, 1, 1, maxPages)
	want(&large, "32 large objects", 16)
}
