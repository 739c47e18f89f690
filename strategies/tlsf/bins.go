package tlsf

import "math/bits"

// The bins are numbered through both levels: the number of a bin is the
// exponent and the leading bits of its smallest size, as in a floating-point
// number.
const (
	subShift = 5  // log2 of the bins per power of two
	words    = 32 // of 64 bins each; 24 would do, but 32 needs no division
)

// ownBin is the bin that a hole of size pages goes to.
func ownBin(size uint64) uint64 {
	e := uint(bits.Len64(size>>subShift|1)-1) & 63
	return uint64(e)<<subShift + size>>e
}

// safeBin is the first bin that has only holes of at least size pages.
func safeBin(size uint64) uint64 {
	e := uint(bits.Len64(size>>subShift|1)-1) & 63
	return uint64(e)<<subShift + (size+1<<e-1)>>e
}
