package ttm_test

import (
	"math/rand/v2"
	"testing"
)

// bytesLeft is a chooser that reads its decisions from the bytes of a fuzzer.
type bytesLeft struct{ data []byte }

func (b *bytesLeft) done() bool { return len(b.data) == 0 }

func (b *bytesLeft) n(n uint64) uint64 {
	v := uint64(b.next())
	if n > 256 {
		v = v<<8 | uint64(b.next())
	}
	return v % n
}

func (b *bytesLeft) next() (x byte) {
	if len(b.data) > 0 {
		x, b.data = b.data[0], b.data[1:]
	}
	return x
}

// FuzzManager looks for operations in which the manager differs from the model. The
// first byte chooses the strategy, the region and whether there is eviction; the others
// are the decisions of the random test, one byte each (two for one of 256 or more).
func FuzzManager(f *testing.F) {
	f.Add([]byte{})
	for i := range byte(2 * len(setups)) {
		r := rand.New(rand.NewPCG(uint64(i), 1))
		seed := []byte{i*4 + i%4}
		for range 600 {
			seed = append(seed, byte(r.Uint32()))
		}
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c := &bytesLeft{data}
		head := int(c.next())
		s, u := under[head%4], setups[head/4%len(setups)]
		newPair(t, s, u, head/4/len(setups)%2 == 0, c).run()
	})
}
