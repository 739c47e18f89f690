package meter

import (
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// BlockLists holds what was granted in a replay, one list a request, so that
// the tables can be built again and again without the allocator. Of a stream
// that grants more than fits it keeps every second list, or every fourth, and
// so on: evenly spread over the stream, and the same ones every time.
type BlockLists struct {
	blocks []strategies.Block
	lists  []blockList
	pages  uint64 // of all objects, 4 KiB each
	seen   int    // requests granted
	stride int    // of these, every stride-th is kept; 0 stands for 1
}

// blockList is one list: blocks[off:off+n], and how its table is built.
type blockList struct {
	off, n  uint32
	options sgtable.Options
}

// maxBlocks bounds the memory of a BlockLists: 6 MiB, above the second-level
// cache. A batch over all lists therefore reads them in order from further
// away, as a driver that builds the table right after the grant would not; the
// processor fetches ahead, and the cost stays far below that of the segments.
const maxBlocks = 1 << 18

// maxPages bounds the objects of a BlockLists, and with them what a builder
// pays that allocates by the page: about 5 ms a pass. Fewer than leastLists are
// not left for that: one huge object, if it came first, would be all there is.
const (
	maxPages   = 1 << 19
	leastLists = 16
)

// Add keeps the list granted for r, if it is its turn and there is a table of it.
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

// Hold makes blocks the only list. They are not copied.
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

// Build builds all tables once, each given back before the next one, and
// returns the number of segments.
func (l *BlockLists) Build(b sgtable.Builder, p *sgtable.Pool) (segs int) {
	for i := range l.lists {
		segs += l.BuildOne(i, b, p)
	}
	return segs
}

// BuildOne builds the table of list i, gives it back, and returns the number of
// its segments.
func (l *BlockLists) BuildOne(i int, b sgtable.Builder, p *sgtable.Pool) int {
	t := &l.lists[i]
	table := b.Build(p, l.blocks[t.off:t.off+t.n], t.options)
	p.Free(table)
	return len(table)
}
