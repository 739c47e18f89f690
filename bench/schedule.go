package bench

import "math/rand/v2"

// schedule is the order in which a run takes its samples: count rounds, each
// of which holds every cell once. The first one goes in the order of the
// matrix, since benchstat lists rows and columns in the order it meets them
// and compares with the first; it interleaves the strategies as the others do.
// Every later round has a seeded random order of its own. The same seed gives
// the same order on every machine.
//
// Whole rounds rather than one shuffle of everything: a run that is stopped
// has as many samples of one cell as of another, and a machine that gets
// slower in the middle does so for all of them.
func schedule(seed uint64, cells, count int) [][]int {
	const stream = 0x7363686564756c65 // tells this use of the seed from others
	rng := rand.New(rand.NewPCG(seed, stream))
	rounds := make([][]int, count)
	for i := range rounds {
		rounds[i] = rng.Perm(cells)
	}
	if count > 0 {
		for i := range rounds[0] {
			rounds[0][i] = i
		}
	}
	return rounds
}
