package bench

import (
	"github.com/vramlab/vramlab/sgtable"
	"github.com/vramlab/vramlab/strategies"
)

// blockLists holds what was granted in a replay, one list a request, so that
// the tables can be built again and again without the allocator. Of a stream
// that grants more than fits it keeps every second list, or every fourth, and
// so on: evenly spread over the stream, and the same ones every time.
type blockLists struct {
	blocks []strategies.Block
	lists  []blockList
	seen   int // requests granted
	stride int // of these, every stride-th is kept; 0 stands for 1
}

// blockList is one list: blocks[off:off+n], and how its table is built.
type blockList struct {
	off, n  uint32
	options sgtable.Options
}

// maxBlocks bounds the memory of a blockLists: 6 MiB, above the second-level
// cache. A batch over all lists therefore reads them in order from further
// away, as a driver that builds the table right after the grant would not; the
// processor fetches ahead, and the cost stays far below that of the segments.
const maxBlocks = 1 << 18

// add keeps the list granted for r, if it is its turn and there is a table of it.
func (l *blockLists) add(blocks []strategies.Block, r strategies.Request) {
	if sgtable.TooBig(r.Size) {
		return
	}
	l.stride = max(l.stride, 1)
	if l.seen%l.stride == 0 {
		l.lists = append(l.lists, blockList{uint32(len(l.blocks)), uint32(len(blocks)), sgtable.OptionsFor(r)})
		l.blocks = append(l.blocks, blocks...)
	}
	l.seen++
	for len(l.blocks) > maxBlocks && len(l.lists) > 1 {
		l.thin()
	}
}

// thin drops every second list.
func (l *blockLists) thin() {
	kept := l.blocks[:0]
	for i := 0; i < len(l.lists); i += 2 {
		b := l.lists[i]
		at := uint32(len(kept))
		kept = append(kept, l.blocks[b.off:b.off+b.n]...)
		l.lists[i/2] = blockList{at, b.n, b.options}
	}
	l.blocks, l.lists = kept, l.lists[:(len(l.lists)+1)/2]
	l.stride *= 2
}

// build builds all tables once, each into the memory of the last, and returns
// that memory and the number of segments.
func (l *blockLists) build(b sgtable.Builder, dst []sgtable.Segment) ([]sgtable.Segment, int) {
	segs := 0
	for i := range l.lists {
		t := &l.lists[i]
		dst = b.Append(dst[:0], l.blocks[t.off:t.off+t.n], t.options)
		segs += len(dst)
	}
	return dst, segs
}
