package migrate

import "math/rand/v2"

// below draws a number in [0, n), n > 0.
func below(rng *rand.PCG, n int) int { return int(rng.Uint64() >> 33 * uint64(n) >> 31) }

// chance is true with probability p.
func chance(rng *rand.PCG, p float64) bool { return float64(rng.Uint64()>>11)/(1<<53) < p }
