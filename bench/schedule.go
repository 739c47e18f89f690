package bench

import (
	"iter"
	"math/rand/v2"
	"slices"
)

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
func schedule(seed uint64, cells, count int) iter.Seq[[]int] {
	const stream = 0x7363686564756c65 // tells this use of the seed from others
	return func(yield func([]int) bool) {
		rng := rand.New(rand.NewPCG(seed, stream))
		for i := range count {
			round := rng.Perm(cells)
			if i == 0 {
				slices.Sort(round)
			}
			if !yield(round) {
				return
			}
		}
	}
}
