package subject

import (
	"encoding/binary"
	"hash"
	"hash/fnv"
	"strconv"
)

// Digest is a digest of the region and the operations: two workloads of one name that have
// the same are the same work.
func (l *Load) Digest() string {
	h := fnv.New64a()
	hashWords(h, l.Region.Size, l.Region.Page, l.Region.Visible, uint64(len(l.Stream)))
	for i := range l.Stream {
		op := &l.Stream[i]
		hashWords(h, op.Req.Size, op.Req.Align, op.Req.Lo, op.Req.Hi, uint64(op.Req.Flags), uint64(op.Slot)<<8|uint64(op.Kind))
	}
	return strconv.FormatUint(h.Sum64(), 16)
}

func hashWords(h hash.Hash64, words ...uint64) {
	var b [48]byte
	for i, w := range words {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	h.Write(b[:8*len(words)])
}
