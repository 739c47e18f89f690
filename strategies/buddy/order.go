package buddy

import "math/bits"

// log2 is the order of the largest block in n > 0 pages.
func log2(n uint64) uint { return uint(bits.Len64(n)-1) & 63 }

// roundUp rounds n up to a multiple of the power of two m.
func roundUp(n, m uint64) uint64 { return (n + m - 1) &^ (m - 1) }

// piece is the order of the largest aligned block that starts at page p and
// ends at or before end.
func piece(p, end uint64) uint {
	return min(uint(bits.TrailingZeros64(p)), log2(end-p))
}
