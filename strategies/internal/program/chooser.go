package program

import (
	"math/bits"
	"math/rand/v2"
)

// A Chooser makes the decisions of an [Author].
type Chooser interface {
	begin()            // the next operation begins
	n(n uint64) uint64 // a number below n > 0
}

// percent is false for a chooser that always says 0, but for 100.
func percent(c Chooser, p int) bool { return c.n(100) >= uint64(100-p) }

// Dice decide at random.
type Dice struct{ *rand.Rand }

func (Dice) begin()              {}
func (d Dice) n(n uint64) uint64 { return d.Uint64N(n) }

// Seeded are dice of two seeds.
func Seeded(seed1, seed2 uint64) Dice { return Dice{rand.New(rand.NewPCG(seed1, seed2))} }

// script decides by bytes: one for up to 256 possibilities, two for more. An
// operation has the same number of bytes whether it needs them or not, so that
// a mutation changes one operation, and has zeros where it needs more.
type script struct {
	data, op []byte
}

const opBytes = 16

func (s *script) begin() {
	k := min(opBytes, len(s.data))
	s.op, s.data = s.data[:k], s.data[k:]
}

func (s *script) n(n uint64) uint64 {
	if n <= 256 {
		return s.byte() % n
	}
	v := s.byte()<<8 | s.byte()
	if n <= 1<<16 {
		return v % n
	}
	// A fraction of n: the two bytes repeated are 64 bits of it.
	hi, _ := bits.Mul64(v*0x0001000100010001, n)
	return hi
}

func (s *script) byte() uint64 {
	if len(s.op) == 0 {
		return 0
	}
	b := s.op[0]
	s.op = s.op[1:]
	return uint64(b)
}
