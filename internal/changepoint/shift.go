package changepoint

import (
	"math"
	"math/rand/v2"
)

// LeastShift is the number of values that it takes to tell a change of their level from
// chance.
const LeastShift = fewest

// Shift is the place at which values change their level best, up or down, with two of them
// or more on either side, and how often chance finds one as good: the share of orders of
// the same values, drawn with a fixed seed, of which it does. It goes by ranks, and assumes
// nothing of the values. Of fewer than [LeastShift] values the share is above 0.05; at is 0
// where all are alike.
//
// The share is counted since of ten values, the usual number of rounds, the bound of
// [Warmup] calls none at all.
func Shift(values []float64) (at int, p float64) {
	const orders = 1999
	r, _ := ranks(values)
	at, size := widest(r)
	if at == 0 {
		return 0, 1
	}
	rng := rand.New(rand.NewPCG(uint64(len(values)), 1))
	as := 1
	for range orders {
		rng.Shuffle(len(r), func(i, j int) { r[i], r[j] = r[j], r[i] })
		if _, s := widest(r); s >= size*(1-1e-12) {
			as++
		}
	}
	return at, float64(as) / (orders + 1)
}

// widest is the place with two values or more on either side at which their means differ
// most, and by how much.
func widest(values []float64) (at int, size float64) {
	for i, d := range Splits(values) {
		if i >= 2 && i <= len(values)-2 && math.Abs(d) > size {
			at, size = i, math.Abs(d)
		}
	}
	return at, size
}
