package trace

import (
	"encoding/binary"
	"math/bits"
)

// longestPlain is more than the bytes of a line that [Reader.quick] reads: two numbers of
// 16 digits, and what is between them.
const longestPlain = 48

// quick reads the next record if its line is of the form "a ID SIZE", "f ID" or "@ NS",
// breaks no rule, and is in the buffer together with some bytes behind it. Otherwise it
// changes nothing and is false: the line is then for [Reader.next] and [Reader.parse],
// which know all forms and all rules. Nearly all lines of a long trace are of these three
// forms.
func (r *Reader) quick() bool {
	if r.in.w-r.in.r < longestPlain || r.ahead != nil {
		return false
	}
	b := (*[longestPlain]byte)(r.in.buf[r.in.r:])
	kind := Kind(b[0])
	if b[1] != ' ' || kind != Alloc && kind != Free && kind != Time {
		return false
	}
	first, end := decimal(b, 2)
	if end == 0 {
		return false
	}
	rec := Record{Line: r.line + 1, Kind: kind}
	ok := false
	switch kind {
	case Alloc:
		rec.ID = first
		if b[end] != ' ' {
			return false
		}
		if rec.Req.Size, end = decimal(b, end+1); end == 0 || b[end] != '\n' {
			return false
		}
		rec.Slot, ok = r.live.add(first)
	case Free:
		rec.ID = first
		if b[end] != '\n' {
			return false
		}
		rec.Slot, ok = r.live.remove(first)
	case Time:
		rec.Time = first
		if ok = b[end] == '\n' && first >= r.now; ok {
			r.now = first
		}
	}
	if !ok {
		return false
	}
	r.rec = rec
	r.line++
	r.in.r += end + 1
	return true
}

// decimal reads the number of one to 16 digits at b[at], and returns the place behind it; 0
// if there is none. Of a longer one it reads 16 digits. Behind at there are 16 bytes.
//
// It takes eight digits at a time, since a loop over digits guesses the length of each
// number wrong.
func decimal(b *[longestPlain]byte, at int) (v uint64, end int) {
	v, n := upToEight(binary.LittleEndian.Uint64(b[at:]))
	if n == 0 {
		return 0, 0
	}
	end = at + n
	if n < 8 {
		return v, end
	}
	low, n := upToEight(binary.LittleEndian.Uint64(b[end:]))
	return v*powers[n] + low, end + n
}

var powers = [9]uint64{1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000}

// upToEight is the number whose digits are the first of the eight characters in x, the
// lowest byte first, and how many there are.
func upToEight(x uint64) (v uint64, n int) {
	x ^= 0x3030303030303030 // digits become their values
	// The highest bit of each byte over 9; above the first of them, of others too.
	other := (x | (x + 0x7676767676767676)) & 0x8080808080808080
	n = bits.TrailingZeros64(other) / 8
	x <<= uint(64 - 8*n)    // zeros in front in place of what follows
	x = x*10 + x>>8         // every second byte has two digits
	x &= 0x00ff00ff00ff00ff // of 100
	x = x*100 + x>>16       // every fourth has four
	x &= 0x0000ffff0000ffff // of 10,000
	return uint64(uint32(x*10000 + x>>32)), n
}
