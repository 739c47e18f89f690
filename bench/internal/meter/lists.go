package meter

import (
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// BlockLists holds the blocks granted in a replay, one list per request, so that
// tables can be built again and again without the allocator. If a stream grants more
// than fits it keeps every second list, or every fourth, and so on: evenly spread
// over the stream, and always the same ones.
type BlockLists struct {
	blocks []strategies.Block
	lists  []blockList
	pages  uint64 // of all objects, 4 KiB each
	seen   int    // requests granted
	stride int    // every stride-th of them is kept; 0 means 1
}

// blockList is one list: blocks[off:off+n], and how its table is built.
type blockList struct {
	off, n  uint32
	options sgtable.Options
}

// maxBlocks bounds the memory of a BlockLists to 6 MiB. That is more than the
// second-level cache: unlike a driver, which builds a table right after the grant, a
// pass over all lists reads blocks from further away. The processor prefetches them,
// so this costs far less than the segments.
const maxBlocks = 1 << 18

// maxPages bounds the objects of a BlockLists, and so the time of a builder that
// allocates by the page, to about 5 ms a pass. At least leastLists lists are kept
// all the same: otherwise one huge object could be the only one.
const (
	maxPages   = 1 << 19
	leastLists = 16
)

// Add keeps the list granted for r if it is its turn, and if r has a table.
func (l *BlockLists) Add(blocks []strategies.Block, r strategies.Request) {
	if sgtable.TooBig(r.Size) {
		return
	}
	l.stride = max(l.stride, 1)
	if l.seen%l.stride == 0 {
		at := uint32(len(l.blocks))
		list := blockList{at, uint32(len(blocks)), sgtable.OptionsFor(r)}
		l.blocks = append(l.blocks, blocks...)
		l.lists = append(l.lists, list)
		l.pages += list.pages()
	}
	l.seen++
	for len(l.blocks) > maxBlocks && len(l.lists) > 1 || l.pages > maxPages && len(l.lists) >= 2*leastLists {
		l.thin()
	}
}

// pages is the number of pages of the list's object.
func (b *blockList) pages() uint64 { return b.options.Size / strategies.MinPage }

// Hold makes blocks the only list, without copying them.
func (l *BlockLists) Hold(blocks []strategies.Block, o sgtable.Options) {
	*l = BlockLists{blocks: blocks, lists: []blockList{{0, uint32(len(blocks)), o}}}
}

// Len is the number of lists.
func (l *BlockLists) Len() int { return len(l.lists) }

// Blocks are the blocks of list i.
func (l *BlockLists) Blocks(i int) []strategies.Block {
	b := l.lists[i]
	return l.blocks[b.off : b.off+b.n]
}

// thin drops every second list.
func (l *BlockLists) thin() {
	kept := l.blocks[:0]
	l.pages = 0
	for i := 0; i < len(l.lists); i += 2 {
		b := l.lists[i]
		at := uint32(len(kept))
		kept = append(kept, l.blocks[b.off:b.off+b.n]...)
		l.lists[i/2] = blockList{at, b.n, b.options}
		l.pages += b.pages()
	}
	l.blocks, l.lists = kept, l.lists[:(len(l.lists)+1)/2]
	l.stride *= 2
}

// Build builds all tables once, returns each to the pool before the next, and returns
// the number of segments.
func (l *BlockLists) Build(b sgtable.Builder, p *sgtable.Pool) (segs int) {
	for i := range l.lists {
		segs += l.BuildOne(i, b, p)
	}
	return segs
}

// BuildOne builds the table of list i, returns it to the pool, and returns the number
// of its segments.
func (l *BlockLists) BuildOne(i int, b sgtable.Builder, p *sgtable.Pool) int {
	t := &l.lists[i]
	table := b.Build(p, l.blocks[t.off:t.off+t.n], t.options)
	p.Free(table)
	return len(table)
}
