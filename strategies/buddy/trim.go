package buddy

import (
	"fmt"

	"github.com/vramlab/vramlab/strategies"
)

// Trim keeps a part of a grant of one block, as drm_buddy_block_trim does: the block
// is cut into aligned pieces, those of the part are granted, ascending, the others
// free. They stay of the kind that the block was of.
func (a *allocator) Trim(dst, blocks []strategies.Block, start, size uint64) ([]strategies.Block, error) {
	if err := a.mayTrim(blocks, start, size); err != nil {
		return dst, err
	}
	b := blocks[0]
	c := a.wiped.kind(b.Node)
	id := a.ledger.open() // another than that of the block, which is live no longer
	a.wiped.set(b.Node, dirty)
	a.ledger.close(b.Node)
	a.count(c, -((b.Size - size) >> a.shift))
	lo, hi := start>>a.shift, (start+size)>>a.shift
	pieces := a.releasePieces(c, b.Start>>a.shift, lo) + a.releasePieces(c, hi, b.End()>>a.shift)
	from := len(dst)
	dst = a.appendPieces(dst, lo, hi, id)
	a.set(c).splits += uint64(pieces + len(dst) - from - 1) // one less than the leaves of the block's tree
	a.book(id, c, dst[from:])
	return dst, nil
}

// mayTrim panics unless blocks are those of a grant, and says what else is wrong with a
// trim.
func (a *allocator) mayTrim(blocks []strategies.Block, start, size uint64) error {
	if _, ok := a.ledger.holds(blocks); !ok {
		panic(notLive(a.name, "trim", blocks))
	}
	b, page := blocks[0], uint64(1)<<a.shift
	if len(blocks) != 1 || size == 0 || size > b.Size || start < b.Start || start-b.Start > b.Size-size || (start|size)&(page-1) != 0 {
		return fmt.Errorf("%w: the part %d+%d is not whole pages of a grant of one block: %v",
			strategies.ErrInvalid, start, size, strategies.Blocks(blocks))
	}
	return nil
}

// releasePieces is release for a part of a block that is watched, and counts its pieces.
func (a *allocator) releasePieces(c kind, start, end uint64) (pieces int) {
	a.release(c, start, end)
	for ; start < end; pieces++ {
		k := piece(start, end)
		if a.watched != 0 {
			a.noteBlock(k, start>>k)
		}
		start += 1 << k
	}
	return pieces
}

// appendPieces appends the aligned pieces of the pages [start, end), ascending.
func (m *memory) appendPieces(dst []strategies.Block, start, end uint64, id uint32) []strategies.Block {
	for start < end {
		k := piece(start, end)
		dst = append(dst, strategies.Block{Start: start << m.shift, Size: 1 << k << m.shift, Node: id})
		start += 1 << k
	}
	return dst
}

// ResetClear makes all free memory one kind. Buddies of different kinds are merged:
// the kernel merges every root by force first.
func (a *allocator) ResetClear(cleared bool) {
	from, to := clear, dirty
	switch {
	case !cleared && a.clearAvail == 0:
		return
	case cleared:
		from, to = dirty, clear
		a.track()
	}
	a.forget() // the indexes go by kinds
	for s := a.set(from); s.mask != 0; {
		k := log2(s.mask)
		a.set(to).merge(k, s.popHighest(k))
	}
	a.clearAvail = 0
	if cleared {
		a.clearAvail = a.avail
	}
}

// wiped is the live grants of one block that was clear when it was granted, by their
// number: drm_buddy remembers it in the block, and needs it when the block is trimmed.
type wiped []uint64

// kind is the kind of the block of grant id when it was granted.
func (w wiped) kind(id uint32) kind {
	if int(id>>6) >= len(w) {
		return dirty
	}
	return kind(w[id>>6] >> (id & 63) & 1)
}

// set enters the kind of the block of grant id.
func (w *wiped) set(id uint32, c kind) {
	for int(id>>6) >= len(*w) {
		if c == dirty {
			return
		}
		*w = append(*w, 0)
	}
	word := &(*w)[id>>6]
	*word = *word&^(1<<(id&63)) | uint64(c)<<(id&63)
}
