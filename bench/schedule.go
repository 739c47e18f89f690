package bench

import (
	"iter"
	"math/rand/v2"
	"slices"
)

// schedule is the order in which a run takes its samples: count rounds, each
// of which holds every cell once. The first round is in the order of the matrix,
// because benchstat lists rows and columns in the order of the file and compares
// with the first; it interleaves the strategies like the others. Every later
// round has a seeded random order of its own. The same seed gives the same order
// on every machine.
//
// On a shared machine the order of samples decides more than their number. The
// same binary was compared with itself, ten samples against ten, at p < 0.05. One
// after the other, 22 of 80 comparisons found a difference on a quiet machine and
// 45 of 80 on a loaded one; interleaved, 0 and 1 of 80. Pinning the process to a
// core then made no difference (2 of 80), and an engineer's machine is not pinned.
//
// Rounds rather than one shuffle of everything: a run that is stopped has as many
// samples of one cell as of another, and a machine that becomes slower affects all
// cells alike.
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
