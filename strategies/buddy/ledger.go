package buddy

import (
	"fmt"
	"math/bits"

	"github.com/vramlab/vramlab/strategies"
)

// A ledger remembers every live allocation as a 31-bit seal over its blocks:
// their order, addresses, sizes and the entry itself. Free compares before it
// changes anything. So a free of part of an allocation, of a mixture, of a stale or
// altered list, or a second free is missed with probability 2^-31, for 4 bytes an
// allocation and a multiplication a block. The blocks carry the entry's number as
// their Node.
type ledger struct {
	entries []uint32 // live: a seal (bit 31 set); vacant: the next vacant entry + 1
	vacant  uint32   // first vacant entry + 1
	live    int
}

// open takes a vacant entry.
func (l *ledger) open() uint32 {
	l.live++
	if l.vacant == 0 {
		l.entries = append(l.entries, 0)
		return uint32(len(l.entries) - 1)
	}
	id := l.vacant - 1
	l.vacant = l.entries[id]
	return id
}

// close makes entry id, which is live or just opened, vacant.
func (l *ledger) close(id uint32) {
	l.entries[id] = l.vacant
	l.vacant = id + 1
	l.live--
	if l.live == 0 && len(l.entries) > 1024 {
		*l = ledger{}
	}
}

// holds reports whether blocks are exactly those of a live entry, and their size
// in bytes.
func (l *ledger) holds(blocks []strategies.Block) (size uint64, ok bool) {
	if len(blocks) == 0 {
		return 0, false
	}
	id := blocks[0].Node
	if uint64(id) >= uint64(len(l.entries)) {
		return 0, false
	}
	h, salt := uint64(0), sealSalt
	for i := range blocks {
		b := &blocks[i]
		h += sealBlock(b, salt)
		salt += sealStep
		size += b.Size
	}
	return size, l.entries[id] == sealed(h)
}

// notLive says what is wrong with a list that is not one live allocation.
func notLive(who, call string, blocks []strategies.Block) string {
	if len(blocks) == 0 {
		return who + ": " + call + " of an empty list, which no allocation returned"
	}
	return fmt.Sprintf("%s: %s of %d blocks from %d+%d on, which are not (or no longer) exactly the blocks of one live allocation, in their order",
		who, call, len(blocks), blocks[0].Start, blocks[0].Size)
}

// A seal is a sum with one term for every block, so that the loop which grants
// them makes it on the way and a processor works on several at once; a chain of
// multiplications was slower, and a loop of its own after the grant executes 10
// instructions more an operation (of 348 on page1g). A term is a widening
// multiplication of two values that hold the block, its entry and its place in the
// list, the latter as a salt that steps from block to block. The constants are fractional bits of the golden
// ratio and of pi.
const (
	sealSalt = uint64(0x9e3779b97f4a7c15)
	sealStep = uint64(0x243f6a8885a308d3)
)

// sealBlock is the term of one block.
func sealBlock(b *strategies.Block, salt uint64) uint64 {
	hi, lo := bits.Mul64(b.Start^salt, (b.Size^uint64(b.Node)<<20)+salt)
	return hi ^ lo
}

// sealed is the seal that the sum of the terms makes.
func sealed(h uint64) uint32 { return uint32(h>>32) | 1<<31 }

// seal is the seal of a block list.
func seal(blocks []strategies.Block) uint32 {
	h, salt := uint64(0), sealSalt
	for i := range blocks {
		h += sealBlock(&blocks[i], salt)
		salt += sealStep
	}
	return sealed(h)
}
