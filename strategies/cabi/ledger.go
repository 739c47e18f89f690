package cabi

import (
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// ledger knows the live grants, so that a wrong Free never reaches a library that
// would take it at its word. A grant is kept as a hash of its blocks and their
// order: a list that is not the grant passes for it with probability 2^-64.
type ledger struct {
	grants []grant
	vacant uint32 // first entry not in use, plus 1
}

// grant is one entry: 24 bytes, whatever the number of blocks.
type grant struct {
	tag    uint64 // the library's word
	hash   uint64
	blocks uint32 // 0: not in use
	next   uint32 // of an entry not in use: the next such, plus 1
}

// add enters a grant and returns its number, which its blocks carry as Node.
func (l *ledger) add(tag uint64, blocks []cBlock) uint32 {
	h := uint64(0)
	for i := range blocks {
		h = mix(h, blocks[i].start, blocks[i].size)
	}
	g := grant{tag: tag, hash: h, blocks: uint32(len(blocks))}
	if l.vacant == 0 {
		l.grants = append(l.grants, g)
		return uint32(len(l.grants) - 1)
	}
	id := l.vacant - 1
	l.vacant = l.grants[id].next
	l.grants[id] = g
	return id
}

// remove takes out the grant that blocks are, and returns its tag. False: they are
// none, and nothing was changed.
func (l *ledger) remove(blocks []strategies.Block) (tag uint64, ok bool) {
	if !l.holds(blocks) {
		return 0, false
	}
	id := blocks[0].Node
	g := &l.grants[id]
	g.blocks, g.next = 0, l.vacant
	l.vacant = id + 1
	return g.tag, true
}

// holds reports whether blocks are a live grant.
func (l *ledger) holds(blocks []strategies.Block) bool {
	if len(blocks) == 0 || int(blocks[0].Node) >= len(l.grants) {
		return false
	}
	id := blocks[0].Node
	g := &l.grants[id]
	h := uint64(0)
	for i := range blocks {
		if blocks[i].Node != id {
			return false
		}
		h = mix(h, blocks[i].Start, blocks[i].Size)
	}
	return g.blocks == uint32(len(blocks)) && g.hash == h
}

// mix adds a block to a hash: a multiplication to 128 bits, folded.
func mix(h, start, size uint64) uint64 {
	hi, lo := bits.Mul64(h^start^0x9e37_79b9_7f4a_7c15, size^0xd1b5_4a32_d192_ed03)
	return hi ^ lo ^ bits.RotateLeft64(h, 23)
}
